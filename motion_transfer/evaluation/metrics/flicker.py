"""Flicker: how much a background that should stand still changes from frame to frame."""

from collections.abc import Iterable

import cv2
import numpy as np

from motion_transfer.evaluation.statistics import Series
from motion_transfer.types import Image, Mask

SOFT_EDGE = 1 / 64
"""Width of the border around the person that is left out too, as a share of the frame's height: hair, blur."""


def flicker(frames: Iterable[Image], persons: Iterable[Mask]) -> float:
    """Mean of `flicker_series` over the clip; NaN if nothing stands still."""
    series = flicker_series(frames, persons)
    return float(np.nanmean(series)) if np.isfinite(series).any() else float("nan")


def flicker_series(frames: Iterable[Image], persons: Iterable[Mask]) -> Series:
    """Mean absolute difference between consecutive frames where the person is in neither.

    Args:
        frames: T frames, RGB (H, W, 3); read one at a time.
        persons: T masks (H, W), True where the person is.

    Returns:
        (T,) the difference from the frame before, in grey levels of 255; NaN in the first, and where nothing stands
        still. Independent noise of standard deviation s gives 2 s / sqrt(pi).
    """
    differences = []
    before: Image | None = None
    still_before = np.empty(0, np.bool_)
    for frame, person in zip(frames, persons, strict=True):
        reach = 2 * max(1, round(SOFT_EDGE * frame.shape[0])) + 1
        still = cv2.dilate(person.astype(np.uint8), np.ones((reach, reach), np.uint8)) == 0
        both = still & still_before if before is not None else np.zeros(0, np.bool_)
        differences.append(cv2.absdiff(frame, before)[both].mean() if before is not None and both.any() else np.nan)
        before, still_before = frame, still
    return np.array(differences, np.float64)
