"""Exemplars warped into a pose: by parts, each along its own segment, or as a body that bends at the joints."""

from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.axes import Axes
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.bending import REACH, Bending, Layer, distance_to_line
from motion_transfer.exemplars.grid import Grid, Region, extent_of
from motion_transfer.exemplars.matching import Choices
from motion_transfer.exemplars.parts.labels import LAYERS, THIGHS
from motion_transfer.exemplars.parts.legs import leg_areas
from motion_transfer.exemplars.parts.masks import HANDS
from motion_transfer.exemplars.parts.outline import shoulder_area
from motion_transfer.exemplars.pixels import close_gaps, cut_spikes, extrapolate, lay_behind, lay_over, torn_points
from motion_transfer.pose.geometry.segments import ARMS, HEAD_SEGMENT, SEGMENTS, TRUNK, Segments
from motion_transfer.types import FloatArray, Image, Mask

COARSE = 2.0  # points to a pixel of the canvas, in each direction, at which the geometry is computed
FILLED = (1.2, 1.5)  # distances from a segment, in radii of its core, at which a body ends that others fill
WITHIN = (0.4, 0.6)  # shares of what is known around a hole that are the body's, from which it is the body's too
SPREAD = 0.15  # heights of the head from which the colours come that fill a hole
GAP = 0.12  # half of the width of gaps in a shoulder that are closed
SOFT = 0.04  # width of a shoulder's soft edge, in the same
BELOW_ELBOW = [part for part in ARMS if not SEGMENTS[part].start.endswith("shoulder")]
THIN = 0.06  # half of the width, in the same, of what is cut off where it sticks out
SCRAP = 0.7  # squared heights of the head: what is smaller and by itself is no part of a body, also a hand
WITH_THIN_ENDS = [part for part, each in enumerate(SEGMENTS) if each.rigid or each.start.endswith(("wrist", "ankle"))]
STRANGE = (0.25, 0.5)  # squared distances of views, mean of an arm's, from which on it passes behind the head
TURNED = 0.35  # radians by which an arm lies otherwise than in an exemplar
FAINT = 0.02  # shares below this are not rendered


class Points(NamedTuple):
    """What a region of the coarse grid shows of an exemplar."""

    region: Region
    x: FloatArray  # (h, w) in the exemplar, in pixels of the canvas
    y: FloatArray
    near: FloatArray  # (h, w) in [0, 1], how near they lie to the body


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
        self.clothes = bank.clothes
        self.grid = grid
        self.cutouts = bank.cutouts if fine else bank.small
        self._fine_pixels = fine
        self._step = max(1, int(min(grid.scale) / COARSE))
        adjacent, hem, widths = self.clothes.adjacent, self.clothes.hem, self.clothes.leg_widths
        self.bending = Bending(bank.segments, known, pose, grid.coarser(self._step), adjacent, hem, widths)

    def parts(self, chosen: Choices) -> Image:
        """Each segment from an exemplar of its own, what is near over what is far: (h, w, 4) RGBA, premultiplied.

        Args:
            chosen: (2, S) the exemplars, and those that fill holes of the trunk; -1 for none.
        """
        body, bending = self._blank(), self.bending
        for part in np.argsort(-bending.pose.depth[0], kind="stable").tolist():
            if part not in bending.measured:
                continue
            start, end = bending.capsule_axis(part)
            radius = SEGMENTS[part].radius * bending.head
            region = bending.grid.region(np.minimum(start, end) - radius, np.maximum(start, end) + radius)
            x, y = bending.x[:, region[1]], bending.y[region[0]]
            if not x.size * y.size:
                continue
            within = np.clip((radius - distance_to_line(x, y, start, end)) * np.float32(4 / radius), 0, 1)
            # What an arm hides of an exemplar's trunk is the next exemplar's.
            for k in chosen[::-1, part].tolist() if part == TRUNK else chosen[:1, part].tolist():
                if k < 0 or bending.axes.length[k, part] <= 0:
                    continue
                (a, b, c), (d, e, f) = bending.inverse(k, part)
                sx, sy = a * x + (b * y + c), d * x + (e * y + f)
                own = self._own(k, part, sx, sy, surely=part in ARMS and k != chosen[0, TRUNK])
                lay_over(self._fine(body, region), self._sample(k, sx, sy, within * own))
        return self._trimmed(body)

    def body(self, chosen: Choices) -> Image:
        """The body and the arms, each from an exemplar that bends at the joints: (h, w, 4) RGBA, premultiplied.

        Args:
            chosen: (Q, L) an exemplar for each layer, and others that show what its own arms hide of the body; -1 for
                none.
        """
        body = self._blank()
        for layer in self.bending.layers:
            extent = extent_of(layer.nearest < REACH[1])
            if extent is None:
                continue
            image, exemplars = self._blank(), chosen[:, layer.number].tolist()
            if layer.number:
                # An outline in which its colour is mixed with the body's is right over that body only.
                k, everywhere = exemplars[0], np.ones_like(layer.nearest)
                self._draw(image, layer, k, everywhere, self._points(k, layer, extent), surely=k != chosen[0, 0])
                self._keep_face(body, image, layer, k)
            else:
                self._draw_trunk(image, layer, exemplars, extent)
            lay_over(self._fine(body, extent), self._fine(image, extent))
        self._close_shoulders(body)
        self._cut_spikes(body)
        return self._trimmed(body)

    def _keep_face(self, body: Image, arm: Image, layer: Layer, k: int) -> None:
        """Let an arm that exemplar k shows from another side pass behind the head: a wrong one shall hide no face."""
        parts = [part for part in LAYERS[layer.number] if part in self.bending.measured and part not in HANDS]
        far = np.mean([self.bending.view_distance(k, part) for part in parts]) if parts and k >= 0 else 0.0
        share = np.float32(np.clip((far - STRANGE[0]) / (STRANGE[1] - STRANGE[0]), 0, 1))
        head = self._head if share else None
        if head is None:
            return
        region, there = head
        hidden, under = self._fine(arm, region), self._fine(body, region)[..., 3]
        shown = share * cv2.resize(there, under.shape[::-1], interpolation=cv2.INTER_LINEAR) * (under / np.float32(255))
        hidden[:] = cv2.multiply(hidden, cv2.merge([1 - shown] * 4), dtype=cv2.CV_8U)

    @cached_property
    def _head(self) -> tuple[Region, FloatArray] | None:
        """Where the head is: a region of the coarse grid, and (h, w) in [0, 1] with a soft edge."""
        (trunk,) = (layer for layer in self.bending.layers if not layer.number)
        there = ((trunk.order == HEAD_SEGMENT) & (trunk.nearest < REACH[1])).astype(np.float32)
        region = extent_of(there > 0)
        return None if region is None else (region, cv2.GaussianBlur(there, (0, 0), 1)[region])

    def _draw_trunk(self, image: Image, layer: Layer, exemplars: list[int], extent: Region) -> None:
        """Trunk, head and legs of the first exemplar; what its arms cover of them is another's, or as what is around.

        Others show only what lies under the arms, not what lies beside the body: there the arms mostly cover nothing.
        """
        first, others = exemplars[0], exemplars[1:]
        points = self._points(first, layer, extent)
        wanted = self._draw(image, layer, first, np.ones_like(layer.nearest), points)
        inner = np.clip((FILLED[1] - layer.nearest) * np.float32(1 / (FILLED[1] - FILLED[0])), 0, 1)
        # Beside legs, shorts lie otherwise in others, and what is around a knee.
        wanted = np.where(self._legs | (layer.order >= TRUNK), np.minimum(wanted, inner), np.float32(0))
        for k in others:
            region = extent_of(wanted > FAINT)
            if region is not None:
                wanted = self._draw(image, layer, k, wanted, self._points(k, layer, region))
        # An arm that lies as it did will lie over what is not surely the body's.
        elsewhere = tuple(part for part in ARMS if self._lies_elsewhere(first, part))
        bared = self._covered(first, elsewhere, points, layer.nearest.shape)
        wanted = self._draw(image, layer, first, wanted * (1 - bared), points, surely=False)
        covered = self._covered(first, tuple(ARMS), points, layer.nearest.shape)
        # Where thighs cross in an exemplar there are holes in trousers; a skirt is one with the trunk.
        filled = [TRUNK] if self.clothes.skirt else [TRUNK, *THIGHS]
        self._fill(image, wanted * ((layer.nearest < 1) & np.isin(layer.order, filled)), covered)
        self._draw_front_leg(image, first)

    def _draw_front_leg(self, image: Image, k: int) -> None:
        """Draw the leg of exemplar k that lies before the other one, over the one behind."""
        layer = self.bending.front_leg
        extent = extent_of(layer.nearest < REACH[1]) if layer else None
        if layer and extent:
            front, everywhere = self._blank(), np.isfinite(layer.nearest).astype(np.float32)
            self._draw(front, layer, k, everywhere, self._points(k, layer, extent))
            lay_over(self._fine(image, extent), self._fine(front, extent))

    @cached_property
    def _legs(self) -> Mask:
        """(h, w) where legs are."""
        bending = self.bending
        areas = leg_areas(bending.pose.axes[0], self.clothes.leg_widths * bending.head, bending.grid)
        return np.asarray(np.logical_or.reduce(list(areas.values())))

    @cached_property
    def _shoulders(self) -> FloatArray:
        """(h, w) in [0, 1]: where the inner halves of the shoulders are, with a soft edge."""
        there = shoulder_area(self.bending.pose, self.bending.grid).astype(np.float32)
        edge = max(0.3, SOFT * self.bending.head * self.bending.grid.scale[0])
        return np.asarray(cv2.GaussianBlur(there, (0, 0), edge), np.float32)

    @cached_property
    def _joints(self) -> FloatArray:
        """(h, w) in [0, 1]: around the joints of the shoulders, on all sides."""
        return shoulder_area(self.bending.pose, self.bending.grid, inner=False).astype(np.float32)

    def _points(self, k: int, layer: Layer, region: Region) -> Points:
        if k < 0:
            return Points(region, *np.zeros((3, 0, 0), np.float32))
        return Points(region, *self.bending.bent(k, layer, region))

    def _draw(
        self, image: Image, layer: Layer, k: int, wanted: FloatArray, points: Points, *, surely: bool = True
    ) -> FloatArray:
        """Add exemplar k to an image where it shows no limb that lies elsewhere in the pose; what is wanted still.

        Args:
            image: RGBA, premultiplied; drawn on.
            layer: of the body.
            k: the exemplar; -1 for none.
            wanted: (h, w) in [0, 1], on the coarse grid.
            points: of the exemplar.
            surely: leave out what may be its arms', see `PartMasks.shown`.
        """
        inside = extent_of(wanted[points.region] > FAINT) if k >= 0 else None
        if inside is None:
            return wanted
        rows, columns = points.region
        region = (
            slice(rows.start + inside[0].start, rows.start + inside[0].stop),
            slice(columns.start + inside[1].start, columns.start + inside[1].stop),
        )
        sx, sy, near = (each[inside] for each in points[1:])
        fits = self._fits(k, layer.order[region], sx, sy, surely=surely)
        shoulders, masks = self._shoulders[region], self.bank.masks(k)
        if not layer.number and (at := extent_of(shoulders > FAINT)):
            fits[at] = np.maximum(fits[at], shoulders[at] * masks.look_up(masks.shoulders(), sx[at], sy[at]))
        there = self._fine(image, region)
        there[:] = cv2.add(there, self._sample(k, sx, sy, wanted[region] * near * fits))  # saturates
        left = wanted.copy()
        left[region] *= 1 - fits
        return left

    def _covered(self, k: int, arms: tuple[int, ...], points: Points, shape: tuple[int, ...]) -> FloatArray:
        """(h, w) in [0, 1]: where these of exemplar k's arms cover its body."""
        covered = np.zeros(shape, np.float32)
        if k >= 0:
            masks = self.bank.masks(k)
            covered[points.region] = points.near * masks.look_up(masks.covered(arms), points.x, points.y)
        return covered

    def _fits(self, k: int, order: Image, sx: FloatArray, sy: FloatArray, *, surely: bool) -> FloatArray:
        """(h, w) how far the points of exemplar k show no limb that lies elsewhere in the pose."""
        fits = np.zeros(sx.shape, np.float32)
        for part in np.unique(order).tolist():
            there = order == part
            inner = extent_of(there)
            assert inner is not None  # it is the order of a point
            fits[there] = self._own(k, part, sx[inner], sy[inner], surely=surely)[there[inner]]
        return fits

    def _fill(self, image: Image, holes: FloatArray, covered: FloatArray) -> None:
        """Fill what no exemplar shows of the body with the colours around it.

        Args:
            image: RGBA, premultiplied.
            holes: (h, w) in [0, 1], on the coarse grid: where that may be; it is, where most of what is around is body.
            covered: (h, w) the same where it is surely.
        """
        holes = np.maximum(holes, covered)
        spread = SPREAD * self.bending.head * self.bending.grid.scale[0]
        region = extent_of(holes > FAINT, int(2 * spread) + 1)
        if region is None:
            return
        there, share = self._fine(image, region), holes[region]
        small = cv2.resize(there, share.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
        around = np.asarray(cv2.GaussianBlur(small, (0, 0), spread), np.float32)
        known = cv2.GaussianBlur(1 - share, (0, 0), spread)
        low, high = WITHIN
        within = np.clip((around[..., 3] / np.maximum(255 * known, 1) - low) / (high - low), 0, 1)
        lay_behind(there, around, share * np.maximum(within, covered[region]))

    def _close_shoulders(self, image: Image) -> None:
        """Close narrow gaps between the trunk and an arm of another exemplar with the colours around them."""
        if not self._joints.any():
            return
        gap = GAP * self.bending.head * self.bending.grid.scale[0]
        region = extent_of(self._joints, int(2 * gap) + 1)
        assert region is not None
        close_gaps(self._fine(image, region), gap, self._joints[region])

    def _cut_spikes(self, image: Image) -> None:
        """Cut off what sticks out thinly of the person's outline, but no fingers, and scraps beside it."""
        head = self.bending.head * self.bending.grid.scale[0] if self.bending.measured else 0
        if radius := int(THIN * head):
            cut_spikes(image, radius, np.isin(self.bending.part_map, WITH_THIN_ENDS), SCRAP * head**2)

    def _blank(self) -> Image:
        """Transparent pixels, as many as the coarse grid covers."""
        width, height = self.bending.grid.size
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
            coarse, torn = (x, y), torn_points(sx, sy, self._step)
            x, y, opacity = (cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) for each in (x, y, opacity))
            for each, fine in zip(coarse, (x, y), strict=True):
                fine[torn] = extrapolate(each, torn, self._step)
        if self._fine_pixels:  # bilinear interpolation would take a third of the footage's sharpness
            image = cv2.remap(cutout.image, x, y, cv2.INTER_CUBIC)
            image = cv2.min(image, cv2.merge([image[..., 3]] * 4))  # premultiplied still
        else:
            image = cv2.remap(cutout.image, x, y, cv2.INTER_LINEAR)
        return cv2.multiply(image, cv2.merge([opacity] * 4), scale=1 / 255).astype(np.uint8, copy=False)

    def _lies_elsewhere(self, k: int, part: int) -> bool:
        """Whether a segment of an arm lies otherwise than in exemplar k."""
        return part not in self.bending.measured or self.bending.turn(k, part) > TURNED

    def _own(self, k: int, part: int, sx: FloatArray, sy: FloatArray, *, surely: bool = False) -> FloatArray:
        """(h, w) in [0, 1]: how far the pixels of exemplar k show this segment, or one that meets it."""
        if part in ARMS:  # one that lies as it did lies before the same; an upper arm lies so before any trunk
            surely = (surely and part in BELOW_ELBOW) or self._lies_elsewhere(k, part)
        masks = self.bank.masks(k)
        return masks.look_up(masks.shown(part, surely=surely), sx, sy)
