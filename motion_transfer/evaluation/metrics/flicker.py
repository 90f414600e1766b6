"""Flicker: how much a background that should stand still changes from frame to frame."""

from collections.abc import Iterable

import cv2
import numpy as np

from motion_transfer.evaluation.metrics.warping import mean_difference
from motion_transfer.types import Frame, Mask

SOFT_EDGE = 1 / 64
"""Width of the border around the person that is left out too, as a share of the frame's height: hair, blur."""


class StillBackground:
    """Finds the pixels that show the background in two consecutive frames."""

    def __init__(self) -> None:
        self._before: Mask | None = None

    def update(self, person: Mask) -> Mask | None:
        """Where the person, (H, W), is neither in this frame nor in the one before; None for the first frame."""
        reach = 2 * max(1, round(SOFT_EDGE * person.shape[0])) + 1
        still = cv2.dilate(person.astype(np.uint8), np.ones((reach, reach), np.uint8)) == 0
        before, self._before = self._before, still
        return None if before is None else still & before


def flicker(frames: Iterable[Frame], persons: Iterable[Mask]) -> float:
    """Mean absolute difference between consecutive frames where the person is in neither, averaged over the clip.

    Args:
        frames: T frames, RGB (H, W, 3); read one at a time.
        persons: T masks (H, W), True where the person is.

    Returns:
        Grey levels of 255; NaN if nothing stands still. Independent noise of standard deviation s gives 2 s / sqrt(pi).
    """
    background = StillBackground()
    differences = []
    before: Frame | None = None
    for frame, person in zip(frames, persons, strict=True):
        still = background.update(person)
        if before is not None and still is not None:
            differences.append(mean_difference(frame, before, still))
        before = frame
    return float(np.nanmean(differences)) if np.isfinite(differences).any() else float("nan")
