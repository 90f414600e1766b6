from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.video.probing.rate import frame_rate, usual_rate

USUAL = [Fraction(rate) for rate in (10, 12, 15, 16, 24, 25, 30, 48, 50, 60)]
NTSC = [Fraction(rate, 1001) for rate in (24000, 30000, 60000)]


@given(rate=st.sampled_from(USUAL + NTSC), frames=st.integers(2, 3000), start=st.integers(0, 10**6))
def test_milliseconds_do_not_hide_a_usual_rate(rate: Fraction, frames: int, start: int) -> None:
    times = [start + round(index * 1000 / rate) for index in range(frames)]
    found, variable = frame_rate(times, Fraction(1, 1000), average=round(float(rate), 2), nominal=None)
    assert (found, variable) == (rate, False)


@given(step=st.integers(1, 10**5), tick=st.fractions(Fraction(1, 10**6), Fraction(1, 10)), frames=st.integers(2, 50))
def test_equal_steps_of_an_exact_clock_are_taken_at_their_word(step: int, tick: Fraction, frames: int) -> None:
    if tick == Fraction(1, 1000):
        return
    times = [7 + index * step for index in range(frames)]
    assert frame_rate(times, tick, average=None, nominal=None) == (1 / (step * tick), False)


def test_dropped_frames_make_a_rate_variable_and_leave_its_name() -> None:
    times = [index * 1001 for index in range(300) if index % 7 not in (3, 5)]
    assert frame_rate(times, Fraction(1, 30000), average=21.41, nominal=29.97) == (Fraction(30000, 1001), True)


def test_a_senseless_nominal_rate_gives_way_to_the_usual_step() -> None:
    times = [index * 3000 + (index % 3) * 200 for index in range(300)]
    rate, variable = frame_rate(times, Fraction(1, 90000), average=30.0, nominal=90000.0)
    assert variable
    assert 25 < rate < 32


@pytest.mark.parametrize("rate", USUAL + NTSC)
def test_two_decimals_are_enough_to_name_a_usual_rate(rate: Fraction) -> None:
    assert usual_rate(round(float(rate), 2)) == rate
