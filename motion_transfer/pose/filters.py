"""Filters over time. All look as far ahead as back, so nothing lags; constants and straight lines pass unchanged.

A track is one joint's numbers, a row a frame. `motion_transfer.pose.cleaning.live` has a filter that cannot look ahead.
"""

from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from motion_transfer.errors import ConfigError

Track: TypeAlias = npt.NDArray[np.floating[Any]]
"""Numbers over T frames, (T,) or (T, C); NaN where they are missing."""

SPEED_CUTOFF = 1.0
"""Hertz; the cutoff with which "one-euro" measures a joint's speed, as published."""
NEGLIGIBLE = 0.02
"""A frame that would count less than this share of the middle one is left out of "one-euro"'s window."""


def check_window(window: int) -> None:
    """Refuse a window without a middle.

    Raises:
        ConfigError: it is even, or below 1.
    """
    if window < 1 or window % 2 == 0:
        raise ConfigError(
            f"a smoothing window of {window} frames; expected an odd number like 7, so that it has a middle"
        )


def savgol(values: Track, weights: Track, window: int) -> Track:
    """Put a parabola through the frames around each one, and take its value there.

    Args:
        values: (T, C) of one joint; NaN where missing.
        weights: (T,) how much each frame counts; 0 where missing.
        window: frames, odd.

    Returns:
        (T, C), missing where `values` is.

    Source: Savitzky and Golay, Analytical Chemistry 36 (1964), with weights, so that it goes on at gaps and ends.
    """
    return local_fit(values, weights, window // 2, degree=2)[0]


def one_euro(values: Track, weights: Track, *, fps: Fraction, unit: float, cutoff: float, speed_cutoff: float) -> Track:
    """Smooth a joint at rest strongly and a fast one hardly.

    The published filter is a low pass whose cutoff grows with the speed: cutoff + speed_cutoff * speed. A frame
    k before the current one counts a**k in it, which lags. Run forwards and then backwards, it counts a**|k| on
    either side. So is it here, with a line put through the frames instead of their mean, so that ends do not drag.

    Args:
        values: (T, C) of one joint; NaN where missing.
        weights: (T,) how much each frame counts; 0 where missing.
        fps: frames a second.
        unit: the length in which speeds are measured, in pixels: the trunk's.
        cutoff: hertz, at rest.
        speed_cutoff: hertz for every unit a second.

    Returns:
        (T, C), missing where `values` is.

    Source: Casiez, Roussel and Vogel, "1 EUR filter", CHI 2012.
    """
    steady = decay(SPEED_CUTOFF, fps)
    slope = local_fit(values, weights, _reach(steady), degree=1, decay=steady)[1]
    speed = np.nan_to_num(np.sqrt((slope**2).sum(axis=1))) * float(fps) / unit
    return local_fit(
        values, weights, _reach(decay(cutoff, fps)), degree=1, decay=decay(cutoff + speed_cutoff * speed, fps)
    )[0]


def decay(cutoff: Track | float, fps: Fraction) -> Any:
    """How much less a frame counts than the next one in a low pass of that cutoff in hertz, below 1."""
    frames = float(fps) / (2 * np.pi * np.asarray(cutoff))
    return frames / (1 + frames)


def _reach(decay: float) -> int:
    return int(np.ceil(np.log(NEGLIGIBLE) / np.log(decay)))


def local_fit(
    values: Track, weights: Track, reach: int, *, degree: int, decay: Track | float = 1.0
) -> tuple[Track, Track]:
    """Weighted least-squares polynomial through the frames around each one.

    Args:
        values: (T, C); NaN where missing.
        weights: (T,), 0 where missing.
        reach: frames on either side.
        degree: 1 or 2; less where there are too few frames.
        decay: a frame k away counts decay**|k|: one number, or one a frame (T,).

    Returns:
        Its value and its slope a frame, (T, C) each; NaN where `values` is.
    """
    frames = len(values)
    missing = np.isnan(values) | (weights[:, None] <= 0)
    known = np.where(missing, 0, values).astype(np.float64)
    weighted = np.pad(known * weights[:, None], ((reach, reach), (0, 0)))
    weight = np.pad(weights.astype(np.float64), reach)
    s = np.zeros((2 * degree + 1, frames))  # sums of weight * k**p; k in units of the reach, for good numbers
    b = np.zeros((degree + 1, frames, values.shape[1]))  # sums of weight * k**p * value
    near = np.ones(frames)
    for distance in range(reach + 1):
        for k in {distance, -distance}:
            w = near * weight[reach + k : reach + k + frames]
            v = near[:, None] * weighted[reach + k : reach + k + frames]
            for p in range(len(s)):
                s[p] += (k / max(reach, 1)) ** p * w
            for p in range(len(b)):
                b[p] += (k / max(reach, 1)) ** p * v
        near = near * decay
    value, slope = _solve(s, b)
    return np.where(missing, np.nan, value), np.where(missing, np.nan, slope / max(reach, 1))


def _solve(s: Track, b: Track) -> tuple[Track, Track]:
    """Value and slope at 0 of the fit, from its sums.

    Built up from orthogonal polynomials: 1, k - m, k**2 - c - d (k - m). One that has no weight left, because there
    are too few frames, is left out.
    """
    total = np.maximum(s[0], np.finfo(np.float64).tiny)
    m, value = s[1] / total, b[0] / total[:, None]
    norm1 = s[2] - m * s[1]
    share1 = _share(b[1] - m[:, None] * b[0], norm1, total)
    value, slope = value - m[:, None] * share1, share1
    if len(b) > 2:
        c = s[2] / total
        along = s[3] - m * s[2]
        d = along / np.where(norm1 > ROUNDING * total, norm1, np.inf)
        norm2 = s[4] - c * s[2] - d * along
        share2 = _share(b[2] - c[:, None] * b[0] - d[:, None] * (b[1] - m[:, None] * b[0]), norm2, total)
        value, slope = value + (d * m - c)[:, None] * share2, slope - d[:, None] * share2
    return value, slope


ROUNDING = 1e-9
"""A polynomial with a smaller share of the weight than this has none but rounding errors."""


def _share(product: Track, norm: Track, total: Track) -> Track:
    enough = norm > ROUNDING * total
    return np.where(enough[:, None], product / np.where(enough, norm, 1)[:, None], 0)


def centred_median(values: Track, window: int) -> Track:
    """Running median over an odd window of a track (T,) with NaN where it is missing.

    A frame counts only together with its mirror image on the other side, which keeps lines as they are.
    """
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
