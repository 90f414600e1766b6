"""Dancers whose backs the footage of another person never shows."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137, body_orientation, empty, keep_to_shown_sides
from motion_transfer.pose.normalisation.bones import MEASURED
from tests.pose.turned import FPS, SIZE, apart, turned

FRONT = np.array([-40.0, -20.0, 0.0, 20.0, 40.0])
ALL = np.arange(-180.0, 180.0, 30.0)


@pytest.mark.parametrize("depth", [True, False])
@pytest.mark.parametrize("way", [135, 160, 180, -150])
def test_a_dancer_who_turns_away_faces_the_camera_with_arms_and_legs_where_they_were(way, depth):
    poses = turned(np.full(25, way), depth=depth)
    with pytest.warns(UserWarning, match="100% of the frames"):
        shown = keep_to_shown_sides(poses, FRONT)
    assert apart(body_orientation(shown), 180 - body_orientation(poses)).max() <= 10
    for joint in ("wrist", "ankle"):
        np.testing.assert_array_equal(shown.joint(f"left_{joint}"), poses.joint(f"right_{joint}"))
    np.testing.assert_array_equal(shown.joint("nose"), poses.joint("nose"))
    with pytest.warns(UserWarning, match="100%"):
        again = keep_to_shown_sides(shown, FRONT + 180)
    for name in ("xy", "score"):
        np.testing.assert_array_equal(getattr(again, name), getattr(poses, name))
    if depth:  # of all but the arms, see below
        others = np.setdiff1d(np.arange(poses.depth.shape[1]), places("elbow", "wrist"))
        np.testing.assert_array_equal(again.depth[:, others], poses.depth[:, others])


def places(*joints):
    return [OPENPOSE_137.index(f"{side}_{joint}") for joint in joints for side in ("left", "right")]


@pytest.mark.parametrize("reach", [-1, 1])
def test_arms_are_before_the_trunk_that_is_turned_to_the_camera_whichever_side_of_it_they_were_on(reach):
    poses = turned(np.full(25, 180))
    depth, score = poses.depth.copy(), poses.score.copy()
    depth[:, places("elbow", "wrist")] = 50.0 * reach
    score[:, places("elbow")] = 0.1  # a detector sees little of them from behind
    with pytest.warns(UserWarning, match="100%"):
        shown = keep_to_shown_sides(replace(poses, depth=depth, score=score), FRONT)
    assert (shown.depth[:, places("elbow", "wrist")] <= shown.depth[:, places("shoulder", "shoulder")]).all()
    assert (shown.score[:, places("elbow")] >= MEASURED).all()


def test_arms_before_a_chest_are_hidden_by_a_back():
    poses = turned(np.zeros(25))
    depth = poses.depth.copy()
    depth[:, places("wrist")] = -60.0
    with pytest.warns(UserWarning, match="100%"):
        shown = keep_to_shown_sides(replace(poses, depth=depth), FRONT + 180)
    assert (shown.depth[:, places("wrist")] == 60).all()


def test_what_was_behind_the_hips_lies_before_them():
    poses = turned(np.full(25, 150))
    with pytest.warns(UserWarning, match="100%"):
        shown = keep_to_shown_sides(poses, FRONT)
    left, right = (OPENPOSE_137.index(f"{side}_shoulder") for side in ("left", "right"))
    np.testing.assert_array_equal(shown.depth[:, left], -poses.depth[:, right])


@pytest.mark.parametrize(
    ("ways", "shown"),
    [
        (np.full(25, 180.0), ALL),
        (np.linspace(-60, 60, 25), FRONT),
        (np.full(25, 180.0), np.empty(0)),
        (np.full(25, 180.0), FRONT + 180),
        (np.r_[np.zeros(20), 180, np.zeros(20)], FRONT),
    ],
    ids=["a side that is shown", "a front", "nothing is known", "behind, from behind", "a slip of the detector"],
)
def test_nothing_changes_where_nothing_is_gained(ways, shown):
    poses = turned(ways)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert keep_to_shown_sides(poses, shown) is poses


def test_sides_change_in_profile_where_a_body_and_its_reflection_are_alike():
    ways = np.linspace(0, 360, 100)
    poses = turned(ways)
    with pytest.warns(UserWarning, match="of the frames"):
        shown = keep_to_shown_sides(poses, FRONT)
    reflected = (shown.xy != poses.xy)[:, OPENPOSE_137.index("left_wrist")].any(axis=1)
    changes = np.flatnonzero(np.diff(reflected))
    assert len(changes) == 2
    assert apart(ways[changes], [90, 270]).max() <= 20
    assert reflected[50]


@pytest.mark.parametrize("crossed", [True, False])
def test_in_profile_arms_do_not_cross_the_chest_that_is_shown_instead(crossed):
    poses = turned(np.full(25, -90.0))
    xy = poses.xy.copy()
    for side, place in (("left", -100), ("right", 100)):
        for joint in ("elbow", "wrist"):
            xy[:, OPENPOSE_137.index(f"{side}_{joint}"), 0] += place if crossed else -place
    poses = replace(poses, xy=xy)
    if crossed:
        with pytest.warns(UserWarning, match="100%"):
            shown = keep_to_shown_sides(poses, FRONT)
        assert (shown.joint("left_wrist")[:, 0] > shown.joint("right_wrist")[:, 0]).all()
    else:
        assert keep_to_shown_sides(poses, FRONT) is poses


def test_a_view_that_a_single_exemplar_has_counts_if_there_are_no_others_and_else_not():
    poses = turned(np.full(25, 180.0))
    assert keep_to_shown_sides(poses, np.array([180.0])) is poses
    with pytest.warns(UserWarning, match="100%"):
        keep_to_shown_sides(poses, np.r_[FRONT, 180.0])


def test_nobody_has_no_back():
    poses = empty(9, SIZE, FPS)
    assert keep_to_shown_sides(poses, FRONT) is poses


@given(ways=st.lists(st.integers(-25, 25), min_size=3, max_size=30).map(np.cumsum), start=st.integers(-180, 179))
def test_no_joint_is_lost_and_none_is_moved(ways, start):
    poses = turned(start + ways + 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = keep_to_shown_sides(poses, FRONT)
    for t in range(len(poses)):
        np.testing.assert_array_equal(np.sort(shown.xy[t], axis=0), np.sort(poses.xy[t], axis=0))
