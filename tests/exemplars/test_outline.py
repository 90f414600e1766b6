"""What arms cover of a body, on bodies of a few rectangles."""

import numpy as np
import pytest

from motion_transfer.exemplars.outline import covered_by_arms
from motion_transfer.pose.geometry.segments import SEGMENTS, TRUNK

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
