from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137, clean_poses, empty
from motion_transfer.pose.cleaning.outliers import trunk_length
from tests.drawn_world import assert_same

FRAMES = 60
INDEX = OPENPOSE_137.index
LEFT, RIGHT = (
    [INDEX(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]
    for side in ("left", "right")
)


def reject_outliers(poses):
    return clean_poses(poses, PoseSettings(max_gap=0, smoothing="none"))


@pytest.fixture
def dancer(person):
    """A person 200 pixels tall who sways and swings arms and legs, with depth."""
    t = np.arange(FRAMES) / 25
    poses = person(300 + 20 * np.sin(2 * t), 400, 200)
    xy = poses.xy.copy()
    for side, sign in (("left", 1), ("right", -1)):
        for joint, far in (("elbow", 10), ("wrist", 25), ("knee", 8), ("ankle", 12)):
            xy[:, INDEX(f"{side}_{joint}"), 0] += sign * far * (1 + np.sin(2 * np.pi * 0.7 * t + sign))
        hand = getattr(OPENPOSE_137, f"{side}_hand")
        shift = xy[:, INDEX(f"{side}_wrist")] - xy[:, hand.start]
        xy[:, hand] += shift[:, None]
    depth = np.random.default_rng(0).normal(0, 10, (FRAMES, 25))
    return replace(poses, xy=xy, depth=depth)


def exchange(values, frames, one, other):
    at_one, at_other = np.ix_(frames, one), np.ix_(frames, other)
    values[at_one], values[at_other] = values[at_other], values[at_one]


def sides(*joints, hands=False):
    pair = []
    for side in ("left", "right"):
        hand = getattr(OPENPOSE_137, f"{side}_hand")
        pair.append([*(INDEX(f"{side}_{joint}") for joint in joints), *(range(hand.start, hand.stop) if hands else ())])
    return pair


FEET = ("big_toe", "small_toe", "heel")
EXCHANGES = {
    "everything": sides("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", *FEET, hands=True),
    "arms": sides("elbow", "wrist", hands=True),
    "legs": sides("knee", "ankle", *FEET),
}


def test_a_good_track_stays_as_it_is(dancer):
    assert_same(reject_outliers(dancer), dancer)


@pytest.mark.parametrize("what", EXCHANGES)
@pytest.mark.parametrize("frames", [[30], [20, 21, 22], list(range(15, 20)), [0], [59], [10, 40, 41]])
def test_left_and_right_are_mended(dancer, what, frames):
    arrays = dancer.copies()
    for values in arrays:
        exchange(values, frames, *([j for j in joints if j < values.shape[1]] for joints in EXCHANGES[what]))
    assert_same(reject_outliers(dancer.with_values(*arrays)), dancer)


def test_who_turns_round_for_good_is_believed(dancer):
    arrays = dancer.copies()
    for values in arrays:
        exchange(values, range(20, FRAMES), LEFT, RIGHT)
    turned = dancer.with_values(*arrays)
    assert np.array_equal(reject_outliers(turned).xy[25:, LEFT], turned.xy[25:, LEFT])


@pytest.mark.parametrize(("shares", "believed"), [((0.4, -0.7, -0.8, 0.3), False), ((0.4, *[-0.8] * 9, 0.3), True)])
def test_a_back_that_is_taken_for_a_front_for_a_moment_is_left_out(dancer, shares, believed):
    """Widths of the body, of the true one's, from frame 30 on: the detector wavers before and after."""
    frames, xy = slice(30, 30 + len(shares)), dancer.xy.copy()
    middle = xy[frames, INDEX("mid_hip"), 0][:, None]
    xy[frames, :, 0] = middle + np.array(shares)[:, None] * (xy[frames, :, 0] - middle)
    cleaned = reject_outliers(replace(dancer, xy=xy))
    lost = ~cleaned.present
    assert lost.tolist() == [not believed and 30 <= t < frames.stop for t in range(FRAMES)]
    if not believed:
        mended, expected = (clean_poses(each, PoseSettings()).xy for each in (replace(dancer, xy=xy), dancer))
        assert np.abs(mended - expected)[:, [*LEFT, *RIGHT]].max() < 10


def test_legs_that_pass_each_other_fast_are_not_exchanged(dancer):
    """In profile, one stride: ankles and knees change sides within one frame, at the speed that they had before."""

    xy, score, depth = dancer.copies()
    reach = 15 * (np.arange(FRAMES) - 29.5)
    for joint, share in (("knee", 0.5), ("ankle", 1.0)):
        for side, sign in (("left", 1), ("right", -1)):
            xy[:, INDEX(f"{side}_{joint}"), 0] = 300 + sign * share * np.clip(reach, -80, 80)
    striding = dancer.with_values(xy, score, depth)
    assert np.array_equal(reject_outliers(striding).xy[:, LEFT], striding.xy[:, LEFT], equal_nan=True)


@pytest.mark.parametrize("joint", ["nose", "left_wrist", "right_ankle", "left_hand_index_4"])
def test_a_joint_that_is_elsewhere_for_a_frame_is_removed_with_its_depth(dancer, joint):
    xy, score, depth = dancer.copies()
    xy[30, INDEX(joint)] += (70, -50)
    cleaned = reject_outliers(dancer.with_values(xy, score, depth))
    assert np.isnan(cleaned.xy[30, INDEX(joint)]).all()
    assert cleaned.score[30, INDEX(joint)] == 0
    assert INDEX(joint) > 24 or np.isnan(cleaned.depth[30, INDEX(joint)])
    kept = np.arange(FRAMES) != 30
    assert np.array_equal(cleaned.xy[kept], dancer.xy[kept])


def test_a_limb_that_is_suddenly_too_long_loses_the_end_that_strayed(dancer):
    xy, score, depth = dancer.copies()
    xy[30:33, INDEX("left_wrist")] += (60, 60)
    xy[30:33, OPENPOSE_137.left_hand] += (60, 60)
    cleaned = reject_outliers(dancer.with_values(xy, score, depth))
    assert np.isnan(cleaned.xy[30:33, INDEX("left_wrist")]).all()
    assert np.array_equal(cleaned.xy[:, INDEX("left_elbow")], dancer.xy[:, INDEX("left_elbow")])


def test_a_limb_may_become_short(dancer):
    xy, score, depth = dancer.copies()
    shoulder = xy[:, INDEX("left_shoulder")].copy()
    for joint in ("left_elbow", "left_wrist"):
        near = 1 - np.exp(-0.02 * (np.arange(FRAMES) - 30.0) ** 2)[:, None]
        xy[:, INDEX(joint)] = shoulder + near * (xy[:, INDEX(joint)] - shoulder)
    pointing = dancer.with_values(xy, score, depth)
    assert np.array_equal(reject_outliers(pointing).score[:, :25], dancer.score[:, :25])


@pytest.mark.parametrize("part", ["left_hand", "right_hand", "face"])
def test_a_hand_or_face_that_leaves_the_body_is_lost_completely(dancer, part):
    where = getattr(OPENPOSE_137, part)

    xy, score, depth = dancer.copies()
    xy[30:33, where] += (-90, 40)
    cleaned = reject_outliers(dancer.with_values(xy, score, depth))
    assert np.isnan(cleaned.xy[30:33, where]).all()
    assert np.array_equal(cleaned.xy[:, :25], dancer.xy[:, :25])


def test_a_hand_that_was_found_at_a_wrong_wrist_is_lost_with_it(dancer):
    xy, hand, wrist = dancer.xy.copy(), OPENPOSE_137.left_hand, INDEX("left_wrist")
    xy[29:32:2, hand] = np.nan  # so that nothing tells but the wrist
    xy[30, [wrist, *range(hand.start, hand.stop)]] += 150
    score = np.where(np.isnan(xy[..., 0]), 0, dancer.score)
    cleaned = reject_outliers(replace(dancer, xy=xy, score=score))
    assert not cleaned.score[30, [wrist, *range(hand.start, hand.stop)]].any()


def test_what_is_rejected_does_not_depend_on_the_size_of_the_picture(dancer):
    xy, score, depth = dancer.copies()
    xy[30, INDEX("nose")] += (70, -50)
    exchange(xy, [12], LEFT, RIGHT)
    jumped = dancer.with_values(xy, score, depth)
    large = jumped.scaled_to((1280, 960))
    assert np.array_equal(reject_outliers(jumped).score, reject_outliers(large).score)
    assert reject_outliers(large).xy == pytest.approx(2 * reject_outliers(jumped).xy, nan_ok=True)


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_very_short_and_empty_clips_stay_as_they_are(dancer, frames):
    assert_same(reject_outliers(dancer[:frames]), dancer[:frames])
    nobody = empty(frames, (64, 48), Fraction(25))
    assert not reject_outliers(nobody).present.any()


def test_a_joint_that_is_hardly_ever_seen_is_left_alone(dancer):
    xy, score, depth = dancer.copies()
    score[:, INDEX("left_ankle")] = 0
    score[[10, 30, 50], INDEX("left_ankle")] = 1
    hidden = dancer.with_values(xy, score, depth)
    assert np.array_equal(reject_outliers(hidden).score, hidden.score)


def test_the_trunk_is_a_quarter_of_the_frame_until_it_is_seen(dancer):
    assert trunk_length(dancer) == pytest.approx(0.34 * 200)
    assert trunk_length(empty(5, (64, 48), Fraction(25))) == 12
