"""The detectors: of one person in the frame, and of several people, each followed in a crop of it.

MediaPipe's own detector of several people (Tasks, `num_poses`) sees the frame at 224 x 224 pixels and takes neighbours
for one body: of three dancers side by side it finds one in most frames, with limbs of two (docs/pose.md, "Several
people"). So the frame is scanned in narrow columns, twice a second, and each person found there is followed by a
detector that sees only a crop around that person.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from typing import Self

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection.detection import Detection, body_distance, body_length
from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.pose.detection.mediapipe.columns import cut_square, left_edges, own_column, scan_edges
from motion_transfer.pose.detection.mediapipe.graph import PoseGraph
from motion_transfer.pose.detection.mediapipe.networks import open_part_finder
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.types import Frame, Size

WIDE = 1.5
"""Frames of this aspect and more are scanned in squares too: MediaPipe sees the frame at 224 pixels a side, and in it
a person of a third of the frame's height at 44."""
SCAN_EVERY = Fraction(1, 2)  # seconds between two scans
CROP = 1.6  # side of the crop in which a person is followed, in lengths of the body
DUPLICATE = 0.12  # two bodies closer than this, in their length, are one
_MAIN = [0, 11, 12, 23, 24, 25, 26, 27, 28]


class Estimator(ABC):
    """A context manager that holds MediaPipe's graphs for frames of one size; use it for one clip.

    Raises:
        PoseError: when entered: MediaPipe is not installed.
    """

    def __init__(self, settings: PoseSettings, size: Size) -> None:
        self._settings = settings
        self._size = size

    @abstractmethod
    def _open(self, graphs: ExitStack) -> None:
        """Open all graphs, entered into `graphs`."""

    def __enter__(self) -> Self:
        with ExitStack() as graphs:
            graphs.enter_context(suppress_native_stderr())  # while the estimator is open
            self._open(graphs)
            self._graphs = graphs.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._graphs.close()

    def _checked(self, frame: Frame) -> Frame:
        """The frame, if it is one of the clip's; else `PoseError`."""
        expected = self._size[1], self._size[0], 3
        if frame.shape != expected or frame.dtype != np.uint8:
            raise PoseError(f"a frame of {frame.dtype} {frame.shape}; expected uint8 {expected}, the clip's `size`.")
        return frame


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


class RoiTracker(Estimator):
    """Finds several people, at most `settings.people`, with faces and hands in the frames of a clip. A `Detector`."""

    def __init__(self, settings: PoseSettings, size: Size, fps: Fraction) -> None:
        super().__init__(settings, size)
        self._every = max(1, round(SCAN_EVERY * fps))
        self._frame = 0
        self._followed: list[_Follower] = []
        self._idle: list[_Follower] = []

    def _open(self, graphs: ExitStack) -> None:
        self._scan = graphs.enter_context(PoseGraph(self._settings, static=True))
        self._find_parts = graphs.enter_context(open_part_finder())

    def __call__(self, frame: Frame) -> list[Detection]:
        """Find the people in the next frame. See `Detector`."""
        frame = self._checked(frame)
        people: list[Landmarks] = []
        before = [follower.person for follower in self._followed]
        for follower in list(self._followed):
            found = follower.follow(frame, before)
            if found is None or _is_one_of(people, found):
                self._followed.remove(follower)
                self._idle.append(follower)
            else:
                people.append(found)
        if self._frame % self._every == 0:
            people += self._newcomers(frame, people)
        self._frame += 1
        return self._find_parts(frame, people)

    def _newcomers(self, frame: Frame, known: list[Landmarks]) -> list[Landmarks]:
        """Find people who are not followed yet, and follow them from now on."""
        new: list[Landmarks] = []
        for found in scan_columns(self._scan, frame, known):
            if len(known) + len(new) >= self._settings.people:
                break
            if not self._idle:
                self._idle.append(_Follower(self._graphs.enter_context(PoseGraph(self._settings))))
            follower = self._idle.pop()
            person = follower.begin(frame, found, (*known, *new))
            if person is not None and not _is_one_of((*known, *new), person):
                new.append(person)
                self._followed.append(follower)
            else:
                self._idle.append(follower)
        return new


class _Follower:
    """Follows one person in a crop of the frame."""

    person: Landmarks  # as found last

    def __init__(self, pose: PoseGraph) -> None:
        self._pose = pose
        self._corner, self._side = (0, 0), 0

    def begin(self, frame: Frame, person: Landmarks, others: Sequence[Landmarks]) -> Landmarks | None:
        """Follow a person from this frame on; the others may be near or far."""
        self._place_crop(person)
        self.person = person
        return self._find(frame, others)

    def follow(self, frame: Frame, others: Sequence[Landmarks]) -> Landmarks | None:
        """The person in the next frame; None if lost."""
        found = self._find(frame, others)
        if found is not None and self._leaves_crop(found):
            self._place_crop(found)
        return found

    def _find(self, frame: Frame, others: Sequence[Landmarks]) -> Landmarks | None:
        length = body_length(self.person.xy[_MAIN])
        column = own_column(self.person.xy, _hips(self.person), length, map(_hips, others))
        found = self._pose.find(cut_square(frame, self._corner, self._side, column), self._corner)
        self.person = found or self.person
        return found

    def _leaves_crop(self, person: Landmarks) -> bool:
        """Whether the body has come near the crop's border, or has become small in it."""
        low, high = person.xy[_MAIN].min(axis=0) - self._corner, person.xy[_MAIN].max(axis=0) - self._corner
        length = np.linalg.norm(high - low)
        return bool(low.min() < 0.1 * length or self._side - high.max() < 0.1 * length or self._side > 3 * length)

    def _place_crop(self, person: Landmarks) -> None:
        """Centre the crop on the body; a black picture makes the graph forget where in it the body was."""
        low, high = person.xy[_MAIN].min(axis=0), person.xy[_MAIN].max(axis=0)
        self._side = max(64, int(CROP * np.linalg.norm(high - low)))
        x, y = np.floor((low + high - self._side) / 2).astype(int).tolist()
        self._corner = x, y
        self._pose.find(np.zeros((64, 64, 3), np.uint8))


def scan_columns(pose: PoseGraph, frame: Frame, known: Sequence[Landmarks] = ()) -> Iterator[Landmarks]:
    """Find people beside those already known in narrow columns of a frame; `pose` is one for unrelated pictures."""
    people = list(known)
    for left, right in scan_edges((frame.shape[1], frame.shape[0])):
        middle, quarter = (left + right) / 2, (right - left) / 4
        if any(abs(_hips(person) - middle) < quarter for person in people):
            continue
        found = pose.find(frame[:, left:right], (left, 0))
        if found is not None and left <= _hips(found) <= right and not _is_one_of(people, found):
            people.append(found)
            yield found


def _hips(person: Landmarks) -> float:
    """The hips' x."""
    return float(person.xy[23:25, 0].mean())


def _is_one_of(people: Sequence[Landmarks], person: Landmarks) -> bool:
    return any(body_distance(person.xy[_MAIN], other.xy[_MAIN]) < DUPLICATE for other in people)
