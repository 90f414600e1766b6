"""Observes the frames of a clip: detects people, verifies them, and measures colours and motion."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.detection import MAIN, Detector, body_distance
from motion_transfer.pose.detection.mediapipe import DetectionVerifier, HolisticEstimator, RoiTracker
from motion_transfer.pose.tracking.color_histogram import color_histogram
from motion_transfer.pose.tracking.plausibility import MotionMeter
from motion_transfer.pose.tracking.tracklets import UNKNOWN, Observation, ObservedPerson
from motion_transfer.types import FloatArray, Frame, Size

VERIFIED_FOR = Fraction(1)  # seconds until the next verification after one that agreed; doubled each further time, ...
VERIFIED_LONGEST = Fraction(4)  # ... up to so many seconds
DOUBTED_FOR = Fraction(1, 4)  # seconds until the next verification after one that disagreed
COUNT_EVERY = Fraction(1)  # seconds between two counts of the people, where one is detected; later nine times that
FIRST_COUNTS = 4  # so many counts in a clip are made at the shorter distance
SAME_BODY = 0.5  # a body that lies farther than this from those of the frame before, in lengths, has just appeared


@dataclass(frozen=True)
class Observer:
    """Observes consecutive frames. Can be sent to another process."""

    settings: PoseSettings
    size: Size
    fps: Fraction
    several: bool  # find several people, not one

    def __call__(self, frames: Iterable[Frame], first: int = 0) -> Iterator[Observation]:
        """Observe consecutive frames, the first of which is that number in the clip; one observation a frame."""
        with self.open() as observe:
            for number, frame in enumerate(frames, first):
                yield observe(number, frame)

    @contextmanager
    def open(self) -> Iterator[Callable[[int, Frame], Observation]]:
        """Observe frame by frame: gives a function of a frame's number in the clip and the frame."""
        schedules: list[_Schedule] = []
        measure = MotionMeter(self.fps)
        detector: Detector = (
            RoiTracker(self.settings, self.size, self.fps)
            if self.several
            else HolisticEstimator(self.settings, self.size)
        )
        with detector as detect, DetectionVerifier(self.settings, self.size) as verifier:

            def observe(number: int, frame: Frame) -> Observation:
                nonlocal schedules
                found = detect(frame)
                schedules = [_schedule(one.xy[MAIN], schedules, number) for one in found]
                scores = measure(number, frame, found) if self.settings.plausible else (None,) * len(found)
                people = []
                for i, (one, score) in enumerate(zip(found, scores, strict=True)):
                    others = found[:i] + found[i + 1 :]
                    verified = None
                    if self.settings.plausible and number >= schedules[i].due:
                        verified = verifier(frame, one, others)
                        schedules[i] = schedules[i].after(verified, number, self.fps)
                    histogram = color_histogram(frame, one, others) if self.several else UNKNOWN
                    people.append(ObservedPerson(one, histogram, verified, score))
                counted = not self.several and self._counts(number)
                return Observation(tuple(people), verifier.count(frame) if counted else None)

            yield observe

    def _counts(self, number: int) -> bool:
        """Whether people are counted in this frame."""
        every = max(1, round(COUNT_EVERY * self.fps))
        return number % (every if number < FIRST_COUNTS * every else 9 * every) == 0


class _Schedule(NamedTuple):
    """When a body of one frame is verified next."""

    body: FloatArray
    due: int  # number of the frame
    pause: Fraction = VERIFIED_FOR  # seconds until the verification after that one, if that one agrees

    def after(self, verified: bool, now: int, fps: Fraction) -> "_Schedule":
        """The schedule after a verification now."""
        due = now + max(1, round((self.pause if verified else DOUBTED_FOR) * fps))
        return _Schedule(self.body, due, min(2 * self.pause, VERIFIED_LONGEST) if verified else VERIFIED_FOR)


def _schedule(body: FloatArray, before: Sequence[_Schedule], now: int) -> _Schedule:
    """A body is due with the first of those near it in the frame before, or now if it has just appeared."""
    near = [other for other in before if body_distance(body, other.body) < SAME_BODY]
    return min(near, key=lambda other: other.due)._replace(body=body) if near else _Schedule(body, now)
