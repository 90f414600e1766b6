"""Many trainings from a manifest, with a real worker; poses are given, so that no detector is needed."""

import shutil

import pytest

from motion_transfer.batch import check_lessons, read_lessons
from motion_transfer.batch.state import read_records
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


def test_subjects_are_learned_once_and_the_broken_one_says_why(place):
    text = "source,subject,pipeline,poses,force\nme.mp4,me,tiny.toml,me.npz,yes\nbroken.mp4,you,tiny.toml,me.npz,yes\n"
    (place / "people.csv").write_text(text)
    words = ["batch-train", place / "people.csv", "--out", place / "out", "--workers", 1, "--device", "cpu", "--quiet"]
    words = [*map(str, words), "--cache", "off"]
    assert main(words) == 1
    assert load_subject(place / "out" / "me").record["training"]["steps"] == 6
    told = [r for r in read_records(place / "out" / "results.jsonl") if r["status"] != "started"]
    assert sorted((r["status"], r["frames"]) for r in told) == [("done", 24), ("failed", 0)]
    assert any("VideoError" in r["error"] for r in told if r["error"])
    assert "preview.png" in (place / "out" / "index.html").read_text(encoding="utf-8")

    stamp = (place / "out" / "me" / "subject.json").stat().st_mtime_ns
    assert main(words) == 1, "what failed has still failed"
    assert (place / "out" / "me" / "subject.json").stat().st_mtime_ns == stamp, "nothing is learned again"


def test_lines_become_lessons(place):
    text = "source,subject,pipeline,minutes,train.seed,person\nme.mp4,me,,,,\nme.mp4,you,tiny.toml,1.5,7,left\n"
    (place / "people.csv").write_text(text)
    assert check_lessons(place / "people.csv", place / "out") == 2
    plain, full = read_lessons(place / "people.csv", place / "out")
    assert (plain.source, plain.subject, plain.recipe) == (place / "me.mp4", place / "out" / "me", "default")
    assert (full.recipe, full.person, full.settings) == (str(place / "tiny.toml"), "left", (("train.seed", 7),))
    assert (full.pipeline().train.minutes, full.pipeline().train.steps, full.pipeline().train.seed) == (1.5, 0, 7)
    assert full.pipeline().model.width == 4
    assert plain.fingerprint() != full.fingerprint()


def test_all_problems_are_told_at_once(place):
    text = "source,subject,pipeline,steps\nme.mp4,me,,\nme.mp4,./me,,\nno.mp4,a,none,\nme.mp4,b,,0\n"
    (place / "people.csv").write_text(text)
    with pytest.raises(ConfigError) as caught:
        check_lessons(place / "people.csv", place / "out")
    told = str(caught.value)
    for part in (
        "line 3: output is",
        "line 4: there is no file",
        'line 4: there is no pipeline "none"',
        "line 5: steps",
    ):
        assert part in told
    (place / "people.csv").write_text("source,subject,start\nme.mp4,me,1\n")
    with pytest.raises(ConfigError, match='there is no column "start"'):
        check_lessons(place / "people.csv", place / "out")
