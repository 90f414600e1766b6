"""Detections of neighbouring frames joined where there is no doubt who is who: tracklets, see `people`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.tracking.similarity import MAIN, body_distance, histogram_distance
from motion_transfer.types import FloatArray

SAME = 0.1
"""Two detections in one frame that lie closer than this, in lengths of the person, are one person seen twice."""

REACH = 0.3
"""How far, in lengths of the person, a body may lie from where it was expected in the next frame."""

DOUBT = 0.12
"""A match counts only if every other one for the same body costs so much more."""

IMPOSSIBLE = 9.0
"""The cost of a match that cannot be."""

PATIENCE = Fraction(1, 4)
"""Seconds for which a tracklet waits for its person."""

OTHER_COLOURS, SLIDE = 0.08, 8
"""A tracklet is cut where the looks of this many frames before and after differ by more than that."""

COVERS = 0.5
"""Who disappears nearer than this, in lengths, to somebody else is hidden behind them."""

SEEN_FOR = Fraction(1, 4)
"""Seconds for which somebody must have been seen to count as hidden then, and not as a mistake of the detector."""

HIDDEN_FOR = Fraction(2)
"""Seconds for which somebody may stay hidden."""

COMES_FORTH = 1.0
"""Who appears nearer than this, in lengths, to one who hides somebody is the hidden one."""

UNKNOWN: FloatArray = np.zeros((2, 64), np.float32)
"""The look of somebody whose colours are not known."""


@dataclass(eq=False)
class Track:
    """Frames that show one person: first tracklets, then everything there is of somebody."""

    frames: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """For each frame, which of its detections it is."""
    points: list[FloatArray] = field(default_factory=list)
    """(J, 2) of each frame."""
    looks: list[FloatArray] = field(default_factory=list)
    """(2, 64) of each frame."""
    weights: list[float] = field(default_factory=list)
    """Of each frame, how far the person stands apart from others, so that the colours are surely its own."""
    since: int = 0
    """The frame from which on somebody has been seen there, though perhaps under doubt who."""

    def add(self, frame: int, place: int, points: FloatArray, look: FloatArray = UNKNOWN, weight: float = 1.0) -> None:
        """Take in a frame later than all there are."""
        self.frames.append(frame)
        self.places.append(place)
        self.points.append(points)
        self.looks.append(look)
        self.weights.append(weight)

    def part(self, first: int, stop: int) -> "Track":
        """The frames at those places of the track."""
        columns = (self.frames, self.places, self.points, self.looks, self.weights)
        return Track(*(column[first:stop] for column in columns))  # type: ignore[arg-type]

    @cached_property
    def look(self) -> FloatArray:
        """The mean look, of length 1 for each part that is known."""
        return _mean(self.looks, self.weights if any(self.weights) else [1.0] * len(self.weights))

    @property
    def recent(self) -> FloatArray:
        """The mean look of the last frames."""
        return _mean(self.looks[-SLIDE:], self.weights[-SLIDE:])

    def expected(self, frame: int, most: int = 6) -> FloatArray:
        """(J, 2): where the person should be in a later frame, at the last speed, kept for so many frames at most."""
        steps = min(4, len(self.frames)) - 1
        if steps < 1 or self.frames[-1] - self.frames[-1 - steps] > 8:
            return self.points[-1]
        moved: FloatArray = np.nanmean(self.points[-1] - self.points[-1 - steps], axis=0)
        ahead = min(frame - self.frames[-1], most) / (self.frames[-1] - self.frames[-1 - steps])
        place: FloatArray = self.points[-1] + np.float32(ahead) * moved
        return place


def find_tracklets(
    frames: Sequence[Sequence[Detection]], looks: Sequence[Sequence[FloatArray]] | None, fps: Fraction
) -> list[Track]:
    """Join detections of neighbouring frames where there is no doubt.

    Where somebody disappears behind somebody else, the one body that is still found may be either's, and the detector
    may slide from one to the other: until two are seen again, each of its frames is a tracklet of its own, of weight 0.
    """
    tracklets: list[Track] = []
    active: list[Track] = []
    hidden: list[_Hidden] = []
    for frame, found in enumerate(frames):
        active = [t for t in active if frame - t.frames[-1] <= max(1.0, float(PATIENCE * fps))]
        hidden = [one for one in hidden if frame <= one.until]
        places = merge_duplicates(found)
        points = [_body(found[place]) for place in places]
        seen = np.stack([UNKNOWN if looks is None else looks[frame][place] for place in places] or [UNKNOWN])
        continued = _continued(active, frame, points, seen)
        tracks = [old if old and sure else Track(since=old.since if old else frame) for old, sure in continued]
        lost = [t for t in active if all(t is not before for before, _ in continued)]
        hidden = _still_hidden(hidden, continued, tracks, points) + _covered(lost, hidden, tracks, points, frame, fps)
        for i, ((before, sure), track) in enumerate(zip(continued, tracks, strict=True)):
            if before is not None and not sure:
                active.remove(before)
            if before is None or not sure:
                tracklets.append(track)
                active.append(track)
            doubtful = any(one.behind is track for one in hidden)
            track.add(frame, places[i], points[i], seen[i], 0.0 if doubtful else _apart(points, i))
    return [part for tracklet in tracklets for sure in _sure_parts(tracklet) for part in _same_colours(sure)]


@dataclass(eq=False)
class _Hidden:
    """Somebody who disappeared behind somebody else."""

    who: Track
    behind: Track
    until: float
    """The last frame in which they may still be there."""


def _covered(
    lost: list[Track], hidden: list[_Hidden], tracks: list[Track], points: list[FloatArray], frame: int, fps: Fraction
) -> list[_Hidden]:
    """Those of the lost who disappeared in this frame at a place where somebody else is."""
    new = []
    for who in lost:
        if not points or frame - who.since < SEEN_FOR * fps or any(one.who is who for one in hidden):
            continue
        apart = [body_distance(who.expected(frame), body) for body in points]
        nearest = int(np.argmin(apart))
        if apart[nearest] < COVERS:
            new.append(_Hidden(who, tracks[nearest], frame + float(HIDDEN_FOR * fps)))
    return new


def _still_hidden(
    hidden: list[_Hidden], continued: list[tuple[Track | None, bool]], tracks: list[Track], points: list[FloatArray]
) -> list[_Hidden]:
    """Those who have not come forth: nobody new is near the one who covers them, who may have a new tracklet now."""
    left = []
    for one in hidden:
        place = next((i for i, (before, _) in enumerate(continued) if before is one.behind), None)
        if any(before is one.who for before, _ in continued):
            continue
        if place is None:
            left.append(one)  # both are lost
            continue
        new = [points[i] for i, (before, _) in enumerate(continued) if before is None]
        if all(body_distance(body, points[place]) > COMES_FORTH for body in new):
            left.append(replace(one, behind=tracks[place]))
    return left


def _sure_parts(track: Track) -> list[Track]:
    """A tracklet cut into runs of frames whose person is sure, and single frames of weight 0."""
    zero = [weight == 0 for weight in track.weights]
    edges = [i for i in range(1, len(zero)) if zero[i] or zero[i - 1]]
    return [track.part(a, b) for a, b in pairwise([0, *edges, len(zero)])]


def _continued(
    tracks: list[Track], frame: int, points: list[FloatArray], seen: FloatArray
) -> list[tuple[Track | None, bool]]:
    """For each detection the tracklet that it goes on, if there is one, and whether that is sure."""
    result: list[tuple[Track | None, bool]] = [(None, True)] * len(points)
    if not tracks or not points:
        return result
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to load

    far = np.array([[body_distance(track.expected(frame), body) for body in points] for track in tracks])
    waited = np.array([frame - track.frames[-1] for track in tracks])[:, None]
    cost = far + 0.3 * histogram_distance(np.stack([track.recent for track in tracks]), seen)
    cost[far > REACH * (1 + 0.2 * (waited - 1))] = IMPOSSIBLE
    for row, column in zip(*linear_sum_assignment(cost), strict=True):
        if cost[row, column] < IMPOSSIBLE:
            others = np.concatenate([np.delete(cost[row], column), np.delete(cost[:, column], row)])
            result[column] = tracks[row], bool((others > cost[row, column] + DOUBT).all())
    return result


def merge_duplicates(found: Sequence[Detection]) -> list[int]:
    """Which of a frame's detections are people of their own: of two on one person the surer one, by its place."""
    bodies = [i for i, one in enumerate(found) if np.isfinite(one.xy[MAIN]).any()]
    order = sorted(bodies, key=lambda i: (-float(found[i].score[MAIN].mean()), *_corner(found[i])))
    points = [_body(detection) for detection in found]
    kept: list[int] = []
    for i in order:
        if all(body_distance(points[i], points[k]) > SAME for k in kept):
            kept.append(i)
    return kept


def _same_colours(track: Track) -> list[Track]:
    """Cut a tracklet where the colours change: there the detector slid from one person to another."""
    looks = np.concatenate([np.zeros((1, 2, 64), np.float32), np.cumsum(track.looks, axis=0, dtype=np.float32)])
    at = np.arange(SLIDE, len(track.frames) - SLIDE + 1)
    if len(at) == 0:
        return [track]
    before, after = _unit(looks[at] - looks[at - SLIDE]), _unit(looks[at + SLIDE] - looks[at])
    change = np.array([histogram_distance(a[None], b[None])[0, 0] for a, b in zip(before, after, strict=True)])
    around = np.lib.stride_tricks.sliding_window_view(np.pad(change, SLIDE, constant_values=0), 2 * SLIDE + 1)
    cuts = at[(change > OTHER_COLOURS) & (change == around.max(axis=1))].tolist()
    return [track.part(a, b) for a, b in pairwise([0, *cuts, len(track.frames)])]


def _apart(points: list[FloatArray], place: int) -> float:
    """0.05 (upon another person) to 1 (well apart)."""
    nearest = min((body_distance(points[place], other) for i, other in enumerate(points) if i != place), default=1.0)
    return float(np.clip(nearest / 0.6, 0.05, 1))


def _body(detection: Detection) -> FloatArray:
    return detection.xy[MAIN]


def _corner(detection: Detection) -> tuple[float, float]:
    x, y = np.nanmin(_body(detection), axis=0)
    return float(x), float(y)


def _mean(looks: list[FloatArray], weights: list[float]) -> FloatArray:
    return _unit(np.asarray(np.einsum("n,npc->pc", weights, np.array(looks)), np.float32))


def _unit(looks: FloatArray) -> FloatArray:
    """Looks scaled to length 1 for each part that is known."""
    length = np.linalg.norm(looks, axis=-1, keepdims=True)
    unit: FloatArray = np.divide(looks, length, out=np.zeros_like(looks), where=length > 0)
    return unit
