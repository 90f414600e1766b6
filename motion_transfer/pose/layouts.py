"""Orders of keypoints that other tools use, and how they become the order of `OPENPOSE_137` and back.

Points are (..., N, 3) float32: x and y in pixels, score. A missing point has the score 0.

Sources: OpenPose's `poseParameters.cpp` (BODY_25, BODY_25B, BODY_135, BODY_23, COCO with 18 points); the published code
of Everybody Dance Now, which draws 23 points in an older order of OpenPose; Lin et al., "Microsoft COCO" (17 points);
Jin et al., "Whole-Body Human Pose Estimation in the Wild", ECCV 2020 (COCO-WholeBody); the list of keypoints of the
Halpe-FullBody data set, which AlphaPose uses (26 and 136 points).
"""

from dataclasses import dataclass

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.pose.detection.landmarks import FACE, Landmarks
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Numbers, Size

_COCO = (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11)
"""COCO's 17: nose, then of eyes, ears, shoulders and so on down the left one first."""
_FEET = range(19, 25)
_BODY_25B = (*_COCO, -1, -1, *_FEET)
_HALPE = (*_COCO, -1, 1, 8, 19, 22, 20, 23, 21, 24)
_FACE_68, _HANDS = range(25, 93), range(95, 137)


@dataclass(frozen=True)
class Layout:
    """An order of keypoints."""

    title: str  # what people call it
    rows: tuple[int, ...]
    """For each point in its order which joint of `OPENPOSE_137` it is, -1 for one that is not among them."""

    def __len__(self) -> int:
        return len(self.rows)


LAYOUTS = {
    "body_25": Layout("BODY_25", tuple(range(25))),
    "body_25b": Layout("BODY_25B", _BODY_25B),
    "body_135": Layout("BODY_135", (*_BODY_25B, *range(96, 116), *range(117, 137), *range(25, 95))),
    "body_23": Layout("BODY_23", (0, *range(2, 8), *range(9, 25))),
    "edn_23": Layout(
        "BODY_23 as in Everybody Dance Now", (*range(1, 12), 22, 23, 12, 13, 14, 19, 20, 0, 15, 17, 16, 18)
    ),
    "coco_18": Layout("COCO with 18 points", (*range(8), *range(9, 19))),
    "coco_17": Layout("COCO-17", _COCO),
    "coco_23": Layout("COCO-17 with feet", (*_COCO, *_FEET)),
    "coco_wholebody": Layout("COCO-WholeBody-133", (*_COCO, *_FEET, *_FACE_68, *_HANDS)),
    "halpe_26": Layout("Halpe-26", _HALPE),
    "halpe_136": Layout("Halpe-136", (*_HALPE, *_FACE_68, *_HANDS)),
    "openpose_137": Layout("all 137 points of OpenPose", tuple(range(137))),
}
"""Layouts by name. Of those with the same number of points the first is the usual one."""

_MIDDLES = {
    "neck": ("right_shoulder", "left_shoulder"),
    "mid_hip": ("right_hip", "left_hip"),
    "face_68": tuple(f"face_{i}" for i in range(36, 42)),
    "face_69": tuple(f"face_{i}" for i in range(42, 48)),
    "left_hand_wrist": ("left_wrist",),
    "right_hand_wrist": ("right_wrist",),
}
"""Joints that a layout may lack, and in the middle of which others they lie."""


def layouts_of(count: int) -> list[str]:
    """The names of the layouts with so many points, the usual one first."""
    return [name for name, layout in LAYOUTS.items() if len(layout) == count]


def skeleton_points(
    layout: Layout,
    body: Numbers,
    face: Numbers | None = None,
    left_hand: Numbers | None = None,
    right_hand: Numbers | None = None,
) -> FloatArray:
    """Points in the order of a layout, and parts that come beside them, as (..., 137, 3); other counts are refused.

    The body is (..., N, 3), and may hold more; the face (..., 70, 3), or (..., 68, 3) without the pupils; a hand is
    (..., 21, 3). Neck, mid-hip, pupils and the wrists of hands are put between their neighbours where the layout lacks
    them.
    """
    frames = np.shape(body)[:-2]
    points = np.zeros((*frames, len(SKELETON), 3), np.float32)
    known = [row for row, joint in enumerate(layout.rows) if joint >= 0]
    given = {layout.rows[row] for row in known}
    points[..., [layout.rows[row] for row in known], :] = _checked(body, (*frames, len(layout), 3), "body")[
        ..., known, :
    ]
    for name, part, counts in (
        ("face", face, (70, 68)),
        ("left_hand", left_hand, (21,)),
        ("right_hand", right_hand, (21,)),
    ):
        if part is not None:
            count = next((count for count in counts if np.shape(part)[-2:-1] == (count,)), counts[0])
            joints = range(getattr(SKELETON, name).start, getattr(SKELETON, name).start + count)
            points[..., joints, :] = _checked(part, (*frames, count, 3), name)
            given |= set(joints)
    for joint, ends in _MIDDLES.items():
        at, part_of = SKELETON.index(joint), SKELETON.index(joint) + 1
        if at not in given and (not joint.endswith("hand_wrist") or part_of in given):
            points[..., at, :] = between(points, *ends)
    return points


def layout_points(layout: Layout, points: FloatArray) -> FloatArray:
    """(..., 137, 3) in the order of a layout, (..., N, 3); zeros where it has a point that we do not have."""
    rows = np.array(layout.rows)
    taken: FloatArray = np.where((rows >= 0)[:, None], points[..., rows, :], np.float32(0))
    return taken


def mediapipe_points(
    pose: Numbers,
    visibility: Numbers,
    face: Numbers | None,
    left_hand: Numbers | None,
    right_hand: Numbers | None,
    size: Size,
) -> tuple[FloatArray, FloatArray]:
    """MediaPipe's landmarks, as `PoseSequence.from_mediapipe` takes them: points (T, 137, 3) and depth (T, 25)."""
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
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, which `PoseSequence` refuses
        array = np.asarray(values, np.float32)
    if array.shape != shape:
        raise PoseError(f"{name} keypoints of shape {array.shape}; expected {shape}")
    return array
