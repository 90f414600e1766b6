"""Which exemplars fit a pose: the distance of views, and a choice that is steady in time."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motion_transfer.exemplars.parts.labels import LAYERS, UPPER_ARMS
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, SegmentTrack
from motion_transfer.types import Mask, Numbers

Choices = npt.NDArray[np.int16]

FARTHEST = 2.0  # squared distance of views beyond which a segment fits no worse, also that of one that is not measured
SWITCH = 0.1  # squared distance that another exemplar must gain, summed over the frames for which it stays
OTHER_SIDE = 1.0  # squared distance of two views that lie a sixth of a turn apart
FACE = 2.0  # times its area that a head counts: nothing is seen sooner than a wrong face
SHOULDERS = 0.25  # times its area that an upper arm counts for the trunk: shoulders lie as the arms do
JOINED = 0.1  # squared distance that an arm of the trunk's own exemplar may be farther: no shoulder is as right
BLOCK = 64  # frames whose distances are in memory at once

AREAS = np.array([each.length * each.radius * (FACE if each.rigid else 1) for each in SEGMENTS])
"""How much of a person each segment shows, and how much it counts."""

LAYER_AREAS = np.array([AREAS[layer].sum() for layer in LAYERS])


class Chosen(NamedTuple):
    """Exemplars for one pose; for T poses, the first dimension of both is T."""

    parts: Choices  # (P, S) for each segment, the best-fitting first
    layers: Choices  # (Q, L) for each layer of the body as one, the best-fitting first

    @property
    def numbers(self) -> set[int]:
        """Of all exemplars among them."""
        return {k for each in self for k in each.ravel().tolist() if k >= 0}

    def at(self, t: int) -> "Chosen":
        """Those for pose t of T."""
        return Chosen(self.parts[t], self.layers[t])


def view_distances(pose: Segments, exemplars: Segments, absent: Mask | None = None) -> Numbers:
    """Squared distances of views, (T, S, K); infinite where a segment is not measured or an exemplar is absent.

    Args:
        pose: of T frames.
        exemplars: of K frames.
        absent: (K,) exemplars that are not used.
    """
    distances = ((pose.views[:, :, None] - exemplars.views.transpose(1, 0, 2)[None]) ** 2).sum(axis=3)
    distances[np.isnan(distances)] = np.inf
    if absent is not None:
        distances[:, :, absent] = np.inf
    return np.asarray(distances)


def choose_at(pose: Segments, exemplars: Segments, parts: int, layers: int, absent: Mask | None = None) -> Chosen:
    """The best exemplars for the pose of a single frame; -1 where there is none."""
    distances = view_distances(pose, exemplars, absent)[0]
    of_layers = _of_layers(distances)
    if absent is not None:
        of_layers[:, absent] = np.inf
    of_layers = _joined(of_layers, int(_ranked(of_layers[0], 1)[0]))
    return Chosen(
        *(np.stack([_ranked(row, n) for row in each], axis=1) for each, n in ((distances, parts), (of_layers, layers)))
    )


def choose_steadily(track: SegmentTrack, frames: int, exemplars: Segments, parts: int, layers: int) -> Chosen:
    """The best exemplars for each of T poses, so that none changes for the gain of a moment.

    For each segment, and for each layer as one, the path through the clip with the least sum of distances, where each
    change costs `SWITCH`; the next best is the least of those paths that avoid the ones before. Arms follow the trunk.
    """

    def rows() -> Iterator[Numbers]:
        for start in range(0, frames, BLOCK):
            yield from view_distances(track.at(np.arange(start, min(start + BLOCK, frames))), exemplars)

    by_part = _paths(rows, frames, parts, np.ones(len(SEGMENTS)))
    by_layer = np.full((frames, layers, len(LAYERS)), -1, np.int16)
    for rank in range(layers):
        trunks = _least_path((_of_layers(row)[:1] for row in rows()), by_layer[:, :rank, :1], SWITCH * LAYER_AREAS[:1])
        joined = (_joined(_of_layers(row), trunk) for row, trunk in zip(rows(), trunks[:, 0].tolist(), strict=True))
        by_layer[:, rank] = _least_path(joined, by_layer[:, :rank], SWITCH * LAYER_AREAS)
    return Chosen(by_part, by_layer)


def unseen_shares(track: SegmentTrack, frames: int, exemplars: Segments) -> Numbers:
    """(S,) for each segment, the share of T poses that no exemplar shows from a side near enough."""
    unseen, measured = np.zeros(len(SEGMENTS)), np.zeros(len(SEGMENTS))
    for start in range(0, frames, BLOCK):
        pose = track.at(np.arange(start, min(start + BLOCK, frames)))
        seen = ~np.isnan(pose.views).any(axis=2)
        unseen += (seen & (view_distances(pose, exemplars).min(axis=2) > OTHER_SIDE)).sum(axis=0)
        measured += seen.sum(axis=0)
    return np.asarray(unseen / np.maximum(measured, 1))


def _of_layers(distances: Numbers) -> Numbers:
    """(L, K) how far each layer of each exemplar is from the pose's, from distances (S, K)."""
    near = np.minimum(distances, FARTHEST)
    found: Numbers = np.stack([AREAS[layer] @ near[layer] for layer in LAYERS])
    found[0] += SHOULDERS * AREAS[UPPER_ARMS] @ near[UPPER_ARMS]
    return found


def _joined(of_layers: Numbers, trunk: int) -> Numbers:
    """Distances (L, K) of layers from the pose's, of which the arms of the exemplar that shows the trunk are nearer."""
    if trunk >= 0:
        of_layers[1:, trunk] -= JOINED * LAYER_AREAS[1:]
    return of_layers


def _ranked(distances: Numbers, count: int) -> Choices:
    """The `count` least of (K,) distances in order; -1 in place of infinite ones and of those that are lacking."""
    order = np.argsort(distances, kind="stable")[:count].astype(np.int16)
    order[~np.isfinite(distances[order])] = -1
    return np.pad(order, (0, count - len(order)), constant_values=-1)


def _paths(rows: Callable[[], Iterator[Numbers]], frames: int, count: int, weight: Numbers) -> Choices:
    """(T, count, S) paths; `rows` gives (S, K) distances for each frame, `weight` (S,) scales the cost of a change."""
    paths = np.full((frames, count, len(weight)), -1, np.int16)
    for rank in range(count):
        paths[:, rank] = _least_path(rows(), paths[:, :rank], SWITCH * weight)
    return paths


def _least_path(rows: Iterator[Numbers], taken: Choices, change: Numbers) -> Choices:
    """(T, S): the path of least cost for each segment (Viterbi, all changes costing the same)."""
    frames, segments = len(taken), np.arange(len(change))
    stays = np.zeros((frames, len(change), 0), np.uint8)  # K / 8 bits: whether the path came from the same exemplar
    bests = np.zeros((frames, len(change)), np.int16)  # the exemplar from which all others came
    found = np.zeros((frames, len(change)), bool)  # whether any exemplar fits
    total = None
    for t, row in enumerate(rows):
        cost = np.where(np.isfinite(row), row, 1e6)
        for other in taken[t]:
            known = other >= 0
            cost[segments[known], other[known]] = 1e6
        found[t] = (cost < 1e6).any(axis=1)
        cost[~found[t]] = 0  # nothing is measured: no reason to change
        if total is not None:
            best = total.min(axis=1, keepdims=True) + change[:, None]
            stays[t] = np.packbits(total <= best, axis=1)
            bests[t] = total.argmin(axis=1)
            cost += np.minimum(total, best)
        else:
            stays = np.zeros((frames, len(change), (cost.shape[1] + 7) // 8), np.uint8)
        total = cost - cost.min(axis=1, keepdims=True)
    path = np.full((frames, len(change)), -1, np.int16)
    if total is None:
        return path
    at = total.argmin(axis=1).astype(np.int16)
    for t in reversed(range(frames)):
        path[t] = np.where(found[t], at, -1)
        if t:
            stay = (stays[t, segments, at >> 3] >> (7 - (at & 7))) & 1
            at = np.where(stay, at, bests[t])
    return path
