"""Dancers who turn a side to the camera that the other person's footage never shows.

Seen from the front or from behind, a body has the same outline: it is reflected in depth, left for right. So a dancer
who turns away from the camera can be shown from the front, arms and legs where they were.
"""

import warnings
from dataclasses import replace

import numpy as np

from motion_transfer.pose.geometry.orientation import body_orientation
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import Mask, Numbers

NEAREST = 3  # views by which a direction counts as shown: a single one may be a detector's error
NEAR, FAR = (
    30.0,
    75.0,
)  # degrees from these up to which a direction is as good as shown, and from which it is not at all
LIKED = 0.1  # seconds by which the dancer's own side is preferred, for each second
CHANGE = (0.02, 0.5)  # seconds that a change of sides costs in profile, where nothing jumps, and from the front


def keep_to_shown_sides(poses: PoseSequence, shown: Numbers) -> PoseSequence:
    """Reflect a dancer in depth in frames that would show a side of the target person that was never filmed.

    Sides change in profile wherever that is possible, since there a body and its reflection are alike. A warning says
    how much was reflected.

    Args:
        poses: T clean frames.
        shown: (N,) degrees, see `body_orientation`, which ways the target person's footage shows.

    Returns:
        The same frames; those that are reflected with left and right exchanged, and what was behind the hips before
        them. The very poses where nothing is.
    """
    reflected = _reflected(body_orientation(poses).astype(np.float64), shown, float(poses.fps))
    if not reflected.any():
        return poses
    share = (reflected & poses.present).sum() / max(poses.present.sum(), 1)
    warnings.warn(
        f"the footage never shows the person as the dance does in {share:.0%} of the "
        'frames, where the dancer has turned round: the person turns to the camera instead. `normalise.sides` "dance" '
        "keeps the dancer's side.",
        stacklevel=2,
    )
    order, rows = poses.skeleton.mirrored, reflected[:, None]
    depth = poses.depth
    if depth is not None:
        depth = np.where(rows, -depth[:, order[: depth.shape[1]]], depth)
    xy = np.where(rows[..., None], poses.xy[:, order], poses.xy)
    return replace(poses, xy=xy, score=np.where(rows, poses.score[:, order], poses.score), depth=depth)


def _reflected(directions: Numbers, shown: Numbers, fps: float) -> Mask:
    """(T,) the course of least cost between both sides (Viterbi 1967); no cost where the direction is unknown."""
    if not len(shown):
        return np.zeros(len(directions), np.bool_)
    both = np.stack([directions, 180 - directions], axis=1)
    few, which = np.unique(both, return_inverse=True)
    cost = np.nan_to_num(_unseen(few, shown)[which].reshape(both.shape) + np.array([0, LIKED])) / fps
    low, high = CHANGE
    change = np.nan_to_num(low + (high - low) * np.abs(np.cos(np.radians(directions))), nan=high)
    total, changed = np.zeros(2), np.zeros((len(directions), 2), np.bool_)
    for t, (here, price) in enumerate(zip(cost, change, strict=True)):
        changed[t] = total[::-1] + price < total
        total = np.where(changed[t], total[::-1] + price, total) + here
    side, course = int(total.argmin()), np.zeros(len(directions), np.bool_)
    for t in reversed(range(len(directions))):
        course[t] = side
        side ^= int(changed[t, side])
    return course


def _unseen(directions: Numbers, shown: Numbers) -> Numbers:
    """How far from being shown directions are, in [0, 1]."""
    apart = np.abs((directions[..., None] - shown + 180) % 360 - 180)
    near = np.partition(apart, min(NEAREST, len(shown)) - 1, axis=-1)[..., min(NEAREST, len(shown)) - 1]
    return np.asarray(np.clip((near - NEAR) / (FAR - NEAR), 0, 1))
