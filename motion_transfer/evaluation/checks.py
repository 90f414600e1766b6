"""The metrics of an evaluation against what a good result has to keep to."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from motion_transfer.evaluation.metrics.catalogue import CANDIDATES, MIRRORED, RESULT, TRUTH, UNTRAINED
from motion_transfer.evaluation.statistics import Summaries

SHARPNESS = (0.6, 1.2)  # times the truth's: less is blown up, more is torn or noisy
MOST_POSE = 1.2  # times the detector's noise, or the truth's own distance, that a result's pose distance may be
MOST_MISSED = 1.0  # percent of the body's joints that may be missed on a result
MOST_PERSON_FLICKER = 1.15  # times the real footage's flicker that a result's person may flicker
MOST_FLICKER = 1.1  # the same of its background
LEAST_FLICKER = 0.05  # grey levels: below them no flicker is visible, whatever the ratio

Means = Mapping[str, float]
"""The mean of each metric of a video that was measured."""


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
    means = {video: {name: summary.mean for name, summary in metrics.items()} for video, metrics in summaries.items()}
    result, truth, mirrored = (means.pop(video, {}) for video in (RESULT, TRUTH, MIRRORED))
    helped = training_helped(result, means)
    return [
        *_beats_baselines(result, means),
        *([helped] if helped else []),
        *_sharpness(result),
        *_poses(result, truth, mirrored),
        *_flicker(result, truth),
    ]


def training_helped(result: Means, baselines: Mapping[str, Means]) -> Check | None:
    """Whether training made a result better than what it began from, by perceptual distance and by PSNR.

    Args:
        result: what was measured on it.
        baselines: what was measured on the baselines, over the same frames. It began from the base weights, or, where
            there are none, from the candidates alone.

    Returns:
        Kept if both are better; None where one of them was not measured.
    """
    began = UNTRAINED if UNTRAINED in baselines else CANDIDATES
    before = baselines.get(began, {})
    pairs = [(result.get(name), before.get(name)) for name in ("person_perceptual", "person_psnr")]
    (distance, untrained), (psnr, untrained_psnr) = pairs
    if distance is None or untrained is None or psnr is None or untrained_psnr is None:
        return None
    helped = distance < untrained and psnr > untrained_psnr
    return Check(
        helped,
        f"Training {'helped' if helped else 'did not help'}: the perceptual distance is {distance:.3g} "
        f"({began}: {untrained:.3g}), the person's PSNR {psnr:.2f} dB ({untrained_psnr:.2f} dB).",
    )


def _beats_baselines(result: Means, baselines: Mapping[str, Means]) -> Iterator[Check]:
    name = "person_perceptual"
    others = {video: means[name] for video, means in baselines.items() if name in means}
    if name in result and others:
        best = min(others, key=others.__getitem__)
        kept = result[name] < others[best]
        yield Check(
            kept,
            f"The perceptual distance is {result[name]:.3g}, {'below' if kept else 'not below'} that of the best "
            f"baseline ({best}: {others[best]:.3g}).",
        )


def _sharpness(result: Means) -> Iterator[Check]:
    if "person_sharpness" in result:
        sharpness, (least, most) = result["person_sharpness"], SHARPNESS
        yield Check(
            least <= sharpness <= most,
            f"The person is {sharpness:.2f} times as sharp as the real one; {least} to {most} times is good.",
        )


def _poses(result: Means, truth: Means, mirrored: Means) -> Iterator[Check]:
    distance, noise, real = (means.get("pose_body", math.nan) for means in (result, mirrored, truth))
    if not math.isnan(distance) and noise > 0:
        # Where the pose came from another dancer, no result can be nearer to it than the truth.
        allowed, unit = (real, "as far as the truth itself") if real > noise else (noise, "the detector's own noise")
        yield Check(
            distance <= MOST_POSE * allowed,
            f"The body detected on the result lies {distance:.1f} % of the torso from the pose asked for: "
            f"{distance / allowed:.2f} times {unit} ({allowed:.1f} %); at most {MOST_POSE} times is good.",
        )
    if "missed_body" in result:
        missed = result["missed_body"]
        yield Check(
            missed <= MOST_MISSED,
            f"{missed:.1f} % of the body's joints are missed on the result; at most {MOST_MISSED:.0f} % is good.",
        )


def _flicker(result: Means, truth: Means) -> Iterator[Check]:
    for name, who, most in (
        ("person_flicker", "person", MOST_PERSON_FLICKER),
        ("flicker", "background", MOST_FLICKER),
    ):
        if name in result and name in truth:
            own, real = result[name], truth[name]
            times = f"{own / real:.2f} times the real footage's {real:.2f}" if real else "the real footage's is 0"
            yield Check(
                own <= max(most * real, LEAST_FLICKER),
                f"The {who} flickers by {own:.2f} grey levels, {times}; at most {most} times is good.",
            )
