"""Legs: how wide they are, how far down clothes join them, which one lies in front, and what is seen where they cross.

Which leg a pixel belongs to where they cross cannot be seen, in trousers least of all. Cut along a line between both,
either would lack a piece as soon as they part.
"""

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts.labels import CORE, THIGHS, PartLabels
from motion_transfer.pose.geometry.segments import LEGS, SEGMENTS
from motion_transfer.types import FloatArray, Image, Mask, Numbers

KINDS = ("foot", "shin", "thigh")
"""In the order of `LEGS`."""
PLACES = np.linspace(0, 1, 9)
"""Shares of an axis at which a leg's width is measured."""
STEPS = 24  # distances from the axis at which it is asked what is there
FARTHEST = 1.5  # of them, in radii of the segment
_ANGLES = np.radians(range(75, -90, -15))
ROUND = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
"""Half of a circle: the end of a segment."""
FRACTION = 4  # bits after the point in which its outline is drawn
IN_FRONT = 0.15  # heights of the head by which a leg must be nearer to lie in front
ASTRIDE = 1.0  # heights of the head between knees that are apart
SELDOM = 25  # per cent of exemplars: in most others a bent trunk or a lifted leg may hide what is between the knees
MARGIN = 1.25  # times as wide is a leg in front, at most


def other_leg(part: int) -> list[int]:
    """The segments of the leg that one of the legs' segments is not of; none of any other segment."""
    return next((other for leg, other in zip(LEGS, LEGS[::-1], strict=True) if part in leg), [])


class Crossing(NamedTuple):
    """Where a leg lies before the other one."""

    front: list[int]
    """Its segments."""
    area: Mask
    """(H, W)"""


def find_hem(axes: Numbers, heads: Numbers, opacities: Iterable[Image]) -> float:
    """How far down the thighs something hangs between them, as a share of the way from hips to knees.

    That is seen between knees that are apart; where they never are, between any that do not touch. 1 if nothing tells.

    Args:
        axes: (K, S, 2, 2) of the segments of K exemplars, in pixels.
        heads: (K,) heights of the heads, in pixels.
        opacities: of each exemplar (H, W).
    """
    knees = axes[:, THIGHS, 1]
    apart = np.linalg.norm(knees[:, 1] - knees[:, 0], axis=1) / heads
    hems = np.array([_hem_of(each, opacity) for each, opacity in zip(axes, opacities, strict=True)])
    seen = hems[(apart > ASTRIDE) & np.isfinite(hems)] if (apart > ASTRIDE).any() else hems[hems < 1]
    return float(np.percentile(seen, SELDOM)) if len(seen) else 1.0


def _hem_of(axes: Numbers, opacity: Image) -> float:
    """The same in one exemplar; at least 1 where nothing is seen between the knees, NaN where they are not measured."""
    hips, knees = axes[THIGHS].mean(axis=0)
    if not np.isfinite([hips, knees]).all():
        return np.nan
    shares = np.arange(0.3, 1.05, 0.05)
    x, y = (hips + shares[:, None] * (knees - hips)).astype(int).clip(0, np.array(opacity.shape[::-1]) - 1).T
    free = np.flatnonzero(opacity[y, x] < 127)
    return float(shares[free[0]]) if len(free) else 1.0


def leg_widths(exemplars: Iterable[tuple[Numbers, float, PartLabels, Mask]]) -> FloatArray:
    """(3, P) how far the `KINDS` reach to either side of their axes at `PLACES`, in heights of the head.

    The median of the places beside which the background is seen; the usual width where there is none.

    Args:
        exemplars: of each the axes (S, 2, 2) of its segments, the height of its head in pixels, its labels (H, W), see
            `label_parts`, and where it shows the person (H, W).
    """
    found: list[list[Numbers]] = [[] for _ in KINDS]
    for axes, head, labels, person in exemplars:
        for leg in LEGS:
            free = ~(person & np.isin(labels, other_leg(leg[0])))
            for part, widths in zip(leg, found, strict=True):
                if np.isfinite(axes[part]).all():
                    widths.append(_widths(axes[part], head, FARTHEST * SEGMENTS[part].radius, person, free))
    usual = [CORE * SEGMENTS[part].radius for part in LEGS[0]]
    return np.stack([_median(widths, otherwise) for widths, otherwise in zip(found, usual, strict=True)])


def _median(widths: list[Numbers], otherwise: float) -> FloatArray:
    """(P,) of N times (2, P), without NaN; otherwise a given one."""
    known = [[one for each in widths for one in each[:, place] if np.isfinite(one)] for place in range(len(PLACES))]
    return np.array([np.median(each or otherwise) for each in known], np.float32)


def _widths(axis: Numbers, head: float, farthest: float, person: Mask, free: Mask) -> Numbers:
    """(2, P) to both sides of one axis; NaN where it is not the background that begins there."""
    (dx, dy), out = axis[1] - axis[0], np.linspace(0, farthest, STEPS)
    across = np.array([[-dy, dx], [dy, -dx]]) / max(float(np.hypot(dx, dy)), 1e-6)
    middle = axis[0] + PLACES[:, None] * (axis[1] - axis[0])
    points = middle[:, None] + (head * out)[:, None] * across[:, None, None]
    x, y = points.clip(0, np.array(person.shape[::-1]) - 1).astype(int).transpose(3, 0, 1, 2)
    end = (~person[y, x]).argmax(axis=2)
    before = np.arange(STEPS) <= end[..., None]
    return np.where((end > 0) & (free[y, x] | ~before).all(axis=2), out[end], np.nan)


def leg_area(axis: Numbers, widths: FloatArray, grid: Grid) -> Mask:
    """(H, W) where a segment of a leg is; nowhere if it is not measured.

    Args:
        axis: (2, 2) in pixels of the canvas.
        widths: (P,) at `PLACES`, in the same.
        grid: the points that are asked about.
    """
    there = np.zeros(grid.size[::-1], np.uint8)
    if np.isfinite(axis).all():
        start, along = axis[0], axis[1] - axis[0]
        along, length = along / max(float(np.hypot(*along)), 1e-6), float(np.hypot(*along))
        across = np.array([-along[1], along[0]])
        side = np.column_stack([length * PLACES, widths])  # along the axis and across it
        ends = [widths[-1] * ROUND + [length, 0], -widths[0] * ROUND]
        outline = np.concatenate([side, ends[0], side[::-1] * [1, -1], ends[1]]) @ np.stack([along, across])
        places = (start + outline) * grid.scale - grid.offset - 0.5
        cv2.fillPoly(there, [np.rint(places * 2**FRACTION).astype(np.int32)], [1], shift=FRACTION)
    return there > 0


def leg_areas(axes: Numbers, widths: FloatArray, grid: Grid) -> dict[int, Mask]:
    """`leg_area` of each segment of both legs.

    Args:
        axes: (S, 2, 2) in pixels of the canvas.
        widths: (3, P) of the `KINDS`, in the same.
        grid: the points that are asked about.
    """
    return {part: leg_area(axes[part], widths[kind], grid) for leg in LEGS for kind, part in enumerate(leg)}


def find_crossing(
    axes: Numbers, depth: Numbers, head: float, widths: FloatArray, grid: Grid, *, skirt: bool
) -> Crossing | None:
    """Where a leg lies before the other one.

    Args:
        axes: (S, 2, 2) of one frame's segments, in pixels of the canvas.
        depth: (S,) of them, in the same.
        head: height of the head, in the same.
        widths: (3, P) of the `KINDS`, in heights of the head.
        grid: the points that are asked about.
        skirt: thighs do not lie before each other.
    """
    right, left = (float(depth[leg[:2]].mean()) for leg in LEGS)
    if not abs(right - left) > IN_FRONT * head:
        return None
    front, back = LEGS if right < left else LEGS[::-1]
    before, behind = leg_areas(axes, MARGIN * head * widths, grid), leg_areas(axes, head * widths, grid)
    front = front[:2] if skirt else front
    area = np.logical_or.reduce([before[part] for part in front]) & np.logical_or.reduce(
        [behind[part] for part in back]
    )
    return Crossing(front, area) if area.any() else None
