"""Flicker: how much a background that should stand still changes from frame to frame."""

import cv2
import numpy as np

from motion_transfer.types import Mask

SOFT_EDGE = 1 / 64  # share of the frame's height around the person that is left out too: hair, blur


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
