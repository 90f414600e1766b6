"""Evaluation, from video to report."""

import json
import re
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.errors import EvaluationError, PoseError
from motion_transfer.evaluation.metrics.catalogue import METRICS
from motion_transfer.evaluation.report import text_table
from motion_transfer.pose import clean_poses
from motion_transfer.subject import build_generator, load_subject, save_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.workflows.baselines import baselines_of
from motion_transfer.workflows.evaluate import evaluate_subject, evaluate_video


def copy_of(video, path, change, size=None, every=1):
    """A video whose frames went through `change(frame, number)`."""
    with VideoReader(video, size=size) as reader, VideoWriter(path, size=reader.size, fps=reader.fps) as writer:
        for number, frame in enumerate(reader):
            if number % every == 0:
                writer.write(np.ascontiguousarray(change(frame, number)))
    return path


def mean(found, name, video="result"):
    return found.summaries()[video][name].mean


def test_what_equals_the_truth_scores_perfectly_and_keeps_to_every_limit(dance, drawn_detector):
    found = evaluate_video(str(dance.video), str(dance.video))
    assert mean(found, "frame_psnr") == 100
    assert mean(found, "person_ssim") == pytest.approx(1)
    assert mean(found, "person_sharpness") == pytest.approx(1)
    assert mean(found, "person_perceptual") == 0
    assert mean(found, "person_flicker") == mean(found, "person_flicker", "truth")
    assert mean(found, "pose_body") == mean(found, "missed_body") == mean(found, "color") == 0
    assert mean(found, "flicker") == mean(found, "flicker", "truth")
    assert mean(found, "warping") == mean(found, "warping", "truth")
    assert found.clip["result"]["identity_clothes"] == pytest.approx(0, abs=1e-3)
    assert [check.kept for check in found.checks()] == [True] * 5
    assert any("1.00 times the real footage's" in check.text for check in found.checks())
    assert found.to_dict()["checks"][0]["kept"] is True
    table, known = text_table(found.summaries()), {name for video in found.summaries().values() for name in video}
    assert all(METRICS[name].label in table for name in known)


def test_the_truth_is_as_near_as_can_be_to_poses_that_came_from_elsewhere(dance, drawn_detector):
    torso = np.nanmedian(np.linalg.norm(dance.poses.xy[:, 1] - dance.poses.xy[:, 8], axis=1))
    asked = replace(dance.poses, xy=dance.poses.xy + np.float32([0.1 * torso, 0]))
    found = evaluate_video(dance.video, dance.video, poses=asked)
    assert mean(found, "pose_body") == mean(found, "pose_body", "truth") == pytest.approx(10, rel=0.1)


@pytest.mark.slow
def test_the_later_a_result_is_the_worse_it_scores(dance, drawn_detector, tmp_path):
    frames, scores = list(VideoReader(dance.video)), []
    for late in (0, 2, 8):
        path = copy_of(dance.video, tmp_path / f"{late}.mp4", lambda _, n, late=late: frames[max(0, n - late)])
        scores.append(mean(evaluate_video(path, dance.video), "person_perceptual"))
    assert scores == sorted(scores)
    assert scores[0] < scores[2] - 0.1


def test_a_shuffled_result_scores_badly_in_what_is_shown_and_in_how_it_moves(dance, drawn_detector, tmp_path):
    frames = list(VideoReader(dance.video))
    order = np.random.default_rng(0).permutation(len(frames))
    shuffled = copy_of(dance.video, tmp_path / "shuffled.mp4", lambda _, n: frames[order[n]])
    found = evaluate_video(shuffled, dance.video)
    assert mean(found, "person_ssim") < 0.9
    assert mean(found, "warping") > 2 * mean(found, "warping", "truth")
    assert mean(found, "person_perceptual") > 0.2


def test_videos_of_other_sizes_and_lengths_are_named_and_can_be_aligned(dance, drawn_detector, tmp_path):
    small = copy_of(dance.video, tmp_path / "small.mp4", lambda frame, _: frame, every=2)
    with pytest.raises(EvaluationError, match=r"number of frames 45 and 23.*`align`"):
        evaluate_video(small, dance.video)
    found = evaluate_video(small, dance.video, align=True)
    assert found.frames == 23
    assert "aligned: number of frames 45 and 23" in found.notes


def test_without_a_truth_only_what_needs_none_is_measured(dance, footage, drawn_detector):
    found = evaluate_video(dance.video)
    assert found.setting == "no truth"
    assert set(found.series["result"]) == {"warping", "flicker", "person_flicker", "missed_body"}
    assert mean(found, "missed_body") == pytest.approx(100 * (~dance.poses.present).mean())
    asked = evaluate_video(dance.video, poses=dance.poses)
    assert mean(asked, "pose_body") == 0
    with pytest.raises(PoseError, match="that drove this very video"):
        evaluate_video(dance.video, poses=footage.poses)


def test_a_subject_is_measured_on_its_held_out_end_beside_all_baselines(learned, footage, drawn_detector, tmp_path):
    found = evaluate_subject(learned[0], footage.video, tmp_path / "report", device="cpu")
    assert found.setting == "self"
    baselines = ["background alone", "nearest pose's frame", "candidates alone"]
    assert list(found.series) == ["result", *baselines, "truth", "truth, mirrored"]
    assert found.frames == round(0.1 * len(footage.poses)) == 2
    assert "only 2 frames were held out, which says little: footage of 10 s or more would give 1 s" in found.notes
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(?!data:)", page)  # nothing is fetched from elsewhere
    assert "nearest pose&#39;s frame" in page
    written = json.loads((tmp_path / "report" / "evaluation.json").read_text(encoding="utf-8"))
    assert written["metrics"]["result"]["person_psnr"]["mean"] == mean(found, "person_psnr")
    assert any(check["text"].startswith("Training ") for check in written["checks"])
    assert (tmp_path / "report" / "result.mp4").exists()


def test_the_candidates_are_what_an_untrained_network_makes(learned, footage):
    """The network begins from the candidates, so the baseline shows what training has added to it."""
    subject = load_subject(learned[0])
    untrained = replace(subject, generator=build_generator(subject.pipeline).eval())
    poses = clean_poses(footage.poses[:4], subject.pipeline.pose)
    candidates = baselines_of(subject, poses, None, range(0))["candidates alone"]
    for candidate, made in zip(candidates, synthesise(untrained, poses, torch.device("cpu")), strict=True):
        shown = np.abs(candidate.astype(int) - subject.background)
        person = shown.max(axis=2) > 60
        assert np.abs(candidate.astype(int) - made)[person].mean() < 0.15 * shown[person].mean()


def subject_with(learned, folder, held_out):
    """A copy of the learned subject that says that so much of its footage was held out."""
    shutil.copytree(learned[0], folder)
    subject = load_subject(folder)
    train = replace(subject.pipeline.train, held_out=held_out)
    save_subject(folder, replace(subject, pipeline=replace(subject.pipeline, train=train)))
    return folder


def test_footage_too_short_to_hold_out_from_says_how_long_it_must_be(learned, footage, tmp_path):
    folder = subject_with(learned, tmp_path / "me", 0.04)
    with pytest.raises(EvaluationError, match=r"1 of its 24 frames was held out.*footage of 50 frames \(4\.2 s\)"):
        evaluate_subject(folder, footage.video, tmp_path / "report", device="cpu")


@pytest.mark.slow
def test_footage_of_which_nothing_was_held_out_is_measured_with_a_warning(learned, footage, drawn_detector, tmp_path):
    folder = subject_with(learned, tmp_path / "me", 0.0)
    found = evaluate_subject(folder, footage.video, tmp_path / "report", device="cpu")
    assert found.frames == 24
    assert found.notes[0].startswith("NOT HELD OUT")


@pytest.mark.slow
def test_a_copy_of_the_footage_is_known_by_its_frames(learned, footage, drawn_detector, tmp_path):
    copied = copy_of(footage.video, tmp_path / "copy.mp4", lambda frame, _: cv2.GaussianBlur(frame, (3, 3), 0), every=4)
    found = evaluate_subject(learned[0], copied, tmp_path / "report", device="cpu")
    assert found.notes[0].startswith("NOT HELD OUT")
    other = copy_of(footage.video, tmp_path / "other.mp4", lambda frame, _: frame[:, ::-1], every=4)
    found = evaluate_subject(learned[0], other, tmp_path / "other", device="cpu")
    assert not any(note.startswith("NOT HELD OUT") for note in found.notes)
