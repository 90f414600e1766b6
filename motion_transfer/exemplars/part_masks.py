"""What each exemplar shows of each segment, so that a body can be taken apart and others' parts put in its place."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.cutout import Cutout, in_place, shrink
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.legs import find_crossing, leg_areas, other_leg
from motion_transfer.exemplars.outline import covered_by_arms, shoulder_area
from motion_transfer.exemplars.part_labels import (
    ADJACENT,
    IN_TROUSERS,
    MIXED,
    THIGHS,
    UPPER_ARMS,
    PartLabels,
    label_parts,
    trunk_core,
    unattached,
    widened,
)
from motion_transfer.pose.geometry.segments import ARMS, HEAD_SEGMENT, TRUNK, Segments
from motion_transfer.types import FloatArray, Image, Mask, Size

EDGE = 0.75  # pixels over which a segment ends where a foreign one begins
BESIDE = 0.14  # heights of the head around an arm's core in which a trunk may show that arm
OUTLINE = 0.07  # the same of anything but the head
SHORTEST = 0.55  # of the way from the hips to the knees: what hangs lower between them is a skirt
SOLID = 127  # opacity of what is the person's, not the background's
MOST_BYTES, LEAST_MASKS = 100_000_000, 256  # of masks that are in memory; a few frames need some hundreds


class Clothes(NamedTuple):
    """What all exemplars together tell of a person's clothes."""

    colours: FloatArray
    """(S, N, 3) of each segment in CIELAB, from its start to its end: sleeves, arms; NaN where none is seen."""
    leg_widths: FloatArray
    """(3, P) see `legs.leg_widths`."""
    hem: float
    """How far down the thighs something hangs between them, as a share of the way from hips to knees."""

    @property
    def skirt(self) -> bool:
        """Whether thighs move as one body."""
        return self.hem > SHORTEST

    @property
    def adjacent(self) -> Mask:
        """(S, S) whether two segments may show pixels of each other; thighs may under a skirt."""
        return ADJACENT if self.skirt else IN_TROUSERS


@dataclass(frozen=True, eq=False)
class PartMasks:
    """Masks of what K exemplars show of each segment, on a canvas that may be finer than the exemplars' own.

    All of them are (H, W), 255 where it is shown, with a soft edge; `look_up` gives them at points of the own canvas.
    """

    cutouts: tuple[Cutout, ...]
    segments: Segments
    """Of the K frames, in pixels of this canvas."""
    canvas: Size
    finer: int
    """Its pixels to one of the exemplars' own."""
    clothes: Clothes

    _labels: dict[int, PartLabels] = field(default_factory=dict, init=False, repr=False)

    def labels(self, k: int) -> PartLabels:
        """The segment that each pixel shows in exemplar k, (H, W)."""
        if k not in self._labels:
            labels = label_parts(self.segments, k, self.canvas, self._image(k), self.clothes.colours)
            for part, area in self._leg_in_front(k).items():
                labels[area & np.isin(labels, other_leg(part))] = part
            self._labels[k] = labels
        return self._labels[k]

    def label_all(self) -> None:
        """Find the labels of all exemplars now, in as many threads as there are cores; else each when it is shown."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.labels, range(len(self.cutouts))))

    def look_up(self, mask: Image, x: FloatArray, y: FloatArray) -> FloatArray:
        """(h, w) in [0, 1]: what one of these masks is at points (h, w) of the exemplars' own canvas."""
        finer = np.float32(self.finer)
        there = cv2.remap(mask, finer * x - 0.5, finer * y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(there, np.float32) / 255

    def shown(self, k: int, part: int, *, surely: bool = False) -> Image:
        """Where exemplar k shows a segment, or one that meets it.

        If it is to be shown `surely`, what lies beside an arm before the trunk is left out of the trunk, and what the
        trunk's colour is mixed with out of the arm: else an outline of either remains on the other.
        """
        return self._soft(self._shown, k, part, surely)

    def covered(self, k: int, arms: tuple[int, ...]) -> Image:
        """Where these segments of arms cover the body of exemplar k, or their colour is mixed with its."""
        return self._soft(self._covered, k, arms)

    def shoulders(self, k: int) -> Image:
        """Where exemplar k shows its shoulders, which an arm that is raised does not take along."""
        return self._soft(self._shoulders, k)

    @cached_property
    def _soft(self) -> Callable[..., Image]:
        """Masks with soft edges, of which the last are kept."""

        def soft(find: Callable[..., Mask], *which: object) -> Image:
            return cv2.GaussianBlur(np.uint8(255) * find(*which), (0, 0), EDGE).astype(np.uint8, copy=False)

        return lru_cache(max(LEAST_MASKS, MOST_BYTES // (self.canvas[0] * self.canvas[1])))(soft)

    def _shown(self, k: int, part: int, surely: bool) -> Mask:
        labels, own = self.labels(k), self.clothes.adjacent[part]
        there = np.append(own, part in ARMS and not surely)[labels]
        if part in THIGHS:  # under a skirt one thigh may show the other, as far as it hangs
            there &= ~(np.isin(labels, other_leg(part)) & self._below_hem(k, part))
        there |= self._shared_by_legs(k, part)
        there &= ~unattached(there, self._image(k)[..., 3], self.segments.axes[k, own])
        if surely and part not in ARMS:
            arms = np.isin(labels, [*ARMS, MIXED])
            there &= ~self._around(arms & trunk_core(self.segments, k, self.canvas), k)
            there &= ~self._around(arms, k, OUTLINE) | (labels == HEAD_SEGMENT)
        return np.asarray(there)

    def _covered(self, k: int, arms: tuple[int, ...]) -> Mask:
        labels, person = self.labels(k), self._image(k)[..., 3] > SOLID
        behind = covered_by_arms(labels, person, self.segments.axes[k])
        body = person & ~np.isin(labels, [*ARMS, MIXED]) | behind
        return np.asarray(body & self._around(np.isin(labels, arms), k))

    def _shoulders(self, k: int) -> Mask:
        area = shoulder_area(self.segments.at(np.array([k])), Grid(self.canvas))
        return np.asarray(area & np.isin(self.labels(k), [TRUNK, MIXED, *UPPER_ARMS]))

    def _image(self, k: int) -> Image:
        """The cutout of exemplar k in its place, RGBA (H, W, 4)."""
        return in_place(shrink(self.cutouts[k], 1 / self.cutouts[k].scale), self.canvas)

    def _around(self, arms: Mask, k: int, reach: float = BESIDE) -> Mask:
        """(H, W) some of the arms of exemplar k, and what lies so near that it may show them."""
        return widened(arms, reach * float(self.segments.head[k]))

    def _leg_in_front(self, k: int) -> dict[int, Mask]:
        """(H, W) where a segment of one leg lies before the other leg in exemplar k."""
        axes, depth, head = self.segments.axes[k], self.segments.depth[k], float(self.segments.head[k])
        crossing = find_crossing(
            axes, depth, head, self.clothes.leg_widths, Grid(self.canvas), skirt=self.clothes.skirt
        )
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
        return leg_areas(self.segments.axes[k], self.clothes.leg_widths * self.segments.head[k], Grid(self.canvas))

    def _below_hem(self, k: int, thigh: int) -> Mask:
        """(H, W) what lies farther down a thigh than the hem."""
        hip, knee = self.segments.axes[k, thigh]
        x, y = Grid(self.canvas).points()
        along = (x - hip[0]) * (knee[0] - hip[0]) + (y - hip[1]) * (knee[1] - hip[1])
        return np.asarray(along > self.clothes.hem * ((knee - hip) ** 2).sum())
