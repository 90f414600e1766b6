"""The axes of segments, and how a segment moves from one pose into another: turned, and scaled along and across."""

from typing import NamedTuple

import numpy as np

from motion_transfer.pose.geometry.segments import LEGS, SEGMENTS, Segments
from motion_transfer.types import Numbers

ELONGATION = (0.4, 2.5)  # scales of a part along its axis, at least and at most, against its scale across it
SHORTEST = 0.15  # heights of the head: an axis that points at the camera has no direction of its own
ASIDE = 0.25  # sine of the angle from shin to foot from which toes point to a side
SHIN_OF = {leg[0]: leg[1] for leg in LEGS}
"""The shin that each foot is on."""


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


def map_back(known: Segments, axes: Axes, k: int, pose: Segments, wanted: Axes, part: int) -> Numbers:
    """The (2, 3) map of a segment from the pose, with the `wanted` axes, to frame k; see `Bending.inverse`."""
    across = float(pose.head[0] / known.head[k])
    along = float(wanted.length[0, part] / axes.length[k, part])
    along = min(max(along, ELONGATION[0] * across), ELONGATION[1] * across)
    before, after = axes.middle[k, part], wanted.middle[0, part]
    if SEGMENTS[part].rigid:
        along, before, after = across, known.axes[k, part, 1], pose.axes[0, part, 1]
    (x, y), (u, v) = axes.along[k, part].tolist(), wanted.along[0, part].tolist()
    if toes_mirrored(axes.along[k], wanted.along[0], part):
        across = -across
    linear = np.array(
        [
            [u * x / along + v * y / across, v * x / along - u * y / across],
            [u * y / along - v * x / across, v * y / along + u * x / across],
        ]
    )
    return np.column_stack([linear, before - linear @ after])


def toes_mirrored(one: Numbers, other: Numbers, part: int) -> bool:
    """Whether a foot points to different sides of its shin in two poses: turned that far, its sole would be on top."""
    if part not in SHIN_OF:
        return False
    shins, feet = ([along[at].tolist() for along in (one, other)] for at in (SHIN_OF[part], part))
    before, after = (u * y - v * x for (u, v), (x, y) in zip(shins, feet, strict=True))
    return bool(min(abs(before), abs(after)) > ASIDE and before * after < 0)


def angle_between(along: Numbers, parts: tuple[int, int]) -> float:
    """From the first segment's direction to the second's, in radians."""
    (ux, uy), (vx, vy) = along[list(parts)]
    return float(np.arctan2(ux * vy - uy * vx, ux * vx + uy * vy))
