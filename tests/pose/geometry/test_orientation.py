"""The orientation of a body that is turned in space."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137, body_orientation, empty
from motion_transfer.pose.geometry.orientation import TURN, occluded_face
from tests.drawn_world import without
from tests.pose.turned import FPS, LEFT_RIGHT, SIZE, apart, turned

HEAD = [OPENPOSE_137.index(f"{side}_{part}") for side in ("left", "right") for part in ("eye", "ear")]
NOSE = OPENPOSE_137.index("nose")


def mirrored(poses):
    """The clip in a mirror: places from the other side, and left and right exchanged."""
    xy, score, depth = poses.xy.copy(), poses.score.copy(), None if poses.depth is None else poses.depth.copy()
    xy[..., 0] = SIZE[0] - xy[..., 0]
    left, right = LEFT_RIGHT
    for array in (xy, score, *(() if depth is None else (depth,))):
        array[:, left + right] = array[:, right + left]
    return replace(poses, xy=xy, score=score, depth=depth)


@pytest.mark.parametrize("depth", [True, False])
@pytest.mark.parametrize("way", [0, 30, 60, 90, 120, 150, 180, -45, -90, -135])
def test_a_person_at_rest_faces_where_it_was_turned_to(way, depth):
    assert apart(body_orientation(turned(np.full(9, way), depth=depth)), way).max() <= 15


def test_a_pirouette_is_followed_all_the_way_round():
    way = np.linspace(0, 720, 50)
    found = body_orientation(turned(way))
    assert apart(found, way).max() <= 20
    assert found.dtype == np.float32


turns = st.lists(st.integers(-25, 25), min_size=3, max_size=30).map(np.cumsum)


@given(way=turns, start=st.integers(-180, 179))
def test_in_a_mirror_a_person_faces_the_other_way(way, start):
    poses = turned(start + way + 0.5)
    found, other = body_orientation(poses), body_orientation(mirrored(poses))
    assert apart(found, -other).max() <= 5.001  # where two directions are as likely, either may be taken


@given(way=turns, x=st.floats(50, 600), y=st.floats(50, 450), height=st.floats(40, 900))
def test_place_and_size_do_not_matter(way, x, y, height):
    found = body_orientation(turned(way + 0.5, place=(x, y), height=height))
    assert apart(found, body_orientation(turned(way + 0.5))).max() <= 5.001


@given(way=turns)
def test_nobody_turns_faster_than_people_can(way):
    found = body_orientation(turned(way * 7))
    assert (apart(found[1:], found[:-1]) <= TURN / FPS + 1e-3).all()


@pytest.mark.parametrize("frames", [1, 3])
def test_a_detector_that_mistakes_left_for_right_for_some_frames_does_not_turn_the_person(frames):
    poses = turned(np.zeros(30), depth=False)
    xy = poses.xy.copy()
    left, right = LEFT_RIGHT
    xy[12 : 12 + frames, left + right] = xy[12 : 12 + frames, right + left]
    assert apart(body_orientation(replace(poses, xy=xy)), 0).max() <= 20


def test_without_a_person_the_direction_is_unknown():
    poses = turned(np.full(9, 180))
    xy = poses.xy.copy()
    xy[3:5] = np.nan
    found = body_orientation(replace(poses, xy=xy))
    assert np.isnan(found[3:5]).all()
    assert apart(found[[0, 1, 2, 5, 6, 7, 8]], 180).max() <= 10
    assert np.isnan(body_orientation(empty(4, SIZE, FPS))).all()
    assert len(body_orientation(empty(0, SIZE, FPS))) == 0


def test_the_orientation_of_the_same_poses_is_computed_once_and_cannot_be_changed():
    poses = turned(np.full(9, 30))
    assert body_orientation(poses) is body_orientation(poses)
    assert not body_orientation(poses).flags.writeable
    assert apart(body_orientation(turned(np.full(9, -30))), -30).max() <= 15


def test_one_seen_ear_tells_the_side_where_the_nose_is_missing():
    poses = turned(np.full(9, 180), depth=False)
    for side, sign in (("right", 1), ("left", -1)):
        assert (sign * body_orientation(without(poses, "nose", f"{side}_ear")) > 90).all()


def test_from_the_front_nothing_is_hidden():
    assert not occluded_face(turned(np.full(9, 20))).any()


def names(hidden):
    """The joints of the body that are hidden in the first frame, and the share of the face's points."""
    return {OPENPOSE_137.joints[i] for i in np.flatnonzero(hidden[0, :25])}, hidden[0, OPENPOSE_137.face].mean()


@pytest.mark.parametrize("way", [180, 150, -140])
def test_from_behind_there_is_no_face_but_an_ear_says_where_the_head_is(way):
    joints, face = names(occluded_face(turned(np.full(9, way))))
    assert joints >= {"nose", "left_eye", "right_eye"}
    assert not joints >= {"left_ear", "right_ear"}
    assert joints <= {OPENPOSE_137.joints[i] for i in (NOSE, *HEAD)} | {"left_eye", "right_eye"}
    assert face == 1


@pytest.mark.parametrize(("way", "far"), [(80, "right"), (-80, "left")])
def test_in_profile_the_far_half_of_the_face_is_hidden(way, far):
    joints, face = names(occluded_face(turned(np.full(9, way))))
    assert joints == {f"{far}_eye", f"{far}_ear"}
    assert 0.3 < face < 0.6


def test_where_the_direction_is_unknown_nothing_is_hidden():
    assert not occluded_face(empty(3, SIZE, FPS)).any()
