"""The exemplar bank: frames of a person's footage, cut out at the footage's own resolution.

The frame with the nearest pose, unchanged, is of little use to a generator, since its limbs lie elsewhere; warped
along the limbs, it is. See `candidates`.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.exemplars.cutout import Cutout, shrink
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.legs import find_crossing, find_hem, leg_areas, leg_widths, other_leg
from motion_transfer.exemplars.outline import covered_by_arms, shoulder_area
from motion_transfer.exemplars.part_labels import (
    ADJACENT,
    IN_TROUSERS,
    MIXED,
    THIGHS,
    UPPER_ARMS,
    PartLabels,
    lab,
    label_parts,
    trunk_core,
    unattached,
    widened,
)
from motion_transfer.footage.shadow import no_shadow
from motion_transfer.pose.geometry.segments import ARMS, HEAD_SEGMENT, SEGMENTS, TRUNK, Segments
from motion_transfer.types import FloatArray, Image, Mask, Numbers, Size

Indices = npt.NDArray[np.int64]

EDGE = 0.75  # pixels of the canvas over which a segment ends where a foreign one begins
BESIDE = 0.14  # heights of the head around an arm's core in which a trunk may show that arm
OUTLINE = 0.07  # the same of anything but the head
SHORTEST = 0.55  # of the way from the hips to the knees: what hangs lower between them is a skirt
STEPS = 16  # points of an axis at which it is asked whether the person is seen
COLOURS = 4  # of a segment, along its axis
SEEN = 100  # opacity with which they are, there or a pixel beside: a foot's axis may lie on its border
SOLID = 127  # opacity of what is the person's, not the background's


@dataclass(frozen=True, eq=False)
class ExemplarBank:
    """K cutouts of a person, and where the body's segments lie in them."""

    cutouts: tuple[Cutout, ...]
    segments: Segments
    """Of the K frames, in pixels of the canvas."""
    instants: Indices
    """(K,) which frames of the footage they are."""
    canvas: Size
    """(width, height) on which the segments are measured."""
    shadow: Image = field(default_factory=no_shadow)
    """That the person casts on the floor, see `join_shades`."""

    _labels: dict[int, PartLabels] = field(default_factory=dict, init=False, repr=False)
    _shown: dict[tuple[int, int, bool], Image] = field(default_factory=dict, init=False, repr=False)
    _shoulders: dict[int, Image] = field(default_factory=dict, init=False, repr=False)
    _bodies: dict[int, Mask] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.cutouts)

    @property
    def orientations(self) -> Numbers:
        """(N,) degrees, see `body_orientation`: which way the body faces in those exemplars that tell."""
        cosine, sine = self.segments.views[:, TRUNK, 2:4].T
        return np.asarray(np.degrees(np.arctan2(sine, cosine))[np.isfinite(cosine)])

    @cached_property
    def small(self) -> tuple[Cutout, ...]:
        """The cutouts at about the canvas's resolution."""
        return tuple(shrink(cutout, 1 / cutout.scale) for cutout in self.cutouts)

    @cached_property
    def hem(self) -> float:
        """How far down the thighs something hangs between them, as a share of the way from hips to knees."""
        opacities = (self._on_canvas(k)[..., 3] for k in range(len(self)))
        return find_hem(self.segments.axes, self.segments.head, opacities)

    @property
    def skirt(self) -> bool:
        """Whether thighs move as one body."""
        return self.hem > SHORTEST

    @cached_property
    def adjacent(self) -> Mask:
        """(S, S) whether two segments may show pixels of each other; thighs may under a skirt."""
        return ADJACENT if self.skirt else IN_TROUSERS

    @cached_property
    def colours(self) -> FloatArray:
        """(S, COLOURS, 3) of each segment in CIELAB, from its start to its end: sleeves, arms; NaN where none is seen.

        Of what lies on the axes in all exemplars, the colour next to the median: between two there may be none.
        """
        found = [[[np.empty((0, 3), np.float32)] for _ in range(COLOURS)] for _ in SEGMENTS]
        for k in range(len(self)):
            image, (x, y, inside) = self._on_canvas(k), self._along(self.segments.axes[k])
            seen = inside & (image[y, x, 3] > SEEN) & np.isfinite(self.segments.views[k]).all(axis=1)
            colours = lab(image)[y, x]
            for at, steps in enumerate(np.split(np.arange(STEPS), COLOURS)):
                for part in range(len(SEGMENTS)):
                    found[part][at].append(colours[steps, part][seen[steps, part]])
        return np.stack([[_usual(np.concatenate(each)) for each in part] for part in found])

    @cached_property
    def leg_widths(self) -> FloatArray:
        """(3, P) see `legs.leg_widths`."""
        segments = self.segments
        return leg_widths(
            (axes, float(head), label_parts(segments, k, self.canvas), self._on_canvas(k)[..., 3] > SOLID)
            for k, (axes, head) in enumerate(zip(segments.axes, segments.head, strict=True))
        )

    def labels(self, k: int) -> PartLabels:
        """The segment that each pixel of the canvas shows in exemplar k, (H, W)."""
        if k not in self._labels:
            labels = label_parts(self.segments, k, self.canvas, self._on_canvas(k), self.colours)
            for part, area in self._leg_in_front(k).items():
                labels[area & np.isin(labels, other_leg(part))] = part
            self._labels[k] = labels
        return self._labels[k]

    def label_all(self) -> None:
        """Find the labels of all exemplars now, in as many threads as there are cores; else each when it is shown."""
        self.colours, self.leg_widths  # noqa: B018  found once, and not in every thread
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.labels, range(len(self))))

    def covered(self, k: int, arms: tuple[int, ...]) -> Image:
        """Where these segments of arms cover the body of exemplar k, or their colour is mixed with its: as `shown`."""
        labels = self.labels(k)
        if k not in self._bodies:
            person = self._on_canvas(k)[..., 3] > SOLID
            behind = covered_by_arms(labels, person, self.segments.axes[k])
            self._bodies[k] = person & ~np.isin(labels, [*ARMS, MIXED]) | behind
        there = np.uint8(255) * (self._bodies[k] & self._around(np.isin(labels, arms), k))
        return cv2.GaussianBlur(there, (0, 0), EDGE).astype(np.uint8, copy=False)

    def shoulders(self, k: int) -> Image:
        """Where exemplar k shows its shoulders, which an arm that is raised does not take along: as `shown`."""
        if k not in self._shoulders:
            area = shoulder_area(self.segments.at(np.array([k])), Grid(self.canvas))
            there = np.uint8(255) * (area & np.isin(self.labels(k), [TRUNK, MIXED, *UPPER_ARMS]))
            self._shoulders[k] = cv2.GaussianBlur(there, (0, 0), EDGE).astype(np.uint8, copy=False)
        return self._shoulders[k]

    def shown(self, k: int, part: int, *, surely: bool = False) -> Image:
        """Where exemplar k shows a segment, or one that meets it: (H, W), 255 there, with a soft edge.

        If it is to be shown `surely`, what lies beside an arm before the trunk is left out of the trunk, and what the
        trunk's colour is mixed with out of the arm: else an outline of either remains on the other.
        """
        if (k, part, surely) not in self._shown:
            labels, own = self.labels(k), self.adjacent[part]
            there = np.uint8(255) * np.append(own, part in ARMS and not surely)[labels]
            if part in THIGHS:  # under a skirt one thigh may show the other, as far as it hangs
                there[np.isin(labels, other_leg(part)) & self._below_hem(k, part)] = 0
            there[self._shared_by_legs(k, part)] = 255
            there[unattached(there, self._on_canvas(k)[..., 3], self.segments.axes[k, own])] = 0
            if surely and part not in ARMS:
                arms = np.isin(labels, [*ARMS, MIXED])
                there[self._around(arms & trunk_core(self.segments, k, self.canvas), k)] = 0
                there[self._around(arms, k, OUTLINE) & (labels != HEAD_SEGMENT)] = 0
            self._shown[k, part, surely] = cv2.GaussianBlur(there, (0, 0), EDGE).astype(np.uint8, copy=False)
        return self._shown[k, part, surely]

    def _around(self, arms: Mask, k: int, reach: float = BESIDE) -> Mask:
        """(H, W) some of the arms of exemplar k, and what lies so near that it may show them."""
        return widened(arms, reach * float(self.segments.head[k]))

    def seen_on(self, k: int, axes: Numbers) -> Numbers:
        """(N,) the share of each axis, (N, 2, 2), on which exemplar k is seen; 0 of those that are not measured."""
        x, y, inside = self._along(axes)
        seen = cv2.dilate(self._on_canvas(k)[..., 3], np.ones((3, 3))) > SEEN
        return np.asarray((inside & seen[y, x]).mean(axis=0))

    def _along(self, axes: Numbers) -> tuple[Indices, Indices, Mask]:
        """(STEPS, N) columns and rows of the pixels on axes, (N, 2, 2), and whether they are on the canvas."""
        points = axes[:, 0] + np.linspace(0, 1, STEPS)[:, None, None] * (axes[:, 1] - axes[:, 0])
        inside = (points >= 0).all(axis=2) & (points < self.canvas).all(axis=2)
        x, y = np.where(inside[..., None], points, 0).astype(int).transpose(2, 0, 1)
        return x, y, inside

    def _leg_in_front(self, k: int) -> dict[int, Mask]:
        """(H, W) where a segment of one leg lies before the other leg in exemplar k."""
        axes, depth, head = self.segments.axes[k], self.segments.depth[k], float(self.segments.head[k])
        crossing = find_crossing(axes, depth, head, self.leg_widths, Grid(self.canvas), skirt=self.skirt)
        return {} if crossing is None else {part: crossing.area & self._leg_areas(k)[part] for part in crossing.front}

    def _shared_by_legs(self, k: int, part: int) -> Mask:
        """(H, W) where exemplar k shows the other leg, before a segment of a leg or behind it."""
        labels, others = self.labels(k), other_leg(part)
        if not others:
            return np.zeros(labels.shape, bool)
        areas = self._leg_areas(k)
        both = np.logical_or.reduce([areas[part] & areas[other] for other in others])
        return np.asarray(both & np.isin(labels, others))

    def _leg_areas(self, k: int) -> dict[int, Mask]:
        return leg_areas(self.segments.axes[k], self.leg_widths * self.segments.head[k], Grid(self.canvas))

    def _below_hem(self, k: int, thigh: int) -> Mask:
        """(H, W) what lies farther down a thigh than the hem."""
        hip, knee = self.segments.axes[k, thigh]
        x, y = Grid(self.canvas).points()
        along = (x - hip[0]) * (knee[0] - hip[0]) + (y - hip[1]) * (knee[1] - hip[1])
        return np.asarray(along > self.hem * ((knee - hip) ** 2).sum())

    def _on_canvas(self, k: int) -> Image:
        """The cutout of exemplar k in its place, RGBA (H, W, 4)."""
        cutout = self.small[k]
        (fx, fy), (ox, oy) = cutout.scale.tolist(), cutout.origin.tolist()
        matrix = np.array([[1 / fx, 0, (0.5 + ox) / fx - 0.5], [0, 1 / fy, (0.5 + oy) / fy - 0.5]])
        return cv2.warpAffine(cutout.image, matrix, self.canvas).astype(np.uint8, copy=False)


def _usual(colours: FloatArray) -> FloatArray:
    """(3,) of (N, 3) colours the one next to their median; NaN of none."""
    if not len(colours):
        return np.full(3, np.nan, np.float32)
    off = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    return np.asarray(colours[off.argmin()])
