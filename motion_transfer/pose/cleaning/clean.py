"""Cleaning a track: outliers taken out, short gaps filled, jitter filtered, without lag.

Keypoint by keypoint, so a long clip needs little more memory than its poses.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.cleaning.outliers import reject, trunk_length
from motion_transfer.pose.filters import Track as Track
from motion_transfer.pose.filters import centred_median, check_window, one_euro, savgol
from motion_transfer.pose.filters import row_median as row_median
from motion_transfer.pose.filters import running_median as running_median
from motion_transfer.pose.sequence import PoseSequence, frozen
from motion_transfer.pose.skeleton import Skeleton
from motion_transfer.types import FloatArray, Mask

LEAST_WINDOW = 5
"""Frames; a parabola passes through any three."""

Filter = Callable[[Track, Track], Track]
"""From the values (T, C) of one joint, NaN where missing, and their weights (T,) to smoother values."""


def clean_poses(poses: PoseSequence, settings: PoseSettings = PoseSettings()) -> PoseSequence:
    """Take out what cannot be, fill the short gaps of a track, then smooth it.

    `settings.outliers`, `max_gap` and `smoothing` say how; see `reject_outliers`, `fill_gaps` and `docs/pose.md`.
    A frame counts in "savgol" and "one-euro" by the joint's score. Depth is cleaned in the same way.

    Args:
        poses: T raw frames.
        settings: outliers, max_gap, smoothing and its window, span or cutoffs.

    Returns:
        T frames. The score of what was filled is interpolated.

    Raises:
        ConfigError: an even window for "median", which has no middle.
    """
    xy, score = poses.xy.copy(), poses.score.copy()  # one copy for all steps: a long clip's poses are large
    depth = None if poses.depth is None else poses.depth.copy()
    unit = trunk_length(poses)
    if settings.outliers:
        reject(xy, score, depth, poses.skeleton, float(poses.fps), unit)
    _fill(xy, score, depth, poses.skeleton, int(settings.max_gap * poses.fps))
    if (smoother := _choose(settings, poses, unit)) is not None:
        _smooth(xy, score, depth, smoother)
    return _with(poses, xy, score, depth)


def fill_gaps(poses: PoseSequence, max_gap: float = 0.5) -> PoseSequence:
    """Interpolate each keypoint over the frames in which it was not found.

    Points of hands and face are interpolated relative to wrist and nose, so a lost hand stays at its arm.

    Args:
        poses: T frames.
        max_gap: seconds; longer gaps, and those at the clip's ends, stay missing.

    Returns:
        T frames. A filled keypoint's score is interpolated too.
    """
    xy, score = poses.xy.copy(), poses.score.copy()
    depth = None if poses.depth is None else poses.depth.copy()
    _fill(xy, score, depth, poses.skeleton, int(max_gap * poses.fps))
    return _with(poses, xy, score, depth)


def smooth(poses: PoseSequence, window: int = 7) -> PoseSequence:
    """Replace each keypoint by its median over the frames around, those in which it was found.

    A frame counts only together with its mirror image on the other side. So the window shrinks towards the
    ends of a track, and a keypoint at rest or in steady motion stays exactly where it is.

    Args:
        poses: T frames.
        window: frames, odd.

    Returns:
        T frames with the same scores; what was missing stays missing.

    Raises:
        ConfigError: an even window, which has no middle.

    Source: Everybody Dance Now (Chan et al. 2019) smooths detections over time; docs/method.md has the details.
    """
    xy, depth = poses.xy.copy(), None if poses.depth is None else poses.depth.copy()
    _smooth(xy, poses.score, depth, _median(window))
    return _with(poses, xy, poses.score, depth)


def _choose(settings: PoseSettings, poses: PoseSequence, unit: float) -> Filter | None:
    """The filter that the settings name."""
    match settings.smoothing:
        case "median":
            return _median(settings.window)
        case "savgol":
            window = max(LEAST_WINDOW, 2 * round((settings.span * float(poses.fps) - 1) / 2) + 1)
            return lambda values, weights: savgol(values, weights, window)
        case "one-euro":
            cutoffs = {"cutoff": settings.cutoff, "speed_cutoff": settings.speed_cutoff}
            return lambda values, weights: one_euro(values, weights, fps=poses.fps, unit=unit, **cutoffs)
        case "none":
            return None


def _median(window: int) -> Filter:
    check_window(window)
    return lambda values, _: np.stack([centred_median(column, window) for column in values.T], axis=1)


def _with(poses: PoseSequence, xy: FloatArray, score: FloatArray, depth: FloatArray | None) -> PoseSequence:
    return replace(poses, xy=frozen(xy), score=frozen(score), depth=None if depth is None else frozen(depth))


def _fill(xy: FloatArray, score: FloatArray, depth: FloatArray | None, skeleton: Skeleton, longest: int) -> None:
    """Interpolate gaps of up to `longest` frames, in place."""
    carriers = _carriers(skeleton)
    for joint in range(xy.shape[1]):  # the body, which carries hands and face, comes first
        known = score[:, joint] > 0
        for axis in range(2):
            carrier = xy[:, carriers[joint], axis] if joint in carriers else None
            _fill_track(known, longest, xy[:, joint, axis], carrier)
        _fill_track(known, longest, score[:, joint])
    if depth is not None:
        for column in depth.T:
            _fill_track(np.isfinite(column), longest, column)


def _carriers(skeleton: Skeleton) -> dict[int, int]:
    """The joint of the body with which each point of face and hands moves."""
    parts = {"nose": skeleton.face, "left_wrist": skeleton.left_hand, "right_wrist": skeleton.right_hand}
    return {point: skeleton.index(name) for name, part in parts.items() for point in range(part.start, part.stop)}


def _fill_track(known: Mask, longest: int, values: FloatArray, carrier: FloatArray | None = None) -> None:
    found = np.flatnonzero(known)
    gaps = np.flatnonzero((np.diff(found) > 1) & (np.diff(found) <= longest + 1))
    if len(gaps) == 0:
        return
    fill = np.concatenate([np.arange(found[gap] + 1, found[gap + 1]) for gap in gaps])
    values[fill] = np.interp(fill, found, values[found])
    if carrier is not None:  # what is known of its way, over and above a straight line
        values[fill] += np.nan_to_num(carrier[fill] - np.interp(fill, found, carrier[found]))


def _smooth(xy: FloatArray, score: FloatArray, depth: FloatArray | None, smoother: Filter) -> None:
    """Filter every joint, in place."""
    for joint in range(xy.shape[1]):
        if score[:, joint].any():
            xy[:, joint] = smoother(xy[:, joint], score[:, joint])
    if depth is not None:
        for column, weights in zip(depth.T, score.T, strict=False):  # the body's joints come first
            column[:] = smoother(column[:, None], weights)[:, 0]
