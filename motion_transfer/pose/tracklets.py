"""Detections of neighbouring frames joined where there is no doubt who is who: tracklets, see `people`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from motion_transfer.pose.detection import Detection
from motion_transfer.pose.likeness import MAIN, body_distance, look_distance

Floats = npt.NDArray[np.float32]

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

UNKNOWN: Floats = np.zeros((2, 64), np.float32)
"""The look of somebody whose colours are not known."""


@dataclass(eq=False)
class Track:
    """Frames that show one person: first tracklets, then everything there is of somebody."""

    frames: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """For each frame, which of its detections it is."""
    points: list[Floats] = field(default_factory=list)
    """(J, 2) of each frame."""
    looks: list[Floats] = field(default_factory=list)
    """(2, 64) of each frame."""
    weights: list[float] = field(default_factory=list)
    """Of each frame, how far the person stands apart from others, so that the colours are surely its own."""

    def add(self, frame: int, place: int, points: Floats, look: Floats = UNKNOWN, weight: float = 1.0) -> None:
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
    def look(self) -> Floats:
        """The mean look, of length 1 for each part that is known."""
        return _mean(self.looks, self.weights)

    @property
    def recent(self) -> Floats:
        """The mean look of the last frames."""
        return _mean(self.looks[-SLIDE:], self.weights[-SLIDE:])

    def expected(self, frame: int, back: bool = False) -> Floats:
        """(J, 2): where the person should be in a later (`back`: an earlier) frame, at the last steady speed."""
        steps = min(4, len(self.frames)) - 1
        last, before = (0, steps) if back else (-1, -1 - steps)
        if steps < 1 or abs(self.frames[last] - self.frames[before]) > 8:
            return self.points[last]
        speed: Floats = np.nanmean(self.points[last] - self.points[before], axis=0) / (
            self.frames[last] - self.frames[before]
        )
        ahead = np.clip(frame - self.frames[last], -6, 6)  # beyond that nobody keeps a speed
        place: Floats = self.points[last] + np.float32(ahead) * speed
        return place


def find_tracklets(
    frames: Sequence[Sequence[Detection]], looks: Sequence[Sequence[Floats]] | None, fps: Fraction
) -> list[Track]:
    """Join detections of neighbouring frames where there is no doubt."""
    tracklets: list[Track] = []
    active: list[Track] = []
    for frame, found in enumerate(frames):
        active = [t for t in active if frame - t.frames[-1] <= max(1.0, float(PATIENCE * fps))]
        places = merge_duplicates(found)
        points = [_body(found[place]) for place in places]
        seen = np.stack([UNKNOWN if looks is None else looks[frame][place] for place in places] or [UNKNOWN])
        for i, (before, sure) in enumerate(_continued(active, frame, points, seen)):
            if before is not None and not sure:
                active.remove(before)
            if before is None or not sure:
                tracklets.append(before := Track())
                active.append(before)
            before.add(frame, places[i], points[i], seen[i], _apart(points, i))
    return [part for tracklet in tracklets for part in _same_colours(tracklet)]


def _continued(tracks: list[Track], frame: int, points: list[Floats], seen: Floats) -> list[tuple[Track | None, bool]]:
    """For each detection the tracklet that it goes on, if there is one, and whether that is sure."""
    result: list[tuple[Track | None, bool]] = [(None, True)] * len(points)
    if not tracks or not points:
        return result
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to load

    far = np.array([[body_distance(track.expected(frame), body) for body in points] for track in tracks])
    waited = np.array([frame - track.frames[-1] for track in tracks])[:, None]
    cost = far + 0.3 * look_distance(np.stack([track.recent for track in tracks]), seen)
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
    change = np.array([look_distance(a[None], b[None])[0, 0] for a, b in zip(before, after, strict=True)])
    around = np.lib.stride_tricks.sliding_window_view(np.pad(change, SLIDE, constant_values=0), 2 * SLIDE + 1)
    cuts = at[(change > OTHER_COLOURS) & (change == around.max(axis=1))].tolist()
    return [track.part(a, b) for a, b in pairwise([0, *cuts, len(track.frames)])]


def _apart(points: list[Floats], place: int) -> float:
    """0.05 (upon another person) to 1 (well apart): how far the colours are surely this person's own."""
    nearest = min((body_distance(points[place], other) for i, other in enumerate(points) if i != place), default=1.0)
    return float(np.clip(nearest / 0.6, 0.05, 1))


def _body(detection: Detection) -> Floats:
    return detection.xy[MAIN]


def _corner(detection: Detection) -> tuple[float, float]:
    x, y = np.nanmin(_body(detection), axis=0)
    return float(x), float(y)


def _mean(looks: list[Floats], weights: list[float]) -> Floats:
    return _unit(np.asarray(np.einsum("n,npc->pc", weights, np.array(looks)), np.float32))


def _unit(looks: Floats) -> Floats:
    """Looks scaled to length 1 for each part that is known."""
    length = np.linalg.norm(looks, axis=-1, keepdims=True)
    unit: Floats = np.divide(looks, length, out=np.zeros_like(looks), where=length > 0)
    return unit
