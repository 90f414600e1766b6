from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137 as SKELETON
from motion_transfer.pose import PoseSequence, empty

FPS = Fraction(30000, 1001)


def arrays(frames=3, joints=137):
    return np.full((frames, joints, 2), 5.0, np.float32), np.ones((frames, joints), np.float32)


def test_a_joint_without_a_score_has_no_place_and_the_other_way_round():
    xy, score = arrays()
    score[0, 4] = 0
    xy[1, 7, 1] = np.nan
    poses = PoseSequence(xy, score, (64, 48), FPS)
    assert np.isnan(poses.xy[0, 4]).all()
    assert np.isnan(poses.xy[1, 7]).all()
    assert poses.score[1, 7] == 0
    assert np.isfinite(poses.xy).all(axis=2).sum() == (poses.score > 0).sum() == 3 * 137 - 2


def test_poses_cannot_be_changed_neither_through_themselves_nor_through_what_they_were_made_of():
    xy, score = arrays()
    poses = PoseSequence(xy, score, (64, 48), FPS)
    xy[:] = 99
    assert (poses.xy == 5).all()
    with pytest.raises(ValueError, match="read-only"):
        poses.xy[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"xy": np.zeros((3, 25, 2))}, r"\(3, 25, 2\); expected \(frames, 137, 2\)"),
        ({"xy": np.zeros((3, 137))}, r"expected \(frames, 137, 2\)"),
        ({"xy": np.full((3, 137, 2), "a")}, "not an array of numbers"),
        ({"xy": np.full((3, 137, 2), np.inf)}, "keypoints of up to inf pixels; expected at most 1,000,000"),
        ({"score": np.ones((2, 137))}, r"\(2, 137\); expected \(3, 137\)"),
        ({"score": np.full((3, 137), 1.5)}, "scores from 1.5 to 1.5; expected numbers from 0 to 1"),
        ({"score": np.full((3, 137), np.nan)}, "expected numbers from 0 to 1"),
        ({"size": (64, 0)}, "frame size"),
        ({"size": (64.5, 48)}, "frame size"),
        ({"fps": 29.97}, "expected a Fraction"),
        ({"fps": Fraction(0)}, "0 frames a second; expected 1/10 to 1,000"),
    ],
)
def test_what_cannot_be_poses_is_refused_with_what_was_found_and_expected(change, words):
    xy, score = arrays()
    values = {"xy": xy, "score": score, "size": (64, 48), "fps": FPS} | change
    with pytest.raises(PoseError, match=words):
        PoseSequence(**values)


def test_a_slice_keeps_what_belongs_to_the_clip():
    xy, score = arrays(10)
    xy += np.arange(10, dtype=np.float32)[:, None, None]
    part = PoseSequence(xy, score, (64, 48), FPS)[2:5]
    assert part.xy[:, 0, 0].tolist() == [7, 8, 9]
    assert (part.size, part.fps) == ((64, 48), FPS)
    with pytest.raises(PoseError, match="steps of 2"):
        part[::2]


def test_nobody_is_present_in_empty_poses():
    poses = empty(4, (64, 48), FPS)
    assert len(poses) == 4
    assert not poses.present.any()
    assert np.isnan(poses.boxes()).all()


def test_a_joint_is_found_by_its_name_where_its_score_is_high_enough():
    xy, score = arrays()
    score[:, 1] = [0, 0.2, 0.4]
    poses = PoseSequence(xy, score, (64, 48), FPS)
    assert np.isnan(poses.joint("neck")).all(axis=1).tolist() == [True, False, False]
    assert np.isnan(poses.joint("neck", 0.3)).all(axis=1).tolist() == [True, True, False]


def test_a_portrait_frame_fits_into_a_landscape_one_centred_and_undistorted():
    xy, score = arrays(1)
    xy[0, 0], xy[0, 1] = (0, 0), (100, 200)
    fitted = PoseSequence(xy, score, (100, 200), FPS).scaled_to((400, 100))
    assert fitted.size == (400, 100)
    assert fitted.xy[0, 0].tolist() == [175, 0]
    assert fitted.xy[0, 1].tolist() == [225, 100]


def test_a_box_holds_the_person_with_its_margin_and_ends_at_the_frame(person):
    poses = person([100, 600], 400, 200)
    left, top, right, bottom = poses.boxes()[0]
    assert left == poses.xy[0, :, 0].min()
    assert bottom == poses.xy[0, :, 1].max()
    wide = poses.boxes(margin=0.1)
    longer = bottom - top
    assert wide[0] == pytest.approx(
        [left - 0.1 * longer, top - 0.1 * longer, right + 0.1 * longer, bottom + 0.1 * longer]
    )
    assert wide[1, 2] == 640


def test_depth_goes_with_its_frames():
    flat = PoseSequence(*arrays(), (64, 48), FPS)
    deep = replace(flat, depth=np.arange(3 * 25, dtype=np.float32).reshape(3, 25))
    np.testing.assert_array_equal(deep[1:3].depth, deep.depth[1:3])
    np.testing.assert_allclose(deep.scaled_to((128, 96)).depth, 2 * deep.depth)
    with pytest.raises(PoseError, match="one for each body joint"):
        replace(flat, depth=np.zeros((3, 4), np.float32))


# The skeleton.


def test_openpose_has_137_joints_of_different_names():
    assert len(SKELETON) == len(set(SKELETON.joints)) == 137


def test_the_parts_cover_all_joints_without_overlap():
    parts = (SKELETON.body, SKELETON.face, SKELETON.left_hand, SKELETON.right_hand)
    covered = [joint for part in parts for joint in SKELETON.joints[part]]
    assert covered == list(SKELETON.joints)
    assert [len(SKELETON.joints[part]) for part in parts] == [25, 70, 21, 21]


def test_body_25_stands_where_openpose_puts_it():
    places = {"nose": 0, "neck": 1, "right_wrist": 4, "mid_hip": 8, "left_ankle": 14, "left_ear": 18, "right_heel": 24}
    assert {joint: SKELETON.index(joint) for joint in places} == places


@pytest.mark.parametrize(
    ("bones", "part", "root"),
    [
        (SKELETON.body_bones, SKELETON.body, "neck"),
        (SKELETON.left_hand_bones, SKELETON.left_hand, "left_hand_wrist"),
        (SKELETON.right_hand_bones, SKELETON.right_hand, "right_hand_wrist"),
    ],
)
def test_bones_form_a_tree_that_reaches_every_joint_of_a_part(bones, part, root):
    reached = {SKELETON.index(root)}
    for start, end in bones:
        assert start in reached
        assert end not in reached
        reached.add(end)
    assert reached == set(range(part.start, part.stop))


def test_left_mirrors_right():
    names = [(SKELETON.joints[a], SKELETON.joints[b]) for a, b in SKELETON.body_bones]
    mirror = {"left": "right", "right": "left"}
    swapped = {tuple("_".join(mirror.get(word, word) for word in joint.split("_")) for joint in bone) for bone in names}
    assert swapped == set(names)


def test_an_unknown_joint_is_named():
    with pytest.raises(KeyError, match="tail"):
        SKELETON.index("tail")
