"""Many trainings from a manifest, with a real worker; poses are given, so that no detector is needed."""

import json
import shutil
import time

import pytest

from motion_transfer.batch import TrainingManifest, check_manifest
from motion_transfer.batch.journal import read_records
from motion_transfer.cli import main
from motion_transfer.errors import ConfigError
from motion_transfer.subject import load_subject


@pytest.fixture
def place(tmp_path, footage, tiny_toml):
    shutil.copy(footage.video, tmp_path / "me.mp4")
    shutil.copy(footage.pose_file, tmp_path / "me.npz")
    shutil.copy(tiny_toml, tmp_path / "tiny.toml")
    (tmp_path / "broken.mp4").write_bytes(footage.video.read_bytes()[:2000])
    return tmp_path


@pytest.mark.slow
def test_subjects_are_learned_once_and_the_broken_one_has_a_reason(place):
    text = "source,subject,pipeline,poses,force\nme.mp4,me,tiny.toml,me.npz,yes\nbroken.mp4,you,tiny.toml,me.npz,yes\n"
    (place / "people.csv").write_text(text)
    words = ["batch-train", place / "people.csv", "--out", place / "out", "--workers", 1, "--device", "cpu", "--quiet"]
    words = [*map(str, words), "--cache", "off"]
    assert main(words) == 1
    assert load_subject(place / "out" / "me").record["training"]["steps"] == 6
    ended = [r for r in read_records(place / "out" / "results.jsonl") if r["status"] != "started"]
    assert sorted((r["status"], r["frames"]) for r in ended) == [("done", 24), ("failed", 0)]
    assert any("VideoError" in r["error"] for r in ended if r["error"])
    assert "preview.png" in (place / "out" / "index.html").read_text(encoding="utf-8")

    stamp = (place / "out" / "me" / "subject.json").stat().st_mtime_ns
    assert main(words) == 1, "what failed has still failed"
    assert (place / "out" / "me" / "subject.json").stat().st_mtime_ns == stamp, "nothing is learned again"


@pytest.mark.slow
def test_a_batch_that_was_killed_within_a_training_goes_on_there(place, start_command):
    rows = "source,subject,pipeline,poses,force,steps,train.checkpoint_minutes\n"
    rows += "".join(f"me.mp4,{name},tiny.toml,me.npz,yes,{steps},1e-9\n" for name, steps in (("me", 2), ("you", 40)))
    (place / "people.csv").write_text(rows)
    words = ["batch-train", place / "people.csv", "--out", place / "out", "--workers", 1, "--device", "cpu", "--quiet"]
    words = [*map(str, words), "--cache", "off"]
    process = start_command(*words)
    log = place / "out" / "you" / "training" / "log.jsonl"
    while process.poll() is None and not (log.exists() and log.read_text().count("\n") > 5):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    first, *others = log.read_text().splitlines(keepends=True)
    assert len(others) < 39, "it was killed within the training"
    log.write_text(first.replace("{", '{"seen": true, ', 1) + "".join(others))
    stamps = {path: path.stat().st_mtime_ns for path in (place / "out" / "me").rglob("*.*")}

    assert main(words) == 0
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps, "what was finished is left alone"
    steps = [json.loads(line) for line in log.read_text().splitlines()]
    assert [step["step"] for step in steps] == list(range(1, 41))
    assert steps[0]["seen"], "it was resumed"
    done = [r["output"] for r in read_records(place / "out" / "results.jsonl") if r["status"] == "done"]
    assert sorted(done) == [str(place / "out" / name / "subject.json") for name in ("me", "you")]


def test_lines_become_training_jobs(place):
    text = "source,subject,pipeline,minutes,train.seed,person\nme.mp4,me,,,,\nme.mp4,you,tiny.toml,1.5,7,left\n"
    (place / "people.csv").write_text(text)
    assert check_manifest(TrainingManifest(place / "people.csv", place / "out")) == 2
    plain, full = TrainingManifest(place / "people.csv", place / "out")
    assert (plain.source, plain.subject, plain.pipeline) == (place / "me.mp4", place / "out" / "me", "default")
    assert (full.pipeline, full.options.person) == (str(place / "tiny.toml"), "left")
    assert full.settings == (("train.seed", 7),)
    training = full.load_pipeline().train
    assert (training.minutes, training.steps, training.seed) == (1.5, 0, 7)
    assert full.load_pipeline().model.width == 4
    assert plain.fingerprint() != full.fingerprint()


def test_all_problems_are_listed_at_once(place):
    text = "source,subject,pipeline,steps\nme.mp4,me,,\nme.mp4,./me,,\nno.mp4,a,none,\nme.mp4,b,,0\n"
    (place / "people.csv").write_text(text)
    with pytest.raises(ConfigError) as caught:
        check_manifest(TrainingManifest(place / "people.csv", place / "out"))
    message = str(caught.value)
    for part in ("3: output is", "4: there is no file", '4: there is no pipeline "none"', "5: steps"):
        assert f"line {part}" in message
    (place / "people.csv").write_text("source,subject,start\nme.mp4,me,1\n")
    with pytest.raises(ConfigError, match='there is no column "start"'):
        check_manifest(TrainingManifest(place / "people.csv", place / "out"))
