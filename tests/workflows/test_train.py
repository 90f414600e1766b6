"""Learning a subject, end to end, with poses given so that no detector is needed."""

import collections
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from motion_transfer.config.options import TrainOptions
from motion_transfer.errors import ConfigError, OutputError, PoseError, SubjectError, TrainingError, VideoError
from motion_transfer.evaluation.checks import training_helped
from motion_transfer.exemplars import selection
from motion_transfer.footage_check.check import check_footage
from motion_transfer.pose import empty, measure_body
from motion_transfer.pose_cache import fingerprint, open_cache
from motion_transfer.subject import load_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.video import VideoReader
from motion_transfer.workflows.train import train
from tests.conftest import environment
from tests.trained import FORCED, checkpoint, tree, with_train


def test_a_learned_subject_is_whole(learned, footage, tiny):
    folder, subject = learned
    assert sorted(os.listdir(folder)) == [
        "background.png",
        "exemplars.npz",
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
    for one, other in zip(again.exemplars.cutouts, subject.exemplars.cutouts, strict=True):
        assert np.array_equal(one.image, other.image)


def test_its_record_says_how_it_came_about(learned, footage):
    record = learned[1].record
    assert record["made_by"].startswith("motion_transfer ")
    assert set(record["versions"]) == {"torch", "mediapipe", "numpy"}
    assert record["training"]["perceptual_loss"] == "none"
    assert record["footage"]["sha256"] == fingerprint(footage.video)
    assert record["footage"]["name"] == "me.mp4"
    assert record["consent"].items() >= {"name": "Ada Doe", "how": "in writing", "date": "2026-01-31"}.items()
    assert record["footage"]["fps"] == "12"
    assert (record["footage"]["frames"], record["footage"]["frames_without_person"]) == (24, 0)
    assert record["training"]["steps"] == 6
    assert record["training"]["device"] == "cpu"
    similarity = {"adversarial", "features", "l1", "gradient"}
    detail = {f"detail_{name}" for name in similarity}
    assert set(record["training"]["losses"]) == similarity | detail | {"discriminator", "mixing", "fill", "temporal"}


def test_it_is_measured_on_the_held_out_end_beside_the_baselines(learned):
    held_out = learned[1].record["held_out"]
    assert held_out["frames"] == 2
    for name in ("result", "background alone", "nearest pose's frame", "candidates alone"):
        assert 0 < held_out[name]["person_psnr"] <= 100
        assert 0 < held_out[name]["person_perceptual"] < 20
        assert (held_out[name]["person_flicker"] > 0) == (name != "background alone"), "which stands still"
    assert set(held_out["truth"]) == {"flicker", "person_flicker", "warping"}
    assert held_out["training_helped"] == training_helped(held_out["result"], held_out).kept


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


def test_its_weights_are_those_of_the_averaged_generator_in_half_precision_where_training_helped(learned):
    folder, subject = learned
    stored = load_file(folder / "generator.safetensors")
    if not subject.record["held_out"]["training_helped"]:
        assert not stored["network.out.weight"].any(), "else its candidates are used as they are"
        return
    for name, tensor in checkpoint(folder)["average"].items():
        assert torch.equal(stored[name], tensor.half())


def test_a_finished_subject_without_its_training_is_not_overwritten(learned, footage, tiny, tmp_path):
    out = tmp_path / "me"
    shutil.copytree(learned[0], out, ignore=shutil.ignore_patterns("training"))
    before = tree(out)
    with pytest.raises(SubjectError, match="a finished subject whose training/ folder is gone"):
        train(footage.video, out, tiny, FORCED, poses=footage.poses)
    assert tree(out) == before


@pytest.mark.parametrize("name", ["holiday.jpg", "training/my-dataset.csv"])
def test_a_folder_with_the_users_own_files_is_left_alone(footage, tiny, tmp_path, name):
    own = tmp_path / "me" / name
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="is a folder with other files in it"):
        train(footage.video, tmp_path / "me", tiny, FORCED, poses=footage.poses)
    assert tree(tmp_path) == before
    assert own.read_text() == "mine"


def test_an_empty_folder_may_be_filled_also_one_that_a_killed_run_had_only_claimed(footage, tiny, tmp_path):
    claimed = tmp_path / "me" / "training"
    claimed.mkdir(parents=True)
    (claimed / ".run.123.part.json").write_text("{")
    train(footage.video, tmp_path / "me", with_train(tiny, steps=1), FORCED, poses=footage.poses)
    assert load_subject(tmp_path / "me").record["training"]["steps"] == 1


def test_places_that_cannot_hold_a_subject_are_refused(footage, tiny, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is a file; expected the name of a folder"):
        train(footage.video, tmp_path / "file", tiny, FORCED, poses=footage.poses)
    with pytest.raises(OutputError, match=r"nowhere does not exist. Create it first"):
        train(footage.video, tmp_path / "nowhere" / "me", tiny, FORCED, poses=footage.poses)
    assert tree(tmp_path) == ["file"]


def test_a_place_without_permission_is_refused(footage, tiny, locked_folder, unprivileged, monkeypatch):
    # pytest's folders are closed to users without privileges.
    monkeypatch.setitem(train.__globals__, "hash_footage", lambda path: "0")
    with unprivileged(), pytest.raises(OutputError, match="no permission to write there"):
        train(footage.video, locked_folder / "me", tiny, FORCED, poses=footage.poses)
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
            train(video, out, tiny, FORCED, poses=poses)
        assert tree(tmp_path) == before


def test_footage_in_which_mediapipe_finds_nobody_leaves_no_folder_behind(empty_scene, tiny, tmp_path):
    with pytest.raises(PoseError, match=r"no person found in any of 25 frames of .*empty\.mp4"):
        train(empty_scene, tmp_path / "me", tiny, FORCED)
    assert tree(tmp_path) == []


def test_nobody_in_the_held_out_end_gives_a_subject_without_figures(footage, tiny, tmp_path):
    score = footage.poses.score.copy()
    score[18:] = 0
    gone = replace(footage.poses, score=score)
    subject = train(footage.video, tmp_path / "me", with_train(tiny, steps=1), FORCED, poses=gone)
    held_out = subject.record["held_out"]
    assert held_out["frames"] == 0
    assert set(held_out["result"]) == {"flicker", "warping"}
    assert "training_helped" not in held_out
    assert subject.record["footage"]["frames_without_person"] == 6


def test_a_picture_makes_a_subject_without_figures_and_with_a_preview(picture, tiny, tmp_path):
    untrained = with_train(tiny, steps=0)
    subject = train(picture.video, tmp_path / "me", untrained, FORCED, poses=picture.poses)
    assert subject.record["held_out"] == {"frames": 0}
    assert subject.record["footage"]["frames"] == len(subject.exemplars) == 1
    assert cv2.imread(str(tmp_path / "me" / "preview.png")).shape == (3 * 96, 64, 3)
    (frame,) = synthesise(subject, picture.poses)
    assert np.abs(frame.astype(int) - next(iter(VideoReader(picture.video)))).mean() < 5, "it shows itself again"


def test_a_picture_is_too_little_to_train_on(picture, tiny, tmp_path):
    with pytest.raises(TrainingError, match="consecutive frames"):
        train(picture.video, tmp_path / "me", tiny, FORCED, poses=picture.poses)


def test_nothing_held_out_still_gives_a_preview(footage, tiny, tmp_path):
    everything = with_train(tiny, steps=1, held_out=0.0)
    subject = train(footage.video, tmp_path / "me", everything, FORCED, poses=footage.poses)
    assert subject.record["held_out"] == {"frames": 0}
    assert (tmp_path / "me" / "preview.png").exists()


def test_a_device_that_is_not_there_is_refused_before_anything_is_made(footage, tiny, tmp_path):
    with pytest.raises(ConfigError, match='`device` is "cuda:77", which this machine does not have'):
        train(footage.video, tmp_path / "me", tiny, TrainOptions(device="cuda:77", force=True), poses=footage.poses)
    assert tree(tmp_path) == []


def test_a_subject_of_all_stages_says_what_each_came_to_and_shows_the_losses(footage, tiny_stages, tmp_path):
    subject = train(footage.video, tmp_path / "me", tiny_stages, FORCED, poses=footage.poses)
    training = subject.record["training"]
    assert {name: stage["steps"] for name, stage in training["stages"].items()} == {"global": 6, "local": 6, "face": 6}
    assert training["steps"] == 18
    assert (tmp_path / "me" / "training" / "losses.png").exists()
    assert load_subject(tmp_path / "me").generator.face is not None


def test_without_mediapipe_given_poses_are_enough_to_train_and_to_transfer(footage, tiny_toml, tmp_path):
    script = f"""
import importlib.metadata, sys
from pathlib import Path

def version(name, known=importlib.metadata.version):
    if name == "mediapipe":
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)

importlib.metadata.version = version
sys.modules["mediapipe"] = None
import motion_transfer as mt
from motion_transfer.config.options import TrainOptions, TransferOptions

poses, out = mt.load_poses(Path({str(footage.pose_file)!r})), Path({str(tmp_path)!r})
pipeline = mt.load_pipeline({str(tiny_toml)!r})
subject = mt.train({str(footage.video)!r}, out / "me", pipeline, TrainOptions(device="cpu"), poses=poses)
assert set(subject.record["versions"]) == {{"torch", "numpy"}}
mt.transfer({str(footage.video)!r}, subject, out / "out.mp4", TransferOptions(device="cpu"), poses=poses)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mp4").stat().st_size > 0


def test_footage_is_decoded_once_and_its_exemplars_are_selected_once(footage, tiny, tmp_path, monkeypatch):
    """Frames, plate, cuts and sharpness come from one pass; training and the subject share the exemplars.

    Only the held-out end is read once more, when all is done, and measured at the footage's size.
    """
    counts = collections.Counter()

    def counted(owner, name):
        function = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, **k: (counts.update([name]), function(*a, **k))[1])

    counted(VideoReader, "__iter__")
    counted(selection, "_most_useful")
    checks = []
    train(footage.video, tmp_path / "me", tiny, FORCED, poses=footage.poses, inspect=checks.append)
    assert counts == {"__iter__": 2, "_most_useful": 1}
    assert checks[0].to_dict() == check_footage(footage.video, poses=footage.poses).to_dict()


def test_poses_that_the_check_found_serve_the_training(footage, tiny, tmp_path, drawn_detector):
    cache = open_cache(tmp_path / "cache")
    check = check_footage(footage.video, settings=tiny.pose, cache=cache)
    assert len(check.poses.present) == 24
    train(footage.video, tmp_path / "me", with_train(tiny, steps=1), FORCED, cache=cache)
    assert (cache.missed, cache.found) == (1, 1)


def test_footage_that_is_unfit_for_training_is_refused_unless_it_is_forced(footage, tiny, tmp_path):
    low = replace(footage.poses, xy=footage.poses.xy + np.array([0, 60], np.float32))  # the feet below the frame
    options, shorter = TrainOptions(device="cpu"), with_train(tiny, steps=1)
    for _ in range(2):
        with pytest.raises(SubjectError, match=r"cuts off the feet in 100% of the frames.*`force`"):
            train(footage.video, tmp_path / "me", shorter, options, poses=low)
    assert train(footage.video, tmp_path / "me", shorter, FORCED, poses=low).record["training"]["steps"] == 1
