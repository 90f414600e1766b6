"""The tables of the comparison of presets: means over persons, and what each run is better by."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.fidelity.persons import Run
from benchmarks.harness import Column, Row, Table
from motion_transfer.evaluation.checks import training_helped
from motion_transfer.evaluation.metrics.catalogue import CANDIDATES, MIRRORED, RESULT, TRUTH, UNTRAINED

METRICS = (
    Column("person_perceptual", "perceptual distance", ".2f", "lower"),
    Column("perceptual_times", "times the candidates'", ".2f", "lower"),
    Column("person_sharpness", "sharpness, times the truth's", ".2f"),
    Column("pose_body", "pose, % of torso", ".1f", "lower"),
    Column("pose_times", "pose, times the truth's", ".2f", "lower"),
    Column("person_flicker", "person's flicker, times the truth's", ".2f", "lower"),
    Column("face_perceptual", "face, perceptual distance", ".2f", "lower"),
    Column("face_times", "face, times the candidates'", ".2f", "lower"),
    Column("hands_perceptual", "hands, perceptual distance", ".2f", "lower"),
    Column("helped", "training helped", ".0%", "higher"),
    Column("person_psnr", "person PSNR", ".2f", "higher"),
    Column("psnr_gain", "over the candidates'", "+.2f", "higher"),
    Column("person_ssim", "SSIM", ".3f", "higher"),
    Column("vmaf", "VMAF", ".1f", "higher"),
    Column("missed_body", "missed %", ".1f", "lower"),
    Column("flicker", "background's flicker, times the truth's", ".2f", "lower"),
    Column("warping", "warping, times the truth's", ".2f", "lower"),
)
COSTS = [Column(name, name, form) for name, form in (("teraflops", ".3g"), ("steps", ".0f"), ("minutes", ".1f"))]
RELATIVE = ("person_flicker", "flicker", "warping")
RESAMPLES = 10_000
NOTE = """\
Means over persons, in brackets the 95 % interval of a bootstrap over them. Perceptual distance, sharpness, PSNR in dB
and SSIM inside the person's mask, of face and hands in the part of it that lies in their boxes, at the footage's size;
times or over the candidates alone, which are what there is without training. It helped where perceptual distance and
PSNR are both better than theirs. Pose distance of the body detected on the result from the pose asked for; training
alone, FLOPs of generator and discriminator, forward and backward. A run's "truth" is what is found on the true frames
against the poses that this run was asked for; the pose distance in times is against that, or the detector's own noise
where it is larger."""


@dataclass(frozen=True)
class Result:
    """One person by every run."""

    name: str
    rendered: bool
    scores: dict[str, dict[str, Any]]
    """By the runs' names, see `measure`."""


def tables(runs: Sequence[Run], results: Sequence[Result]) -> list[Table]:
    """For rendered and for filmed people the runs, their differences from the first, and each person."""
    made = []
    for rendered, title in ((True, "Rendered pairs"), (False, "Filmed people")):
        chosen = [result for result in results if result.rendered == rendered]
        if not chosen:
            continue
        people = ", ".join(result.name for result in chosen)
        made.append(
            Table(title, [Column("film", "film"), *COSTS, *METRICS], list(_means(runs, chosen)), f"{people}. {NOTE}")
        )
        if len(runs) > 1:
            made.append(_differences(title, runs, chosen))
        each = [{"person": r.name, "run": run, **metrics(of)} for r in chosen for run, of in r.scores.items()]
        made.append(Table(f"{title}, each", [Column("person", "person"), Column("run", "run"), *METRICS], each))
    return made


def metrics(scores: dict[str, Any], film: str = RESULT) -> Row:
    """The metrics of one person by one run; NaN where one could not be measured."""
    films = scores["evaluation"]["metrics"]
    found, real, candidates = (means(films.get(name, {})) for name in (film, TRUTH, CANDIDATES))
    values = {column.name: found.get(column.name, math.nan) for column in METRICS}
    for name in RELATIVE:
        values[name] /= real.get(name) or math.nan
    # As `evaluation.checks` has it: of the truth's distance and the detector's own noise the larger one.
    noise = means(films[MIRRORED]).get("pose_body", math.nan)
    values["pose_times"] = values["pose_body"] / float(np.fmax(real.get("pose_body", math.nan), noise))
    for part in ("person", "face"):
        name = f"{part}_perceptual"
        values["perceptual_times" if part == "person" else "face_times"] = values[name] / candidates.get(name, math.nan)
    values["psnr_gain"] = values["person_psnr"] - candidates.get("person_psnr", math.nan)
    before = {name: means(films[name]) for name in (UNTRAINED, CANDIDATES) if name in films}
    if film == RESULT and (helped := training_helped(found, before)):
        values["helped"] = float(helped.kept)
    return values


def interval(values: Iterable[float]) -> list[float]:
    """Mean over persons, and the ends of its 95 % interval; NaN ends for fewer than three."""
    known = np.array([value for value in values if np.isfinite(value)])
    if len(known) < 3:
        return [float(known.mean()) if len(known) else float("nan"), float("nan"), float("nan")]
    drawn = np.random.default_rng(0).choice(known, (RESAMPLES, len(known))).mean(axis=1)
    return [float(known.mean()), *np.quantile(drawn, [0.025, 0.975]).tolist()]


def costs(scores: Sequence[dict[str, Any]]) -> Row:
    """What a training took in the mean."""
    flops = [each["flops"] for each in scores]
    training = [each["training"] for each in scores]
    return {
        "teraflops": None if None in flops else float(np.mean(flops)) / 1e12,
        "steps": float(np.mean([each["steps"] for each in training])),
        "minutes": float(np.mean([each["minutes"] for each in training])),
    }


def _means(runs: Sequence[Run], results: Sequence[Result]) -> Iterable[Row]:
    """Each run, then what it is compared with: what has no network, and the truth."""

    def intervals(run: Run, film: str = RESULT) -> Row:
        every = [
            metrics(r.scores[run.name], film) for r in results if film in r.scores[run.name]["evaluation"]["metrics"]
        ]
        return {column.name: interval(row[column.name] for row in every) for column in METRICS}

    for run in runs:
        yield {"film": run.name, **costs([result.scores[run.name] for result in results]), **intervals(run)}
    for film in ("background alone", "nearest pose's frame"):
        yield {"film": film, **intervals(runs[0], film)}
    for film in (CANDIDATES, TRUTH):
        for run in runs:
            row = intervals(run, film)
            if any(np.isfinite(mean) for mean, *_ in row.values()):
                yield {"film": f"{film} ({run.name})", **row}


def _differences(title: str, runs: Sequence[Run], results: Sequence[Result]) -> Table:
    """What each run is better by than the first one, person by person."""
    rows = []
    for run in runs[1:]:
        pairs = [(metrics(r.scores[run.name]), metrics(r.scores[runs[0].name])) for r in results]
        for column in (column for column in METRICS if column.better):
            gains = [one[column.name] - first[column.name] for one, first in pairs]
            known = [gain if column.better == "higher" else -gain for gain in gains if np.isfinite(gain)]
            better = f"{sum(gain > 0 for gain in known)} of {len(known)}"
            rows.append({"run": run.name, "metric": column.label, "difference": interval(gains), "better": better})
    columns = [Column("run", "run"), Column("metric", "metric"), Column("difference", "difference", "+.3f")]
    return Table(f"{title}, difference from {runs[0].name}", [*columns, Column("better", "better for")], rows)


def means(summaries: dict[str, Any]) -> dict[str, float]:
    """The means of a film's metrics."""
    return {name: summary["mean"] for name, summary in summaries.items()}
