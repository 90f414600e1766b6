"""The metrics of an evaluation against what a good result has to keep to."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from motion_transfer.evaluation.metrics.catalogue import METRICS, MIRRORED, RESULT, TRUTH
from motion_transfer.evaluation.statistics import Summaries

MOST_POSE = 1.2  # times the detector's noise, or the truth's own distance, that a result's pose distance may be
MOST_MISSED = 1.0  # percent of the body's joints that may be missed on a result
MOST_FLICKER = 1.1  # times the real footage's flicker that a result's background may flicker
LEAST_FLICKER = 0.05  # grey levels: below them no flicker is visible, whatever the ratio


@dataclass(frozen=True)
class Check:
    """A limit that a good result has to keep to."""

    kept: bool
    text: str  # what was measured and what is allowed, in words


def checks(summaries: Summaries) -> list[Check]:
    """The limits that can be checked by the metrics that were measured.

    Args:
        summaries: for `RESULT`, `TRUTH`, `MIRRORED` and the baselines the summary of each metric.
    """
    return [*_beats_baselines(summaries), *_poses(summaries), *_flicker(summaries)]


def _beats_baselines(summaries: Summaries) -> Iterator[Check]:
    for name in ("person_psnr", "person_ssim"):
        own = _mean(summaries, RESULT, name)
        others = {
            video: value
            for video in summaries
            if video not in (RESULT, TRUTH, MIRRORED) and not math.isnan(value := _mean(summaries, video, name))
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


def _poses(summaries: Summaries) -> Iterator[Check]:
    distance, noise = _mean(summaries, RESULT, "pose_body"), _mean(summaries, MIRRORED, "pose_body")
    real = _mean(summaries, TRUTH, "pose_body")
    if not math.isnan(distance) and noise > 0:
        # Where the pose came from another dancer, no result can be nearer to it than the truth.
        allowed, unit = (real, "as far as the truth itself") if real > noise else (noise, "the detector's own noise")
        yield Check(
            distance <= MOST_POSE * allowed,
            f"The body detected on the result lies {distance:.1f} % of the torso from the pose asked for: "
            f"{distance / allowed:.2f} times {unit} ({allowed:.1f} %); at most {MOST_POSE} times is good.",
        )
    missed = _mean(summaries, RESULT, "missed_body")
    if not math.isnan(missed):
        yield Check(
            missed <= MOST_MISSED,
            f"{missed:.1f} % of the body's joints are missed on the result; at most {MOST_MISSED:.0f} % is good.",
        )


def _flicker(summaries: Summaries) -> Iterator[Check]:
    own, real = _mean(summaries, RESULT, "flicker"), _mean(summaries, TRUTH, "flicker")
    if math.isnan(own) or math.isnan(real):
        return
    times = f"{own / real:.2f} times the real footage's {real:.2f}" if real else "the real footage's is 0"
    yield Check(
        own <= max(MOST_FLICKER * real, LEAST_FLICKER),
        f"The background flickers by {own:.2f} grey levels, {times}; at most {MOST_FLICKER} times is good.",
    )


def _mean(summaries: Summaries, video: str, name: str) -> float:
    """A metric's mean; NaN if it was not measured."""
    summary = summaries.get(video, {}).get(name)
    return math.nan if summary is None else summary.mean
