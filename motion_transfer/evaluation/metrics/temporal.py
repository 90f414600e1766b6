"""Change from frame to frame: warping error, which the motion does not explain, and flicker of a still background."""

from dataclasses import dataclass

import cv2
import numpy as np

from motion_transfer.types import FloatArray, Frame, Mask

CONSISTENT = 1.0  # pixels by which the flow there and back may miss: more is a place that came into view
SOFT_EDGE = 1 / 64  # share of the frame's height around the person that is left out too: hair, blur


@dataclass(frozen=True)
class Warp:
    """The motion from one frame to the next: where each pixel came from."""

    x: FloatArray  # (H, W), in the frame before, as y
    y: FloatArray
    valid: Mask  # (H, W) the pixels that both frames show

    def errors(self, frame: Frame, before: Frame, *where: Mask) -> list[float]:
        """Mean absolute differences of a frame from the frame before, warped: grey levels of 255, NaN without pixels.

        The first is over all pixels that both frames show, the others over those of them inside the masks (H, W).

        Source: the temporal error of Lai et al., "Learning blind video temporal consistency" (2018), section 3.4,
        with the flow of DIS (Kroeger et al. 2016).
        """
        warped = cv2.remap(before, self.x, self.y, cv2.INTER_LINEAR)
        return [mean_difference(frame, warped, self.valid & mask) for mask in (self.valid, *where)]


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
        x = back[..., 0] + np.arange(width, dtype=np.float32)
        y = back[..., 1] + np.arange(height, dtype=np.float32)[:, None]
        returned = np.abs(cv2.remap(there, x, y, cv2.INTER_LINEAR) + back)
        consistent = (returned[..., 0] < CONSISTENT) & (returned[..., 1] < CONSISTENT)
        return Warp(x, y, consistent & (x >= 0) & (x < width) & (y >= 0) & (y < height))


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


def mean_difference(first: Frame, second: cv2.typing.MatLike, where: Mask) -> float:
    """Mean absolute difference of two frames over some pixels, in grey levels of 255; NaN without pixels."""
    if not where.any():
        return float("nan")
    return sum(cv2.mean(cv2.absdiff(first, second), where.view(np.uint8))[:3]) / 3
