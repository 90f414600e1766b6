"""Warping error: change from frame to frame that the motion does not explain."""

from dataclasses import dataclass

import cv2
import numpy as np

from motion_transfer.types import FloatArray, Frame, Mask

CONSISTENT = 1.0
"""Pixels by which the flow there and back may miss: more is a place that came into view."""


@dataclass(frozen=True)
class Warp:
    """The motion from one frame to the next: where each pixel came from."""

    source: FloatArray
    """(H, W, 2) x and y in the frame before."""
    valid: Mask
    """(H, W) the pixels that both frames show."""

    def error(self, frame: Frame, before: Frame) -> float:
        """Mean absolute difference of a frame from the frame before, warped: grey levels of 255, NaN without pixels.

        Source: the temporal error of Lai et al., "Learning blind video temporal consistency" (2018), section 3.4,
        with the flow of DIS (Kroeger et al. 2016).
        """
        warped = cv2.remap(before, self.source[..., 0], self.source[..., 1], cv2.INTER_LINEAR)
        return mean_difference(frame, warped, self.valid)


class MotionTracker:
    """Finds the motion between consecutive frames of a video, RGB (H, W, 3)."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before: Frame | None = None

    def update(self, frame: Frame) -> Warp | None:
        """The motion from the last frame to this one; None for the first."""
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        before, self._before = self._before, grey
        if before is None:
            return None
        back = self._flow.calc(grey, before, None)  # type: ignore[call-overload]
        there = self._flow.calc(before, grey, None)  # type: ignore[call-overload]
        height, width = grey.shape
        source = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32) + back
        returned = cv2.remap(there, source[..., 0], source[..., 1], cv2.INTER_LINEAR) + back
        inside = ((source >= 0) & (source < (width, height))).all(axis=-1)
        return Warp(source, (np.abs(returned).max(axis=-1) < CONSISTENT) & inside)


def mean_difference(first: Frame, second: cv2.typing.MatLike, where: Mask) -> float:
    """Mean absolute difference of two frames over some pixels, in grey levels of 255; NaN without pixels."""
    if not where.any():
        return float("nan")
    return sum(cv2.mean(cv2.absdiff(first, second), where.view(np.uint8))[:3]) / 3
