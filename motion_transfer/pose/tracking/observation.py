"""What the frames of a clip show, one after the other: everything that is needed to say later who was there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.mediapipe import HolisticEstimator, PeopleEstimator
from motion_transfer.pose.detection.mediapipe.roi_tracker import RoiTracker
from motion_transfer.pose.detection.mediapipe.verifier import DetectionVerifier
from motion_transfer.pose.tracking.motion_score import Stillness
from motion_transfer.pose.tracking.similarity import MAIN, body_distance, color_histogram
from motion_transfer.types import FloatArray, Frame

SURE_FOR = Fraction(1)
"""Seconds until the next second look at somebody of whom one was sure; twice as long each further time, up to ..."""

SUREST_FOR = Fraction(4)
"""... so many seconds."""

DOUBTED_FOR = Fraction(1, 4)
"""Seconds until the next second look after one that found nobody."""

COUNT_EVERY = Fraction(3)
"""Seconds between two counts of the people in the picture, where only one is looked for; later on, three times that."""

FIRST_COUNTS = 4
"""So many counts in a clip are made at the shorter distance."""

SAME_BODY = 0.5
"""A body that lies farther than this from those of the frame before, in lengths, has just appeared."""


@dataclass(frozen=True, eq=False)
class Observation:
    """What one frame shows.

    Attributes:
        people: everybody who was found.
        looks: the colours of each, see `likeness.describe`.
        confirmed: of each, whether a second look found the same body; None where none was taken.
        moved: of each, how much the picture changes where they are, in times the noise; None where that is not known.
    """

    people: tuple[Detection, ...]
    looks: tuple[FloatArray, ...]
    confirmed: tuple[bool | None, ...]
    moved: tuple[float | None, ...]
    crowd: int | None = None
    """Where one person is looked for: how many there are, counted every few seconds; None in the frames between."""


@dataclass(frozen=True)
class Observer:
    """Observes consecutive frames. Can be sent to another process.

    Attributes:
        settings: of the pose stage.
        size: (width, height) of the frames.
        fps: of the clip.
        several: look for several people, not for one.

    Raises:
        PoseError: a model is given that the backend does not use.
    """

    settings: PoseSettings
    size: tuple[int, int]
    fps: Fraction
    several: bool

    def __post_init__(self) -> None:
        if self.settings.model and self.settings.backend != "tasks":
            raise PoseError(
                f"--pose.model is {self.settings.model}, but --pose.backend is {self.settings.backend}, "
                "which has its own models. Add --pose.backend tasks, or leave --pose.model out."
            )

    def __call__(self, frames: Iterable[Frame], first: int = 0) -> Iterator[Observation]:
        """Observe consecutive frames, the first of which is that number in the clip; one observation a frame."""
        before: list[_Look] = []
        moves = Stillness(self.fps)
        with self._estimator() as estimate, DetectionVerifier(self.settings, self.size) as found_again:
            for number, frame in enumerate(frames, first):
                people = [replace(one, mask=None) for one in estimate(frame)]
                confirmed: list[bool | None] = []
                now: list[_Look] = []
                for one in people:
                    look = _look(one.xy[MAIN], before, number)
                    sure = None
                    if number >= look.due and self.settings.plausible:
                        sure = found_again(frame, one, [other for other in people if other is not one])
                    confirmed.append(sure)
                    now.append(look if sure is None else look.after(sure, number, self.fps))
                before = now
                looks = _looks(frame, people) if self.several else ()
                crowd = found_again.count(frame) if not self.several and self._counts(number) else None
                moved = moves(number, frame, people) if self.settings.plausible else (None,) * len(people)
                yield Observation(tuple(people), looks, tuple(confirmed), moved, crowd)

    def _counts(self, number: int) -> bool:
        """Whether people are counted in this frame."""
        every = max(1, round(COUNT_EVERY * self.fps))
        return number % (every if number < FIRST_COUNTS * every else 3 * every) == 0

    def _estimator(self) -> HolisticEstimator | PeopleEstimator | RoiTracker:
        if not self.several:
            return HolisticEstimator(self.settings, self.size)
        if self.settings.backend == "tasks":
            return PeopleEstimator(self.settings, self.size, self.fps)
        return RoiTracker(self.settings, self.size, self.fps)


class _Look(NamedTuple):
    """Somebody in one frame, and when they are looked at again."""

    body: FloatArray
    due: int
    """Number of the frame."""
    sure_for: Fraction = SURE_FOR
    """Seconds to wait if that look is sure of them."""

    def after(self, sure: bool, now: int, fps: Fraction) -> "_Look":
        """When to look again after a look now."""
        due = now + max(1, round((self.sure_for if sure else DOUBTED_FOR) * fps))
        return _Look(self.body, due, min(2 * self.sure_for, SUREST_FOR) if sure else SURE_FOR)


def _look(body: FloatArray, before: Sequence[_Look], now: int) -> _Look:
    """A body, due as those near it in the frame before are, the first of them, or now if it has just appeared."""
    near = [other for other in before if body_distance(body, other.body) < SAME_BODY]
    return min(near, key=lambda other: other.due)._replace(body=body) if near else _Look(body, now)


def _looks(frame: Frame, people: Sequence[Detection]) -> tuple[FloatArray, ...]:
    """The colours of each, where the others do not cover them."""
    return tuple(color_histogram(frame, one, [other for other in people if other is not one]) for one in people)
