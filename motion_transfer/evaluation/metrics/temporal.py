"""Change from frame to frame: what no motion explains, motion that is not the truth's, and a background's flicker."""

from dataclasses import dataclass

import cv2
import numpy as np

from motion_transfer.types import FloatArray, Frame, Mask

CONSISTENT = 1.0  # pixels by which the flow there and back may miss: more is a place that came into view
SOFT_EDGE = 1 / 64  # share of the frame's height around the person that is left out too: hair, blur


@dataclass(frozen=True)
class Motion:
    """The motion from one frame of a video to the next, by the flow of DIS (Kroeger et al. 2016)."""

    before: Frame
    frame: Frame
    flow: FloatArray
    """(H, W, 2) from each pixel to where it came from."""
    valid: Mask | None
    """(H, W) the pixels that both frames show, where it was asked for."""

    def error(self, where: Mask, video: "Motion | None" = None) -> float:
        """Mean absolute difference of the frame from the frame before, warped: grey levels of 255, NaN without pixels.

        Source: the temporal error of Lai et al., "Learning blind video temporal consistency" (2018), section 3.4.

        Args:
            where: (H, W) pixels that count.
            video: another one of the same size, that is warped by this one's motion instead.
        """
        video = video or self
        return mean_difference(video.frame, _warped(video.before, self.flow), where)

    def distance(self, other: "Motion", where: Mask) -> float:
        """Mean distance of two motions over some pixels, in pixels; NaN without any.

        Source: tOF of Chu et al., "Learning temporal coherence via self-supervision" (2020), section 5.
        """
        return float(np.linalg.norm(self.flow[where] - other.flow[where], axis=1).mean()) if where.any() else np.nan


class MotionTracker:
    """Finds the motion between consecutive frames of a video, RGB (H, W, 3).

    Args:
        validate: find the pixels that both frames show, too: where the flow back leads to where it came from.
    """

    def __init__(self, *, validate: bool = False) -> None:
        self._validate = validate
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before: tuple[Frame, cv2.typing.MatLike] | None = None

    def update(self, frame: Frame) -> Motion | None:
        """The motion from the last frame to this one; None for the first."""
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        last, self._before = self._before, (frame, grey)
        if last is None:
            return None
        before, grey_before = last
        flow = self._between(grey, grey_before)
        valid = _shown_by_both(flow, self._between(grey_before, grey)) if self._validate else None
        return Motion(before, frame, flow, valid)

    def _between(self, first: cv2.typing.MatLike, second: cv2.typing.MatLike) -> FloatArray:
        return np.asarray(self._flow.calc(first, second, None), np.float32)  # type: ignore[call-overload]


def _shown_by_both(flow: FloatArray, there: FloatArray) -> Mask:
    """(H, W) the pixels of a frame whose flow to the frame before, and there again, leads back."""
    (height, width), (x, y) = flow.shape[:2], _sources(flow)
    off = np.abs(_warped(there, flow) + flow) < CONSISTENT
    return np.asarray(off[..., 0] & off[..., 1] & (x >= 0) & (x < width) & (y >= 0) & (y < height))


def _warped(image: Frame | FloatArray, flow: FloatArray) -> cv2.typing.MatLike:
    """An image (H, W, C) where a flow (H, W, 2) leads to from each pixel."""
    return cv2.remap(image, *_sources(flow), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _sources(flow: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(H, W) column and row where a flow (H, W, 2) leads to from each pixel."""
    rows, columns = (np.arange(each, dtype=np.float32) for each in flow.shape[:2])
    return flow[..., 0] + columns, flow[..., 1] + rows[:, None]


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
