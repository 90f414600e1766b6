"""Global pose normalisation as it was published, defects included: the baseline of `pose.normalisation`.

Source: Everybody Dance Now (Chan et al. 2019), section "Global pose normalization", and what its published
implementation does beyond it: extremes decide, the pivot is the first frame's ankle, nothing is aligned sideways,
the depth is not bounded, and a frame without ankles takes the last one's place.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motion_transfer.errors import PoseError
from motion_transfer.pose import PoseSequence

Track = npt.NDArray[np.float64]

FOUND = 0.3  # a joint counts as found from this score on
NEAR = 0.05  # share of the range of depth within which a frame tells the height at its end


class Person(NamedTuple):
    """What is measured of one clip: every frame's ankle, the range of depth, and the height at its ends."""

    toe: Track
    close: float
    far: float
    height_close: float
    height_far: float


def publish(poses: PoseSequence, footage: PoseSequence, alpha: float = 0.5) -> PoseSequence:
    """The dancer's poses in the target's frame, by the published method.

    Both videos had the same frame there, so the dancer's is fitted into the target's first; without that it would do
    worse.

    Args:
        poses: the dancer, T frames.
        footage: the target, any number of frames.
        alpha: how far behind the usual place a foot still counts as a step back.

    Raises:
        PoseError: one of the two has no frame with both ankles and a head.
    """
    poses = poses.scaled_to(footage.size)
    source, target = measure(poses, alpha), measure(footage, alpha)
    far, close = target.far, target.close
    if source.close - source.far < close - far:
        middle, half = (close + far) / 2, (source.close - source.far) / 2
        far, close = middle - half, middle + half
    scale_close = target.height_close / source.height_close
    scale_far = target.height_far / source.height_far

    valid = np.flatnonzero(np.isfinite(source.toe))
    ankles = _found(poses)[valid[0], [poses.skeleton.index(f"{side}_ankle") for side in ("right", "left")]]
    pivot = ankles[ankles[:, 1].argmax()]
    xy = poses.xy.astype(np.float64)
    scale, shift = 1.0, 0.0
    for i, toe in enumerate(source.toe):
        if np.isfinite(toe):
            p = (toe - source.far) / (source.close - source.far) if source.close > source.far else 0.5
            scale = scale_far + p * (scale_close - scale_far)
            shift = far + p * (close - far) - toe
        xy[i] = scale * (xy[i] - pivot) + pivot + (0, shift)
    return replace(poses, xy=xy.astype(np.float32), depth=None)


def measure(poses: PoseSequence, alpha: float) -> Person:
    """Range of depth and heights of a person, from single extreme frames."""
    xy, index = _found(poses), poses.skeleton.index
    right, left, nose, ear, other = (
        xy[:, index(joint)] for joint in ("right_ankle", "left_ankle", "nose", "right_ear", "left_ear")
    )
    head = np.where(np.isnan(nose), (ear + other) / 2, nose)
    height = np.hypot(*(head - (right + left) / 2).T)
    toe = np.where(np.isfinite(height), np.maximum(right[:, 1], left[:, 1]), np.nan)
    valid = np.isfinite(toe)
    if not valid.any():
        raise PoseError(f"none of {len(poses)} frames shows both ankles and a head; the published method needs them.")
    toes, heights = toe[valid], height[valid]
    close, middle = toes.max(), np.median(toes)
    behind = toes[(toes < middle) & (middle - toes < alpha * (close - middle))]
    far = behind.min() if len(behind) else middle
    near = NEAR * (close - far)
    height_close = heights[np.abs(toes - close) <= near].max()
    if heights.max() > 1.1 * height_close:
        height_close = heights.max()
    return Person(toe, close, far, height_close, heights[np.abs(toes - far) <= near].max())


def _found(poses: PoseSequence) -> Track:
    """(T, K, 2), NaN where a joint was not found."""
    return np.where(poses.score[..., None] >= FOUND, poses.xy, np.nan).astype(np.float64)
