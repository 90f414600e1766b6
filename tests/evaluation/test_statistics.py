"""A clip's mean and how sure it is."""

import numpy as np
import pytest

from motion_transfer.evaluation.statistics import summarise


def test_frames_that_show_nothing_do_not_count_and_a_constant_is_certain():
    found = summarise(np.array([1.0, np.nan, 3.0]))
    assert (found.mean, found.frames) == (2, 2)
    assert summarise(np.full(3, np.nan)) is None
    sure = summarise(np.full(100, 0.7))
    assert sure.low == pytest.approx(sure.high) == pytest.approx(0.7)


def test_the_interval_holds_the_true_mean_nineteen_times_in_twenty():
    random, hits = np.random.default_rng(0), 0
    for _ in range(200):
        found = summarise(random.normal(5, 1, 400), block=5)
        hits += found.low <= 5 <= found.high
    assert hits > 170


def test_neighbours_that_are_alike_make_the_interval_wider():
    noise = np.random.default_rng(0).normal(0, 1, 400)
    slow = np.repeat(noise[::20], 20)
    alike, apart = summarise(slow), summarise(noise * slow.std() / noise.std())
    assert alike.high - alike.low > 2 * (apart.high - apart.low)


def test_the_same_series_has_the_same_interval():
    series = np.random.default_rng(1).normal(0, 1, 50)
    assert summarise(series) == summarise(series)
