"""What an exemplar shows of each segment, so that a body can be taken apart and others' parts put in its place."""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.cutout import Cutout, shrink
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts.labels import (
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
    without_threads,
)
from motion_transfer.exemplars.parts.legs import find_crossing, leg_areas, other_leg
from motion_transfer.exemplars.parts.outline import covered_by_arms, shoulder_area
from motion_transfer.pose.geometry.segments import ARMS, HEAD_SEGMENT, SEGMENTS, TRUNK, Segments
from motion_transfer.types import FloatArray, Image, Mask

EDGE = 0.75  # pixels over which a segment ends where a foreign one begins
BESIDE = 0.14  # heights of the head around an arm's core in which a trunk may show that arm
OUTLINE = 0.07  # the same of anything but the head
RIM = 0.03  # the same of an arm's edge beside the body that is in its shade
THINNEST = 0.06  # the same to either side of what a shoulder shows
SHORTEST = 0.55  # of the way from the hips to the knees: what hangs lower between them is a skirt
SOLID = 127  # opacity of what is the person's, not the background's


HANDS = [part for part in ARMS if SEGMENTS[part].start.endswith("wrist")]


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


class PartMasks:
    """Masks of what one exemplar shows of each segment.

    They lie on the cutout's own pixels, or on coarser ones. All are (h, w), 255 where it is shown, with a soft edge;
    `look_up` gives them at points of the canvas.

    Args:
        cutout: of the exemplar.
        segments: of this single frame, in pixels of the canvas.
        finer: about how many pixels of the masks there are to one of the canvas, in each direction.
        clothes: of the person.
    """

    def __init__(self, cutout: Cutout, segments: Segments, finer: float, clothes: Clothes) -> None:
        self._cutout = shrink(cutout, finer / cutout.scale)
        scale, origin = self._cutout.scale, self._cutout.origin
        axes, head, views, depth = segments
        self._segments = Segments(scale * axes - origin, scale.mean() * head, views, scale.mean() * depth)
        self._axes, self._head = self._segments.axes[0], float(self._segments.head[0])
        height, width = self._cutout.image.shape[:2]
        self._size, self._clothes = (width, height), clothes
        self._found: dict[tuple[object, ...], Image] = {}

    @cached_property
    def labels(self) -> PartLabels:
        """(h, w) the segment that each pixel shows."""
        labels = label_parts(self._segments, 0, self._size, self._cutout.image, self._clothes.colours)
        for part, area in self._leg_in_front().items():
            labels[area & np.isin(labels, other_leg(part))] = part
        return labels

    def look_up(self, mask: Image, x: FloatArray, y: FloatArray) -> FloatArray:
        """(h, w) in [0, 1]: what one of these masks is at points (h, w) of the canvas."""
        (sx, sy), (left, top) = self._cutout.scale.astype(np.float32), self._cutout.origin.astype(np.float32)
        places = sx * x - (left + np.float32(0.5)), sy * y - (top + np.float32(0.5))
        there = cv2.remap(mask, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(there, np.float32) / 255

    def shown(self, part: int, *, surely: bool = False) -> Image:
        """Where a segment is shown, or one that meets it.

        If it is to be shown `surely`, what lies beside an arm before the trunk is left out of the trunk, and what the
        trunk's colour or shade is mixed with out of the arm: else an outline of either remains on the other.
        """
        return self._soft(self._shown, part, surely)

    def covered(self, arms: tuple[int, ...]) -> Image:
        """Where these segments of arms cover the body, or their colour is mixed with its."""
        return self._soft(self._covered, arms)

    def shoulders(self) -> Image:
        """Where the shoulders are, which an arm that is raised does not take along."""
        return self._soft(self._shoulders)

    def _soft(self, find: Callable[..., Mask], *which: object) -> Image:
        """A mask with a soft edge, found once."""
        key = find.__name__, *which
        if key not in self._found:
            there = np.uint8(255) * find(*which)
            self._found[key] = cv2.GaussianBlur(there, (0, 0), EDGE).astype(np.uint8, copy=False)
        return self._found[key]

    def _shown(self, part: int, surely: bool) -> Mask:
        labels, own = self.labels, self._clothes.adjacent[part]
        there = np.append(own, part in ARMS and not surely)[labels]
        if part in THIGHS:  # under a skirt one thigh may show the other, as far as it hangs
            there &= ~(np.isin(labels, other_leg(part)) & self._below_hem(part))
        there |= self._shared_by_legs(part)
        there &= ~unattached(there, self._opacity, self._axes[own])
        if not surely:
            return np.asarray(there)
        return np.asarray(there & ~(self._rim_of_arms if part in ARMS else self._beside_arms))

    @cached_property
    def _rim_of_arms(self) -> Mask:
        """(h, w) what of the arms lies next to the body, whose shade or colour it has."""
        body = ~np.isin(self.labels, ARMS) & (self._opacity > SOLID)
        return widened(body, RIM * self._head) & ~np.isin(self.labels, HANDS)  # fingers are as thin

    @cached_property
    def _beside_arms(self) -> Mask:
        """(h, w) the arms, and what lies so near that it may show them."""
        arms = np.isin(self.labels, [*ARMS, MIXED])
        before = widened(arms & trunk_core(self._segments, 0, self._size), BESIDE * self._head)
        return np.asarray(before | widened(arms, OUTLINE * self._head) & (self.labels != HEAD_SEGMENT))

    def _covered(self, arms: tuple[int, ...]) -> Mask:
        return np.asarray(self._body & widened(np.isin(self.labels, arms), BESIDE * self._head))

    @cached_property
    def _body(self) -> Mask:
        """(h, w) the body without the arms, and with what they cover of it."""
        person = self._opacity > SOLID
        return person & ~np.isin(self.labels, [*ARMS, MIXED]) | covered_by_arms(self.labels, person, self._axes)

    def _shoulders(self) -> Mask:
        area = shoulder_area(self._segments, Grid(self._size))
        shown = area & np.isin(self.labels, [TRUNK, MIXED, *UPPER_ARMS])
        return without_threads(shown, int(THINNEST * self._head))  # such as the outline of a forearm before it

    @property
    def _opacity(self) -> Image:
        return self._cutout.image[..., 3]

    def _leg_in_front(self) -> dict[int, Mask]:
        """(h, w) where a segment of one leg lies before the other leg."""
        depth, skirt = self._segments.depth[0], self._clothes.skirt
        crossing = find_crossing(self._axes, depth, self._head, self._clothes.leg_widths, Grid(self._size), skirt=skirt)
        return {} if crossing is None else {part: crossing.area & self._leg_areas[part] for part in crossing.front}

    def _shared_by_legs(self, part: int) -> Mask:
        """(h, w) where the other leg lies before a segment of a leg or behind it."""
        others = other_leg(part)
        if not others:
            return np.zeros(self.labels.shape, bool)
        both = self._leg_areas[part] & np.logical_or.reduce([self._leg_areas[other] for other in others])
        return np.asarray(both & np.isin(self.labels, others))

    @cached_property
    def _leg_areas(self) -> dict[int, Mask]:
        return leg_areas(self._axes, self._clothes.leg_widths * self._head, Grid(self._size))

    def _below_hem(self, thigh: int) -> Mask:
        """(h, w) what lies farther down a thigh than the hem."""
        hip, knee = self._axes[thigh]
        x, y = Grid(self._size).points()
        along = (x - hip[0]) * (knee[0] - hip[0]) + (y - hip[1]) * (knee[1] - hip[1])
        return np.asarray(along > self._clothes.hem * ((knee - hip) ** 2).sum())
