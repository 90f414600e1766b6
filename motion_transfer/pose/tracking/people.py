"""Identification of people: the detections of all frames, joined into one track a person.

Two steps, as in multi-object tracking by tracklets (Huang, Wu, Nevatia, "Robust object tracking by hierarchical
association of detection responses", ECCV 2008). First, detections of neighbouring frames are joined where there
is no doubt, by an optimal assignment of keypoint distance, overlap and colours; doubt, as where two people cross,
ends a tracklet. Then tracklets are joined to people, the surest pair first: by the colours of all their frames,
and by whether a person could have come from the end of one to the beginning of the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from motion_transfer.pose.detection.detection import Detection, body_distance, body_length
from motion_transfer.pose.sequence import PoseSequence, frozen
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.pose.tracking.color_histogram import histogram_distance
from motion_transfer.pose.tracking.tracklets import ObservedPerson, Track, find_tracklets
from motion_transfer.types import Mask, Size

FASTEST = 2.5  # lengths of the person a second: no person moves faster across the picture
ALIKE = 0.35  # tracklets that cost more than this to be one person stay apart
UNSEEN = 0.1  # the difference of colours that counts where one of two was never seen clear of others
COLOURS = 4.0  # what a difference of colours of 1 costs; the strain of the motion costs at most 0.4
KNOWN = Fraction(1)  # seconds for which a person must be seen clear of others; a shorter track may be a fragment
FITS, CLEARLY = 0.6, 0.1  # highest cost at which a fragment is a person's, and by how much others must cost more
STEP = 0.1  # lengths of the person that a body may move from frame to frame to be the same body beyond doubt
STEADY = 1.0  # seconds for which a hidden person is expected to go on as before
LOST = Fraction(2)  # seconds after which a person may be anywhere
BRIEF = Fraction(1, 5)  # seconds; what is seen for less, in a clip of four times that, is no person


def track_people(frames: Sequence[Sequence[Detection]], *, size: Size, fps: Fraction) -> list[PoseSequence]:
    """Join detections to people by their motion, see `join_people`, as sequences of T frames."""
    tracks = join_people([[ObservedPerson(one) for one in found] for found in frames], fps)
    return [as_sequence(track, len(frames), size, fps) for track in tracks]


def join_people(frames: Sequence[Sequence[ObservedPerson]], fps: Fraction) -> list[Track]:
    """Join the detections of T frames to people; crossings of people without histograms are resolved by motion alone.

    Returns:
        One track a person, in the order of their numbers: number 1 takes up most of the clip (the sum of the
        lengths of the body over the frames), and so on. Empty if no person was found.
    """
    least = 1 if len(frames) < 4 * BRIEF * fps else max(1, round(BRIEF * fps))
    tracklets = find_tracklets(frames, fps)
    tracks = _join([t for t in tracklets if sum(t.weights) >= least], len(frames), fps)
    known = [t for t in tracks if sum(t.weights) >= KNOWN * fps]
    fragments = [t for t in tracks if t not in known] + [t for t in tracklets if sum(t.weights) < least]
    people, others = _adopt(fragments, known, fps)
    people += [t for t in others if sum(t.weights) >= least]
    return sorted(people, key=lambda t: float(sum(body_length(person.body) for person in t.people)), reverse=True)


def as_sequence(track: Track, length: int, size: Size, fps: Fraction) -> PoseSequence:
    """A track as poses of `length` frames."""
    found = ((frame, person.detection) for frame, person in zip(track.frames, track.people, strict=True))
    return sequence_of(found, length, size, fps)


def sequence_of(
    found: Iterable[tuple[int, Detection]], frames: int, size: Size, fps: Fraction, *, with_depth: bool = True
) -> PoseSequence:
    """One person's detections, each with the number of its frame, as a sequence of `frames` frames."""
    shape = (frames, len(OPENPOSE_137))
    xy, score = np.full((*shape, 2), np.nan, np.float32), np.zeros(shape, np.float32)
    depth = np.full((frames, OPENPOSE_137.body.stop), np.nan, np.float32)
    for frame, detection in found:
        xy[frame], score[frame], depth[frame] = detection.xy, detection.score, detection.depth
    known = with_depth or np.isfinite(depth).any()
    return PoseSequence(frozen(xy), frozen(score), size, fps, depth=frozen(depth) if known else None)


def _join(tracks: list[Track], length: int, fps: Fraction) -> list[Track]:
    """Join tracklets to people, the surest pair first, until none is left that may be one person."""
    if len(tracks) < 2:
        return tracks
    cost = np.full((len(tracks), len(tracks)), np.inf)
    shown = np.zeros((len(tracks), length), bool)
    for i, track in enumerate(tracks):
        shown[i, track.frames] = True
    _fill_costs(cost, tracks, shown, range(len(tracks)), fps)
    gone: set[int] = set()
    while cost.min() < ALIKE:
        i, j = (int(n) for n in np.unravel_index(int(cost.argmin()), cost.shape))
        tracks[i] = _merged(tracks[i], tracks[j])
        shown[i] |= shown[j]
        shown[j] = True  # nothing can be joined to it any more
        gone.add(j)
        cost[j] = cost[:, j] = np.inf
        _fill_costs(cost, tracks, shown, [i], fps)
    return [track for i, track in enumerate(tracks) if i not in gone]


def _fill_costs(
    cost: npt.NDArray[np.float64], tracks: list[Track], shown: Mask, rows: Sequence[int], fps: Fraction
) -> None:
    """What it costs that two tracks are one person; infinite where both are seen in one frame."""
    histograms = np.stack([track.histogram for track in tracks])
    colours = histogram_distance(histograms[rows], histograms)
    seen = histograms.any(axis=2)
    if seen.any():  # a person never seen clear of others, among people with colours, may be any of them
        colours[(seen[rows].astype(int) @ seen.T.astype(int)) == 0] = UNSEEN
    apart = shown[rows].astype(np.float32) @ shown.T.astype(np.float32) == 0
    for n, i in enumerate(rows):
        cost[i] = cost[:, i] = np.inf
        for j in np.flatnonzero(apart[n]):
            if i != j:
                a, b = tracks[i], tracks[int(j)]
                sure = min(1.0, min(sum(a.weights), sum(b.weights)) / float(0.3 * fps))
                cost[min(i, j), max(i, j)] = COLOURS * colours[n, j] * sure + _strain(a, b, fps) + 0.25 * (1 - sure)


def _strain(a: Track, b: Track, fps: Fraction) -> float:
    """How hard it is for one person to be at the ends of both tracks: 0 easily, infinite not at all."""
    worst = 0.0
    for before, after, first, second in _seams(a, b):
        frames = after.frames[second] - before.frames[first]
        seconds = float(frames / fps)
        end, start = before.people[first].body, after.people[second].body
        gap = body_distance(end, start)
        if gap > 0.3 + FASTEST * seconds:
            return np.inf
        if seconds < STEADY and first == len(before.frames) - 1:
            ahead = before.expected(after.frames[second], most=frames)
            gap = 0.3 * gap + 0.7 * body_distance(ahead, start)
        worst = max(worst, min(0.4, 0.4 * gap / (0.3 + FASTEST * seconds)))
    return worst


def _seams(a: Track, b: Track) -> Iterator[tuple[Track, Track, int, int]]:
    """Where one track follows on the other: the earlier, the later, and the places of their frames at the seam."""
    order = sorted([(f, 0, i) for i, f in enumerate(a.frames)] + [(f, 1, i) for i, f in enumerate(b.frames)])
    for (_, track, i), (_, following, j) in pairwise(order):
        if track != following:
            yield (a, b, i, j) if track == 0 else (b, a, i, j)


def _merged(a: Track, b: Track) -> Track:
    rows = [row for t in (a, b) for row in zip(t.frames, t.people, t.weights, strict=True)]
    frames, people, weights = (list(column) for column in zip(*sorted(rows, key=itemgetter(0)), strict=True))
    return Track(frames, people, weights)


def _adopt(fragments: list[Track], people: list[Track], fps: Fraction) -> tuple[list[Track], list[Track]]:
    """Give the fragments to the people in whose gaps they lie, the surest first; these people, and what remains.

    In a crossing bodies are found half hidden, with colours of both, so a fragment there is compared with the people
    who are missing in its frames, by place and colours, rather than kept as a person.
    """
    people, left = list(people), []
    for fragment in sorted(fragments, key=lambda t: (-sum(t.weights), t.frames[0])):
        costs = [_cost_of_gap(fragment, person, fps) for person in people]
        order = np.argsort(costs)
        if not people or costs[order[0]] > FITS or (len(people) > 1 and costs[order[1]] - costs[order[0]] < CLEARLY):
            left.append(fragment)
        else:
            people[order[0]] = _merged(people[order[0]], fragment)
    return people, left


def _cost_of_gap(fragment: Track, person: Track, fps: Fraction) -> float:
    """What it costs that a fragment fills a gap of a person; infinite where there is none, or it is too far away."""
    shown = np.array(person.frames)
    if np.isin(fragment.frames, shown).any():
        return np.inf
    worst = -np.inf
    for frame, body in ((fragment.frames[i], fragment.people[i].body) for i in (0, -1)):
        after = int(np.searchsorted(shown, frame))
        around = [i for i in (after - 1, after) if 0 <= i < len(shown) and abs(shown[i] - frame) <= LOST * fps]
        if not around:
            return np.inf
        first, last = around[0], around[-1]
        before, behind = person.people[first].body, person.people[last].body
        share = (frame - shown[first]) / max(1, shown[last] - shown[first])
        place = before + np.float32(share) * (behind - before)
        goes_on = shown[first] == frame - 1 and body_distance(before, body) < STEP
        worst = max(worst, body_distance(place, body) - goes_on * CLEARLY)
    return COLOURS * float(histogram_distance(fragment.histogram[None], person.histogram[None])[0, 0]) + worst
