"""The metrics against what a good result has to keep to."""

import numpy as np
import pytest

from motion_transfer.evaluation.checks import checks, training_helped
from motion_transfer.evaluation.metrics.catalogue import CANDIDATES, MIRRORED, UNTRAINED
from motion_transfer.evaluation.statistics import summarise


def kept_by_text(**videos):
    names = {video: video.replace("_", " ") for video in videos} | {"mirrored": MIRRORED}
    summaries = {
        names[video]: {name: summarise(np.full(20, value)) for name, value in values.items()}
        for video, values in videos.items()
    }
    return {check.text: check.kept for check in checks(summaries)}


@pytest.mark.parametrize(("distance", "kept"), [(3.0, True), (3.6, True), (3.7, False)])
def test_a_pose_may_miss_by_little_more_than_the_detector_itself(distance, kept):
    ((text, found),) = kept_by_text(
        result={"pose_body": distance}, truth={"pose_body": 0.1}, mirrored={"pose_body": 3.0}
    ).items()
    assert found == kept
    assert f"{distance:.1f} % of the torso" in text
    assert f"{distance / 3:.2f} times the detector's own noise (3.0 %); at most 1.2 times" in text


@pytest.mark.parametrize(("distance", "kept"), [(4.0, True), (4.8, True), (4.9, False)])
def test_of_a_pose_that_was_another_dancers_the_truth_itself_may_be_far(distance, kept):
    videos = {"truth": {"pose_body": 4.0}, "mirrored": {"pose_body": 3.0}}
    ((text, found),) = kept_by_text(result={"pose_body": distance}, **videos).items()
    assert found == kept
    assert f"{distance / 4:.2f} times as far as the truth itself (4.0 %)" in text


@pytest.mark.parametrize(
    ("name", "own", "real", "kept"),
    [
        *(("missed_body", missed, None, kept) for missed, kept in ((0.0, True), (1.0, True), (1.1, False))),
        *(("flicker", own, 0.5, kept) for own, kept in ((0.5, True), (0.54, True), (0.6, False))),
        *(("person_flicker", own, 2.0, kept) for own, kept in ((2.3, True), (2.4, False))),
        *(("flicker", own, 0.0, kept) for own, kept in ((0.02, True), (1, False))),
    ],
)
def test_hardly_a_joint_may_be_missed_and_the_result_may_flicker_as_the_footage_does(name, own, real, kept):
    truth = {} if real is None else {name: real}
    assert list(kept_by_text(result={name: own}, truth=truth).values()) == [kept]


def test_a_result_must_be_nearer_than_the_nearest_of_the_baselines():
    videos = {"background_alone": {"person_perceptual": 3.0}, "nearest_frame": {"person_perceptual": 2.5}}
    ((text, kept),) = kept_by_text(result={"person_perceptual": 2.6}, truth={}, **videos).items()
    assert not kept
    assert "nearest frame: 2.5" in text
    assert list(kept_by_text(result={"person_perceptual": 2.4}, truth={}, **videos).values()) == [True]


@pytest.mark.parametrize(
    ("distance", "psnr", "helped"), [(1.9, 19.0, True), (1.9, 18.4, False), (2.4, 19.0, False), (2.3, 19.0, False)]
)
def test_training_helped_where_both_perceptual_distance_and_psnr_are_better_than_without_it(distance, psnr, helped):
    before = {"person_perceptual": 2.3, "person_psnr": 18.5}
    result = {"person_perceptual": distance, "person_psnr": psnr}
    check = training_helped(result, {CANDIDATES: before})
    assert check.kept == helped
    assert check.text.startswith("Training helped" if helped else "Training did not help")
    assert f"{distance:.3g} (candidates alone: 2.3), the person's PSNR {psnr:.2f} dB (18.50 dB)" in check.text
    assert kept_by_text(**{CANDIDATES: before, "result": result})[check.text] == helped
    assert training_helped({}, {CANDIDATES: before}) is None
    assert training_helped(before, {}) is None
    worse = {"person_perceptual": 9.0, "person_psnr": 1.0}
    from_base = training_helped(result, {CANDIDATES: worse, UNTRAINED: before})
    assert from_base.kept == helped
    assert "before training: 2.3" in from_base.text


@pytest.mark.parametrize(("sharpness", "kept"), [(0.1, False), (0.61, True), (1.0, True), (1.19, True), (1.3, False)])
def test_a_person_may_be_neither_soft_nor_torn(sharpness, kept):
    ((text, found),) = kept_by_text(result={"person_sharpness": sharpness}).items()
    assert found == kept
    assert f"{sharpness:.2f} times as sharp as the real one; 0.6 to 1.2 times is good" in text


def test_of_what_was_not_measured_nothing_is_kept_by_text():
    assert kept_by_text(result={"flicker": 1.0}) == {}
