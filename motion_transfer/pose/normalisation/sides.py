"""Dancers who turn a side to the camera that the other person's footage never shows.

Seen from the front or from behind, a body has the same outline: it is reflected in depth, left for right. So a dancer
who turns away from the camera can be shown from the front, arms and legs where they were.
"""

import warnings
from dataclasses import replace

import numpy as np

from motion_transfer.pose.cleaning.outliers import trunk_length
from motion_transfer.pose.geometry.orientation import body_orientation
from motion_transfer.pose.normalisation.bones import MEASURED
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import FloatArray, Mask, Numbers

NEAREST = 3  # views by which a direction counts as shown: a single one may be a detector's error
NEAR, FAR = 30.0, 75.0  # degrees from them up to which a direction is as good as shown, and from which not at all
CROSSED = 1.0  # how much more a view that is not shown counts in which both arms lie across the chest
LIKED = 0.1  # seconds by which the dancer's own side is preferred, for each second
CHANGE = (0.02, 0.5)  # seconds that a change of sides costs in profile, where nothing jumps, and from the front


def keep_to_shown_sides(poses: PoseSequence, shown: Numbers) -> PoseSequence:
    """Reflect a dancer in depth in frames that would show a side of the target person that was never filmed.

    Sides change near the profile wherever that is possible, since there a body and its reflection are alike, so that
    arms do not cross the chest that is shown. A warning says how much was reflected.

    Args:
        poses: T clean frames.
        shown: (N,) degrees, see `body_orientation`, which ways the target person's footage shows.

    Returns:
        The same frames; those that are reflected with left and right exchanged, and what was behind the hips before
        them. Who is turned to the camera has both arms before the trunk: behind it they would be missed. The very poses
        where nothing is reflected.
    """
    reflected = _reflected(poses, shown)
    if not reflected.any():
        return poses
    share = (reflected & poses.present).sum() / max(poses.present.sum(), 1)
    warnings.warn(
        f"the footage never shows the person from the side that the dance does in {share:.0%} of the frames. The "
        'opposite one is shown instead, arms and legs where they were. `normalise.sides` "dance" keeps the dancer\'s.',
        stacklevel=2,
    )
    rows, away = reflected[:, None], reflected & (np.cos(np.radians(body_orientation(poses))) < 0)
    order = poses.skeleton.mirrored
    xy = np.where(rows[..., None], poses.xy[:, order], poses.xy)
    score = np.where(rows, poses.score[:, order], poses.score)
    elbows = [poses.skeleton.index(f"{side}_elbow") for side in ("left", "right")]
    guessed = away[:, None] & np.isfinite(xy[:, elbows]).all(axis=2)
    score[:, elbows] = np.where(guessed, np.maximum(score[:, elbows], MEASURED), score[:, elbows])
    depth = poses.depth
    if depth is not None:
        beyond = np.where(away[:, None], _arms_beyond(poses, depth), depth)
        depth = np.where(rows, -beyond[:, order[: depth.shape[1]]], depth)
    return replace(poses, xy=xy, score=score, depth=depth)


def _arms_beyond(poses: PoseSequence, depth: FloatArray) -> FloatArray:
    """(T, B) the depth of joints with all arms beyond the trunk, so that reflected all are before it.

    One that was seen before the back is then seen before the chest.
    """
    depth = depth.copy()
    for side in ("left", "right"):
        shoulder, *arm = (poses.skeleton.index(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist"))
        depth[:, arm] = depth[:, [shoulder]] + np.abs(depth[:, arm] - depth[:, [shoulder]])
    return depth


def _reflected(poses: PoseSequence, shown: Numbers) -> Mask:
    """(T,) the course of least cost between both sides (Viterbi 1967); no cost where the direction is unknown."""
    if not len(shown):
        return np.zeros(len(poses), np.bool_)
    directions = body_orientation(poses).astype(np.float64)
    both = np.stack([directions, 180 - directions], axis=1)
    few, which = np.unique(both, return_inverse=True)  # a table of all would be large
    unseen, nearest = (each[which].reshape(both.shape) for each in _compared(few, shown))
    crossed = np.maximum(-np.cos(np.radians(nearest)) * _across(poses)[:, None] * [1, -1], 0)
    cost = np.nan_to_num(unseen * (1 + CROSSED * crossed) + [0, LIKED]) / float(poses.fps)
    low, high = CHANGE
    change = np.nan_to_num(low + (high - low) * np.abs(np.cos(np.radians(directions))), nan=high)
    total, changed = np.zeros(2), np.zeros((len(poses), 2), np.bool_)
    for t, (here, price) in enumerate(zip(cost, change, strict=True)):
        changed[t] = total[::-1] + price < total
        total = np.where(changed[t], total[::-1] + price, total) + here
    side, course = int(total.argmin()), np.zeros(len(poses), np.bool_)
    for t in reversed(range(len(poses))):
        course[t] = side
        side ^= int(changed[t, side])
    return course


def _compared(directions: Numbers, shown: Numbers) -> tuple[Numbers, Numbers]:
    """How far from being shown directions are, in [0, 1], and the direction that is shown instead."""
    apart = np.abs((directions[..., None] - shown + 180) % 360 - 180)
    rank = min(NEAREST, len(shown)) - 1
    which = np.argsort(apart, axis=-1)[..., rank]
    near = np.take_along_axis(apart, which[..., None], axis=-1)[..., 0]
    return np.clip((near - NEAR) / (FAR - NEAR), 0, 1), shown[which]


def _across(poses: PoseSequence) -> Numbers:
    """(T,) how far the left arm lies right of the right one, in lengths of the trunk, at most 1; 0 where unknown."""
    apart = [poses.joint(f"left_{joint}")[:, 0] - poses.joint(f"right_{joint}")[:, 0] for joint in ("elbow", "wrist")]
    return np.asarray(np.clip(np.nan_to_num(np.mean(apart, axis=0)) / trunk_length(poses), -1, 1))
