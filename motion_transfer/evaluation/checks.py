"""What the figures of an evaluation say in plain words, against what a good result has to keep to."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from motion_transfer.evaluation.measure import METRICS
from motion_transfer.evaluation.statistics import Summary

TRUTH, MIRRORED = "truth", "truth, mirrored"
"""What stands beside a result without competing with it: the true film, and what is seen on it in the mirror."""

MOST_POSE = 1.2
"""Times as far as the real frames by which what is seen on a result may lie from the pose that was asked for."""

MOST_MISSED = 1.0
"""Percent of the body's joints that may not be found on a result."""

MOST_FLICKER = 1.1
"""Times the real footage's flicker that a result's background may flicker."""

LEAST_FLICKER = 0.05
"""Grey levels: below them nothing can be seen, whatever the ratio."""

Summaries = Mapping[str, Mapping[str, Summary]]


@dataclass(frozen=True)
class Check:
    """One thing that a good result has to keep to."""

    kept: bool
    text: str
    """What was found, and what is allowed, in words."""


def checks(figures: Summaries) -> list[Check]:
    """What can be said of a result by the figures that there are.

    Args:
        figures: for "result", `TRUTH`, `MIRRORED` and the baselines the summary of each figure.
    """
    return [*_beats_baselines(figures), *_poses(figures), *_flicker(figures)]


def _beats_baselines(figures: Summaries) -> Iterator[Check]:
    for name in ("person_psnr", "person_ssim"):
        own = _mean(figures, "result", name)
        others = {
            film: value
            for film in figures
            if film not in ("result", TRUTH, MIRRORED) and not math.isnan(value := _mean(figures, film, name))
        }
        if math.isnan(own) or not others:
            continue
        best = max(others, key=others.__getitem__)
        kept = own > others[best]
        unit = f" {METRICS[name].unit}" if METRICS[name].unit else ""
        yield Check(
            kept,
            f"{METRICS[name].label} is {own:.3g}{unit}, {'above' if kept else 'not above'} that of the best baseline "
            f"({best}: {others[best]:.3g}{unit}).",
        )


def _poses(figures: Summaries) -> Iterator[Check]:
    distance, noise = _mean(figures, "result", "pose_body"), _mean(figures, MIRRORED, "pose_body")
    real = _mean(figures, TRUTH, "pose_body")
    if not math.isnan(distance) and noise > 0:
        # Nothing can be seen nearer to a pose than the truth is, where that pose came from another dancer.
        least, whose = (real, "as far as the truth itself") if real > noise else (noise, "the detector's own noise")
        yield Check(
            distance <= MOST_POSE * least,
            f"The body seen on the result lies {distance:.1f} % of the torso from the pose asked for: "
            f"{distance / least:.2f} times {whose} ({least:.1f} %); at most {MOST_POSE} times is good.",
        )
    missed = _mean(figures, "result", "missed_body")
    if not math.isnan(missed):
        yield Check(
            missed <= MOST_MISSED,
            f"{missed:.1f} % of the body's joints are not found on the result; at most {MOST_MISSED:.0f} % is good.",
        )


def _flicker(figures: Summaries) -> Iterator[Check]:
    own, real = _mean(figures, "result", "flicker"), _mean(figures, TRUTH, "flicker")
    if math.isnan(own) or math.isnan(real):
        return
    times = f"{own / real:.2f} times the real footage's {real:.2f}" if real else "the real footage's is 0"
    yield Check(
        own <= max(MOST_FLICKER * real, LEAST_FLICKER),
        f"The background flickers by {own:.2f} grey levels, {times}; at most {MOST_FLICKER} times is good.",
    )


def _mean(figures: Summaries, film: str, name: str) -> float:
    """A figure's mean; NaN if it was not measured."""
    summary = figures.get(film, {}).get(name)
    return math.nan if summary is None or summary.mean is None else summary.mean
