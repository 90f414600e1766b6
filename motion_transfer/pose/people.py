"""Who is who: what a detector finds in each frame, joined into one track a person.

Two steps, as in multi-object tracking by tracklets (Huang, Wu, Nevatia, "Robust object tracking by hierarchical
association of detection responses", ECCV 2008). First, detections of neighbouring frames are joined where there
is no doubt, by an optimal assignment of keypoint distance, overlap and colours; doubt, as where two people cross,
ends a tracklet. Then tracklets are joined to people, the surest pair first: by the colours of all their frames,
and by whether a person could have moved from the end of one to the beginning of the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from motion_transfer.pose.detection import Detection
from motion_transfer.pose.likeness import MAIN, body_distance, body_length, look_distance
from motion_transfer.pose.sequence import PoseSequence, frozen
from motion_transfer.pose.skeleton import OPENPOSE_137

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

FASTEST = 2.5
"""Lengths of the person a second: nobody moves faster across the picture."""

ALIKE = 0.55
"""Tracklets whose cost of being one person is above this stay apart."""

BRIEF = Fraction(1, 5)
"""Seconds; who is seen for less, in a clip of four times that, is no person."""


@dataclass(eq=False)
class Track:
    """Frames that show one person: first tracklets, then everything there is of somebody."""

    frames: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """For each frame, which of its detections it is."""
    points: list[Floats] = field(default_factory=list)
    """(J, 2) of each frame."""
    look: Floats = field(default_factory=lambda: np.zeros((2, 64), np.float32))
    """The sum of the frames' looks, those more where the person stands apart from others."""
    weight: float = 0.0

    def add(self, frame: int, place: int, points: Floats, look: Floats | float = 0.0, weight: float = 0.0) -> None:
        """Take in a frame later than all there are."""
        self.frames.append(frame)
        self.places.append(place)
        self.points.append(points)
        self.look = self.look + weight * look
        self.weight += weight

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


def track_people(
    frames: Sequence[Sequence[Detection]],
    *,
    size: tuple[int, int],
    fps: Fraction,
    looks: Sequence[Sequence[Floats]] | None = None,
) -> list[PoseSequence]:
    """Join detections to people: `join_people`, as sequences of T frames, in the order of their numbers."""
    return [sequence(track, frames, size, fps) for track in join_people(frames, fps=fps, looks=looks)]


def join_people(
    frames: Sequence[Sequence[Detection]], *, fps: Fraction, looks: Sequence[Sequence[Floats]] | None = None
) -> list[Track]:
    """Join detections to people.

    Args:
        frames: what was found in each of T frames, in any order.
        fps: of the clip.
        looks: for each detection its colours, (2, 64), see `likeness.describe`; without them crossings are decided
            by motion alone.

    Returns:
        One track a person, in the order of their numbers: number 1 takes up most of the clip (the sum of the
        lengths of the body over the frames), and so on. Empty if nobody was found.
    """
    tracks = _join(_tracklets(frames, looks, fps), len(frames), fps)
    least = 1 if len(frames) < 4 * BRIEF * fps else max(1, round(BRIEF * fps))
    return sorted((t for t in tracks if len(t.frames) >= least), key=presence, reverse=True)


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


def _tracklets(
    frames: Sequence[Sequence[Detection]], looks: Sequence[Sequence[Floats]] | None, fps: Fraction
) -> list[Track]:
    """Join detections of neighbouring frames where there is no doubt."""
    tracklets: list[Track] = []
    active: list[Track] = []
    for frame, found in enumerate(frames):
        active = [t for t in active if frame - t.frames[-1] <= max(1.0, float(PATIENCE * fps))]
        places = merge_duplicates(found)
        points = [_body(found[place]) for place in places]
        seen = np.zeros((len(places), 2, 64), np.float32)
        if looks is not None and places:
            seen = np.stack([looks[frame][place] for place in places])
        for i, (before, sure) in enumerate(_continued(active, frame, points, seen)):
            if before is not None and not sure:
                active.remove(before)
            if before is None or not sure:
                tracklets.append(before := Track())
                active.append(before)
            before.add(frame, places[i], points[i], seen[i], _apart(points, i))
    return tracklets


def _continued(tracks: list[Track], frame: int, points: list[Floats], seen: Floats) -> list[tuple[Track | None, bool]]:
    """For each detection the tracklet that it goes on, if there is one, and whether that is sure."""
    result: list[tuple[Track | None, bool]] = [(None, True)] * len(points)
    if not tracks or not points:
        return result
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to load

    far = np.array([[body_distance(track.expected(frame), body) for body in points] for track in tracks])
    waited = np.array([frame - track.frames[-1] for track in tracks])[:, None]
    cost = far + 0.3 * look_distance(_looks(tracks), seen)
    cost[far > REACH * (1 + 0.2 * (waited - 1))] = IMPOSSIBLE
    for row, column in zip(*linear_sum_assignment(cost), strict=True):
        if cost[row, column] < IMPOSSIBLE:
            others = np.concatenate([np.delete(cost[row], column), np.delete(cost[:, column], row)])
            result[column] = tracks[row], bool((others > cost[row, column] + DOUBT).all())
    return result


def _join(tracks: list[Track], length: int, fps: Fraction) -> list[Track]:
    """Join tracklets to people, the surest pair first, until none is left that may be one person."""
    if len(tracks) < 2:
        return tracks
    cost = np.full((len(tracks), len(tracks)), np.inf)
    shown = np.zeros((len(tracks), length), bool)
    for i, track in enumerate(tracks):
        shown[i, track.frames] = True
    _fill_costs(cost, tracks, shown, range(len(tracks)), fps)
    while cost.min() < ALIKE:
        i, j = (int(n) for n in np.unravel_index(int(cost.argmin()), cost.shape))
        tracks[i] = _merged(tracks[i], tracks[j])
        shown[i] |= shown[j]
        tracks[j] = Track()
        shown[j] = True  # nothing can be joined to it any more
        cost[j] = cost[:, j] = np.inf
        _fill_costs(cost, tracks, shown, [i], fps)
    return [track for track in tracks if track.frames]


def _fill_costs(
    cost: npt.NDArray[np.float64], tracks: list[Track], shown: npt.NDArray[np.bool_], rows: Sequence[int], fps: Fraction
) -> None:
    """What it costs that two tracks are one person; infinite where both are seen in one frame."""
    colours = look_distance(_looks([tracks[i] for i in rows]), _looks(tracks))
    apart = shown[rows].astype(np.float32) @ shown.T.astype(np.float32) == 0
    for n, i in enumerate(rows):
        cost[i] = cost[:, i] = np.inf
        for j in np.flatnonzero(apart[n]):
            if i != j:
                a, b = tracks[i], tracks[int(j)]
                sure = min(1.0, min(a.weight, b.weight) / float(0.3 * fps))
                cost[min(i, j), max(i, j)] = 2.0 * colours[n, j] * sure + _strain(a, b, fps) + 0.25 * (1 - sure)


def _strain(a: Track, b: Track, fps: Fraction) -> float:
    """How hard it is for one person to be at the ends of both tracks: 0 easily, infinite not at all."""
    worst = 0.0
    for before, after, first, second in _seams(a, b):
        frames = after.frames[second] - before.frames[first]
        seconds = float(frames / fps)
        gap = body_distance(before.points[first], after.points[second])
        if gap > 0.3 + FASTEST * seconds:
            return np.inf
        if seconds < 0.5 and first == len(before.frames) - 1:
            gap = min(gap, body_distance(before.expected(after.frames[second]), after.points[second]))
        worst = max(worst, min(0.4, gap / (0.5 + 2 * seconds)))
    return worst


def _seams(a: Track, b: Track) -> Iterator[tuple[Track, Track, int, int]]:
    """Where one track follows on the other: the earlier, the later, and the places of their frames at the seam."""
    order = sorted([(f, 0, i) for i, f in enumerate(a.frames)] + [(f, 1, i) for i, f in enumerate(b.frames)])
    for (_, whose, i), (_, then, j) in pairwise(order):
        if whose != then:
            yield (a, b, i, j) if whose == 0 else (b, a, i, j)


def _merged(a: Track, b: Track) -> Track:
    order = sorted(zip(a.frames + b.frames, a.places + b.places, a.points + b.points, strict=True), key=lambda x: x[0])
    frames, places, points = (list(column) for column in zip(*order, strict=True))
    return Track(frames, places, points, a.look + b.look, a.weight + b.weight)


def _looks(tracks: Sequence[Track]) -> Floats:
    """(N, 2, 64): the mean looks, of length 1 again."""
    looks = np.stack([track.look for track in tracks])
    length = np.linalg.norm(looks, axis=2, keepdims=True)
    normed: Floats = np.divide(looks, length, out=np.zeros_like(looks), where=length > 0)
    return normed


def _body(detection: Detection) -> Floats:
    return detection.xy[MAIN]


def _apart(points: list[Floats], place: int) -> float:
    """0.05 (upon another person) to 1 (well apart): how far the colours are surely this person's own."""
    nearest = min((body_distance(points[place], other) for i, other in enumerate(points) if i != place), default=1.0)
    return float(np.clip(nearest / 0.6, 0.05, 1))


def _corner(detection: Detection) -> tuple[float, float]:
    x, y = np.nanmin(_body(detection), axis=0)
    return float(x), float(y)


def presence(track: Track) -> float:
    """How much of the clip somebody takes up: the sum of the body's lengths over the frames, in pixels."""
    return float(sum(body_length(points) for points in track.points))


def sequence(track: Track, frames: Sequence[Sequence[Detection]], size: tuple[int, int], fps: Fraction) -> PoseSequence:
    """A track as poses of T frames."""
    shape = (len(frames), len(OPENPOSE_137))
    xy, score = np.full((*shape, 2), np.nan, np.float32), np.zeros(shape, np.float32)
    depth = np.full((len(frames), OPENPOSE_137.body.stop), np.nan, np.float32)
    for frame, place in zip(track.frames, track.places, strict=True):
        found = frames[frame][place]
        xy[frame], score[frame], depth[frame] = found.xy, found.score, found.depth
    return PoseSequence(frozen(xy), frozen(score), size, fps, depth=frozen(depth))
