"""Filters over time that look as far ahead as back, so that nothing lags. Constants and straight lines pass unchanged.

A track is one joint's values, one row for each frame. `pose.cleaning.live` has a filter that does not look ahead.
"""

import numpy as np

from motion_transfer.types import Numbers

ROUNDING = 1e-9  # a polynomial with a smaller share of the total weight than this has only rounding errors
GENTLE = 2.0  # times the noise that a gentle filter changes at most


def savgol(values: Numbers, weights: Numbers, window: int) -> Numbers:
    """Fit a parabola to the frames around each frame by weighted least squares, and take its value there.

    Where too few frames are known for a parabola, a line or a constant is fitted.

    Args:
        values: (T, C) of one joint; NaN where missing.
        weights: (T,) how much each frame counts; 0 where missing.
        window: frames, odd.

    Returns:
        (T, C), missing where `values` is.

    Source: Savitzky and Golay, Analytical Chemistry 36 (1964), with weights, so that it continues at gaps and ends.
    """
    missing = np.isnan(values) | (weights[:, None] <= 0)
    known = np.where(missing, 0, values).astype(np.float64)
    reach = window // 2
    weighted = np.pad(known * weights[:, None], ((reach, reach), (0, 0)))
    weight = np.pad(weights.astype(np.float64), reach)
    s = np.zeros((5, len(values)))  # sums of weight * k**p, k in units of the reach for the numerical condition
    b = np.zeros((3, *values.shape))  # sums of weight * k**p * value
    for k in sorted(range(-reach, reach + 1), key=abs):
        frames = slice(reach + k, reach + k + len(values))
        for p in range(5):
            s[p] += (k / max(reach, 1)) ** p * weight[frames]
        for p in range(3):
            b[p] += (k / max(reach, 1)) ** p * weighted[frames]
    return np.where(missing, np.nan, _parabola_at_0(s, b))


def adaptive(values: Numbers, weights: Numbers, window: int, *, gentle: bool = False) -> Numbers:
    """`savgol`, over twice the window where that changes no more than the detector's noise: where a joint hardly moves.

    The noise is the median distance of the values from `savgol`'s. How far the two agree is averaged over one window.

    Args:
        values: (T, C) of one joint; NaN where missing.
        weights: (T,) how much each frame counts; 0 where missing.
        window: frames, odd.
        gentle: where even the single window changes more than noise, leave the values as they are.

    Returns:
        (T, C), missing where `values` is.

    Source: the intersection of confidence intervals (Katkovnik, IEEE Signal Processing Letters 6, 1999), with soft
    limits.
    """
    first = savgol(values, weights, window)
    noise = 1.4826 * float(np.median(np.abs(values - first)[~np.isnan(first)])) if np.isfinite(first).any() else 0.0
    result = np.where(np.isnan(first), np.nan, values) if gentle else first
    steps = [(first, GENTLE), (savgol(values, weights, 2 * (window - 1) + 1), 1.0)]
    for smoother, limit in steps if gentle else steps[1:]:
        apart = np.nan_to_num(((smoother - result) ** 2).mean(axis=1))
        apart = np.convolve(np.pad(apart, window // 2, mode="edge"), np.full(window, 1 / window), mode="valid")
        share = 1 / (1 + (apart / max((limit * noise) ** 2, 1e-12)) ** 2)
        result = result + share[:, None] * (smoother - result)
    return result


def _parabola_at_0(s: Numbers, b: Numbers) -> Numbers:
    """(T, C) the parabola's value at k = 0, from the sums (5, T) and (3, T, C) of `savgol`.

    It is built from the orthogonal polynomials 1, k - m and k**2 - c - d (k - m). One without weight is left out.
    """
    total = np.maximum(s[0], np.finfo(np.float64).tiny)

    def coefficient(product: Numbers, norm: Numbers) -> Numbers:
        enough = norm > ROUNDING * total
        return np.where(enough[:, None], product / np.where(enough, norm, 1)[:, None], 0)

    m, c = s[1] / total, s[2] / total
    norm = s[2] - m * s[1]
    value: Numbers = b[0] / total[:, None] - m[:, None] * coefficient(b[1] - m[:, None] * b[0], norm)
    along = s[3] - m * s[2]
    d = along / np.where(norm > ROUNDING * total, norm, np.inf)
    rest = b[2] - c[:, None] * b[0] - d[:, None] * (b[1] - m[:, None] * b[0])
    value += (d * m - c)[:, None] * coefficient(rest, s[4] - c * s[2] - d * along)
    return value


def centred_median(values: Numbers, window: int) -> Numbers:
    """Running median over an odd window of a track (T,) with NaN where it is missing.

    A frame counts only together with its mirror image on the other side, which keeps lines as they are.
    """
    around = _around(values, window)
    paired = around + 0 * around[:, ::-1]  # NaN unless its mirror image is known too
    return np.where(np.isnan(values), np.nan, row_median(paired))


def running_median(values: Numbers, window: int) -> Numbers:
    """(T,) median of the known values within an odd window, also where the frame itself is missing."""
    return row_median(_around(values, window).copy())


def row_median(rows: Numbers) -> Numbers:
    """(T,) median of each row of (T, N) without NaN; NaN where all are. Sorts `rows` in place."""
    rows.sort(axis=1)  # NaN goes last
    known = np.isfinite(rows).sum(axis=1)
    lines = np.arange(len(rows))
    low, high = rows[lines, np.maximum(known - 1, 0) // 2], rows[lines, np.minimum(known // 2, rows.shape[1] - 1)]
    return np.asarray((low + high) / 2)


def _around(values: Numbers, window: int) -> Numbers:
    """(T, window): for every frame, the frames around it; NaN beyond the ends."""
    if len(values) == 0:
        return np.empty((0, window), values.dtype)
    padded = np.pad(values, window // 2, constant_values=np.nan)
    return np.lib.stride_tricks.sliding_window_view(padded, window)
