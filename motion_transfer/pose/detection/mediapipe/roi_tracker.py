"""Several people, each followed by a detector of their own.

MediaPipe's detector of several people (Tasks, `num_poses`) sees the frame at 224 x 224 pixels and takes neighbours
for one body: of three dancers side by side it finds one in most frames, with limbs of two (docs/pose.md, "Several
people"). So the frame is searched in narrow columns, twice a second, and whoever is found there is followed by a
detector that sees only a window around that person.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from types import TracebackType
from typing import Any

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.pose.detection.mediapipe.bodies import checked, landmarks_from, open_pose
from motion_transfer.pose.detection.mediapipe.columns import cut_square, own_column, search_edges
from motion_transfer.pose.detection.mediapipe.networks import part_finder
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.pose.detection.parts import join_parts
from motion_transfer.pose.tracking.similarity import body_distance, body_length
from motion_transfer.types import FloatArray, Image

SEARCH_EVERY = Fraction(1, 2)
"""Seconds between two searches."""

WINDOW = 1.6
"""Side of the window in which somebody is followed, in lengths of the body."""

DUPLICATE = 0.12
"""Two bodies closer than this, in their length, are one."""

_MAIN = [0, 11, 12, 23, 24, 25, 26, 27, 28]


class RoiTracker:
    """Finds several people's bodies, faces and hands in the consecutive frames of a clip. A context manager.

    Args:
        settings: of the pose stage; `settings.people` are followed at most.
        size: (width, height) of the frames.
        fps: of the clip.
    """

    def __init__(self, settings: PoseSettings, size: tuple[int, int], fps: Fraction) -> None:
        self._settings = settings
        self._size = size
        self._every = max(1, round(SEARCH_EVERY * fps))
        self._frame = 0
        self._followed: list[_Follower] = []
        self._idle: list[_Follower] = []

    def __enter__(self) -> "RoiTracker":
        with ExitStack() as stack:
            stack.enter_context(suppress_native_stderr())
            self._search = stack.enter_context(open_pose(self._settings, static=True))
            self._find_parts = stack.enter_context(part_finder())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def __call__(self, frame: Image) -> list[Detection]:
        """Find everybody in the next frame, (H, W, 3) uint8 RGB.

        Raises:
            PoseError: a frame of another size or type.
        """
        frame = checked(frame, self._size)
        people: list[Landmarks] = []
        before = [follower.person for follower in self._followed]
        for follower in list(self._followed):
            found = follower.follow(frame, before)
            if found is None or any(_near(found, other) for other in people):
                self._followed.remove(follower)
                self._idle.append(follower)
            else:
                people.append(found)
        if self._frame % self._every == 0:
            people += self._newcomers(frame, people)
        self._frame += 1
        return join_parts(people, self._find_parts(frame, people), [None] * len(people), self._size)

    def _newcomers(self, frame: Image, known: list[Landmarks]) -> list[Landmarks]:
        """Look for people who are not followed yet, and follow them from now on."""
        new: list[Landmarks] = []
        for found in search_columns(self._search, frame, known):
            if len(known) + len(new) >= self._settings.people:
                break
            follower = self._idle.pop() if self._idle else self._stack.enter_context(_Follower(self._settings))
            seen = follower.begin(frame, found, (*known, *new))
            if seen is not None and not any(_near(seen, other) for other in (*known, *new)):
                new.append(seen)
                self._followed.append(follower)
            else:
                self._idle.append(follower)
        return new


class _Follower:
    """A detector that follows one person in a window of the frame."""

    person: Landmarks
    """As found last."""

    def __init__(self, settings: PoseSettings) -> None:
        self._settings = settings
        self._corner, self._side = (0, 0), 0

    def __enter__(self) -> "_Follower":
        with suppress_native_stderr():
            self._pose = open_pose(self._settings).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pose.__exit__(kind, error, trace)

    def begin(self, frame: Image, person: Landmarks, others: Sequence[Landmarks]) -> Landmarks | None:
        """Follow somebody from this frame on; the others are near or far."""
        self._place(person)
        self.person = person
        return self._look(frame, others)

    def follow(self, frame: Image, others: Sequence[Landmarks]) -> Landmarks | None:
        """Where the person is in the next frame; None if lost."""
        found = self._look(frame, others)
        if found is not None and self._leaves(found):
            self._place(found)
        return found

    def _look(self, frame: Image, others: Sequence[Landmarks]) -> Landmarks | None:
        """Where the person is in a frame."""
        middle, length = _middle(self.person), body_length(_main(self.person))
        column = own_column(self.person.xy, middle, length, map(_middle, others))
        window = cut_square(frame, self._corner, self._side, column)
        found = _find(self._pose, window, self._corner)
        self.person = found or self.person
        return found

    def _leaves(self, person: Landmarks) -> bool:
        """Whether the body has come near the window's border, or no longer fills it."""
        low, high = person.xy[_MAIN].min(axis=0) - self._corner, person.xy[_MAIN].max(axis=0) - self._corner
        length = np.linalg.norm(high - low)
        return bool(low.min() < 0.1 * length or self._side - high.max() < 0.1 * length or self._side > 3 * length)

    def _place(self, person: Landmarks) -> None:
        """Lay the window around the body, and forget where in it the body was."""
        low, high = person.xy[_MAIN].min(axis=0), person.xy[_MAIN].max(axis=0)
        self._side = max(64, int(WINDOW * np.linalg.norm(high - low)))
        x, y = np.floor((low + high - self._side) / 2).astype(int).tolist()
        self._corner = x, y
        self._pose.process(np.zeros((64, 64, 3), np.uint8))


def search_columns(pose: Any, frame: Image, known: Sequence[Landmarks] = ()) -> Iterator[Landmarks]:
    """Look for people in narrow columns of a frame.

    Args:
        pose: MediaPipe's Pose, for single pictures.
        frame: (H, W, 3) uint8 RGB.
        known: who needs not be found any more.
    """
    people = list(known)
    for left, right in search_edges((frame.shape[1], frame.shape[0])):
        middle, quarter = (left + right) / 2, (right - left) / 4
        if any(abs(_middle(person) - middle) < quarter for person in people):
            continue
        found = _find(pose, frame[:, left:right], (left, 0))
        if found is None or not left <= _middle(found) <= right or any(_near(found, other) for other in people):
            continue
        people.append(found)
        yield found


def _middle(person: Landmarks) -> float:
    """Where the hips are, across the frame."""
    return float(person.xy[23:25, 0].mean())


def _find(pose: Any, picture: Image, corner: tuple[int, int]) -> Landmarks | None:
    """The body in a picture whose upper left corner lies there in the frame."""
    found = pose.process(np.ascontiguousarray(picture))
    if not found.pose_landmarks:
        return None
    height, width = picture.shape[:2]
    person = landmarks_from(found.pose_landmarks.landmark, (width, height))
    return replace(person, xy=person.xy + np.array(corner, np.float32))


def _near(a: Landmarks, b: Landmarks) -> bool:
    return body_distance(_main(a), _main(b)) < DUPLICATE


def _main(person: Landmarks) -> FloatArray:
    return person.xy[_MAIN]
