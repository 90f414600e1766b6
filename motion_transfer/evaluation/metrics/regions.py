"""The parts of a person that are measured by themselves: boxes, and the person's pixels inside them."""

from dataclasses import replace

import numpy as np

from motion_transfer.evaluation.metrics.pose_distance import FOUND
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Boxes, FloatArray, Mask

LEAST_DETECTED = 0.5  # share of a part's joints: a face turned away is not compared


def face_regions(poses: PoseSequence, margin: float = 0.3) -> FloatArray:
    """Box of the face in each frame, (T, 4); see `part_regions`. The margin includes forehead and chin."""
    return part_regions(poses, poses.skeleton.face, margin)


def hand_regions(poses: PoseSequence, margin: float = 0.3) -> FloatArray:
    """Boxes of the left and the right hand in each frame, (T, 2, 4); see `part_regions`."""
    skeleton = poses.skeleton
    return np.stack([part_regions(poses, part, margin) for part in (skeleton.left_hand, skeleton.right_hand)], axis=1)


def inside(person: Mask, boxes: Boxes) -> Mask:
    """The person's pixels, (H, W), in any of several boxes (N, 4); none in a box of NaN."""
    inside = np.zeros_like(person)
    for box in boxes[~np.isnan(boxes).any(axis=1)]:
        left, top, right, bottom = np.rint(box).astype(int)
        rows, columns = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
        inside[rows, columns] = person[rows, columns]
    return inside


def part_regions(poses: PoseSequence, part: slice, margin: float) -> FloatArray:
    """Box of some joints in each frame.

    Args:
        poses: T frames; a joint that is known but hidden has a score below `FOUND`.
        part: the joints.
        margin: added on all four sides, as a share of the box's longer side.

    Returns:
        (T, 4) left, top, right, bottom in pixels, cut at the frame's borders; NaN where less than half of
        the known joints are detected, or the box lies outside the frame.
    """
    score = np.zeros_like(poses.score)
    score[:, part] = poses.score[:, part]
    boxes = replace(poses, score=score).boxes(margin)
    detected = (score >= FOUND).sum(axis=1)
    boxes[(detected == 0) | (detected < LEAST_DETECTED * (score > 0).sum(axis=1))] = np.nan
    boxes[(boxes[:, :2] >= boxes[:, 2:]).any(axis=1)] = np.nan
    return boxes
