"""Candidates: a person in any pose, made of parts of exemplars, each warped along the limb that it shows."""

from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.part_labels import PartLabels, distance_from, label_parts
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, SegmentTrack
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.types import FloatArray, Image, Mask, Numbers

CHANNELS = 4  # RGB and opacity
VIEW_DISTANCE = 0.15  # of two views at which a part counts e^-0.5 as much as one that fits
MOST = 5  # exemplars of a part; each counts by how much better it fits than the next one: none appears suddenly
ELONGATION = (0.4, 2.5)  # scales of a part along its axis, at least and at most, against its scale across it
SHORTEST = 0.15  # heights of the head: an axis that points at the camera has no direction of its own
FOREIGN = 0.02  # share of a pixel that shows another segment: where no exemplar has a better one, it fills the hole
EMPTY = 127  # grey where the candidate is transparent


def warp_exemplars(exemplars: ExemplarBank, poses: PoseSequence, viewport: Viewport) -> "CandidateWarper":
    """Candidates for the poses of T frames, seen through a viewport whose canvas is the exemplars'."""
    return CandidateWarper(exemplars, SegmentTrack(poses, viewport))


class CandidateWarper:
    """Candidates for the poses of a clip, made one at a time.

    Args:
        exemplars: of the person.
        segments: of the poses, in pixels of the exemplars' canvas.
    """

    def __init__(self, exemplars: ExemplarBank, segments: Segments | SegmentTrack) -> None:
        self.exemplars = exemplars
        self.segments = segments
        height, width = exemplars.cutouts.shape[1:3]
        self._canvas = (width, height)
        self._known = _axes(exemplars.segments)
        self._part_labels: dict[int, PartLabels] = {}

    def warp(self, t: int, absent: Mask | None = None) -> Image:
        """The candidate for pose t, RGBA (H, W, 4); grey and transparent where it shows nothing.

        Args:
            t: which of the poses.
            absent: (K,) exemplars that are not used.
        """
        pose = self.segments.at(np.array([t]))
        wanted = _axes(pose)
        distance = ((pose.views[0, :, None] - self.exemplars.segments.views.transpose(1, 0, 2)) ** 2).sum(axis=2)
        distance[np.isnan(distance)] = np.inf
        if absent is not None:
            distance[:, absent] = np.inf
        weights = _weights(distance)
        candidate = np.zeros((*self._canvas[::-1], CHANNELS), np.float32)
        for part in np.argsort(-pose.depth[0], kind="stable").tolist():  # what is far first, what is near over it
            if weights[part].any() and wanted.length[0, part] > 0:
                region, image = self._part(pose, wanted, part, weights[part])
                under = candidate[region]
                under *= 1 - image[..., 3:]
                under += image
        opacity = candidate[..., 3:]
        colour = np.where(opacity > 0, candidate[..., :3] / np.maximum(opacity, 1e-6), EMPTY / 255)
        rgba: Image = np.rint(255 * np.concatenate([colour, opacity], axis=2)).clip(0, 255).astype(np.uint8)
        return rgba

    def _part(
        self, pose: Segments, wanted: "_Axes", part: int, weights: Numbers
    ) -> tuple[tuple[slice, slice], FloatArray]:
        """Where a segment of a pose lies on the canvas, and its image there: colours x opacity, and opacity.

        A mean over the exemplars, in each pixel mostly over those that show this very segment there.
        """
        segment, head, along = SEGMENTS[part], float(pose.head[0]), wanted.along[0, part]
        start = pose.axes[0, part, 0] - segment.before * head * along
        end = pose.axes[0, part, 1] + segment.beyond * head * along
        radius = segment.radius * head
        left, top = np.floor(np.minimum(start, end) - radius).clip(0, self._canvas).astype(int).tolist()
        right, bottom = np.ceil(np.maximum(start, end) + radius).clip(0, self._canvas).astype(int).tolist()
        region, size = (slice(top, bottom), slice(left, right)), (right - left, bottom - top)
        image = np.zeros((size[1], size[0], CHANNELS), np.float32)
        if not image.size:
            return region, image
        total = np.zeros((size[1], size[0], 1), np.float32)
        for k in np.flatnonzero(weights).tolist():
            matrix = self._matrix(k, pose, wanted, part) - np.array([[0, 0, left], [0, 0, top]])
            seen = cv2.warpAffine(self.exemplars.cutouts[k], matrix, size, flags=cv2.INTER_LINEAR)
            own = cv2.warpAffine(np.uint8(255) * (self._labels_of(k) == part), matrix, size)[..., None]
            counts = own * np.float32((1 - FOREIGN) * weights[k] / 255) + np.float32(FOREIGN * weights[k])
            image += seen * counts
            total += counts
        image /= 255 * total
        low = np.array([left, top])
        image *= _capsule(start - low, end - low, radius, size)[..., None]
        return region, image

    def _labels_of(self, k: int) -> PartLabels:
        """Which segment each pixel of exemplar k shows."""
        if k not in self._part_labels:
            self._part_labels[k] = label_parts(self.exemplars.segments, k, self._canvas)
        return self._part_labels[k]

    def _matrix(self, k: int, pose: Segments, wanted: "_Axes", part: int) -> Numbers:
        """The (2, 3) map between pixel indices that lays a segment of exemplar k on that of a pose.

        It scales by the ratio of the lengths along the segment, and by that of the heads across it; what is rigid
        keeps its shape, and its end its place.
        """
        known, exemplar = self._known, self.exemplars.segments
        across = float(pose.head[0] / exemplar.head[k])
        along = float(wanted.length[0, part] / known.length[k, part])
        along = min(max(along, ELONGATION[0] * across), ELONGATION[1] * across)
        before, after = known.middle[k, part], wanted.middle[0, part]
        if SEGMENTS[part].rigid:
            along, before, after = across, exemplar.axes[k, part, 1], pose.axes[0, part, 1]
        (x, y), (u, v) = known.along[k, part].tolist(), wanted.along[0, part].tolist()
        linear = np.array(
            [
                [along * u * x + across * v * y, along * u * y - across * v * x],
                [along * v * x - across * u * y, along * v * y + across * u * x],
            ]
        )
        # Index i is the pixel whose centre lies at i + 0.5.
        shift = after - 0.5 - linear @ (before - 0.5)
        return np.concatenate([linear, shift[:, None]], axis=1)


class _Axes(NamedTuple):
    """The axes of segments as a middle, a direction and a length; length 0 where one is not measured."""

    middle: Numbers
    along: Numbers
    length: Numbers


def _axes(segments: Segments) -> _Axes:
    vectors = segments.axes[:, :, 1] - segments.axes[:, :, 0]
    shortest = SHORTEST * segments.head[:, None]
    length = np.linalg.norm(vectors, axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where((length < shortest)[..., None], np.array([0.0, 1.0]), vectors / length[..., None])
    seen = ~np.isnan(length) & (shortest > 0)
    return _Axes(segments.axes.mean(axis=2), along, np.where(seen, np.maximum(length, shortest), 0))


def _weights(distance: Numbers) -> Numbers:
    """How much each exemplar counts for each segment, (S, K), from the distances of their views, infinite for none.

    The weights of a segment sum to 1; all are 0 where no exemplar shows it.
    """
    found = np.isfinite(distance)
    distance = np.where(found, distance, 0)
    least = np.where(found, distance, np.inf).min(axis=1, keepdims=True, initial=1e6)
    weights = found * np.exp(np.minimum(least - distance, 0) / (2 * VIEW_DISTANCE**2))
    if weights.shape[1] > MOST:
        next_one = np.partition(weights, -MOST - 1, axis=1)[:, [-MOST - 1]]
        best = weights.max(axis=1, keepdims=True)
        # Where more than these fit equally well, it is all of those.
        weights = np.where(next_one < best, np.maximum(weights - next_one, 0), weights * (weights >= best))
    normalised: Numbers = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    return normalised


def _capsule(start: Numbers, end: Numbers, radius: float, size: tuple[int, int]) -> FloatArray:
    """(H, W): 1 within `radius` of the line from start to end, falling to 0 over the outermost quarter of it."""
    capsule: FloatArray = np.clip((radius - distance_from(start, end, size)) * np.float32(4 / radius), 0, 1)
    return capsule.astype(np.float32)
