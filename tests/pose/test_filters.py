from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.errors import ConfigError
from motion_transfer.pose.filters import check_window, local_fit, one_euro, savgol

FPS = Fraction(25)


def euro(values, weights, **changed):
    return one_euro(values, weights, **{"fps": FPS, "unit": 100.0, "cutoff": 6.0, "speed_cutoff": 4.0} | changed)


FILTERS = {
    "savgol 5": lambda values, weights: savgol(values, weights, 5),
    "savgol 9": lambda values, weights: savgol(values, weights, 9),
    "one-euro": euro,
    "slow one-euro": lambda values, weights: euro(values, weights, cutoff=0.5, speed_cutoff=0.0),
}
each_filter = pytest.mark.parametrize("name", FILTERS)


def column(values):
    return np.asarray(values, np.float64)[:, None]


@each_filter
@settings(max_examples=40)
@given(
    start=st.integers(-1000, 1000),
    step=st.integers(-50, 50),
    weights=st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=40),
)
def test_rest_and_steady_motion_stay_whatever_is_missing_and_however_sure_it_is(name, start, step, weights):
    weights = np.array(weights)
    line = column(start + step * np.arange(len(weights)))
    there = weights > 0
    smooth = FILTERS[name](np.where(there[:, None], line, np.nan), weights)
    assert smooth[there] == pytest.approx(line[there], abs=1e-6)
    assert np.isnan(smooth[~there]).all()


@settings(max_examples=20)
@given(curve=st.floats(-3, 3), slope=st.floats(-20, 20), frames=st.integers(1, 30))
def test_a_parabola_stays_in_savgol(curve, slope, frames):
    t = np.arange(frames)
    values = column(curve * t**2 + slope * t)
    assert savgol(values, np.ones(frames), 7) == pytest.approx(values, abs=1e-6)


@each_filter
def test_the_same_backwards_is_the_same_so_nothing_lags(name):
    rng = np.random.default_rng(0)
    values, weights = rng.normal(0, 40, (50, 2)), rng.uniform(0.1, 1, 50)
    forwards = FILTERS[name](values, weights)
    backwards = FILTERS[name](values[::-1], weights[::-1])[::-1]
    assert forwards == pytest.approx(backwards, abs=1e-9)


@each_filter
def test_a_swing_stays_in_time(name):
    t = np.arange(200) / 25
    swing = column(100 * np.sin(2 * np.pi * 0.8 * t))
    smooth = FILTERS[name](swing, np.ones(len(t)))
    middle = swing[20:-20, 0]
    match = [np.dot(middle, smooth[20 + lag : len(t) - 20 + lag, 0]) for lag in range(-5, 6)]
    assert np.argmax(match) == 5


@each_filter
def test_trembling_becomes_less(name):
    noise = np.random.default_rng(1).normal(0, 2, (300, 2))
    smooth = FILTERS[name](noise, np.ones(300))
    assert np.std(np.diff(smooth, 2, axis=0)) < 0.5 * np.std(np.diff(noise, 2, axis=0))


@each_filter
def test_a_frame_that_nobody_is_sure_of_counts_little(name):
    values = column(np.zeros(21))
    values[10] = 100
    sure, unsure = np.ones(21), np.ones(21)
    unsure[10] = 0.05
    assert abs(FILTERS[name](values, unsure)[10, 0]) < 0.25 * FILTERS[name](values, sure)[10, 0]


def test_one_euro_holds_a_fast_joint_less_the_higher_its_speed_cutoff():
    sweep = column(300 * np.clip((np.arange(60) - 24) / 12, 0, 1))
    lost = [np.abs(sweep - euro(sweep, np.ones(60), cutoff=1.0, speed_cutoff=s)).max() for s in (0.0, 1.0, 4.0)]
    assert lost[2] < 0.5 * lost[1] < 0.5 * lost[0]
    rest = np.random.default_rng(3).normal(0, 0.3, (60, 2))
    assert np.std(euro(rest, np.ones(60), cutoff=1.0)) < 0.5 * np.std(rest)


def test_savgol_is_that_of_scipy_inside_a_whole_track():
    from scipy.signal import savgol_filter

    values = np.random.default_rng(2).normal(size=(30, 2))
    ours = savgol(values, np.full(30, 0.7), 7)
    assert ours[3:-3] == pytest.approx(savgol_filter(values, 7, 2, axis=0)[3:-3], abs=1e-9)


def test_the_slope_of_a_fit_is_pixels_a_frame():
    line = column(3.0 * np.arange(12))
    assert local_fit(line, np.ones(12), 3, degree=1)[1] == pytest.approx(3)
    assert local_fit(line, np.ones(12), 3, degree=2)[1] == pytest.approx(3)


@pytest.mark.parametrize("frames", [0, 1, 2])
@each_filter
def test_the_shortest_tracks_come_back_as_they_are(name, frames):
    values = column(np.arange(frames) * 7.0)
    assert FILTERS[name](values, np.ones(frames)) == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize("window", [0, 4, -1])
def test_a_window_without_a_middle_is_refused(window):
    with pytest.raises(ConfigError, match="odd number"):
        check_window(window)
