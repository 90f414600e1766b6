"""Learning a subject, end to end, with poses given so that no detector is needed."""

import json
import os
import random
import shutil
import signal
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from motion_transfer.config import EncodeSettings
from motion_transfer.errors import ConfigError, OutputError, PoseError, SubjectError, TrainingError, VideoError
from motion_transfer.learn import learn_subject
from motion_transfer.pose import empty, measure_body
from motion_transfer.subject import fingerprint, load_subject


def with_train(pipeline, **changes):
    return replace(pipeline, train=replace(pipeline.train, **changes))


def checkpoint(folder):
    return torch.load(folder / "training" / "checkpoint.pt", weights_only=True)


def same(one, other):
    """Whether two checkpoints hold the same weights and optimiser states, bit for bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one if key != "seconds")
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_learned_subject_is_whole(learned, footage, tiny):
    folder, subject = learned
    assert sorted(os.listdir(folder)) == [
        "appearance.npz",
        "appearance.png",
        "background.png",
        "generator.safetensors",
        "preview.png",
        "subject.json",
        "training",
    ]
    assert subject.pipeline == tiny
    assert subject.canvas == (64, 96)
    assert subject.size == (96, 160)
    assert subject.body == measure_body(footage.poses, tiny.normalise.depth_margin)
    again = load_subject(folder)
    for name, tensor in subject.generator.state_dict().items():
        assert torch.equal(again.generator.state_dict()[name], tensor)


def test_its_record_says_how_it_came_about(learned, footage):
    record = learned[1].record
    assert record["made_by"].startswith("motion_transfer ")
    assert set(record["versions"]) == {"torch", "mediapipe", "numpy"}
    assert record["footage"]["sha256"] == fingerprint(footage.video)
    assert record["footage"]["name"] == "me.mp4"
    assert record["footage"]["fps"] == "12"
    assert (record["footage"]["frames"], record["footage"]["frames_without_person"]) == (24, 0)
    assert record["training"]["steps"] == 6
    assert record["training"]["device"] == "cpu"
    assert set(record["training"]["losses"]) == {"adversarial", "features", "l1", "discriminator"}


def test_it_is_measured_on_the_held_out_end_beside_two_baselines(learned):
    held_out = learned[1].record["held_out"]
    for name in ("result", "background_alone", "nearest_pose"):
        assert held_out[name]["frames"] == 2
        assert 0 < held_out[name]["psnr"] <= 100
        assert -1 <= held_out[name]["ssim"] <= 1


def test_its_record_is_json_for_any_reader(learned):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    json.loads((learned[0] / "subject.json").read_text(encoding="utf-8"), parse_constant=refuse)


def test_the_preview_shows_pose_truth_and_result_of_the_held_out_frames(learned):
    preview = cv2.imread(str(learned[0] / "preview.png"))
    assert preview.shape == (3 * 96, 2 * 64, 3)
    pose, truth, _ = np.split(preview, 3)
    assert (pose == 255).mean() > 0.5
    assert (truth == 255).mean() < 0.1


def test_its_weights_are_those_of_the_averaged_generator_in_half_precision(learned):
    folder = learned[0]
    stored = load_file(folder / "generator.safetensors")
    for name, tensor in checkpoint(folder)["average"].items():
        assert torch.equal(stored[name], tensor.half())


@pytest.fixture
def interrupted(footage, tiny, tmp_path):
    """A folder whose training was stopped after the third step."""

    def stop(stage, done, total):
        if stage == "training" and done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    out = tmp_path / "me"
    with pytest.raises(KeyboardInterrupt):
        learn_subject(footage.video, out, tiny, poses=footage.poses, device="cpu", report=stop)
    return out


def test_interrupted_and_called_again_it_ends_with_the_same_weights(interrupted, learned, footage, tiny):
    assert checkpoint(interrupted)["step"] == 4
    with pytest.raises(SubjectError, match="training was interrupted"):
        load_subject(interrupted)
    learn_subject(footage.video, interrupted, tiny, poses=footage.poses, device="cpu")
    assert same(checkpoint(interrupted), checkpoint(learned[0]))
    weights = [folder / "generator.safetensors" for folder in (interrupted, learned[0])]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_a_finished_subject_is_trained_further_where_the_bound_is_raised(interrupted, footage, tiny):
    further = with_train(tiny, steps=9)
    assert learn_subject(footage.video, interrupted, further, poses=footage.poses).record["training"]["steps"] == 9


def test_other_settings_are_refused_by_their_names_and_nothing_is_touched(interrupted, footage, tiny):
    before = (interrupted / "training" / "checkpoint.pt").read_bytes()
    other = replace(
        with_train(tiny, learning_rate=1e-3), model=replace(tiny.model, width=8), encode=EncodeSettings(quality=30)
    )
    with pytest.raises(SubjectError) as refusal:
        learn_subject(footage.video, interrupted, other, poses=footage.poses)
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
            learn_subject(video, interrupted, tiny, poses=poses)
    assert checkpoint(interrupted)["step"] == 4


def test_a_finished_subject_without_its_training_is_not_overwritten(learned, footage, tiny, tmp_path):
    out = tmp_path / "me"
    shutil.copytree(learned[0], out, ignore=shutil.ignore_patterns("training"))
    before = tree(out)
    with pytest.raises(SubjectError, match="a finished subject whose training/ folder is gone"):
        learn_subject(footage.video, out, tiny, poses=footage.poses)
    assert tree(out) == before


@pytest.mark.parametrize("name", ["holiday.jpg", "training/my-dataset.csv"])
def test_a_folder_with_the_users_own_files_is_left_alone(footage, tiny, tmp_path, name):
    own = tmp_path / "me" / name
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="is a folder with other files in it"):
        learn_subject(footage.video, tmp_path / "me", tiny, poses=footage.poses)
    assert tree(tmp_path) == before
    assert own.read_text() == "mine"


def test_an_empty_folder_may_be_filled_also_one_that_a_killed_run_had_only_claimed(footage, tiny, tmp_path):
    claimed = tmp_path / "me" / "training"
    claimed.mkdir(parents=True)
    (claimed / ".run.123.part.json").write_text("{")
    learn_subject(footage.video, tmp_path / "me", with_train(tiny, steps=1), poses=footage.poses)
    assert load_subject(tmp_path / "me").record["training"]["steps"] == 1


def test_places_that_cannot_hold_a_subject_are_refused(footage, tiny, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is a file; expected the name of a folder"):
        learn_subject(footage.video, tmp_path / "file", tiny, poses=footage.poses)
    with pytest.raises(OutputError, match=r"nowhere does not exist. Create it first"):
        learn_subject(footage.video, tmp_path / "nowhere" / "me", tiny, poses=footage.poses)
    assert tree(tmp_path) == ["file"]


def test_a_place_without_permission_is_refused(footage, tiny, locked_folder, unprivileged, monkeypatch):
    source = learn_subject.__globals__["probe"](footage.video)
    # Read beforehand: pytest's folders are closed to those without privileges.
    monkeypatch.setitem(learn_subject.__globals__, "probe", lambda path: source)
    monkeypatch.setitem(learn_subject.__globals__, "fingerprint", lambda path: "0")
    with unprivileged(), pytest.raises(OutputError, match="no permission to write there"):
        learn_subject(footage.video, locked_folder / "me", tiny, poses=footage.poses)
    assert os.listdir(locked_folder) == []


@pytest.mark.parametrize("made_before", [False, True])
def test_footage_that_cannot_be_used_leaves_no_folder_behind(footage, dance, tiny, tmp_path, made_before):
    out = tmp_path / "me"
    if made_before:
        out.mkdir()
    nobody = empty(24, footage.poses.size, footage.poses.fps)
    (tmp_path / "text.mp4").write_text("not a video")
    before = tree(tmp_path)
    attempts = [
        (footage.video, nobody, PoseError, "no person in any of the 24 frames"),
        (footage.video, dance.poses, PoseError, "Give the poses of this very clip"),
        (tmp_path / "text.mp4", None, VideoError, "text.mp4"),
        (tmp_path / "gone.mp4", None, VideoError, "gone.mp4"),
    ]
    for video, poses, kind, words in attempts:
        with pytest.raises(kind, match=words):
            learn_subject(video, out, tiny, poses=poses)
        assert tree(tmp_path) == before


def test_footage_in_which_mediapipe_finds_nobody_leaves_no_folder_behind(empty_room, tiny, tmp_path):
    with pytest.raises(PoseError, match=r"no person found in any of 25 frames of .*nobody\.mp4"):
        learn_subject(empty_room, tmp_path / "me", tiny)
    assert tree(tmp_path) == []


def test_nobody_in_the_held_out_end_gives_a_subject_without_figures(footage, tiny, tmp_path):
    score = footage.poses.score.copy()
    score[18:] = 0
    gone = replace(footage.poses, score=score)
    subject = learn_subject(footage.video, tmp_path / "me", with_train(tiny, steps=1), poses=gone)
    assert subject.record["held_out"]["result"] == {"psnr": None, "ssim": None, "frames": 0}
    assert subject.record["footage"]["frames_without_person"] == 6


def test_nothing_held_out_still_gives_a_preview(footage, tiny, tmp_path):
    subject = learn_subject(
        footage.video, tmp_path / "me", with_train(tiny, steps=1, held_out=0.0), poses=footage.poses
    )
    assert subject.record["held_out"]["result"]["frames"] == 1


def test_a_damaged_checkpoint_is_named(interrupted, footage, tiny):
    (interrupted / "training" / "checkpoint.pt").write_bytes(b"PK damaged")
    with pytest.raises(TrainingError, match=r"checkpoint\.pt cannot be resumed from"):
        learn_subject(footage.video, interrupted, tiny, poses=footage.poses)


def test_a_device_that_is_not_there_is_refused_before_anything_is_made(footage, tiny, tmp_path):
    with pytest.raises(ConfigError, match='there is no "cuda:77"'):
        learn_subject(footage.video, tmp_path / "me", tiny, poses=footage.poses, device="cuda:77")
    assert tree(tmp_path) == []


def test_killed_in_every_stage_training_ends_with_the_weights_of_an_uninterrupted_run(
    footage, tiny_stages, tmp_path, start_command
):
    """SIGKILL, in a process of its own; benchmarks/interruptions.py does it twenty times."""
    from motion_transfer.cli.train import share_bounds
    from motion_transfer.config import pipeline_to_toml

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
    learn_subject(footage.video, whole, share_bounds(pipeline, 60, None), poses=footage.poses, device="cpu")
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


def test_a_folder_in_which_another_process_trains_is_refused(footage, tiny, tmp_path, start_command, monkeypatch):
    from motion_transfer.config import pipeline_to_toml
    from motion_transfer.subject import claim

    monkeypatch.setattr(claim, "PATIENCE", 0.0)
    (tmp_path / "tiny.toml").write_text(pipeline_to_toml(with_train(tiny, checkpoint_minutes=1e-9)), encoding="utf-8")
    out = tmp_path / "me"
    words = ["train", footage.video, "--out", out, "--poses", footage.pose_file, "--device", "cpu", "--force"]
    process = start_command(*words, "--pipeline", tmp_path / "tiny.toml", "--minutes", 5, "--quiet")
    wait_for_news(out / "training" / "checkpoint.pt", process)
    with pytest.raises(OutputError, match="is being trained by another process"):
        learn_subject(footage.video, out, with_train(tiny, steps=99), poses=footage.poses, device="cpu")
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 130
    step = checkpoint(out)["step"]
    learned = learn_subject(footage.video, out, with_train(tiny, steps=step + 1), poses=footage.poses, device="cpu")
    assert learned.record["training"]["steps"] == step + 1


def test_what_a_kill_left_of_an_unfinished_subject_is_swept_up(interrupted, footage, tiny):
    (interrupted / ".generator.4711.part.safetensors").write_bytes(b"half")
    learn_subject(footage.video, interrupted, tiny, poses=footage.poses, device="cpu")
    assert not [name for name in tree(interrupted) if ".part" in name]


def test_a_subject_of_all_stages_says_what_each_came_to_and_shows_the_losses(footage, tiny_stages, tmp_path):
    subject = learn_subject(footage.video, tmp_path / "me", tiny_stages, poses=footage.poses, device="cpu")
    training = subject.record["training"]
    assert {name: stage["steps"] for name, stage in training["stages"].items()} == {"global": 6, "local": 6, "face": 6}
    assert training["steps"] == 18
    assert (tmp_path / "me" / "training" / "losses.png").exists()
    assert load_subject(tmp_path / "me").generator.face is not None
