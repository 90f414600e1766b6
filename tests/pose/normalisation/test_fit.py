"""A figure that leaves the subject's frame: said, and kept inside."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.normalisation.fit import (
    Overflow,
    fit_poses,
    make_smaller,
    measure_overflow,
    pad_body,
    pad_poses,
)
from tests.drawn_world import dancing_with_depth, standing, without
from tests.pose.normalisation.targets import TARGET, feet, height

SHOWN = replace(TARGET, size=(800, 1200))  # nose to ankles 700 pixels in front, feet at 1000
LEFT_HAND = ("left_wrist", OPENPOSE_137.left_hand)


def raised(poses, frames, up=900.0):
    """The poses with the left hand high up in some frames."""
    xy = poses.xy.copy()
    for joint in (OPENPOSE_137.index("left_wrist"), OPENPOSE_137.left_hand):
        xy[frames, joint, 1] -= up
    return replace(poses, xy=xy)


def placed(x, floor, tall, frames=20):
    return standing([x] * frames, floor, tall, size=SHOWN.size)


@st.composite
def wild(draw):
    """A dancing figure of any size, somewhere in or around the frame."""
    poses = dancing_with_depth(60)
    scale, x, y = (draw(st.floats(*ends)) for ends in ((0.5, 8), (-300, 1100), (-300, 1500)))
    xy = (poses.xy - np.array([320, 380], np.float32)) * np.float32(scale) + np.array([x, y], np.float32)
    return replace(poses, xy=xy, size=SHOWN.size)


def test_a_figure_inside_the_frame_is_left_as_it_is():
    poses = placed(400, 1000, 700)
    assert not measure_overflow(poses, SHOWN)
    same, factor = make_smaller(poses, SHOWN)
    assert factor == 1
    assert np.allclose(same.xy, poses.xy, atol=1e-3)
    assert fit_poses(poses, SHOWN, smaller=True) is poses


def test_what_leaves_the_frame_is_named_with_the_frames_in_which_it_does():
    poses = raised(placed(400, 1000, 700), slice(3, 8))
    overflow = measure_overflow(poses, SHOWN)
    assert overflow.frames == {"left hand": 5}
    assert overflow.total == 20
    left, top, right, bottom = overflow.beyond
    highest = np.nanmin(poses.xy[3, OPENPOSE_137.left_hand, 1])
    assert top == pytest.approx(0.02 * 700 - highest, abs=1)
    assert (left, right, bottom) == (0, 0, 0)


def test_fingers_that_were_not_found_lie_beyond_the_wrist_as_the_forearm_points():
    poses = without(raised(placed(400, 1000, 700), slice(3, 8), up=600), OPENPOSE_137.left_hand)
    assert np.nanmin(poses.xy[..., 1]) > 20, "all that was found is inside"
    assert measure_overflow(poses, SHOWN).frames == {"left hand": 5}


def test_joints_that_were_hardly_seen_do_not_count():
    poses = raised(placed(400, 1000, 700), slice(3, 8))
    score = poses.score.copy()
    score[3:8, [OPENPOSE_137.index("left_wrist"), *range(*OPENPOSE_137.left_hand.indices(137))]] = 0.1
    assert not measure_overflow(replace(poses, score=score), SHOWN)


@pytest.mark.parametrize(("x", "part"), [(20, "right hand"), (780, "left hand")])
def test_a_figure_at_the_side_is_moved_and_keeps_its_size(x, part):
    poses = placed(x, 1000, 500)
    assert part in measure_overflow(poses, SHOWN).frames
    inside, factor = make_smaller(poses, SHOWN)
    assert factor == 1
    assert height(inside) == pytest.approx(height(poses))
    assert feet(inside)[1] == pytest.approx(feet(poses)[1])


def test_a_figure_that_reaches_too_high_is_made_smaller_on_its_place():
    poses = raised(placed(400, 1000, 700), slice(3, 8))
    inside, factor = make_smaller(poses, SHOWN)
    assert 0.5 < factor < 1
    assert height(inside) == pytest.approx(factor * height(poses), rel=1e-3)
    assert np.allclose(feet(inside), feet(poses), atol=0.01)


@given(wild())
def test_made_smaller_no_joint_is_outside(poses):
    inside, factor = make_smaller(poses, SHOWN)
    assert 0 < factor <= 1
    assert not measure_overflow(inside, SHOWN)
    _, again = make_smaller(inside, SHOWN)
    assert again == pytest.approx(1, abs=1e-3), "it is as large as it can be"


@given(wild())
def test_in_the_frame_that_grew_no_joint_is_outside_and_the_figure_is_as_large(poses):
    padding = measure_overflow(poses, SHOWN).padding
    assert all(side % 2 == 0 for side in padding)
    larger, body = pad_poses(poses, padding), pad_body(SHOWN, padding)
    assert larger.size == body.size
    assert np.allclose(larger.xy - larger.xy[:, :1], poses.xy - poses.xy[:, :1], atol=1e-2)
    if max(padding) < 600:
        assert not measure_overflow(larger, body)


def test_a_frame_grows_by_no_more_than_half_of_its_longer_side():
    assert Overflow({"body": 1}, 1, np.array([9e9, 0, 3, 0.5]), (800, 1200)).padding == (600, 0, 4, 2)


def test_feet_that_the_subjects_footage_cuts_off_do_not_count():
    low = replace(SHOWN, close=1300, far=1250)
    assert "feet" in measure_overflow(placed(400, 1300, 700), SHOWN).frames
    assert not measure_overflow(placed(400, 1300, 700), low)


def test_both_ways_out_are_offered_and_what_was_done_is_told():
    poses = raised(placed(400, 1000, 700), slice(3, 8))
    with pytest.warns(UserWarning, match=r"left hand in 5 of 20 frames\); `fit` smaller .* `fit` extend") as caught:
        assert fit_poses(poses, SHOWN, smaller=False) is poses
    assert len(caught) == 1
    with pytest.warns(UserWarning, match=r"made 0\.\d\d times as large"):
        fit_poses(poses, SHOWN, smaller=True)
    with pytest.warns(UserWarning, match="moved, they are inside"):
        fit_poses(placed(20, 1000, 500), SHOWN, smaller=True)
