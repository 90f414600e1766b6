"""Exemplars warped into a pose: by parts, each along its own segment, or as a body that bends at the joints."""

from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.grid import Grid, Region
from motion_transfer.exemplars.matching import Choices
from motion_transfer.exemplars.part_labels import ADJACENT, CORE, LAYERS
from motion_transfer.pose.geometry.segments import SEGMENTS, TRUNK, Segments
from motion_transfer.types import FloatArray, Image, Numbers

ELONGATION = (0.4, 2.5)  # scales of a part along its axis, at least and at most, against its scale across it
SHORTEST = 0.15  # heights of the head: an axis that points at the camera has no direction of its own
REACH = (1.8, 2.3)  # distances from the nearest segment, in radii of its core, at which a body ends softly: skirts
ARM_REACH = (1.15, 1.6)  # the same of arms, beside which an exemplar's trunk is seen: sleeves
BEND = 0.25  # the same distance over which the motion of one segment goes over into that of the next
COARSE = 2.0  # points to a pixel of the canvas, in each direction, at which the geometry is computed
FAINT = 0.02  # shares below this are not rendered


class Axes(NamedTuple):
    """The axes of segments as a middle, a direction and a length; length 0 where one is not measured."""

    middle: Numbers
    along: Numbers
    length: Numbers


def axes_of(segments: Segments) -> Axes:
    """The (T, S) axes of segments, none shorter than a share of the head."""
    vectors = segments.axes[:, :, 1] - segments.axes[:, :, 0]
    shortest = SHORTEST * segments.head[:, None]
    length = np.linalg.norm(vectors, axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where((length < shortest)[..., None], np.array([0.0, 1.0]), vectors / length[..., None])
    seen = ~np.isnan(length) & (shortest > 0)
    return Axes(segments.axes.mean(axis=2), along, np.where(seen, np.maximum(length, shortest), 0))


class _Layer(NamedTuple):
    """Segments that bend together, on a grid."""

    nearest: FloatArray  # (h, w) distance from the nearest segment, in radii of its core
    order: Image  # (h, w) which one that is
    shares: dict[int, tuple[Region, FloatArray]]  # where and how much each segment moves the pixels
    number: int  # which of `LAYERS`


class Warper:
    """Renders exemplars in the pose of one frame, on one grid.

    Where a pixel comes from, and whether it belongs there, changes little from one to the next. So it is computed on a
    coarser grid and interpolated; the pixels themselves are sampled on the fine one.

    Args:
        bank: the exemplars.
        known: the axes of their segments.
        pose: segments of one frame, on the bank's canvas.
        grid: where to render.
        fine: render from the cutouts at full resolution, not at the canvas's.
    """

    def __init__(self, bank: ExemplarBank, known: Axes, pose: Segments, grid: Grid, *, fine: bool = False) -> None:
        self.bank = bank
        self.pose = pose
        self.grid = grid
        self.cutouts = bank.cutouts if fine else bank.small
        self._known = known
        self._wanted = axes_of(pose)
        self._head = float(pose.head[0])
        self._step = max(1, int(min(grid.scale) / COARSE))
        self._coarse = grid.coarser(self._step)
        self._x, self._y = self._coarse.points()
        self.measured = [part for part in range(len(SEGMENTS)) if self._wanted.length[0, part] > 0 and self._head > 0]

    def parts(self, chosen: Choices) -> Image:
        """Each segment from an exemplar of its own, what is near over what is far: (h, w, 4) RGBA, premultiplied.

        Args:
            chosen: (2, S) the exemplars, and those that fill holes of the trunk; -1 for none.
        """
        body = self._blank()
        for part in np.argsort(-self.pose.depth[0], kind="stable").tolist():
            if part not in self.measured:
                continue
            start, end = self._capsule_axis(part)
            radius = SEGMENTS[part].radius * self._head
            region = self._coarse.region(np.minimum(start, end) - radius, np.maximum(start, end) + radius)
            x, y = self._x[:, region[1]], self._y[region[0]]
            if not x.size * y.size:
                continue
            within = np.clip((radius - _distance(x, y, start, end)) * np.float32(4 / radius), 0, 1)
            # What an arm hides of an exemplar's trunk is the next exemplar's.
            for k in chosen[::-1, part].tolist() if part == TRUNK else chosen[:1, part].tolist():
                if k < 0 or self._known.length[k, part] <= 0:
                    continue
                (a, b, c), (d, e, f) = self._inverse(k, part)
                sx, sy = a * x + (b * y + c), d * x + (e * y + f)
                _lay_over(self._fine(body, region), self._sample(k, sx, sy, within * self._own(k, part, sx, sy)))
        return self._trimmed(body)

    def body(self, chosen: Choices) -> Image:
        """The body and the arms, each from an exemplar that bends at the joints: (h, w, 4) RGBA, premultiplied.

        The motion of each pixel is that of the segments near it (linear blend skinning), so that nothing is torn and
        clothes and hair come along.

        Args:
            chosen: (Q, L) an exemplar for each layer, and others that show what its own arms hide of the body; -1 for
                none.
        """
        body = self._blank()
        for layer in self._layers:
            image = self._blank()
            wanted = (layer.nearest < REACH[1]).astype(np.float32)
            # Only what arms hide is filled from others: there is one arm, or none.
            for k in chosen[: None if layer.number == 0 else 1, layer.number].tolist():
                rows, columns = (np.flatnonzero((wanted > FAINT).any(axis=axis)) for axis in (1, 0))
                if k < 0 or not len(rows):
                    break
                region = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
                sx, sy, near, fits = self._bent(k, layer, region)
                there = self._fine(image, region)
                there[:] = cv2.add(there, self._sample(k, sx, sy, wanted[region] * near * fits))  # saturates
                wanted[region] *= 1 - fits
            _lay_over(body, image)
        return self._trimmed(body)

    def _bent(self, k: int, layer: _Layer, region: Region) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Exemplar k in a region of the coarse grid, four (h, w).

        The points x and y of the canvas that are shown, how near they lie to the body, and how far they show no limb
        that lies elsewhere in the pose.
        """
        nearest, order, shares, _ = layer
        sx, sy, total = (np.zeros(nearest.shape, np.float32) for _ in range(3))
        for part, (where, share) in shares.items():
            if self._known.length[k, part] <= 0:
                continue
            (a, b, c), (d, e, f) = self._inverse(k, part)
            x, y = self._x[:, where[1]], self._y[where[0]]
            sx[where] += share * (a * x + (b * y + c))
            sy[where] += share * (d * x + (e * y + f))
            total[where] += share
        sx, sy, total, order = sx[region], sy[region], total[region], order[region]
        there = total > 1e-3
        total[~there] = 1
        sx, sy = sx / total, sy / total
        low, high = ARM_REACH if layer.number else REACH
        near = np.clip((high - nearest[region]) * np.float32(1 / (high - low)), 0, 1) * there
        fits = np.zeros(sx.shape, np.float32)
        for part in np.unique(order).tolist():
            there = order == part
            rows, columns = (np.flatnonzero(there.any(axis=axis)) for axis in (1, 0))
            inner = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            fits[there] = self._own(k, part, sx[inner], sy[inner])[there[inner]]
        return sx, sy, np.asarray(near, np.float32), np.asarray(fits, np.float32)

    def _blank(self) -> Image:
        """Transparent pixels, as many as the coarse grid covers."""
        width, height = self._coarse.size
        return np.zeros((self._step * height, self._step * width, 4), np.uint8)

    def _fine(self, image: Image, region: Region) -> Image:
        """The part of an image that a region of the coarse grid covers."""
        rows, columns = (slice(self._step * each.start, self._step * each.stop) for each in region)
        return image[rows, columns]

    def _trimmed(self, image: Image) -> Image:
        width, height = self.grid.size
        return image[:height, :width]

    def _sample(self, k: int, sx: FloatArray, sy: FloatArray, share: FloatArray) -> Image:
        """Exemplar k where the canvas's points lie, times a share in [0, 1], all of them on the coarse grid."""
        cutout = self.cutouts[k]
        (fx, fy), (ox, oy) = cutout.scale.tolist(), cutout.origin.tolist()
        x, y, opacity = sx * fx - (ox + 0.5), sy * fy - (oy + 0.5), np.rint(255 * share).astype(np.uint8)
        if self._step > 1:
            size = (self._step * x.shape[1], self._step * x.shape[0])
            x, y, opacity = (cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) for each in (x, y, opacity))
        image = cv2.remap(cutout.image, x, y, cv2.INTER_LINEAR)
        return cv2.multiply(image, cv2.merge([opacity] * 4), scale=1 / 255).astype(np.uint8, copy=False)

    @property
    def part_map(self) -> Image:
        """(h, w) the segment that each pixel belongs to, on the coarse grid."""
        behind, *above = self._layers
        part_map = behind.order.copy()
        for layer in above:
            np.copyto(part_map, layer.order, where=layer.nearest < 1)
        return part_map

    @cached_property
    def _layers(self) -> list[_Layer]:
        """The layers of the body, the farthest first: arms lie before the trunk or behind it."""
        depth = self.pose.depth[0]
        behind = [bool(depth[arm].min() > depth[TRUNK]) for arm in LAYERS[1:]]
        return [
            self._layer(index)
            for index in sorted(range(len(LAYERS)), key=[0.5, *(not each for each in behind)].__getitem__)
        ]

    def _layer(self, number: int) -> _Layer:
        nearest = np.full(self._coarse.size[::-1], np.inf, np.float32)
        order = np.zeros(nearest.shape, np.uint8)
        found = []
        for part in LAYERS[number]:
            if part not in self.measured:
                continue
            start, end = self._core_axis(part)
            radius = CORE * SEGMENTS[part].radius * self._head
            reach = REACH[1] * radius + 1
            region = self._coarse.region(np.minimum(start, end) - reach, np.maximum(start, end) + reach)
            x, y = self._x[:, region[1]], self._y[region[0]]
            if not x.size * y.size:
                continue
            apart = _distance(x, y, start, end) / np.float32(radius)
            nearer = apart < nearest[region]
            nearest[region][nearer], order[region][nearer] = apart[nearer], part
            found.append((part, region, apart))
        shares = {}
        for part, region, apart in found:
            share = np.exp(np.minimum(nearest[region] - apart, 0) * np.float32(1 / BEND))
            shares[part] = region, share * ADJACENT[order[region], part]
        return _Layer(nearest, order, shares, number)

    def _capsule_axis(self, part: int) -> tuple[Numbers, Numbers]:
        segment, along = SEGMENTS[part], self._wanted.along[0, part]
        start, end = self.pose.axes[0, part]
        return start - segment.before * self._head * along, end + segment.beyond * self._head * along

    def _core_axis(self, part: int) -> tuple[Numbers, Numbers]:
        """From the joint to the fingertips, to the toes, to the crown."""
        segment = SEGMENTS[part]
        beyond = max(segment.beyond - CORE * segment.radius, 0) * self._head
        return self.pose.axes[0, part, 0], self.pose.axes[0, part, 1] + beyond * self._wanted.along[0, part]

    def _own(self, k: int, part: int, sx: FloatArray, sy: FloatArray) -> FloatArray:
        """(h, w) in [0, 1]: how far the pixels of exemplar k show this segment, or one that meets it."""
        shown = self.bank.shown(k, part)
        own = cv2.remap(shown, sx - 0.5, sy - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(own, np.float32) / 255

    def _inverse(self, k: int, part: int) -> FloatArray:
        """The (2, 3) map of the canvas's points from the pose to exemplar k, as the segment lies in both.

        It scales by the ratio of the lengths along the segment, and by that of the heads across it; what is rigid
        keeps its shape, and its end its place.
        """
        known, wanted, exemplar = self._known, self._wanted, self.bank.segments
        across = float(self._head / exemplar.head[k])
        along = float(wanted.length[0, part] / known.length[k, part])
        along = min(max(along, ELONGATION[0] * across), ELONGATION[1] * across)
        before, after = known.middle[k, part], wanted.middle[0, part]
        if SEGMENTS[part].rigid:
            along, before, after = across, exemplar.axes[k, part, 1], self.pose.axes[0, part, 1]
        (x, y), (u, v) = known.along[k, part].tolist(), wanted.along[0, part].tolist()
        linear = np.array(
            [
                [u * x / along + v * y / across, v * x / along - u * y / across],
                [u * y / along - v * x / across, v * y / along + u * x / across],
            ]
        )
        inverse: FloatArray = np.concatenate([linear, (before - linear @ after)[:, None]], axis=1).astype(np.float32)
        return inverse


def _lay_over(under: Image, image: Image) -> None:
    """Lay an image over another one, in place; both RGBA, premultiplied."""
    clear = cv2.merge([cv2.bitwise_not(image[..., 3])] * 4)
    under[:] = cv2.add(cv2.multiply(under, clear, scale=1 / 255), image)


def _distance(x: FloatArray, y: FloatArray, start: Numbers, end: Numbers) -> FloatArray:
    """(h, w) from points to the line from start to end."""
    u, v = (float(each) for each in end - start)
    dx, dy = x - np.float32(start[0]), y - np.float32(start[1])
    share = np.clip((dx * u + dy * v) / np.float32(max(u * u + v * v, 1e-6)), 0, 1)
    return np.asarray(np.hypot(dx - share * u, dy - share * v), np.float32)
