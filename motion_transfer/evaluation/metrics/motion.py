"""What changes along time: trembling that the motion does not explain, and colours that wander."""

from collections.abc import Iterable

import cv2
import numpy as np

from motion_transfer.evaluation.metrics.similarity import crop
from motion_transfer.evaluation.statistics import Series
from motion_transfer.types import Boxes, FloatArray, Frame

CONSISTENT = 1.0
"""Pixels by which the flow there and back may miss: more is a place that came into view."""


def warping_error(frames: Iterable[Frame], guides: Iterable[Frame] | None = None) -> Series:
    """How much each frame differs from the one before, moved along the optical flow.

    Args:
        frames: T frames, RGB (H, W, 3); read one at a time.
        guides: T frames of the same size, the truth, from which the motion is taken; `frames` themselves if not given.

    Returns:
        (T,) mean absolute difference in grey levels of 255, over the pixels that both frames show; NaN in the first.

    Source: the temporal error of Lai et al., "Learning blind video temporal consistency" (2018), section 3.4,
    with the flow of DIS (Kroeger et al. 2016).
    """
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    errors = []
    before: Frame | None = None
    grey_before: Frame | None = None
    pairs = ((frame, frame) for frame in frames) if guides is None else zip(frames, guides, strict=True)
    for frame, guide in pairs:
        grey = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        if before is None or grey_before is None:
            errors.append(np.nan)
        else:
            back = flow.calc(grey, grey_before, None)  # type: ignore[call-overload]
            there = flow.calc(grey_before, grey, None)  # type: ignore[call-overload]
            errors.append(_difference(frame, before, back, there))
        before, grey_before = frame, grey
    return np.array(errors, np.float64)


def _difference(frame: Frame, before: Frame, back: FloatArray, there: FloatArray) -> float:
    """Mean difference of `frame` from `before` fetched along the flow `back`, where `there` leads to the same place."""
    height, width = frame.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    source = grid + back
    returned = cv2.remap(there, source[..., 0], source[..., 1], cv2.INTER_LINEAR) + back
    seen = (np.abs(returned).max(axis=-1) < CONSISTENT) & ((source >= 0) & (source < (width, height))).all(axis=-1)
    moved = cv2.remap(before, source[..., 0], source[..., 1], cv2.INTER_LINEAR)
    return float(cv2.absdiff(frame, moved)[seen].mean()) if seen.any() else float("nan")


def colour_error(result: Iterable[Frame], truth: Iterable[Frame], boxes: Boxes) -> Series:
    """Distance of the person's mean colour from the true one in each frame, (T,).

    Args:
        result: T frames, RGB (H, W, 3).
        truth: T frames of the same size.
        boxes: (T, 4) left, top, right, bottom around the person; NaN where nobody is.

    Returns:
        Euclidean distances in CIELAB (1976), of which about 2 can just be seen.
    """
    errors = []
    for made, true, box in zip(result, truth, boxes, strict=True):
        if np.isnan(box).any():
            errors.append(np.nan)
            continue
        colours = [cv2.cvtColor(crop(image, box).astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for image in (made, true)]
        errors.append(float(np.linalg.norm(colours[0].mean(axis=(0, 1)) - colours[1].mean(axis=(0, 1)))))
    return np.array(errors, np.float64)


def colour_drift(errors: Series) -> float:
    """How much larger the colour's error is in the last fifth of a clip than in the first; NaN for a short one."""
    measured = errors[np.isfinite(errors)]
    share = len(measured) // 5
    return float(measured[-share:].mean() - measured[:share].mean()) if share else float("nan")
