"""The frame rate as an exact fraction, from the times at which a clip's frames are shown."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

COARSE = 8  # a clock that ticks fewer times a frame counts frames, it does not round their times


def frame_rate(
    times: Sequence[int], tick: Fraction, *, average: float | None, nominal: float | None
) -> tuple[Fraction, bool]:
    """The rate of a clip whose frames are shown at `times`.

    Containers store times in ticks of their own clock, which may be too coarse for the rate: Matroska's
    milliseconds show 30000/1001 as 33, 33, 34, ... A clip counts as constant if one rate explains all its
    times to within one tick; of all such rates the usual one (an integer or a thousand 1001st of one) wins.

    Args:
        times: ascending, in ticks; at least one.
        tick: seconds.
        average: the container's mean rate, rounded to two decimals; decides between several that fit.
        nominal: the container's guess at the intended rate, likewise; used where the rate is variable.

    Returns:
        Frames a second, and whether the rate is variable (then the rate is the nominal one).
    """
    if len(times) < 2 or times[-1] == times[0]:
        return usual_rate(nominal or average or 25.0), False
    steps = {later - earlier for earlier, later in pairwise(times)}
    rounded = tick == Fraction(1, 1000)
    if len(steps) == 1 and not rounded:
        return 1 / (steps.pop() * tick), False
    fitting = _fitting_rates(times, tick)
    if fitting is not None:
        return _best_between(*fitting, near=average), False
    mean = float((len(times) - 1) / ((times[-1] - times[0]) * tick))
    if nominal is not None and 0.99 * mean <= nominal <= 2 * mean:
        return usual_rate(nominal), True
    ordered = sorted(later - earlier for earlier, later in pairwise(times))
    typical = max(1, ordered[len(ordered) // 2])
    return usual_rate(float(1 / (typical * tick))), True


def usual_rate(rate: float) -> Fraction:
    """The exact rate meant by one that was rounded to two decimals: 29.97 is 30000/1001."""
    choices = [c for integer in {floor(rate), ceil(rate)} if integer > 0 for c in _usual(integer)]
    best = min(choices, key=lambda choice: abs(choice - rate), default=None)
    if best is not None and abs(best - rate) <= 0.006:
        return best
    return Fraction(rate).limit_denominator(1000)


def _usual(rate: int) -> tuple[Fraction, Fraction]:
    return Fraction(rate), Fraction(rate * 1000, 1001)


def _fitting_rates(times: Sequence[int], tick: Fraction) -> tuple[Fraction, Fraction] | None:
    """The lowest and highest constant rate that put every frame within one tick of its time."""
    shortest, longest = Fraction(times[1] - times[0] - 1), Fraction(times[1] - times[0] + 1)
    for index, time in enumerate(times[1:], start=1):
        # Compared crosswise: a fraction is made only where the bound moves.
        elapsed = time - times[0]
        if (elapsed - 1) * shortest.denominator > shortest.numerator * index:
            shortest = Fraction(elapsed - 1, index)
        if (elapsed + 1) * longest.denominator < longest.numerator * index:
            longest = Fraction(elapsed + 1, index)
    if shortest > longest or shortest < COARSE:
        return None
    return 1 / (longest * tick), 1 / (shortest * tick)


def _best_between(low: Fraction, high: Fraction, near: float | None) -> Fraction:
    usual = [rate for integer in range(ceil(low), floor(high * 1001 / 1000) + 1) for rate in _usual(integer)]
    usual = [rate for rate in usual if low <= rate <= high]
    if usual:
        middle = float((low + high) / 2) if near is None else near
        return min(usual, key=lambda rate: abs(float(rate) - middle))
    return _simplest_between(low, high)


def _simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator from `low` to `high`, by their common continued fraction."""
    integer = floor(low)
    if integer == low or integer + 1 <= high:
        return Fraction(ceil(low))
    return integer + 1 / _simplest_between(1 / (high - integer), 1 / (low - integer))
