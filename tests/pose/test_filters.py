from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose.filters import adaptive, savgol

each_window = pytest.mark.parametrize("window", [5, 9])
each_filter = pytest.mark.parametrize("smoother", [savgol, adaptive, partial(adaptive, gentle=True)])


def column(values):
    return np.asarray(values, np.float64)[:, None]


@each_window
@each_filter
@settings(max_examples=40)
@given(
    start=st.integers(-1000, 1000),
    step=st.integers(-50, 50),
    weights=st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=40),
)
def test_rest_and_steady_motion_stay_whatever_is_missing_and_whatever_the_scores(
    smoother, window, start, step, weights
):
    weights = np.array(weights)
    line = column(start + step * np.arange(len(weights)))
    there = weights > 0
    smooth = smoother(np.where(there[:, None], line, np.nan), weights, window)
    assert smooth[there] == pytest.approx(line[there], abs=1e-6)
    assert np.isnan(smooth[~there]).all()


@settings(max_examples=20)
@given(curve=st.floats(-3, 3), slope=st.floats(-20, 20), frames=st.integers(1, 30))
def test_a_parabola_stays_in_savgol(curve, slope, frames):
    t = np.arange(frames)
    values = column(curve * t**2 + slope * t)
    assert savgol(values, np.ones(frames), 7) == pytest.approx(values, abs=1e-6)


@each_window
@each_filter
def test_the_same_backwards_is_the_same_so_nothing_lags(smoother, window):
    rng = np.random.default_rng(0)
    values, weights = rng.normal(0, 40, (50, 2)), rng.uniform(0.1, 1, 50)
    forwards = smoother(values, weights, window)
    backwards = smoother(values[::-1], weights[::-1], window)[::-1]
    assert forwards == pytest.approx(backwards, abs=1e-9)


@each_window
@each_filter
def test_a_swing_stays_in_time(smoother, window):
    t = np.arange(200) / 25
    swing = column(100 * np.sin(2 * np.pi * 0.8 * t))
    smooth = smoother(swing, np.ones(len(t)), window)
    middle = swing[20:-20, 0]
    match = [np.dot(middle, smooth[20 + lag : len(t) - 20 + lag, 0]) for lag in range(-5, 6)]
    assert np.argmax(match) == 5


@each_window
def test_jitter_becomes_less(window):
    noise = np.random.default_rng(1).normal(0, 2, (300, 2))
    smooth = savgol(noise, np.ones(300), window)
    assert np.std(np.diff(smooth, 2, axis=0)) < 0.5 * np.std(np.diff(noise, 2, axis=0))


@each_window
def test_a_frame_with_a_low_score_counts_little(window):
    values = column(np.zeros(21))
    values[10] = 100
    sure, unsure = np.ones(21), np.ones(21)
    unsure[10] = 0.05
    assert abs(savgol(values, unsure, window)[10, 0]) < 0.25 * savgol(values, sure, window)[10, 0]


def test_savgol_is_that_of_scipy_inside_a_complete_track():
    from scipy.signal import savgol_filter

    values = np.random.default_rng(2).normal(size=(30, 2))
    ours = savgol(values, np.full(30, 0.7), 7)
    assert ours[3:-3] == pytest.approx(savgol_filter(values, 7, 2, axis=0)[3:-3], abs=1e-9)


@pytest.mark.parametrize("frames", [0, 1, 2])
@each_window
def test_the_shortest_tracks_come_back_as_they_are(window, frames):
    values = column(np.arange(frames) * 7.0)
    assert savgol(values, np.ones(frames), window) == pytest.approx(values, abs=1e-9)


def swing_after_rest(rng):
    """A hand that rests for four seconds, then swings, with a detector's noise: noisy and true (T, 1)."""
    t = np.arange(200) / 25
    true = column(np.where(t < 4, 0, 80 * np.sin(2 * np.pi * 1.5 * (t - 4))))
    return true + rng.normal(0, 1, true.shape), true


def test_adaptive_is_steadier_at_rest_and_as_exact_in_motion():
    noisy, true = swing_after_rest(np.random.default_rng(3))
    errors = {f: np.abs(f(noisy, np.ones(len(true)), 7) - true) for f in (savgol, adaptive)}
    assert errors[adaptive][:90].mean() < 0.8 * errors[savgol][:90].mean()
    assert errors[adaptive][110:].mean() < 1.05 * errors[savgol][110:].mean()


def test_gentle_leaves_fast_motion_as_it_is():
    noisy, _ = swing_after_rest(np.random.default_rng(4))
    fast = noisy.copy()
    fast[100:] *= 20  # faster than seven frames can follow
    smooth = adaptive(fast, np.ones(len(fast)), 7, gentle=True)
    assert np.abs(smooth - fast)[110:].mean() < 0.05 * np.abs(savgol(fast, np.ones(len(fast)), 7) - fast)[110:].mean()
    assert np.abs(smooth)[:90].mean() < 0.6 * np.abs(fast)[:90].mean()
