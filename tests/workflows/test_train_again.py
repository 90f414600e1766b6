"""Learning that was stopped or killed, or meets another in its place, and goes on."""

import errno
import json
import random
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.config import EncodeSettings
from motion_transfer.errors import OutputError, SubjectError, TrainingError
from motion_transfer.subject import load_subject
from motion_transfer.workflows.train import train
from tests.trained import FORCED, checkpoint, same, stop_at, tree, with_train


@pytest.fixture
def interrupted(footage, tiny, tmp_path):
    """A folder whose training was stopped after the third step."""
    out = tmp_path / "me"
    with pytest.raises(KeyboardInterrupt):
        train(footage.video, out, tiny, FORCED, poses=footage.poses, progress=stop_at(3))
    return out


def test_interrupted_and_called_again_it_ends_with_the_same_weights(interrupted, learned, footage, tiny):
    assert checkpoint(interrupted)["step"] == 4
    with pytest.raises(SubjectError, match="training was interrupted"):
        load_subject(interrupted)
    train(footage.video, interrupted, tiny, FORCED, poses=footage.poses)
    assert same(checkpoint(interrupted), checkpoint(learned[0]))
    weights = [folder / "generator.safetensors" for folder in (interrupted, learned[0])]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_a_finished_subject_is_trained_further_where_the_bound_is_raised(interrupted, footage, tiny):
    further = with_train(tiny, steps=9)
    assert train(footage.video, interrupted, further, FORCED, poses=footage.poses).record["training"]["steps"] == 9


def test_other_settings_are_refused_by_their_names_and_nothing_is_touched(interrupted, footage, tiny):
    before = (interrupted / "training" / "checkpoint.pt").read_bytes()
    other = replace(
        with_train(tiny, learning_rate=1e-3), model=replace(tiny.model, width=8), encode=EncodeSettings(quality=30)
    )
    with pytest.raises(SubjectError) as refusal:
        train(footage.video, interrupted, other, FORCED, poses=footage.poses)
    message = str(refusal.value)
    assert "model.width was 4, is 8" in message
    assert "train.learning_rate was 0.0005, is 0.001" in message
    assert "quality" not in message, "the encoder's settings do not shape the training"
    assert (interrupted / "training" / "checkpoint.pt").read_bytes() == before


def test_other_footage_and_other_poses_are_refused(interrupted, footage, dance, tiny):
    moved = replace(footage.poses, xy=footage.poses.xy + 1)
    deep = replace(footage.poses, depth=np.ones((len(footage.poses), 25), np.float32))
    others = ((dance.video, dance.poses), (footage.video, None), (footage.video, moved), (footage.video, deep))
    for video, poses in others:
        with pytest.raises(SubjectError, match="holds training on other footage or poses"):
            train(video, interrupted, tiny, FORCED, poses=poses)
    assert checkpoint(interrupted)["step"] == 4


def test_an_error_while_deleted_footage_is_rebuilt_costs_no_checkpoint(
    interrupted, learned, footage, tiny, monkeypatch
):
    """Somebody deletes the large folder to save space, and the disk is full when it is made again."""
    before = (interrupted / "training" / "checkpoint.pt").read_bytes()
    shutil.rmtree(interrupted / "training" / "footage")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("motion_transfer.footage.preprocess.clip_plates", full)
        with pytest.raises(OutputError, match="the disk is full"):
            train(footage.video, interrupted, tiny, FORCED, poses=footage.poses)
    assert (interrupted / "training" / "checkpoint.pt").read_bytes() == before
    assert not (interrupted / "training" / "footage.part").exists(), "nothing of the rebuilding keeps the disk full"
    train(footage.video, interrupted, tiny, FORCED, poses=footage.poses)
    assert same(checkpoint(interrupted), checkpoint(learned[0]))


def test_a_damaged_checkpoint_is_named(interrupted, footage, tiny):
    (interrupted / "training" / "checkpoint.pt").write_bytes(b"PK damaged")
    with pytest.raises(TrainingError, match=r"checkpoint\.pt cannot be resumed from"):
        train(footage.video, interrupted, tiny, FORCED, poses=footage.poses)


@pytest.mark.slow
def test_killed_in_every_stage_training_ends_with_the_weights_of_an_uninterrupted_run(
    footage, tiny_stages, tmp_path, start_command
):
    """SIGKILL, in a process of its own; benchmarks/kills does it twenty times."""
    from motion_transfer.config import pipeline_to_toml, share_bounds

    pipeline = with_train(tiny_stages, checkpoint_minutes=1e-9)
    (tmp_path / "tiny.toml").write_text(pipeline_to_toml(pipeline), encoding="utf-8")
    out = tmp_path / "killed"
    command = ["train", footage.video, "--out", out, "--poses", footage.pose_file, "--device", "cpu", "--quiet"]
    command += ["--force", "--pipeline", tmp_path / "tiny.toml", "--steps", 60]
    chance = random.Random(7)
    progress = []
    for stage in ("global", "local", "face"):
        process = start_command(*command)
        wait_for_news(out / "training" / "checkpoint.pt", process)
        while process.poll() is None and checkpoint(out)["stage"] != stage:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        process.communicate()
        progress.append(checkpoint(out)["step"])
    assert progress == sorted(progress)
    process = start_command(*command)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    whole = tmp_path / "whole"
    train(footage.video, whole, share_bounds(pipeline, 60, None), FORCED, poses=footage.poses)
    assert same(checkpoint(out), checkpoint(whole))
    assert (out / "generator.safetensors").read_bytes() == (whole / "generator.safetensors").read_bytes()
    assert not [name for name in tree(out) if ".part" in name]
    lines = [json.loads(line)["step"] for line in (out / "training" / "log.jsonl").read_text().splitlines()]
    assert lines == list(range(1, 61)), "no line is lost or repeated"


def wait_for_news(path, process):
    """Wait until a file is written anew, while a process lives."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    while process.poll() is None and not (path.exists() and path.stat().st_mtime_ns > before):
        time.sleep(0.005)


@pytest.mark.slow
def test_a_folder_in_which_another_process_trains_is_refused(footage, tiny, tmp_path, start_command, monkeypatch):
    from motion_transfer.config import pipeline_to_toml

    monkeypatch.setattr("motion_transfer.files.PATIENCE", 0.0)
    (tmp_path / "tiny.toml").write_text(pipeline_to_toml(with_train(tiny, checkpoint_minutes=1e-9)), encoding="utf-8")
    out = tmp_path / "me"
    words = ["train", footage.video, "--out", out, "--poses", footage.pose_file, "--device", "cpu", "--force"]
    process = start_command(*words, "--pipeline", tmp_path / "tiny.toml", "--minutes", 5, "--quiet")
    wait_for_news(out / "training" / "checkpoint.pt", process)
    with pytest.raises(OutputError, match="is being trained by another process"):
        train(footage.video, out, with_train(tiny, steps=99), FORCED, poses=footage.poses)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 130
    step = checkpoint(out)["step"]
    learned = train(footage.video, out, with_train(tiny, steps=step + 1), FORCED, poses=footage.poses)
    assert learned.record["training"]["steps"] == step + 1


def test_what_a_kill_left_of_an_unfinished_subject_is_swept_up(interrupted, footage, tiny):
    (interrupted / ".generator.4711.part.safetensors").write_bytes(b"half")
    train(footage.video, interrupted, tiny, FORCED, poses=footage.poses)
    assert not [name for name in tree(interrupted) if ".part" in name]
