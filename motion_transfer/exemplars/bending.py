"""How a body moves from one pose into another: each part along its own segment, bending at the joints."""

from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.axes import SHIN_OF, Axes, angle_between, axes_of, map_back, toes_mirrored
from motion_transfer.exemplars.grid import Grid, Region, cut, overlap, relative
from motion_transfer.exemplars.matching import FARTHEST
from motion_transfer.exemplars.parts.labels import ADJACENT, CORE, LAYERS, THIGHS
from motion_transfer.exemplars.parts.legs import Crossing, find_crossing
from motion_transfer.pose.geometry.segments import FOLDS, LEGS, SEGMENTS, TRUNK, Segments
from motion_transfer.types import FloatArray, Image, Mask, Numbers

REACH = (1.8, 2.3)  # distances from the nearest segment, in radii of its core, at which a body ends softly: skirts
ARM_REACH = (1.15, 1.6)  # the same of arms, beside which an exemplar's trunk is seen: sleeves
KNEE = 1.6  # times as far lies what is beyond a knee or an ankle: a bent one shows no leg that goes on straight
BEND = 0.25  # the distance, in the same, over which the motion of one segment goes over into that of the next
HEM = 0.5  # and of trunk and thighs into each other's: hips, a skirt
HEM_FADE = 0.1  # of the way to the knee over which that ends above the hem
ROUNDEST = 4.0  # times as far from a bent joint that points are moved at most
BENT = (0.8, 0.6)  # radians by which a joint is bent further than in an exemplar until that begins to count, and fully
CREASE = 0.2  # radii over which one motion goes over into the other inside a sharp bend
KNEES = {part: pair for pair in FOLDS if pair[0] in THIGHS for part in pair}
"""Thigh and shin of the knee at which each of them ends."""
_BENDS = np.full((len(SEGMENTS), len(SEGMENTS)), BEND, np.float32)
_BENDS[np.ix_(THIGHS, THIGHS)] = HEM
_BENDS[np.ix_([TRUNK], THIGHS)] = _BENDS[np.ix_(THIGHS, [TRUNK])] = HEM


class Layer(NamedTuple):
    """Segments that bend together, on a grid."""

    nearest: FloatArray  # (h, w) distance from the nearest segment, in radii of its core
    order: Image  # (h, w) which one that is
    shares: dict[int, tuple[Region, FloatArray]]  # where and how much each segment moves the pixels
    number: int  # which of `LAYERS`


class Bending:
    """The map from the pose of one frame back to others, on one grid (linear blend skinning).

    The motion of each pixel is that of the segments near it, so that nothing is torn and clothes and hair come along.

    Args:
        known: segments of K frames.
        axes: of these segments.
        pose: segments of one frame, on the same canvas.
        grid: the points that are mapped.
        adjacent: (S, S) whether two segments move as one body where they meet.
        hem: how far down the thighs they do, as a share of the way to the knees.
        leg_widths: see `legs.leg_widths`; without them no leg lies before the other.
    """

    def __init__(
        self,
        known: Segments,
        axes: Axes,
        pose: Segments,
        grid: Grid,
        adjacent: Mask = ADJACENT,
        hem: float = 1.0,
        leg_widths: FloatArray | None = None,
    ) -> None:
        self.known, self.axes, self.adjacent, self.hem = known, axes, adjacent, hem
        self.pose = pose
        self.grid = grid
        self.x, self.y = grid.points()
        self.head = float(pose.head[0])
        self._wanted = axes_of(pose)
        self.crossing: Crossing | None = None
        if leg_widths is not None and self.head > 0:
            self.crossing = find_crossing(
                pose.axes[0], pose.depth[0], self.head, leg_widths, grid, skirt=bool(adjacent[tuple(THIGHS)])
            )
        self._inverses: dict[tuple[int, int], FloatArray] = {}
        self.measured = [part for part in range(len(SEGMENTS)) if self._wanted.length[0, part] > 0 and self.head > 0]

    def bent(self, k: int, layer: Layer, region: Region) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The points x and y of frame k that a layer shows in a region, and how near they lie to the body: (h, w)."""
        size = region[0].stop - region[0].start, region[1].stop - region[1].start
        sx, sy, total = (np.zeros(size, np.float32) for _ in range(3))
        mirrored = [foot for foot in SHIN_OF if foot in layer.shares and self._toes_mirrored(k, foot)]
        for part in layer.shares:
            if self.axes.length[k, part] > 0 and (inside := overlap(region, layer.shares[part][0])):
                share, at = cut(*layer.shares[part], inside), relative(inside, region)
                for foot in mirrored:  # between a place and its mirror image nothing can be blended
                    if part in (foot, SHIN_OF[foot]):
                        share = share * ((layer.order[inside] == foot) == (part == foot))
                (a, b, c), (d, e, f) = self.inverse(k, part)
                x, y = self.x[:, inside[1]], self.y[inside[0]]
                sx[at] += share * (a * x + (b * y + c))
                sy[at] += share * (d * x + (e * y + f))
                total[at] += share
        there = total > 1e-3
        total[~there] = 1
        sx, sy = sx / total, sy / total
        for joint in FOLDS:
            if all(part in layer.shares and self.axes.length[k, part] > 0 for part in joint):
                self._round_joint(k, layer, joint, region, (sx, sy, total))
        low, high = ARM_REACH if layer.number else REACH
        near = np.clip((high - layer.nearest[region]) * np.float32(1 / (high - low)), 0, 1) * there
        return sx, sy, np.asarray(near, np.float32)

    def _round_joint(
        self, k: int, layer: Layer, parts: tuple[int, int], region: Region, points: tuple[FloatArray, ...]
    ) -> None:
        """Round a bent elbow or knee, in place, in the points x and y of frame k and the sums of shares in a region.

        What lies beyond the end of one segment is the other's; beyond both it goes over from one's motion into the
        other's by its direction, and between both there is a crease. Each point stays as far from the joint as its
        segments have it: a mean of two rotations would draw it nearer.
        """
        bends = [angle_between(each, parts) for each in (self._wanted.along[0], self.axes.along[k])]
        sharp = float(np.clip((abs((bends[0] - bends[1] + np.pi) % (2 * np.pi) - np.pi) - BENT[0]) / BENT[1], 0, 1))
        inside = overlap(region, *(layer.shares[part][0] for part in parts))
        if not sharp or not inside:
            return
        sx, sy, total = (each[relative(inside, region)] for each in points)
        joint, target = self.pose.axes[0, parts[1], 0], self.known.axes[k, parts[1], 0]
        x, y = self.x[:, inside[1]], self.y[inside[0]]
        rx, ry = x - np.float32(joint[0]), y - np.float32(joint[1])
        (u, v), (p, q) = self._wanted.along[0, parts].astype(np.float32)
        past = [np.maximum(u * rx + v * ry, 0), np.maximum(-p * rx - q * ry, 0)]
        # On the inside each side of the crease is one's: a line from the joint, midway between both.
        aside = ((p - u) * ry - (q - v) * rx) / np.float32(max(np.hypot(p - u, q - v), 1e-6))
        width = np.float32(CREASE * SEGMENTS[parts[1]].radius * self.head)
        lower = np.clip(0.5 + np.sign((p - u) * q - (q - v) * p) * aside / width, 0, 1)
        beyond = past[0] + past[1]
        own = [cut(*layer.shares[part], inside) for part in parts]
        shares = [
            np.where(beyond > 0, sharp * other + (1 - sharp) * beyond * share, sharp * side + (1 - sharp) * share)
            for share, other, side in zip(own, past[::-1], (1 - lower, lower), strict=True)
        ]
        both = np.maximum(shares[0] + shares[1], 1e-6)
        dx, dy, distance = (np.zeros(both.shape, np.float32) for _ in range(3))
        for part, share in zip(parts, shares, strict=True):
            (a, b, c), (d, e, f) = self.inverse(k, part)
            px, py = a * x + (b * y + (c - target[0])), d * x + (e * y + (f - target[1]))
            dx, dy, distance = dx + share * px, dy + share * py, distance + share * np.hypot(px, py)
        distance /= both
        longer = np.minimum(distance / np.maximum(np.hypot(dx, dy), 1e-6), ROUNDEST / both)
        dx, dy = longer * dx, longer * dy
        # Around the outside of the joint by the angle: where both motions are opposite, their mean has no direction.
        outside = np.minimum(*past) > 0
        (u, v), out = self.axes.along[k, parts[0]], -np.sign(bends[0])
        angle = np.arctan2(v, u) + out * np.pi / 2 + bends[1] * past[0][outside] / beyond[outside]
        for each, direction in ((dx, np.cos(angle)), (dy, np.sin(angle))):
            each[outside] += sharp * (distance[outside] * direction - each[outside])
        near = own[0] + own[1] > 0.5 * total  # not the hand's, the foot's or the trunk's
        np.copyto(sx, target[0] + dx, where=near)
        np.copyto(sy, target[1] + dy, where=near)

    def motion(self, still: FloatArray) -> FloatArray:
        """(2, h, w) how far from each point of the grid what it shows lay in the first of the known frames, in x and y.

        Args:
            still: the (2, 3) map from the canvas's points to that frame's, for what is not the body.
        """
        everything = slice(0, len(self.y)), slice(0, self.x.shape[1])
        x, y = np.broadcast_arrays(self.x, self.y)
        sx, sy = (a * x + b * y + c for a, b, c in still.tolist())
        for layer in self.layers:
            bx, by, near = self.bent(0, layer, everything)
            sx, sy = sx + near * (bx - sx), sy + near * (by - sy)
        return np.asarray(np.stack([sx - x, sy - y]), np.float32)

    def _toes_mirrored(self, k: int, foot: int) -> bool:
        return toes_mirrored(self.axes.along[k], self._wanted.along[0], foot)

    def turn(self, k: int, part: int) -> float:
        """By how much a segment is turned from frame k to the pose in the image, in radians."""
        cosine = float(self._wanted.along[0, part] @ self.axes.along[k, part])
        return float(np.arccos(min(max(cosine, -1.0), 1.0)))

    def view_distance(self, k: int, part: int) -> float:
        """Squared distance of a segment's view in frame k from the pose's, see `matching.view_distances`."""
        apart = float(((self.pose.views[0, part] - self.known.views[k, part]) ** 2).sum())
        return FARTHEST if np.isnan(apart) else min(apart, FARTHEST)  # NaN where it is not measured

    @property
    def part_map(self) -> Image:
        """(h, w) the segment that each pixel belongs to, on the grid."""
        behind, *above = self.layers
        part_map = behind.order.copy()
        for layer in above:
            np.copyto(part_map, layer.order, where=layer.nearest < 1)
        return part_map

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers of the body, the farthest first: arms lie before the trunk or behind it."""
        depth = self.pose.depth[0]
        behind = [bool(depth[arm].min() > depth[TRUNK]) for arm in LAYERS[1:]]
        return [
            self._layer(index, LAYERS[index])
            for index in sorted(range(len(LAYERS)), key=[0.5, *(not each for each in behind)].__getitem__)
        ]

    @cached_property
    def front_leg(self) -> Layer | None:
        """The leg that lies before the other one, as far as it does."""
        if self.crossing is None:
            return None
        leg = next(leg for leg in LEGS if self.crossing.front[0] in leg)
        layer = self._layer(0, [*leg, TRUNK])
        around = cv2.dilate(self.crossing.area.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        there = around & np.isin(layer.order, self.crossing.front)
        return layer._replace(nearest=np.where(there, layer.nearest, np.float32(np.inf)))

    def _layer(self, number: int, parts: list[int]) -> Layer:
        """Some segments of a layer; where legs cross the one behind, if both are among them."""
        nearest = np.full(self.grid.size[::-1], np.inf, np.float32)
        order = np.zeros(nearest.shape, np.uint8)
        hidden = self.crossing if parts is LAYERS[0] else None
        found = []
        for part in parts:
            if part not in self.measured:
                continue
            start, end = self._core_axis(part)
            radius = CORE * SEGMENTS[part].radius * self.head
            reach = REACH[1] * radius + 1
            region = self.grid.region(np.minimum(start, end) - reach, np.maximum(start, end) + reach)
            x, y = self.x[:, region[1]], self.y[region[0]]
            if not x.size * y.size:
                continue
            apart = distance_to_line(x, y, start, end) / np.float32(radius)
            if part in KNEES:
                apart[self._not_its_own(part, x, y)] *= np.float32(KNEE)
            if hidden and part in hidden.front:
                apart[hidden.area[region]] = np.inf
            nearer = apart < nearest[region]
            nearest[region][nearer], order[region][nearer] = apart[nearer], part
            found.append((part, region, apart))
        shares = {}
        for part, region, apart in found:
            share = np.exp(np.minimum(nearest[region] - apart, 0) / _BENDS[order[region], part])
            share *= self.adjacent[order[region], part]
            if part in THIGHS:
                self._part_below_hem(share, region, order[region] == THIGHS[part == THIGHS[0]], part)
            shares[part] = region, share
        return Layer(nearest, order, shares, number)

    def _not_its_own(self, part: int, x: FloatArray, y: FloatArray) -> Mask:
        """(h, w) which points near a thigh or a shin are rather the other's beyond the knee, or the foot's."""
        thigh, shin = KNEES[part]
        knee, ankle = self.pose.axes[0, shin].astype(np.float32)
        of_thigh, of_shin = self._wanted.along[0, [thigh, shin]].astype(np.float32)

        def beyond(joint: FloatArray, along: FloatArray) -> Mask:
            return np.asarray((x - joint[0]) * along[0] + (y - joint[1]) * along[1] > 0)

        if part == thigh:
            return beyond(knee, of_thigh) & beyond(knee, of_shin)
        return ~(beyond(knee, of_thigh) | beyond(knee, of_shin)) | beyond(ankle, of_shin)

    def _part_below_hem(self, share: FloatArray, region: Region, other: Mask, part: int) -> None:
        """Take from a thigh, in place, its share of the other one where no skirt moves with both."""
        (start, end), rows, columns = self.pose.axes[0, part], *np.nonzero(other)
        x, y = self.x[0, region[1]][columns], self.y[region[0], 0][rows]
        along = ((x - start[0]) * (end[0] - start[0]) + (y - start[1]) * (end[1] - start[1])) / max(
            float(((end - start) ** 2).sum()), 1e-6
        )
        share[other] *= np.clip((self.hem - along) / HEM_FADE, 0, 1)

    def capsule_axis(self, part: int) -> tuple[Numbers, Numbers]:
        """The axis of a segment as far as it reaches beyond its joints, with loose clothes."""
        segment, along = SEGMENTS[part], self._wanted.along[0, part]
        start, end = self.pose.axes[0, part]
        return start - segment.before * self.head * along, end + segment.beyond * self.head * along

    def _core_axis(self, part: int) -> tuple[Numbers, Numbers]:
        """From the joint to the fingertips, to the toes, to the crown."""
        segment = SEGMENTS[part]
        beyond = max(segment.beyond - CORE * segment.radius, 0) * self.head
        return self.pose.axes[0, part, 0], self.pose.axes[0, part, 1] + beyond * self._wanted.along[0, part]

    def inverse(self, k: int, part: int) -> FloatArray:
        """The (2, 3) map of the canvas's points from the pose to frame k, as the segment lies in both.

        It scales by the ratio of the lengths along the segment, and by that of the heads across it; what is rigid
        keeps its shape, and its end its place.
        """
        if (k, part) not in self._inverses:
            self._inverses[k, part] = self._inverse(k, part)
        return self._inverses[k, part]

    def _inverse(self, k: int, part: int) -> FloatArray:
        return map_back(self.known, self.axes, k, self.pose, self._wanted, part).astype(np.float32)


def distance_to_line(x: FloatArray, y: FloatArray, start: Numbers, end: Numbers) -> FloatArray:
    """(h, w) from points to the line from start to end."""
    u, v = (float(each) for each in end - start)
    dx, dy = x - np.float32(start[0]), y - np.float32(start[1])
    share = np.clip((dx * u + dy * v) / np.float32(max(u * u + v * v, 1e-6)), 0, 1)
    return np.asarray(np.hypot(dx - share * u, dy - share * v), np.float32)
