"""Keypoints of other tools become poses."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137, PoseSequence
from motion_transfer.pose.detection.landmarks import FACE, OUTSIDE_SCORE

SIZE, FPS = (640, 480), Fraction(25)
INDEX = OPENPOSE_137.index

COCO = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip"),
    *("left_knee", "right_knee", "left_ankle", "right_ankle"),
    *("left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel"),
    *(f"face_{i}" for i in range(68)),
    *(joint for joint in OPENPOSE_137.joints if "_hand_" in joint),
)
"""COCO-WholeBody's 133 points in its order, as its paper names them."""


def points(count):
    """(2, count, 3) of x, y and score, some missing."""
    xy = hnp.arrays(np.float32, (2, count, 2), elements=st.floats(-1e4, 1e4, width=32))
    score = hnp.arrays(np.float32, (2, count, 1), elements=st.floats(0, 1, width=32))
    return st.tuples(xy, score).map(lambda both: np.concatenate(both, axis=2))


def stacked(poses):
    """(T, 137, 3): the poses' points, zeros where missing, as OpenPose gives them."""
    return np.concatenate([np.nan_to_num(poses.xy), poses.score[..., None]], axis=2)


def expected(values):
    """Points with the places of missing ones zero."""
    return np.where(values[..., 2:] > 0, values, 0)


@settings(max_examples=30)
@given(values=points(137))
def test_openpose_parts_come_back_exactly(values):
    parts = [values[:, getattr(OPENPOSE_137, part)] for part in ("body", "face", "left_hand", "right_hand")]
    poses = PoseSequence.from_openpose(
        parts[0], face=parts[1], left_hand=parts[2], right_hand=parts[3], size=SIZE, fps=FPS
    )
    np.testing.assert_array_equal(stacked(poses), expected(values))
    assert (poses.size, poses.fps, poses.depth) == (SIZE, FPS, None)
    body = PoseSequence.from_openpose(parts[0], size=SIZE, fps=FPS)
    np.testing.assert_array_equal(body.xy[:, :25], poses.xy[:, :25])
    assert not body.score[:, 25:].any()


@settings(max_examples=30)
@given(values=points(133))
def test_each_coco_wholebody_point_becomes_the_joint_of_its_name(values):
    poses = PoseSequence.from_coco_wholebody(values, size=SIZE, fps=FPS)
    np.testing.assert_array_equal(stacked(poses)[:, [INDEX(name) for name in COCO]], expected(values))
    for joint, ends in (
        ("neck", ("left_shoulder", "right_shoulder")),
        ("mid_hip", ("left_hip", "right_hip")),
        ("face_68", [f"face_{i}" for i in range(36, 42)]),
        ("face_69", [f"face_{i}" for i in range(42, 48)]),
    ):
        at = [INDEX(end) for end in ends]
        np.testing.assert_array_equal(poses.score[:, INDEX(joint)], poses.score[:, at].min(axis=1))
        np.testing.assert_allclose(poses.xy[:, INDEX(joint)], poses.xy[:, at].mean(axis=1), rtol=1e-3, atol=1e-2)


def test_scores_above_one_count_as_one():
    values = np.full((1, 133, 3), 5.0)
    assert (PoseSequence.from_coco_wholebody(values, size=SIZE, fps=FPS).score == 1).all()


@settings(max_examples=30)
@given(
    pose=hnp.arrays(np.float32, (2, 33, 3), elements=st.floats(0, 1, width=32)),
    visibility=hnp.arrays(np.float32, (2, 33), elements=st.floats(2**-10, 1, width=32)),
)
def test_mediapipe_landmarks_become_pixels(pose, visibility):
    poses = PoseSequence.from_mediapipe(pose, visibility, size=SIZE, fps=FPS)
    for joint, landmark in (("nose", 0), ("left_wrist", 15), ("right_ankle", 28), ("left_heel", 29)):
        np.testing.assert_allclose(poses.xy[:, INDEX(joint)], pose[:, landmark, :2] * SIZE, rtol=1e-5)
        np.testing.assert_array_equal(poses.score[:, INDEX(joint)], visibility[:, landmark])
        behind = (pose[:, landmark, 2] - pose[:, 23:25, 2].mean(axis=1)) * SIZE[0]
        np.testing.assert_allclose(poses.depth[:, INDEX(joint)], behind, atol=1e-3)
    np.testing.assert_array_equal(poses.score[:, INDEX("neck")], visibility[:, 11:13].min(axis=1))
    assert not poses.score[:, [INDEX("left_small_toe"), *range(25, 137)]].any()


def test_mediapipe_face_and_hands_and_what_it_did_not_find():
    pose, visibility = np.full((3, 33, 3), 0.5), np.ones((3, 33))
    pose[1] = np.nan
    pose[2, 27, 1] = 1.2  # the left ankle, below the frame
    face = np.linspace(0, 1, 3 * 478 * 3).reshape(3, 478, 3)
    hand = np.linspace(0, 1, 3 * 21 * 3).reshape(3, 21, 3)
    hand[2] = np.nan
    poses = PoseSequence.from_mediapipe(pose, visibility, face=face, left_hand=hand, size=SIZE, fps=FPS)
    assert poses.present.all()
    assert not poses.score[1, :25].any()
    assert np.isnan(poses.depth[1]).all()
    assert poses.score[2, INDEX("left_ankle")] == np.float32(OUTSIDE_SCORE)
    np.testing.assert_allclose(poses.xy[0, OPENPOSE_137.face], face[0, list(FACE), :2] * SIZE, rtol=1e-5)
    np.testing.assert_allclose(poses.xy[0, INDEX("left_hand_index_4")], hand[0, 8, :2] * SIZE, rtol=1e-5)
    assert poses.score[:, INDEX("left_hand_wrist")].tolist() == [1, 1, 0]
    assert not poses.score[:, OPENPOSE_137.right_hand].any()


@pytest.mark.parametrize(
    ("kind", "shapes", "face", "words"),
    [
        ("openpose", [(2, 16, 3)], None, r"body .*\(2, 25, 3\)"),
        ("openpose", [(25, 3)], None, r"\(frames, 137, 2\)"),
        ("openpose", [(2, 25, 3)], np.zeros((1, 70, 3)), r"face .*\(1, 70, 3\); expected \(2, 70, 3\)"),
        ("coco_wholebody", [(2, 17, 3)], None, r"expected \(2, 133, 3\)"),
        ("mediapipe", [(2, 33, 2), (2, 33)], None, r"pose .*\(2, 33, 3\)"),
        ("mediapipe", [(2, 33, 3), (2,)], None, r"visibility .*\(2, 33\)"),
    ],
)
def test_arrays_of_another_shape_are_refused(kind, shapes, face, words):
    faces = {} if face is None else {"face": face}
    with pytest.raises(PoseError, match=words):
        getattr(PoseSequence, f"from_{kind}")(*map(np.zeros, shapes), **faces, size=SIZE, fps=FPS)
