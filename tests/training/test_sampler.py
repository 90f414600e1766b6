"""The order of the samples, the clock and the learning rate."""

from itertools import islice
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.config import TrainSettings
from motion_transfer.training.run.clock import Clock, decay
from motion_transfer.training.sampler import SampleOrder


def drawn(length, seed, start, count):
    return list(islice(SampleOrder(length, seed=seed, start=start), count))


@given(st.integers(1, 40), st.integers(0, 2**31), st.integers(0, 200))
def test_the_order_is_the_same_wherever_it_was_interrupted(length, seed, start):
    assert drawn(length, seed, start, 50) == drawn(length, seed, 0, start + 50)[start:]


@given(st.integers(1, 60), st.integers(0, 2**31), st.integers(0, 5))
def test_every_epoch_holds_each_sample_once(length, seed, epoch):
    assert sorted(drawn(length, seed, epoch * length, length)) == list(range(length))


def test_epochs_and_seeds_differ():
    first, second, other = drawn(50, 0, 0, 50), drawn(50, 0, 50, 50), drawn(50, 1, 0, 50)
    assert first != second
    assert first != other


@pytest.mark.parametrize(("progress", "rate"), [(0, 1), (0.25, 1), (0.5, 1), (0.75, 0.5), (1, 0)])
def test_the_learning_rate_is_kept_for_half_the_run_and_then_falls_to_zero(progress, rate):
    assert decay(progress) == rate


def clock(step, seconds, **bounds):
    state = SimpleNamespace(step=step, seconds=seconds, samples=0, began={"step": 0, "seconds": 0.0})
    return Clock(state, TrainSettings(**bounds))


@pytest.mark.parametrize(
    ("step", "minutes", "bounds", "progress"),
    [
        (5, 0.0, {"steps": 20, "minutes": 0}, 0.25),
        (5, 3.0, {"steps": 20, "minutes": 0}, 0.25),
        (5, 3.0, {"steps": 0, "minutes": 6.0}, 0.5),
        (5, 3.0, {"steps": 20, "minutes": 4.0}, 0.75),
        (30, 0.0, {"steps": 20, "minutes": 4.0}, 1.0),
    ],
)
def test_a_run_is_as_far_as_the_bound_that_is_nearer(step, minutes, bounds, progress):
    watch = clock(step, 60 * minutes, **bounds)
    assert watch.progress == progress
    assert watch.finished == (progress == 1)


def test_the_steps_in_all_are_estimated_from_the_time():
    assert clock(30, 60.0, steps=0, minutes=4.0).steps == (30, 120)
    assert clock(30, 60.0, steps=90, minutes=0).steps == (30, 90)
    assert clock(0, 0.0, steps=90, minutes=0).steps[0] == 0
