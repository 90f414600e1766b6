"""What arms cover of a body, on bodies of a few rectangles."""

import numpy as np
import pytest

from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts.outline import covered_by_arms, shoulder_area
from motion_transfer.pose.geometry.segments import SEGMENTS, TRUNK, VIEW, Segments

PARTS = {(each.start, each.end): i for i, each in enumerate(SEGMENTS)}
ARM = PARTS["left_shoulder", "left_elbow"]
SHAPE = (100, 80)


def person(*arms, side=50):
    """A trunk from column 30 to `side` and row 20 to 80, and rectangles (top, bottom, left, right) of its left arm."""
    labels, there = np.full(SHAPE, TRUNK, np.uint8), np.zeros(SHAPE, bool)
    there[20:80, 30:side] = True
    for top, bottom, left, right in arms:
        labels[top:bottom, left:right], there[top:bottom, left:right] = ARM, True
    axes = np.full((len(SEGMENTS), 2, 2), np.nan)
    axes[TRUNK] = [(40, 20), (40, 80)]
    axes[ARM, 0] = side, 22
    axes[PARTS["right_shoulder", "right_elbow"], 0] = 30, 22
    return labels, there, axes


def rectangle(top, bottom, left, right):
    mask = np.zeros(SHAPE, bool)
    mask[top:bottom, left:right] = True
    return mask


def test_an_arm_before_the_trunk_covers_all_that_it_lies_over():
    covered = covered_by_arms(*person((40, 50, 35, 45)))
    np.testing.assert_array_equal(covered, rectangle(40, 50, 35, 45))


def test_behind_an_arm_at_the_side_the_outline_runs_straight():
    """The arm covers the trunk's last 6 columns and 8 beside it."""
    covered = covered_by_arms(*person((30, 60, 44, 58)))
    wrong = covered ^ rectangle(30, 60, 44, 50)
    assert wrong.sum() <= 30, "one column, by rounding"
    assert not covered[:, 52:].any()


def test_a_body_that_turns_keeps_its_outline():
    labels, there, axes = person((30, 60, 44, 58))
    turned = covered_by_arms(labels[::-1, ::-1], there[::-1, ::-1], np.array([79, 99]) - axes)
    upright = covered_by_arms(labels, there, axes)
    assert (turned[::-1, ::-1] ^ upright).sum() <= 60


@pytest.mark.parametrize("arm", [(30, 60, 56, 64), (4, 18, 44, 50)])
def test_an_arm_apart_from_the_body_covers_nothing(arm):
    assert not covered_by_arms(*person(arm)).any()


def test_without_a_trunk_nothing_is_known():
    labels, there, axes = person((30, 60, 44, 58))
    axes[TRUNK] = np.nan
    assert not covered_by_arms(labels, there, axes).any()


def test_without_shoulders_what_an_arm_covers_before_the_trunk_is_known():
    labels, there, axes = person((40, 50, 35, 45))
    axes[np.arange(len(axes)) != TRUNK] = np.nan
    np.testing.assert_array_equal(covered_by_arms(labels, there, axes), rectangle(40, 50, 35, 45))


def shoulder(elbow, depth=0.0, *, inner=True):
    """Where the left shoulder at (50, 22) is of a person with heads of 20 pixels, whose arm goes to an elbow."""
    axes = person()[2][None]
    axes[0, PARTS["right_shoulder", "right_elbow"], 0] = np.nan
    axes[0, ARM] = [(50, 22), elbow]
    behind = np.zeros((1, len(SEGMENTS)))
    behind[0, ARM] = depth
    views = np.zeros((1, len(SEGMENTS), VIEW))
    return shoulder_area(Segments(axes, np.array([20.0]), views, behind), Grid(SHAPE[::-1]), inner=inner)


def test_a_shoulder_lies_around_its_joint_and_its_inner_half_goes_little_way_out_and_along_the_arm():
    hanging, raised = shoulder((50, 50)), shoulder((80, 22))
    for there in (hanging, raised):
        assert there[21, 48]
        assert not there[:, :43].any()
        assert not there[:15].any()
        assert not there[:, 54:].any()
    assert (hanging[26, 49], raised[26, 49]) == (False, True)
    assert shoulder((50, 50), inner=False)[22, 54]


@pytest.mark.parametrize(("depth", "seen"), [(-60.0, True), (15.0, True), (30.0, False)])
def test_a_shoulder_that_the_trunk_hides_is_none(depth, seen):
    assert shoulder((50, 50), depth).any() == seen
    assert not shoulder((50, np.nan)).any()
