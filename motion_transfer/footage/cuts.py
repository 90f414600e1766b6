"""Cuts: where a clip goes on with another shot."""

import cv2
import numpy as np

from motion_transfer.types import Frame, Numbers

THUMBNAIL = (48, 27)
CUT, SPIKE = 4.0, 3.0  # a cut changes so many grey levels, and so many times what the two frames before and after do


class CutFinder:
    """Finds the cuts of a clip whose frames it is given one after the other.

    Attributes:
        cuts: the frames found so far that are the first after a cut.
    """

    def __init__(self) -> None:
        self.cuts: list[int] = []
        self._frames = 0
        self._thumbnail: Numbers | None = None
        self._changes = [0.0] * 5

    def add(self, frame: Frame) -> bool:
        """Whether the frame two before this next one, RGB (H, W, 3), is the first after a cut."""
        step = max(1, min(frame.shape[1] // (4 * THUMBNAIL[0]), frame.shape[0] // (4 * THUMBNAIL[1])))
        sparse = np.ascontiguousarray(frame[::step, ::step])  # enough for a thumbnail, and a fraction of the work
        small = cv2.resize(sparse, THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        change = 0.0 if self._thumbnail is None else float(np.abs(small - self._thumbnail).mean())
        self._thumbnail, self._changes = small, [*self._changes[1:], change]
        self._frames += 1
        two, one, middle, *later = self._changes
        cut = middle > CUT and middle > SPIKE * max(two, one, *later)
        if cut:
            self.cuts.append(self._frames - 3)
        return cut
