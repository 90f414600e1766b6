"""A second look at somebody: MediaPipe asked anew, on other pictures of the same frame."""

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.mediapipe.bodies import body_in, open_pose
from motion_transfer.pose.detection.mediapipe.columns import cut_square, own_column
from motion_transfer.pose.detection.mediapipe.roi_tracker import search_columns
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.pose.tracking.similarity import body_distance, body_length
from motion_transfer.types import FloatArray, Frame, Image

AGREE = 0.05
"""How far the joints may lie from the first look's, in lengths of the person."""

VIEWS: tuple[tuple[bool, float], ...] = ((True, 0.0), (True, 1.6), (True, 2.4))
"""The pictures shown, one after the other: mirrored or not, and how many times the person's box (0: the frame)."""

NEEDED = 2
"""How many of the pictures must show the same body again."""

LEAST = 64
"""Pixels a side below which no crop is shown."""

_MIRRORED = [
    OPENPOSE_137.index(name.replace("left", "?").replace("right", "left").replace("?", "right"))
    for name in OPENPOSE_137.joints[OPENPOSE_137.body]
]
_JOINTS = [
    OPENPOSE_137.index(name)
    for name in (
        "nose",
        *(f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")),
    )
]
_HIPS = OPENPOSE_137.index("mid_hip")


class DetectionVerifier:
    """Tells whether MediaPipe, asked anew, finds the same body. A context manager.

    A person is found again in the mirror, left for right, and in a crop. What MediaPipe reads into a table
    hangs on accidents of the picture: in the mirror it is not found, or another body is (docs/pose.md, "Nobody there").
    """

    def __init__(self, settings: PoseSettings, size: tuple[int, int]) -> None:
        self._settings = settings
        self._size = size

    def __enter__(self) -> "DetectionVerifier":
        with ExitStack() as stack:
            stack.enter_context(suppress_native_stderr())
            self._pose = stack.enter_context(open_pose(self._settings, static=True))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def __call__(self, frame: Frame, detection: Detection, others: Sequence[Detection] = ()) -> bool:
        """Whether a body that was found in a frame, (H, W, 3) uint8 RGB, is found again.

        Where others were found too, it is looked for in its own column of the frame, lest it be one of them that is
        found.
        """
        body = detection.xy[OPENPOSE_137.body]
        return self._found_again(_without(others, frame, body) if others else frame, body)

    def count(self, frame: Frame) -> int:
        """How many people are seen in a frame's columns; sometimes one too many, so ask more than once."""
        return sum(1 for _ in search_columns(self._pose, frame))

    def _found_again(self, frame: Frame, body: FloatArray) -> bool:
        agreed = 0
        for mirrored, margin in VIEWS:
            agreed += self._agrees(frame, body, mirrored, margin)
            if agreed == NEEDED:
                return True
        return False

    def _agrees(self, frame: Frame, body: FloatArray, mirrored: bool, margin: float) -> bool:
        picture, corner = crop_around(frame, body, margin) if margin else (frame, np.zeros(2, np.float32))
        height, width = picture.shape[:2]
        shown = np.ascontiguousarray(picture[:, ::-1] if mirrored else picture)
        again = body_in(self._pose.process(shown), (width, height))
        if again is None:
            return False
        if mirrored:
            again = again[_MIRRORED]
            again[:, 0] = width - again[:, 0]
        return median_distance(body, again + corner) < AGREE


def _without(others: Sequence[Detection], frame: Frame, body: FloatArray) -> Frame:
    """The frame, black to the left and right of a body."""
    column = own_column(
        body, float(body[_HIPS, 0]), body_length(body[_JOINTS]), [float(one.xy[_HIPS, 0]) for one in others]
    )
    left, right = np.clip(column, 0, frame.shape[1])
    alone = np.zeros_like(frame)
    alone[:, left:right] = frame[:, left:right]
    return alone


def median_distance(a: FloatArray, b: FloatArray) -> float:
    """Median distance of the joints of two bodies (25, 2), in lengths of the longer."""
    return body_distance(a[_JOINTS], b[_JOINTS], np.median)


def crop_around(frame: Frame, body: FloatArray, margin: float) -> tuple[Image, FloatArray]:
    """The square around a body, `margin` times as large as it, black beyond the frame; and where its corner lies."""
    low, high = np.nanmin(body[_JOINTS], axis=0), np.nanmax(body[_JOINTS], axis=0)
    side = int(max(LEAST, margin * (high - low).max()))
    x, y = (int(n) for n in np.floor((low + high - side) / 2))
    return cut_square(frame, (x, y), side), np.array((x, y), np.float32)
