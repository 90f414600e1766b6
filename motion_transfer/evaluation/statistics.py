"""Mean of a metric over a clip, with its confidence interval."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]
"""One number a frame, (T,); NaN in frames that do not show what is measured."""

RESAMPLES = 1000
LEVEL = 0.95


@dataclass(frozen=True)
class Summary:
    """A series in four numbers."""

    mean: float
    low: float  # lower end of the 95 % confidence interval of the mean
    high: float
    frames: int  # that could be measured


Summaries = Mapping[str, Mapping[str, Summary]]
"""For each video the summary of each metric that was measured."""


def summarise(values: Series, *, block: int = 25) -> Summary | None:
    """Mean of a series over the frames that could be measured, with a confidence interval; None if there are none.

    The interval is a bootstrap's over blocks of consecutive frames (Künsch 1989): neighbouring frames are much
    alike, and resampling them one by one would make the interval several times too narrow.

    Args:
        values: (T,).
        block: frames in a block; about a second.
    """
    measured = values[np.isfinite(values)]
    count = len(measured)
    if count == 0:
        return None
    length = min(block, max(1, count // 4))  # a short clip still has a few blocks to draw
    starts = np.arange(count - length + 1)
    means = np.convolve(measured, np.full(length, 1 / length), mode="valid")[starts]
    random = np.random.default_rng(0)  # the same series, the same interval
    drawn = random.choice(means, (RESAMPLES, -(-count // length))).mean(axis=1)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    mean = float(measured.mean())
    return Summary(mean, min(mean, float(low)), max(mean, float(high)), count)


def means(metrics: Mapping[str, Series]) -> dict[str, float]:
    """The mean of each series over the frames that could be measured; those without any are left out."""
    measured = {name: values[np.isfinite(values)] for name, values in metrics.items()}
    return {name: float(values.mean()) for name, values in measured.items() if len(values)}
