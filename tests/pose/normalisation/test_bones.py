from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137, empty, measure_body
from motion_transfer.pose.normalisation.bones import MARGIN, bone_ratios, lengthen_bones
from tests.drawn_world import without

INDEX = OPENPOSE_137.index
BONES = ("legs", "trunk", "hips", "shoulders", "upper_arm", "forearm", "hand", "head")
ENDS = {
    "trunk": [("mid_hip", "neck"), ("neck", "nose")],
    "hips": [("mid_hip", "right_hip"), ("mid_hip", "left_hip")],
    "shoulders": [("neck", "right_shoulder"), ("neck", "left_shoulder")],
    "upper_arm": [("right_shoulder", "right_elbow"), ("left_shoulder", "left_elbow")],
    "forearm": [("right_elbow", "right_wrist"), ("left_elbow", "left_wrist")],
    "hand": [("right_hand_wrist", "right_hand_middle_3"), ("left_hand_thumb_1", "left_hand_little_4")],
    "head": [("nose", "left_ear"), ("face_0", "face_16"), ("right_eye", "right_ear")],
}
FEET = [INDEX(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "heel", "big_toe", "small_toe")]


@pytest.fixture
def poses(person):
    """A person with noise on every joint, so that bones point everywhere."""
    still = person([320] * 40, 400, 200)
    shake = np.random.default_rng(3).normal(0, 6, still.xy.shape).astype(np.float32)
    xy = still.xy + shake
    for middle, side in (("neck", "shoulder"), ("mid_hip", "hip")):
        xy[:, INDEX(middle)] = (xy[:, INDEX(f"right_{side}")] + xy[:, INDEX(f"left_{side}")]) / 2
    return replace(still, xy=xy)


def bone(xy, a, b):
    return xy[:, INDEX(b)] - xy[:, INDEX(a)]


def lengthened(poses, depth=None, **ratios):
    xy = poses.xy.copy()
    lengthen_bones(xy, depth, dict.fromkeys(BONES, 1.0) | ratios)
    return xy


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from(BONES[1:]), st.floats(0.7, 1.4)))
def test_every_bone_takes_its_ratio_and_keeps_its_direction(person, ratios):
    poses = person([320] * 3, 400, 200)
    xy = lengthened(poses, **ratios)
    for name, pairs in ENDS.items():
        for pair in pairs:
            assert bone(xy, *pair) == pytest.approx(ratios.get(name, 1) * bone(poses.xy, *pair), abs=1e-3)


def test_feet_stay_where_they_are(poses):
    xy = lengthened(poses, hips=1.3, trunk=0.8, forearm=1.2, hand=0.9)
    assert np.array_equal(xy[:, FEET], poses.xy[:, FEET])


def test_hands_hang_on_their_wrists_and_the_face_on_its_nose(poses):
    xy = lengthened(poses, shoulders=1.2, upper_arm=0.9, forearm=1.1, trunk=1.1, hand=1.25, head=0.9)
    for root, part, ratio in (
        ("left_wrist", OPENPOSE_137.left_hand, 1.25),
        ("right_wrist", OPENPOSE_137.right_hand, 1.25),
        ("nose", OPENPOSE_137.face, 0.9),
    ):
        expected = ratio * (poses.xy[:, part] - poses.xy[:, [INDEX(root)]])
        assert xy[:, part] - xy[:, [INDEX(root)]] == pytest.approx(expected, abs=1e-3)


def test_neck_and_mid_hip_stay_in_the_middle(poses):
    xy = lengthened(poses, hips=1.3, shoulders=0.8, trunk=1.1)
    for middle, side in (("neck", "shoulder"), ("mid_hip", "hip")):
        both = (xy[:, INDEX(f"right_{side}")] + xy[:, INDEX(f"left_{side}")]) / 2
        assert xy[:, INDEX(middle)] == pytest.approx(both, abs=1e-3)


def test_depth_is_lengthened_too(poses):
    depth = np.random.default_rng(4).normal(0, 20, (40, 25)).astype(np.float32)
    longer = depth.copy()
    lengthened(poses, longer, forearm=1.2)
    for side in ("left", "right"):
        before, after = (bone(d, f"{side}_elbow", f"{side}_wrist") for d in (depth, longer))
        assert after == pytest.approx(1.2 * before, abs=1e-3)


@pytest.mark.parametrize("missing", ["mid_hip", "neck", "left_elbow", "nose", "left_wrist"])
def test_what_hangs_from_a_missing_joint_stays_with_the_rest(poses, missing):
    partial = without(poses, missing)
    ratios = {"shoulders": 1.2, "upper_arm": 1.1, "forearm": 1.1, "trunk": 1.1, "hand": 1.1, "head": 1.1}
    xy, full = lengthened(partial, **ratios), lengthened(poses, **ratios)
    assert np.array_equal(np.isnan(xy), np.isnan(partial.xy))
    assert np.nanmax(np.abs(xy - full)) < 0.15 * 200


def test_the_drawn_persons_bones_are_measured(person):
    bones = measure_body(person([320] * 20, 400, 200)).bones
    assert set(bones) == set(BONES)
    drawn = {"legs": 0.52, "trunk": 0.48, "shoulders": 0.11, "hips": 0.06, "upper_arm": np.hypot(0.03, 0.19)}
    assert {name: bones[name] for name in drawn} == pytest.approx(drawn, abs=1e-3)


@settings(max_examples=10)
@given(scale=st.floats(0.3, 4), x=st.floats(-300, 300), y=st.floats(-300, 300))
def test_bones_do_not_depend_on_place_and_resolution(person, scale, x, y):
    poses = person([320] * 30, 400, 200)
    shifted = replace(poses, xy=(poses.xy * scale + np.array([x, y])).astype(np.float32))
    assert measure_body(shifted).bones == pytest.approx(measure_body(poses).bones, rel=1e-3)


def test_crouching_and_turning_away_do_not_make_bones_shorter(person):
    poses = person([320] * 200, 400, 200)
    xy = poses.xy.copy()
    half = xy[:100]
    half[..., 1] = 400 - 0.6 * (400 - half[..., 1])
    half[..., 0] = 320 + 0.2 * (half[..., 0] - 320)
    xy[:100] = half
    assert measure_body(replace(poses, xy=xy)).bones == pytest.approx(measure_body(poses).bones, rel=0.02)


def test_joints_that_are_hardly_ever_seen_have_no_length(person):
    poses = without(person([320] * 100, 400, 200), OPENPOSE_137.face, frames=slice(3, None))
    score = poses.score.copy()
    score[:, INDEX("left_wrist")] = score[:, INDEX("right_wrist")] = 0.2
    assert set(measure_body(replace(poses, score=score)).bones) == set(BONES) - {"head", "forearm"}


def test_a_person_seen_only_from_the_side_has_no_narrow_shoulders(person):
    poses = person([320] * 100, 400, 200)
    xy = poses.xy.copy()
    xy[..., 0] = 320 + 0.3 * (xy[..., 0] - 320)
    bones = measure_body(replace(poses, xy=xy)).bones
    assert {"shoulders", "hips"}.isdisjoint(bones)
    assert "upper_arm" in bones


def test_without_feet_legs_have_no_length(person):
    poses = person([320] * 30, 400, 200)
    assert {"legs", "trunk"}.isdisjoint(measure_body(without(poses, "left_ankle", "right_ankle")).bones)


def test_ratios_beyond_the_margin_count():
    one = dict.fromkeys(BONES, 0.2)
    assert bone_ratios(one, one) == dict.fromkeys(BONES, 1.0)
    assert bone_ratios(one, one | {"forearm": 0.2 * (1 + MARGIN / 2)})["forearm"] == 1
    assert bone_ratios(one, one | {"forearm": 0.25})["forearm"] == pytest.approx(1.25 / (1 + MARGIN))
    assert bone_ratios(one | {"forearm": 0.25}, one)["forearm"] == pytest.approx((1 + MARGIN) / 1.25)


def test_ratios_of_what_is_unknown_are_one_and_absurd_ones_bounded():
    assert bone_ratios({}, dict.fromkeys(BONES, 0.2)) == dict.fromkeys(BONES, 1.0)
    assert bone_ratios({"head": 0.1}, {"head": 1.0})["head"] == pytest.approx(1.4)


def test_frames_without_a_person_stay_empty():
    poses = empty(4, (64, 48), Fraction(25))
    assert np.isnan(lengthened(poses, trunk=1.2)).all()
