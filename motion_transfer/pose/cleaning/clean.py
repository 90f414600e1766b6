"""Cleaning a track: outliers are removed, short gaps filled, jitter filtered, without lag.

One joint at a time, so a long clip needs little more memory than its poses.
"""

from collections.abc import Callable

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import ConfigError
from motion_transfer.pose.cleaning.outliers import PARTS, remove_outliers, trunk_length
from motion_transfer.pose.filters import adaptive, centred_median, savgol
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Mask, Numbers

LEAST_WINDOW = 5  # frames; a parabola passes through any three

Filter = Callable[[Numbers, Numbers], Numbers]
"""From the values (T, C) of one joint, NaN where missing, and their weights (T,) to smoother values."""

_CARRIERS = {point: SKELETON.index(joint) for joint, part, _ in PARTS for point in range(part.start, part.stop)}
"""The joint of the body with which each point of face and hands moves."""


def clean_poses(poses: PoseSequence, settings: PoseSettings = PoseSettings()) -> PoseSequence:
    """Correct and remove outliers, fill short gaps, then smooth; `docs/pose.md` has the methods and measurements.

    Depth is cleaned in the same way.

    - `settings.outliers`: exchanges of left and right are corrected and joints that jump removed.
    - `settings.max_gap`: joints that are missing for at most so many seconds are interpolated. Points of hands and
      face are interpolated relative to wrist and nose, so a lost hand stays at its arm. Longer gaps, and those at the
      clip's ends, stay missing.
    - `settings.smoothing`: "savgol" fits a parabola to `span` seconds, in which a frame counts by the joint's score.
      "adaptive" takes twice that span where a joint hardly moves; "gentle" too, and leaves alone what moves fast.
      "median" takes the median over `window` frames; a frame counts only together with its mirror image on the other
      side, so the window shrinks at gaps and ends. Joints at rest or in steady motion stay exactly where they are.

    Args:
        poses: T raw frames.
        settings: outliers, max_gap, smoothing and its window or span.

    Returns:
        T frames. The score of a filled joint is interpolated; scores do not change otherwise.

    Raises:
        ConfigError: an even window for "median", which has no middle.
    """
    smoother, fps = _choose(settings, float(poses.fps)), poses.fps
    xy, score, depth = poses.copies()  # one copy for all steps: a long clip's poses are large
    if settings.outliers:
        remove_outliers(xy, score, depth, float(fps), trunk_length(poses))
    _fill(xy, score, depth, int(settings.max_gap * fps))
    if smoother is not None:
        _smooth(xy, score, depth, smoother)
    return poses.with_values(xy, score, depth)


def _choose(settings: PoseSettings, fps: float) -> Filter | None:
    """The filter that the settings name."""
    match settings.smoothing:
        case "median":
            window = settings.window
            if window < 1 or window % 2 == 0:
                raise ConfigError(
                    f"`pose.window` is {window} frames; expected an odd number like 7, so that it has a middle"
                )
            return lambda values, _: np.stack([centred_median(column, window) for column in values.T], axis=1)
        case "none":
            return None
        case name:
            span = max(LEAST_WINDOW, 2 * round((settings.span * fps - 1) / 2) + 1)
            if name == "savgol":
                return lambda values, weights: savgol(values, weights, span)
            return lambda values, weights: adaptive(values, weights, span, gentle=name == "gentle")


def _fill(xy: FloatArray, score: FloatArray, depth: FloatArray | None, longest: int) -> None:
    """Interpolate gaps of up to `longest` frames, in place."""
    for joint in range(xy.shape[1]):  # the body, which carries hands and face, comes first
        known = score[:, joint] > 0
        for axis in range(2):
            carrier = xy[:, _CARRIERS[joint], axis] if joint in _CARRIERS else None
            _fill_track(known, longest, xy[:, joint, axis], carrier)
        _fill_track(known, longest, score[:, joint])
    if depth is not None:
        for column in depth.T:
            _fill_track(np.isfinite(column), longest, column)


def _fill_track(known: Mask, longest: int, values: FloatArray, carrier: FloatArray | None = None) -> None:
    found = np.flatnonzero(known)
    gaps = np.flatnonzero((np.diff(found) > 1) & (np.diff(found) <= longest + 1))
    if len(gaps) == 0:
        return
    fill = np.concatenate([np.arange(found[gap] + 1, found[gap + 1]) for gap in gaps])
    values[fill] = np.interp(fill, found, values[found])
    if carrier is not None:  # the carrier's own motion, beyond a straight line
        values[fill] += np.nan_to_num(carrier[fill] - np.interp(fill, found, carrier[found]))


def _smooth(xy: FloatArray, score: FloatArray, depth: FloatArray | None, smoother: Filter) -> None:
    """Filter every joint, in place."""
    for joint in range(xy.shape[1]):
        if score[:, joint].any():
            xy[:, joint] = smoother(xy[:, joint], score[:, joint])
    if depth is not None:
        for column, weights in zip(depth.T, score.T, strict=False):  # the body's joints come first
            column[:] = smoother(column[:, None], weights)[:, 0]
