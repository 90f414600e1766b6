"""Colours of the person: how far they are from the true ones, and whether they drift."""

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.evaluation.metrics.pose_distance import FOUND
from motion_transfer.evaluation.metrics.regions import face_regions
from motion_transfer.evaluation.statistics import Series
from motion_transfer.pose import PoseSequence
from motion_transfer.types import FloatArray, Frame, Mask

BINS = 16  # of each of the two colour axes, of 16 units of CIELAB each
TRUNK = ("right_shoulder", "left_shoulder", "left_hip", "right_hip")

Histogram = npt.NDArray[np.float64]
"""(16, 16) over a and b of CIELAB, so that light matters little."""


def mean_color(image: Frame, where: Mask) -> FloatArray:
    """Mean CIELAB colour, (3,), of some pixels (H, W) of an RGB image; distances of about 2 are just visible."""
    pixels = image[where][None].astype(np.float32) / 255
    color: FloatArray = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).mean(axis=(0, 1))
    return color


def color_drift(errors: Series) -> float:
    """How much larger the colour error is in the last fifth of a clip than in the first; NaN for a short one."""
    measured = errors[np.isfinite(errors)]
    share = len(measured) // 5
    return float(measured[-share:].mean() - measured[:share].mean()) if share else float("nan")


def face_corners(poses: PoseSequence) -> FloatArray:
    """Corners of the face's box in each frame, (T, 4, 2) in pixels; NaN where no face is visible."""
    boxes = face_regions(poses, margin=0.0)
    return np.stack([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [2, 3]], boxes[:, [0, 3]]], axis=1)


def clothes_corners(poses: PoseSequence) -> FloatArray:
    """Shoulders and hips, (T, 4, 2) in pixels; NaN where they are not visible."""
    joints = [poses.skeleton.index(joint) for joint in TRUNK]
    return np.where((poses.score[:, joints] >= FOUND)[..., None], poses.xy[:, joints], np.float32(np.nan))


def color_histogram(frame: Frame, corners: FloatArray) -> Histogram:
    """Counts of the colours inside a quadrangle (4, 2); 0 if one of its corners is NaN."""
    if np.isnan(corners).any():
        return np.zeros((BINS, BINS))
    corners = np.rint(corners).astype(np.int32)
    height, width = frame.shape[:2]
    left, top = np.clip(corners.min(axis=0), 0, (width - 1, height - 1))
    right, bottom = np.clip(corners.max(axis=0), (left, top), (width - 1, height - 1)) + 1
    inside = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillConvexPoly(inside, corners - (left, top), (1,))
    lab = cv2.cvtColor(frame[top:bottom, left:right], cv2.COLOR_RGB2LAB)
    return cv2.calcHist([lab], [1, 2], inside, [BINS, BINS], [0, 256, 0, 256]).astype(np.float64)


def color_distance(first: Histogram, second: Histogram) -> float:
    """Hellinger distance of two histograms: 0 for equal ones, 1 without a common colour, NaN if one is empty."""
    if not first.any() or not second.any():
        return float("nan")
    one, other = ((histogram / histogram.sum()).astype(np.float32) for histogram in (first, second))
    return cv2.compareHist(one, other, cv2.HISTCMP_BHATTACHARYYA)
