"""Where face and hands are in a frame: squares for the networks that refine them."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from motion_transfer.pose.filters import running_median
from motion_transfer.pose.geometry.orientation import occluded_face
from motion_transfer.pose.normalisation.bones import MEASURED
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import Boxes, Numbers

HEAD = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
HEAD_LENGTHS = {
    ("neck", "nose"): 1.05,
    ("neck", "mid_hip"): 2.5,
    ("right_shoulder", "left_shoulder"): 1.5,
    ("right_ear", "left_ear"): 0.6,
}
"""Distances of joints in heights of the head, chin to crown: the usual ones of adults, seen without foreshortening."""
FACE_SIDE, HAND_SIDE = 1.8, 1.5
"""Sides of the squares in heights of the head: the entire head, or an open hand, inside a margin that fades."""
STEADY_SECONDS = 1.0  # length of the median that keeps a square's size from trembling with single joints


def part_boxes(poses: PoseSequence) -> Boxes:
    """Squares around the head and both hands in each frame, sized to the person in that frame.

    Everybody Dance Now's box has one size for all people and distances.

    Returns:
        (T, 3, 4) of face, left and right hand; NaN where one is turned away, hidden, missing or outside the frame.
    """
    joints = [SKELETON.index(joint) for joint in HEAD]
    head = measured(poses, joints)
    head[occluded_face(poses)[:, joints]] = np.nan
    face = np.where(np.isnan(head[:, 0]), np.nan, mean_seen(head))  # there is none without a nose
    hands = [mean_seen(measured(poses, hand)) for hand in (SKELETON.left_hand, SKELETON.right_hand)]
    centres = np.stack([face, *hands], axis=1)
    half = np.array([[FACE_SIDE], [HAND_SIDE], [HAND_SIDE]]) * head_height(poses)[:, None, None] / 2
    boxes: Boxes = np.concatenate([centres - half, centres + half], axis=2).astype(np.float32)
    inside = ((centres >= 0) & (centres <= poses.size)).all(axis=2)
    boxes[~inside | np.isnan(boxes).any(axis=2)] = np.nan
    return boxes


def head_height(poses: PoseSequence) -> Numbers:
    """How high the person's head is in each frame, in pixels, (T,); NaN where too little is seen.

    The largest that any of several distances between joints suggests, since foreshortening only makes them
    shorter, and of that the median over a second.
    """
    suggested = np.full((len(poses), len(HEAD_LENGTHS)), np.nan)
    for column, (joints, heads) in enumerate(HEAD_LENGTHS.items()):
        ends = measured(poses, [SKELETON.index(joint) for joint in joints])
        suggested[:, column] = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) / heads
    return steady(np.fmax.reduce(suggested, axis=1), poses.fps)


def steady(lengths: Numbers, fps: Fraction) -> Numbers:
    """The median of `lengths` (T,) over a second around each frame."""
    return running_median(lengths, 2 * round(STEADY_SECONDS * float(fps) / 2) + 1)


def measured(
    poses: PoseSequence, joints: Sequence[int] | slice, frames: slice | npt.NDArray[np.int64] = slice(None)
) -> Numbers:
    """Some joints (T, N, 2) of some frames; NaN where their score is too low to measure by."""
    sure = poses.score[frames][:, joints] >= MEASURED
    return np.where(sure[..., None], poses.xy[frames][:, joints], np.nan).astype(np.float64)


def mean_seen(points: Numbers) -> Numbers:
    """Mean over the points that are there: (T, N, 2) to (T, 2), NaN where there are none."""
    found = ~np.isnan(points[..., :1])
    count = found.sum(axis=1).astype(np.float64)
    count[count == 0] = np.nan
    return np.asarray(np.where(found, points, 0).sum(axis=1) / count)
