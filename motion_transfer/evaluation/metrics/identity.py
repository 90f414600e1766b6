"""Whether it still looks like the same person: the colours of face and clothes."""

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.evaluation.metrics.boxes import face_boxes
from motion_transfer.evaluation.metrics.pose_distance import FOUND
from motion_transfer.pose import PoseSequence
from motion_transfer.types import FloatArray, Frame

BINS = 16
"""Steps of each of the two colour axes, of 16 units of CIELAB each."""

Histogram = npt.NDArray[np.float32]


def face_colours(frames: Iterable[Frame], poses: PoseSequence) -> Histogram:
    """Colours of the face over a clip, (16, 16), adding up to 1: a and b of CIELAB, so that light matters little.

    All 0 if no frame shows a face.
    """
    boxes = face_boxes(poses, margin=0.0)
    corners = np.stack([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [2, 3]], boxes[:, [0, 3]]], axis=1)
    return _colours(frames, corners)


def clothes_colours(frames: Iterable[Frame], poses: PoseSequence) -> Histogram:
    """Colours of the trunk between shoulders and hips over a clip; see `face_colours`."""
    joints = [poses.skeleton.index(f"{side}_{joint}") for side, joint in _TRUNK]
    corners = np.where((poses.score[:, joints] >= FOUND)[..., None], poses.xy[:, joints], np.nan)
    return _colours(frames, corners)


_TRUNK = (("right", "shoulder"), ("left", "shoulder"), ("left", "hip"), ("right", "hip"))


def colour_distance(first: Histogram, second: Histogram) -> float:
    """Hellinger distance of two histograms of colours: 0 for equal ones, 1 for such that share no colour.

    NaN if one of them is empty.
    """
    if not first.any() or not second.any():
        return float("nan")
    return float(cv2.compareHist(first, second, cv2.HISTCMP_BHATTACHARYYA))


def _colours(frames: Iterable[Frame], corners: FloatArray) -> Histogram:
    """Histogram over all frames of the colours inside (T, 4, 2) quadrangles; one with a NaN is left out."""
    total = np.zeros((BINS, BINS), np.float64)
    for frame, corner in zip(frames, corners, strict=True):
        if np.isnan(corner).any():
            continue
        inside = np.zeros(frame.shape[:2], np.uint8)
        cv2.fillConvexPoly(inside, np.rint(corner).astype(np.int32), (1,))
        lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)
        total += cv2.calcHist([lab], [1, 2], inside, [BINS, BINS], [0, 256, 0, 256])
    histogram: Histogram = (total / max(total.sum(), 1)).astype(np.float32)
    return histogram
