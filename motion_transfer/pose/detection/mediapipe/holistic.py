"""The detector of one person."""

from contextlib import ExitStack

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.pose.detection.mediapipe.columns import left_edges
from motion_transfer.pose.detection.mediapipe.estimator import Estimator
from motion_transfer.pose.detection.mediapipe.graph import PoseGraph
from motion_transfer.pose.detection.mediapipe.networks import open_part_finder
from motion_transfer.types import Frame, Size

WIDE = 1.5
"""Frames of this aspect and more are scanned in squares too: MediaPipe sees the frame at 224 pixels a side, and in it
a person of a third of the frame's height at 44."""


class HolisticEstimator(Estimator):
    """Finds one person's body, face and hands in the consecutive frames of a clip.

    A `Detector`; use it for one clip, for it follows the person from frame to frame::

        with HolisticEstimator(PoseSettings(), size) as detect:
            people = detect(frame)

    The body is that of MediaPipe Holistic; hands and face are found by Holistic's networks, but in crops that
    `PartFinder` chooses. MediaPipe's smoothing is off, for it lags behind the motion; `clean_poses` filters
    without lag.

    Scores: a body joint's is MediaPipe's visibility, `OUTSIDE_SCORE` outside the frame. The points of a
    hand or a face share the score that the part is there at all, 0.5 or more.
    """

    def __init__(self, settings: PoseSettings, size: Size) -> None:
        super().__init__(settings, size)
        self._squares = left_edges(size[0], size[1]) if size[0] >= WIDE * size[1] else []

    def _open(self, graphs: ExitStack) -> None:
        self._follow = graphs.enter_context(PoseGraph(self._settings))
        if self._squares:
            self._scan = graphs.enter_context(PoseGraph(self._settings, static=True))
        self._find_parts = graphs.enter_context(open_part_finder())

    def __call__(self, frame: Frame) -> list[Detection]:
        """Find the person in the next frame; one detection or none. See `Detector`."""
        frame = self._checked(frame)
        person = self._follow.find(frame) or self._scan_squares(frame)
        return self._find_parts(frame, [] if person is None else [person])

    def _scan_squares(self, frame: Frame) -> Landmarks | None:
        """The body in the first of the frame's squares that shows one."""
        found = (self._scan.find(frame[:, left : left + len(frame)], (left, 0)) for left in self._squares)
        return next((person for person in found if person is not None), None)
