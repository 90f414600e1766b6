"""Colour histograms of people's clothes, and how much they differ."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from motion_transfer.pose.detection.detection import MAIN, Detection, body_length
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Frame, Numbers

STOUT = 0.08  # half the width of a limb, in lengths of the person, clothes included
LEAST_CLEAR = 0.1  # share of a part that must be visible for its colours to count
SIDES = ("right", "left")
LEVELS = 4  # levels of each of the three colours

_SHARES = np.linspace(0.1, 0.9, 9)


def _bones(*chain: str) -> list[list[int]]:
    """Pairs of neighbouring joints on both sides of the body."""
    return [[OPENPOSE_137.index(f"{side}_{joint}") for joint in pair] for side in SIDES for pair in pairwise(chain)]


_TORSO = [OPENPOSE_137.index(f"{side}_{joint}") for joint in ("shoulder", "hip") for side in SIDES]
_LEGS = np.array(_bones("hip", "knee", "ankle"))
_SPINE = [OPENPOSE_137.index("neck"), OPENPOSE_137.index("mid_hip")]
_LIMBS = np.array([*_LEGS, *_bones("hip", "shoulder", "elbow", "wrist"), _SPINE])


def color_histogram(frame: Frame, detection: Detection, others: Sequence[Detection] = ()) -> FloatArray:
    """The colours on a person's trunk and legs.

    Args:
        frame: (H, W, 3) uint8 RGB.
        detection: one person in it.
        others: the other people in it; colours where their trunks and limbs lie do not count.

    Returns:
        (2, 64) float32: for trunk and legs a histogram over 4 x 4 x 4 colours, as roots of shares, so that the
        product of two is 1 for equal colours and 0 for colours without anything in common (Bhattacharyya's
        coefficient); a row of zeros where that part lies outside the frame or behind others.
    """
    right_top, left_top, right_bottom, left_bottom = detection.xy[_TORSO]
    across, down = _SHARES[:, None, None], _SHARES[None, :, None]
    trunk = _between(_between(right_top, left_top, across), _between(right_bottom, left_bottom, across), down)
    thighs_and_shins = detection.xy[_LEGS]
    legs = _between(thighs_and_shins[:, :1], thighs_and_shins[:, 1:], down)
    parts = (trunk.reshape(-1, 2), legs.reshape(-1, 2))
    return np.stack([_histogram(_pixels(frame, _uncovered(points, others))) for points in parts])


def histogram_distance(a: FloatArray, b: FloatArray) -> FloatArray:
    """How much the colours of histograms (N, 2, 64) and (M, 2, 64) differ over the parts that both show.

    (N, M) from 0 (the same, or nothing can be compared) to 1 (none in common).
    """
    both = np.einsum("npc,mpc->nmp", a, b)
    known = a.any(axis=2)[:, None] & b.any(axis=2)[None]
    parts = known.sum(axis=2)
    alike = np.where(known, both, 0).sum(axis=2) / np.maximum(parts, 1)
    return np.where(parts > 0, 1 - alike, 0).astype(np.float32)


def _between(start: FloatArray, end: FloatArray, share: Numbers) -> FloatArray:
    return np.asarray(start * (1 - share) + end * share)


def _uncovered(points: FloatArray, others: Sequence[Detection]) -> FloatArray:
    """Those of the points (N, 2) that lie clear of other people; none if only a few do."""
    clear = np.ones(len(points), bool)
    for other in others:
        starts, ends = other.xy[_LIMBS[:, 0]], other.xy[_LIMBS[:, 1]]
        along = ends - starts
        share = ((points[:, None] - starts) * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1e-6)
        nearest = starts + np.clip(share, 0, 1)[..., None] * along
        apart = np.linalg.norm(points[:, None] - nearest, axis=2)
        clear &= ~(apart < STOUT * body_length(other.xy[MAIN])).any(axis=1)
    return points[clear] if clear.mean() > LEAST_CLEAR else points[:0]


def _pixels(frame: Frame, points: FloatArray) -> FloatArray:
    """(N, 3) colours in [0, 1] at those of the points that lie in the frame."""
    height, width = frame.shape[:2]
    inside = np.isfinite(points).all(axis=1)
    inside[inside] = ((points[inside] >= 0) & (points[inside] < (width, height))).all(axis=1)
    x, y = points[inside].astype(int).T
    return np.asarray(frame[y, x].astype(np.float32) / 255)


def _histogram(colours: FloatArray) -> FloatArray:
    """Roots of the shares (64,); each colour is shared among the eight levels around, against flickering light."""
    if len(colours) == 0:
        return np.zeros(LEVELS**3, np.float32)
    place = colours * (LEVELS - 1)
    low = np.minimum(place.astype(int), LEVELS - 2)
    rest = place - low
    counts = np.zeros((LEVELS,) * 3)
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, rest, 1 - rest).prod(axis=1)
        np.add.at(counts, tuple((low + corner).T), weight)
    return np.asarray(np.sqrt(counts.reshape(-1) / len(colours)), np.float32)
