"""A collage of a person in any pose: pieces of remembered frames, each laid along the limb that it shows."""

from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.bank import ExemplarBank, on_canvas
from motion_transfer.exemplars.part_labels import PartLabels, distance_from, label_parts
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.cleaning.clean import Track
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, segments_of
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.types import FloatArray, Image, Mask

CHANNELS = 4
"""RGB and opacity."""
LIKENESS = 0.15
"""Distance of two views at which a piece counts e^-0.5 as much as one that fits."""
MOST = 5
"""Pieces of which a segment is made. Each counts by how much better it fits than the next one: none leaps in."""
STRETCH = (0.4, 2.5)
"""A piece is not made shorter or longer than that, against its width."""
SHORTEST = 0.15
"""Heights of the head: an axis that points at the camera has no direction of its own."""
FOREIGN = 0.02
"""How much a pixel counts that shows another segment: where no piece has a better one, it still fills the hole."""
EMPTY = 127
"""Grey where nothing is."""


def warp_exemplars(exemplars: ExemplarBank, poses: PoseSequence, viewport: Viewport) -> "CandidateWarper":
    """Candidates for the poses of T frames, seen through a viewport whose canvas is the exemplars'."""
    return CandidateWarper(exemplars, on_canvas(segments_of(poses), viewport))


class CandidateWarper:
    """Collages for T poses.

    Args:
        exemplars: what the person looks like.
        segments: where the segments of the T poses lie, in pixels of the appearance's canvas.
    """

    def __init__(self, exemplars: ExemplarBank, segments: Segments) -> None:
        self.exemplars = exemplars
        self.segments = segments
        self._known, self._wanted = _lines(exemplars.segments), _lines(segments)
        known, wanted = exemplars.segments.views, segments.views
        apart = ((wanted[:, :, None] - known.transpose(1, 0, 2)) ** 2).sum(axis=3)
        self._apart: Track = np.where(np.isnan(apart), np.inf, apart)
        self._order = np.argsort(-segments.depth, axis=1, kind="stable")
        self._part_labels: dict[int, PartLabels] = {}

    def warp(self, t: int, absent: Mask | None = None) -> Image:
        """The collage of pose t, RGBA (H, W, 4); grey and transparent where nothing is.

        Args:
            t: which of the poses.
            absent: (K,) remembered frames to do without.
        """
        height, width = self.exemplars.cutouts.shape[1:3]
        made = np.zeros((height, width, 4), np.float32)
        shares = _shares(self._apart[t] if absent is None else np.where(absent, np.inf, self._apart[t]))
        for part in self._order[t].tolist():
            if shares[part].any() and self._wanted.length[t, part] > 0:
                region, piece = self._piece(t, part, shares[part], (width, height))
                under = made[region]
                under *= 1 - piece[..., 3:]
                under += piece
        opacity = made[..., 3:]
        colour = np.where(opacity > 0, made[..., :3] / np.maximum(opacity, 1e-6), EMPTY / 255)
        candidate: Image = np.rint(255 * np.concatenate([colour, opacity], axis=2)).clip(0, 255).astype(np.uint8)
        return candidate

    def _piece(self, t: int, part: int, shares: Track, size: tuple[int, int]) -> tuple[tuple[slice, slice], FloatArray]:
        """Where a segment lies on the canvas, and what it looks like there: colours x opacity, and opacity.

        A mean over the remembered frames, in each pixel mostly over those that show this very segment there.
        """
        segment, head = SEGMENTS[part], float(self.segments.head[t])
        along = self._wanted.along[t, part]
        start = self.segments.axes[t, part, 0] - segment.before * head * along
        end = self.segments.axes[t, part, 1] + segment.beyond * head * along
        radius = segment.radius * head
        left, top = np.floor(np.minimum(start, end) - radius).clip(0, size).astype(int).tolist()
        right, bottom = np.ceil(np.maximum(start, end) + radius).clip(0, size).astype(int).tolist()
        region, sides = (slice(top, bottom), slice(left, right)), (right - left, bottom - top)
        piece = np.zeros((sides[1], sides[0], 4), np.float32)
        if not piece.size:
            return region, piece
        counted = np.zeros((sides[1], sides[0], 1), np.float32)
        for k in np.flatnonzero(shares).tolist():
            matrix = self._matrix(k, t, part) - np.array([[0, 0, left], [0, 0, top]])
            seen = cv2.warpAffine(self.exemplars.cutouts[k], matrix, sides, flags=cv2.INTER_LINEAR)
            own = cv2.warpAffine(np.uint8(255) * (self._labels_of(k) == part), matrix, sides)[..., None]
            counts = own * np.float32((1 - FOREIGN) * shares[k] / 255) + np.float32(FOREIGN * shares[k])
            piece += seen * counts
            counted += counts
        piece /= 255 * counted
        low = np.array([left, top])
        piece *= _capsule(start - low, end - low, radius, sides)[..., None]
        return region, piece

    def _labels_of(self, k: int) -> PartLabels:
        """Which segment each pixel of remembered frame k shows."""
        if k not in self._part_labels:
            height, width = self.exemplars.cutouts.shape[1:3]
            self._part_labels[k] = label_parts(self.exemplars.segments, k, (width, height))
        return self._part_labels[k]

    def _matrix(self, k: int, t: int, part: int) -> Track:
        """The (2, 3) map between pixel indices that lays a remembered segment on that of pose t.

        Along the segment it stretches as the two lengths ask for, across it as the heads do; what is rigid keeps its
        shape, and its end its place.
        """
        known, wanted = self._known, self._wanted
        across = float(self.segments.head[t] / self.exemplars.segments.head[k])
        stretch = float(wanted.length[t, part] / known.length[k, part])
        stretch = min(max(stretch, STRETCH[0] * across), STRETCH[1] * across)
        before, after = known.middle[k, part], wanted.middle[t, part]
        if SEGMENTS[part].rigid:
            stretch, before, after = across, self.exemplars.segments.axes[k, part, 1], self.segments.axes[t, part, 1]
        (x, y), (u, v) = known.along[k, part].tolist(), wanted.along[t, part].tolist()
        linear = np.array(
            [
                [stretch * u * x + across * v * y, stretch * u * y - across * v * x],
                [stretch * v * x - across * u * y, stretch * v * y + across * u * x],
            ]
        )
        # Index i is the pixel whose centre lies at i + 0.5.
        shift = after - 0.5 - linear @ (before - 0.5)
        return np.concatenate([linear, shift[:, None]], axis=1)


class _Lines(NamedTuple):
    """The axes of segments as a point, a direction and a length; length 0 where one is not seen."""

    middle: Track
    along: Track
    length: Track


def _lines(segments: Segments) -> _Lines:
    vectors = segments.axes[:, :, 1] - segments.axes[:, :, 0]
    shortest = SHORTEST * segments.head[:, None]
    length = np.linalg.norm(vectors, axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where((length < shortest)[..., None], np.array([0.0, 1.0]), vectors / length[..., None])
    seen = ~np.isnan(length) & (shortest > 0)
    return _Lines(segments.axes.mean(axis=2), along, np.where(seen, np.maximum(length, shortest), 0))


def _shares(apart: Track) -> Track:
    """How much each remembered frame counts for each segment, (S, K): 1 in all, or nothing where none shows it."""
    found = np.isfinite(apart)
    apart = np.where(found, apart, 0)
    least = np.where(found, apart, np.inf).min(axis=1, keepdims=True, initial=1e6)
    shares = found * np.exp(np.minimum(least - apart, 0) / (2 * LIKENESS**2))
    if shares.shape[1] > MOST:
        next_one = np.partition(shares, -MOST - 1, axis=1)[:, [-MOST - 1]]
        best = shares.max(axis=1, keepdims=True)
        # Where more than these fit equally well, it is all of those.
        shares = np.where(next_one < best, np.maximum(shares - next_one, 0), shares * (shares >= best))
    normalised: Track = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    return normalised


def _capsule(start: Track, end: Track, radius: float, size: tuple[int, int]) -> FloatArray:
    """(H, W): 1 within `radius` of the line from start to end, falling to 0 over the outermost quarter of it."""
    capsule: FloatArray = np.clip((radius - distance_from(start, end, size)) * np.float32(4 / radius), 0, 1)
    return capsule.astype(np.float32)
