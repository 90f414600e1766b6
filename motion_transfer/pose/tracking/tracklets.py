"""Detections of neighbouring frames joined where there is no doubt who is who: tracklets, see `people`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from motion_transfer.pose.detection.detection import MAIN, Detection, body_distance
from motion_transfer.pose.tracking.color_histogram import histogram_distance
from motion_transfer.types import FloatArray

SAME = 0.1  # two detections in one frame closer than this, in lengths of the person, are one person found twice
REACH = 0.3  # how far, in lengths of the person, a body may lie from where it was expected in the next frame
DOUBT = 0.12  # a match counts only if every other one for the same body costs so much more
IMPOSSIBLE = 9.0  # the cost of a match that cannot be
PATIENCE = Fraction(1, 4)  # seconds for which a tracklet waits for its person
OTHER_COLOURS, SLIDE = 0.08, 8  # a tracklet is cut where the histograms of SLIDE frames before and after differ more
COVERS = 0.5  # a person who disappears nearer than this, in lengths, to another one is hidden behind them
SEEN_FOR = Fraction(1, 4)  # seconds for which a person must have been seen to count as hidden, not as a mistake
HIDDEN_FOR = Fraction(2)  # seconds for which a person may stay hidden
COMES_FORTH = 1.0  # a person who appears nearer than this, in lengths, to one who hides another is the hidden one


UNKNOWN: FloatArray = np.zeros((2, 64), np.float32)  # the histogram of a person whose colours are not known


@dataclass(frozen=True, eq=False)
class ObservedPerson:
    """One person in one frame."""

    detection: Detection
    histogram: FloatArray = field(default_factory=lambda: UNKNOWN)  # (2, 64) of trunk and legs, see `color_histogram`
    verified: bool | None = None  # whether a verification found the same body; None where there was none
    motion_score: float | None = None  # how much the picture changes there, in times the noise; None if not measured

    @cached_property
    def body(self) -> FloatArray:
        """(11, 2) the joints by which bodies are compared."""
        return self.detection.xy[MAIN]


@dataclass(frozen=True, eq=False)
class Observation:
    """Everyone who was found in one frame."""

    people: tuple[ObservedPerson, ...]
    person_count: int | None = None  # counted every few seconds where one person is looked for


@dataclass(eq=False)
class Track:
    """Frames that show one person: first a tracklet, in the end all frames of the person."""

    frames: list[int] = field(default_factory=list)
    people: list[ObservedPerson] = field(default_factory=list)  # the person in each frame
    weights: list[float] = field(default_factory=list)  # how far apart from others, so that the colours are their own
    since: int = 0  # the first frame of a person in this place, though perhaps under doubt who it is

    def add(self, frame: int, person: ObservedPerson, weight: float = 1.0) -> None:
        """Append a frame later than all others."""
        self.frames.append(frame)
        self.people.append(person)
        self.weights.append(weight)

    def cut(self, places: list[int]) -> "list[Track]":
        """The parts between those places of the track."""
        edges = pairwise([0, *places, len(self.frames)])
        return [Track(self.frames[a:b], self.people[a:b], self.weights[a:b]) for a, b in edges]

    @cached_property
    def histogram(self) -> FloatArray:
        """(2, 64) the mean histogram, of length 1 for each part that is known."""
        return self._mean(self.weights if any(self.weights) else [1.0] * len(self.weights))

    @property
    def recent(self) -> FloatArray:
        """(2, 64) the mean histogram of the last frames."""
        return self._mean(self.weights[-SLIDE:])

    def _mean(self, weights: list[float]) -> FloatArray:
        """Over the last frames, as many as there are weights."""
        histograms = np.array([person.histogram for person in self.people[-len(weights) :]])
        return _unit(np.asarray(np.einsum("n,npc->pc", weights, histograms), np.float32))

    def expected(self, frame: int, most: int = 6) -> FloatArray:
        """(J, 2) the body in a later frame, if it goes on at its last speed for `most` frames and then stops."""
        steps = min(4, len(self.frames)) - 1
        last, before = self.people[-1].body, self.people[-1 - steps].body
        if steps < 1 or self.frames[-1] - self.frames[-1 - steps] > 8:
            return last
        shift: FloatArray = np.nanmean(last - before, axis=0)
        ahead = min(frame - self.frames[-1], most) / (self.frames[-1] - self.frames[-1 - steps])
        return np.asarray(last + np.float32(ahead) * shift)


def find_tracklets(frames: Sequence[Sequence[ObservedPerson]], fps: Fraction) -> list[Track]:
    """Join detections of neighbouring frames where there is no doubt.

    Where a person disappears behind another one, the one body that is still found may be either's, and the detector
    may slide from one to the other: until two are seen again, each of its frames is a tracklet of its own, of weight 0.
    """
    tracklets: list[Track] = []
    active: list[Track] = []
    hidden: list[_Hidden] = []
    for frame, found in enumerate(frames):
        active = [t for t in active if frame - t.frames[-1] <= max(1.0, float(PATIENCE * fps))]
        hidden = [one for one in hidden if frame <= one.until]
        people = without_duplicates(found)
        bodies = [person.body for person in people]
        continued = _continued(active, frame, people)
        tracks = [old if old and sure else Track(since=old.since if old else frame) for old, sure in continued]
        lost = [t for t in active if all(t is not before for before, _ in continued)]
        hidden = _still_hidden(hidden, continued, tracks, bodies) + _covered(lost, hidden, tracks, bodies, frame, fps)
        for i, ((before, sure), track) in enumerate(zip(continued, tracks, strict=True)):
            if before is not None and not sure:
                active.remove(before)
            if before is None or not sure:
                tracklets.append(track)
                active.append(track)
            doubtful = any(one.behind is track for one in hidden)
            track.add(frame, people[i], 0.0 if doubtful else _apart(bodies, i))
    return [part for tracklet in tracklets for sure in _sure_parts(tracklet) for part in _same_colours(sure)]


@dataclass(eq=False)
class _Hidden:
    """A person who disappeared behind another one."""

    who: Track
    behind: Track
    until: float  # the last frame in which they may still be there


def _covered(
    lost: list[Track], hidden: list[_Hidden], tracks: list[Track], bodies: list[FloatArray], frame: int, fps: Fraction
) -> list[_Hidden]:
    """Those of the lost who disappeared in this frame at the place of another person."""
    new = []
    for who in lost:
        if not bodies or frame - who.since < SEEN_FOR * fps or any(one.who is who for one in hidden):
            continue
        apart = [body_distance(who.expected(frame), body) for body in bodies]
        nearest = int(np.argmin(apart))
        if apart[nearest] < COVERS:
            new.append(_Hidden(who, tracks[nearest], frame + float(HIDDEN_FOR * fps)))
    return new


def _still_hidden(
    hidden: list[_Hidden], continued: list[tuple[Track | None, bool]], tracks: list[Track], bodies: list[FloatArray]
) -> list[_Hidden]:
    """Those who have not come forth: no new body is near the one who covers them, who may have a new tracklet now."""
    left = []
    for one in hidden:
        place = next((i for i, (before, _) in enumerate(continued) if before is one.behind), None)
        if any(before is one.who for before, _ in continued):
            continue
        if place is None:
            left.append(one)  # both are lost
            continue
        new = [bodies[i] for i, (before, _) in enumerate(continued) if before is None]
        if all(body_distance(body, bodies[place]) > COMES_FORTH for body in new):
            left.append(replace(one, behind=tracks[place]))
    return left


def _sure_parts(track: Track) -> list[Track]:
    """A tracklet cut into runs of frames whose person is sure, and single frames of weight 0."""
    zero = [weight == 0 for weight in track.weights]
    return track.cut([i for i in range(1, len(zero)) if zero[i] or zero[i - 1]])


def _continued(tracks: list[Track], frame: int, people: list[ObservedPerson]) -> list[tuple[Track | None, bool]]:
    """For each person the tracklet that they continue, if there is one, and whether that is sure."""
    result: list[tuple[Track | None, bool]] = [(None, True)] * len(people)
    if not tracks or not people:
        return result
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to load

    far = np.array([[body_distance(track.expected(frame), person.body) for person in people] for track in tracks])
    waited = np.array([frame - track.frames[-1] for track in tracks])[:, None]
    histograms = np.stack([person.histogram for person in people])
    cost = far + 0.3 * histogram_distance(np.stack([track.recent for track in tracks]), histograms)
    cost[far > REACH * (1 + 0.2 * (waited - 1))] = IMPOSSIBLE
    for row, column in zip(*linear_sum_assignment(cost), strict=True):
        if cost[row, column] < IMPOSSIBLE:
            others = np.concatenate([np.delete(cost[row], column), np.delete(cost[:, column], row)])
            result[column] = tracks[row], bool((others > cost[row, column] + DOUBT).all())
    return result


def without_duplicates(found: Sequence[ObservedPerson]) -> list[ObservedPerson]:
    """The people of a frame, surest first: of two detections of one person the surer one, none without a body."""

    def rank(person: ObservedPerson) -> tuple[float, ...]:
        return -float(person.detection.score[MAIN].mean()), *np.nanmin(person.body, axis=0).tolist()

    kept: list[ObservedPerson] = []
    for person in sorted((one for one in found if np.isfinite(one.body).any()), key=rank):
        if all(body_distance(person.body, other.body) > SAME for other in kept):
            kept.append(person)
    return kept


def _same_colours(track: Track) -> list[Track]:
    """Cut a tracklet where the colours change: there the detector slid from one person to another."""
    at = np.arange(SLIDE, len(track.frames) - SLIDE + 1)
    if len(at) == 0:
        return [track]
    sums = np.cumsum([UNKNOWN, *(person.histogram for person in track.people)], axis=0, dtype=np.float32)
    before, after = _unit(sums[at] - sums[at - SLIDE]), _unit(sums[at + SLIDE] - sums[at])
    change = np.array([histogram_distance(a[None], b[None])[0, 0] for a, b in zip(before, after, strict=True)])
    around = np.lib.stride_tricks.sliding_window_view(np.pad(change, SLIDE, constant_values=0), 2 * SLIDE + 1)
    return track.cut(at[(change > OTHER_COLOURS) & (change == around.max(axis=1))].tolist())


def _apart(bodies: list[FloatArray], place: int) -> float:
    """0.05 (upon another person) to 1 (well apart)."""
    nearest = min((body_distance(bodies[place], other) for i, other in enumerate(bodies) if i != place), default=1.0)
    return float(np.clip(nearest / 0.6, 0.05, 1))


def _unit(histograms: FloatArray) -> FloatArray:
    """Histograms scaled to length 1 for each part that is known."""
    length = np.linalg.norm(histograms, axis=-1, keepdims=True)
    return np.asarray(np.divide(histograms, length, out=np.zeros_like(histograms), where=length > 0))
