"""Cleaning a track: short gaps filled, jitter filtered, without lag.

Keypoint by keypoint, so a long clip needs little more memory than its poses.
"""

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import ConfigError
from motion_transfer.pose.sequence import Floats, PoseSequence, frozen

Track: TypeAlias = npt.NDArray[np.floating[Any]]
"""One number a frame, (T,); NaN where it is missing."""


def clean_poses(poses: PoseSequence, settings: PoseSettings = PoseSettings()) -> PoseSequence:
    """Fill the short gaps of a track, then smooth it; see `fill_gaps` and `smooth`."""
    xy, score = poses.xy.copy(), poses.score.copy()  # one copy for both steps: a long clip's poses are large
    _fill(xy, score, int(settings.max_gap * poses.fps))
    if settings.smoothing == "median":
        _smooth(xy, settings.window)
    return replace(poses, xy=frozen(xy), score=frozen(score))


def fill_gaps(poses: PoseSequence, max_gap: float = 0.5) -> PoseSequence:
    """Interpolate each keypoint over the frames in which it was not found.

    Args:
        poses: T frames.
        max_gap: seconds; longer gaps, and those at the clip's ends, stay missing.

    Returns:
        T frames. A filled keypoint's score is interpolated too.
    """
    xy, score = poses.xy.copy(), poses.score.copy()
    _fill(xy, score, int(max_gap * poses.fps))
    return replace(poses, xy=frozen(xy), score=frozen(score))


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
    xy = poses.xy.copy()
    _smooth(xy, window)
    return replace(poses, xy=frozen(xy))


def _fill(xy: Floats, score: Floats, longest: int) -> None:
    """Interpolate gaps of up to `longest` frames, in place."""
    frames = np.arange(len(xy))
    for joint in range(xy.shape[1]):
        found = np.flatnonzero(score[:, joint])
        gaps = np.flatnonzero((np.diff(found) > 1) & (np.diff(found) <= longest + 1))
        if len(gaps) == 0:
            continue
        fill = np.concatenate([frames[found[gap] + 1 : found[gap + 1]] for gap in gaps])
        for values in (xy[:, joint, 0], xy[:, joint, 1], score[:, joint]):
            values[fill] = np.interp(fill, found, values[found])


def _smooth(xy: Floats, window: int) -> None:
    """Median of every track, in place."""
    if window < 1 or window % 2 == 0:
        raise ConfigError(
            f"a smoothing window of {window} frames; expected an odd number like 7, so that it has a middle"
        )
    for joint in range(xy.shape[1]):
        for axis in range(2):
            xy[:, joint, axis] = centred_median(xy[:, joint, axis], window)


def centred_median(values: Track, window: int) -> Track:
    """Running median over an odd window of a track (T,) with NaN where it is missing; see `smooth`."""
    around = _around(values, window)
    paired = around + 0 * around[:, ::-1]  # NaN unless its mirror image was found too
    return np.where(np.isnan(values), np.nan, row_median(paired))


def running_median(values: Track, window: int) -> Track:
    """Median of what was found within an odd window, (T,), also where the frame itself is missing."""
    return row_median(_around(values, window).copy())


def row_median(rows: Track) -> Track:
    """Median of each row of (T, N) over what is not NaN, NaN where nothing is. Sorts `rows` in place."""
    rows.sort(axis=1)  # NaN goes last
    found = np.isfinite(rows).sum(axis=1)
    lines = np.arange(len(rows))
    low, high = rows[lines, np.maximum(found - 1, 0) // 2], rows[lines, np.minimum(found // 2, rows.shape[1] - 1)]
    median: Track = (low + high) / 2
    return median


def _around(values: Track, window: int) -> Track:
    """(T, window): for every frame, the frames around it; NaN beyond the ends."""
    if len(values) == 0:
        return np.empty((0, window), values.dtype)
    padded = np.pad(values, window // 2, constant_values=np.nan)
    return np.lib.stride_tricks.sliding_window_view(padded, window)
