import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose.filters import savgol

each_window = pytest.mark.parametrize("window", [5, 9])


def column(values):
    return np.asarray(values, np.float64)[:, None]


@each_window
@settings(max_examples=40)
@given(
    start=st.integers(-1000, 1000),
    step=st.integers(-50, 50),
    weights=st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=40),
)
def test_rest_and_steady_motion_stay_whatever_is_missing_and_whatever_the_scores(window, start, step, weights):
    weights = np.array(weights)
    line = column(start + step * np.arange(len(weights)))
    there = weights > 0
    smooth = savgol(np.where(there[:, None], line, np.nan), weights, window)
    assert smooth[there] == pytest.approx(line[there], abs=1e-6)
    assert np.isnan(smooth[~there]).all()


@settings(max_examples=20)
@given(curve=st.floats(-3, 3), slope=st.floats(-20, 20), frames=st.integers(1, 30))
def test_a_parabola_stays_in_savgol(curve, slope, frames):
    t = np.arange(frames)
    values = column(curve * t**2 + slope * t)
    assert savgol(values, np.ones(frames), 7) == pytest.approx(values, abs=1e-6)


@each_window
def test_the_same_backwards_is_the_same_so_nothing_lags(window):
    rng = np.random.default_rng(0)
    values, weights = rng.normal(0, 40, (50, 2)), rng.uniform(0.1, 1, 50)
    forwards = savgol(values, weights, window)
    backwards = savgol(values[::-1], weights[::-1], window)[::-1]
    assert forwards == pytest.approx(backwards, abs=1e-9)


@each_window
def test_a_swing_stays_in_time(window):
    t = np.arange(200) / 25
    swing = column(100 * np.sin(2 * np.pi * 0.8 * t))
    smooth = savgol(swing, np.ones(len(t)), window)
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
