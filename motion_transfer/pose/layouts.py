"""Keypoints of other tools in the order of `OPENPOSE_137`; `PoseSequence.from_...` makes poses of them.

Points are (..., N, 3) float32: x and y in pixels, score. A missing point has the score 0.
"""

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.pose.detection.landmarks import FACE, Landmarks
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Numbers, Size

COCO_18 = (*range(8), *range(9, 19))
"""The joints of BODY_25 that OpenPose's 18-point COCO body has, in its order: all but mid-hip and feet."""

COCO_17 = (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11)
"""The joints of BODY_25 that COCO's 17 are: nose, then of eyes, ears, shoulders and so on down the left one first."""
COCO_WHOLEBODY = (*COCO_17, *range(19, 25), *range(25, 93), *range(95, 137))
"""The joints of `OPENPOSE_137` that COCO-WholeBody's 133 points are: body, feet, face without pupils, hands."""

_PUPILS = {"face_68": range(36, 42), "face_69": range(42, 48)}
"""The points of the face around each pupil."""


def openpose_points(
    body: Numbers, face: Numbers | None = None, left_hand: Numbers | None = None, right_hand: Numbers | None = None
) -> FloatArray:
    """OpenPose's body (..., 25 or 18, 3), face (..., 70, 3) and hands (..., 21, 3) as (..., 137, 3).

    In a body of 18 points (COCO) mid-hip is put between the hips.

    Raises:
        PoseError: another number of points.
    """
    points = np.zeros((*np.shape(body)[:-2], len(SKELETON), 3), np.float32)
    if np.shape(body)[-2:] == (18, 3):
        points[..., COCO_18, :] = body
        points[..., SKELETON.index("mid_hip"), :] = between(points, "right_hip", "left_hip")
        body = points[..., SKELETON.body, :]
    for name, part in (("body", body), ("face", face), ("left_hand", left_hand), ("right_hand", right_hand)):
        joints = getattr(SKELETON, name)
        if part is not None:
            points[..., joints, :] = _checked(part, (*points.shape[:-2], joints.stop - joints.start, 3), name)
    return points


def coco_wholebody_points(keypoints: Numbers) -> FloatArray:
    """COCO-WholeBody's (..., 133, 3) as (..., 137, 3).

    Neck and mid-hip are put between shoulders and hips, the pupils in the middle of the eyes' outlines.

    Raises:
        PoseError: another number of points.
    """
    points = np.zeros((*np.shape(keypoints)[:-2], len(SKELETON), 3), np.float32)
    points[..., COCO_WHOLEBODY, :] = _checked(keypoints, (*points.shape[:-2], 133, 3), "COCO-WholeBody")
    for joint, sides in (("neck", "shoulder"), ("mid_hip", "hip")):
        points[..., SKELETON.index(joint), :] = between(points, f"right_{sides}", f"left_{sides}")
    for pupil, outline in _PUPILS.items():
        points[..., SKELETON.index(pupil), :] = between(points, *(f"face_{i}" for i in outline))
    return points


def mediapipe_points(
    pose: Numbers,
    visibility: Numbers,
    face: Numbers | None,
    left_hand: Numbers | None,
    right_hand: Numbers | None,
    size: Size,
) -> tuple[FloatArray, FloatArray]:
    """MediaPipe's landmarks, as `PoseSequence.from_mediapipe` takes them: points (T, 137, 3) and depth (T, 25).

    Raises:
        PoseError: another number of landmarks.
    """
    frames, pixels = len(pose), np.array((*size, size[0]), np.float32)  # z has the scale of x
    body = _checked(pose, (frames, 33, 3), "pose") * pixels
    seen = np.where(np.isnan(body).any(axis=2), 0, _checked(visibility, (frames, 33), "visibility"))
    points = np.zeros((frames, len(SKELETON), 3), np.float32)
    depth = np.zeros((frames, SKELETON.body.stop), np.float32)
    for t in range(frames):
        person = Landmarks(body[t, :, :2], body[t, :, 2], seen[t])
        points[t, SKELETON.body, :2], points[t, SKELETON.body, 2] = person.joints, person.joint_scores(size)
        depth[t] = person.depth
    for name, part, count in (("left_hand", left_hand, 21), ("right_hand", right_hand, 21), ("face", face, 478)):
        if part is not None:
            joints = getattr(SKELETON, name)
            places = _checked(part, (frames, count, 3), name)[..., :2] * pixels[:2]
            points[:, joints, :2] = places[:, list(FACE)] if name == "face" else places
            points[:, joints, 2] = 1
    return points, depth


def between(points: FloatArray, *joints: str) -> FloatArray:
    """(..., 3) the mean of joints of (..., 137, 3), as sure as the least sure of them."""
    ends = points[..., [SKELETON.index(joint) for joint in joints], :]
    return np.concatenate([ends[..., :2].mean(axis=-2), ends[..., 2:].min(axis=-2)], axis=-1)


def _checked(values: Numbers, shape: tuple[int, ...], name: str) -> FloatArray:
    array = np.asarray(values, np.float32)
    if array.shape != shape:
        raise PoseError(f"{name} keypoints of shape {array.shape}; expected {shape}")
    return array
