"""How far poses lie from others, in units of the torso, and what they lack."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from motion_transfer.errors import PoseError
from motion_transfer.evaluation.metrics.pose_distance import compare_poses, displacements, torso_length
from motion_transfer.pose import OPENPOSE_137, PoseSequence, empty
from tests.drawn_world import without

PARTS = ("body", "face", "hands")
NECK, HIP = OPENPOSE_137.index("neck"), OPENPOSE_137.index("mid_hip")


def person(frames=4):
    """Someone whose torso is 50 pixels long, all joints found."""
    xy = np.random.default_rng(0).uniform(20, 80, (frames, 137, 2)).astype(np.float32)
    xy[:, NECK], xy[:, HIP] = (50, 20), (50, 70)
    return PoseSequence(xy, np.ones((frames, 137), np.float32), (100, 100), Fraction(25))


def missed(poses, reference):
    series = compare_poses(poses, reference)
    return [series[f"missed_{part}"].tolist() for part in PARTS]


def test_the_torso_reaches_from_neck_to_hips():
    assert torso_length(person()) == 50
    assert math.isnan(torso_length(empty(3, (100, 100), Fraction(25))))


@given(st.floats(-40, 40), st.floats(-40, 40))
@example(0, 0)
def test_a_shift_is_measured_in_full_and_in_every_part(dx, dy):
    moved = replace(person(), xy=person().xy + np.array([dx, dy], np.float32))
    assert displacements(moved, person()) == pytest.approx(np.full((4, 137, 2), (dx, dy)), abs=1e-4)
    series = compare_poses(moved, person())
    for part in PARTS:
        assert series[f"pose_{part}"] == pytest.approx(2 * math.hypot(dx, dy), abs=1e-3)  # percent of 50 pixels
    assert missed(moved, person()) == [[0] * 4] * 3


def test_only_joints_that_both_have_are_compared():
    moved = replace(person(), xy=person().xy + np.float32(3))
    left = without(moved, slice(0, 90))
    right = without(person(), slice(90, 137))
    assert np.isnan(displacements(left, right)).all()
    assert np.isnan(compare_poses(left, person())["pose_body"]).all()
    distances = compare_poses(without(moved, frames=1), person())["pose_body"]
    assert np.delete(distances, 1) == pytest.approx(6 * math.sqrt(2), abs=1e-4)
    assert math.isnan(distances[1])


def test_a_joint_that_is_only_guessed_is_neither_compared_nor_found():
    guessed = replace(person(), score=np.full((4, 137), 0.25, np.float32))
    assert np.isnan(displacements(guessed, person())).all()
    assert missed(guessed, person()) == [[100] * 4] * 3


def test_missed_joints_are_a_share_of_what_the_reference_has():
    body, hands = slice(0, 25), slice(95, 137)
    reference = without(person(), hands, frames=slice(0, 2))  # hands in two of four frames
    detected = without(person(), body, OPENPOSE_137.left_hand, frames=3)
    assert missed(detected, reference) == [
        [0, 0, 0, 100],
        [0] * 4,
        [pytest.approx(math.nan, nan_ok=True)] * 2 + [0, 50],
    ]


@pytest.mark.parametrize("other", [person(3), person().scaled_to((50, 50))])
def test_poses_of_other_frames_are_refused(other):
    with pytest.raises(PoseError, match=r"4 poses in a frame of 100 x 100 pixels cannot be .*of the same frames"):
        compare_poses(person(), other)
