"""The tables of the comparison of presets: means over subjects, and what each run is better by."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

COLUMNS = {
    "person_psnr": ("person PSNR", ".2f", 1),
    "person_ssim": ("SSIM", ".3f", 1),
    "person_gmsd": ("GMSD", ".3f", -1),
    "face_ssim": ("face SSIM", ".3f", 1),
    "hands_ssim": ("hands SSIM", ".3f", 1),
    "vmaf": ("VMAF", ".1f", 1),
    "pose_body": ("pose, % of torso", ".1f", -1),
    "pose_times": ("pose, times the truth's", ".2f", -1),
    "missed_body": ("missed %", ".1f", -1),
    "flicker": ("flicker, times the footage's", ".2f", -1),
    "warping": ("warping, times the footage's", ".2f", -1),
}
"""What is shown: its heading, its form, and whether more is better (1) or less (-1)."""

COLLAGE = "candidates alone"
RELATIVE = ("flicker", "warping")
RESAMPLES = 10_000

NOTE = """\
Means over subjects, in brackets the 95 % interval of a bootstrap over them; a difference is taken subject by subject,
and "better" counts the subjects for which it points to the better side. PSNR in dB, SSIM and GMSD (less is better) in
the person's box; pose distance of the body detected on the result from the pose asked for; compute a subject: training
alone, FLOPs of generator and discriminator, forward and backward. A run's "truth" is what is seen on the true frames
against the poses that this run was asked for; the pose distance in times is against that, or the detector's own noise
where it is larger."""


def page(result: dict[str, Any]) -> str:
    """The tables in Markdown: for rendered and for filmed people, the runs and the differences from the first one."""
    parts = ["# Fidelity against compute", ""]
    for rendered, title in ((True, "Rendered pairs"), (False, "Filmed people, held-out end")):
        subjects = {name: each for name, each in result["subjects"].items() if each["rendered"] == rendered}
        if subjects:
            parts += [f"## {title}: {', '.join(subjects)}", "", *_tables(result["runs"], list(subjects.values())), ""]
    return "\n".join([*parts, NOTE]) + "\n"


def figures(scores: dict[str, Any], film: str = "result") -> dict[str, float]:
    """The figures of one subject by one run that are shown; NaN where one could not be measured."""
    found, real = scores["metrics"].get(film, {}), scores["metrics"]["truth"]
    values = {name: _mean(found, name) for name in COLUMNS}
    for name in RELATIVE:
        values[name] /= _mean(real, name) or float("nan")
    # As `evaluation.checks` has it: of the truth's distance and the detector's own noise the larger one.
    values["pose_times"] = values["pose_body"] / float(np.fmax(_mean(real, "pose_body"), _noise(scores)))
    return values


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean over subjects, and the ends of its 95 % interval; NaN ends for fewer than three."""
    known = np.array([value for value in values if np.isfinite(value)])
    if not len(known):
        return (float("nan"),) * 3
    if len(known) < 3:
        return float(known.mean()), float("nan"), float("nan")
    drawn = np.random.default_rng(0).choice(known, (RESAMPLES, len(known))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(known.mean()), float(low), float(high)


def cost(scores: dict[str, Any]) -> tuple[float, float]:
    """Teraflops and minutes of a training."""
    flops = scores["flops"]
    return (float("nan") if flops is None else flops / 1e12), float(scores["training"]["minutes"])


def _tables(runs: list[dict[str, Any]], subjects: list[dict[str, Any]]) -> list[str]:
    names = [run["name"] for run in runs]
    rows = [["run", "teraflops", "steps", "minutes", *(heading for heading, _, _ in COLUMNS.values())]]
    for run in names:
        scores = [each["scores"][run] for each in subjects]
        flops, minutes = np.mean([cost(each) for each in scores], axis=0)
        steps = np.mean([each["training"]["steps"] for each in scores])
        rows.append([run, f"{flops:.3g}", f"{steps:.0f}", f"{minutes:.1f}", *_cells(map(figures, scores))])
    for film in ("background alone", "nearest pose's frame"):
        shown = [figures(each["scores"][names[0]], film) for each in subjects]
        rows.append([film, "", "", "", *_cells(shown)])
    for run in names:  # what a network with a memory begins from
        scores = [each["scores"][run] for each in subjects]
        shown = [figures(each, COLLAGE) for each in scores if COLLAGE in each["metrics"]]
        if shown:
            rows.append([f"{COLLAGE} ({run})", "", "", "", *_cells(shown)])
    for run in names:  # which asked for poses of their own
        shown = [figures(each["scores"][run], "truth") for each in subjects]
        rows.append([f"truth ({run})", "", "", "", *_cells(shown)])
    noise = [_noise(each["scores"][names[0]]) for each in subjects]
    lines = [
        *_markdown(rows),
        "",
        f"The detector's own noise on the real frames: {interval(noise)[0]:.1f} % of the torso.",
    ]
    if len(names) > 1:
        lines += ["", f"Difference from {names[0]}, subject by subject:", "", *_markdown(_differences(names, subjects))]
    return lines


def _noise(scores: dict[str, Any]) -> float:
    """How far the detector is from itself on the real frames, in percent of the torso."""
    return _mean(scores["metrics"]["truth, mirrored"], "pose_body")


def _cells(rows: Iterable[dict[str, float]]) -> list[str]:
    shown = list(rows)
    return [_cell([row[name] for row in shown], form) for name, (_, form, _) in COLUMNS.items()]


def _cell(values: Sequence[float], form: str, sign: str = "") -> str:
    mean, low, high = interval(values)
    if np.isnan(mean):
        return "–"
    ends = "" if np.isnan(low) else f" ({format(low, sign + form)} to {format(high, sign + form)})"
    return format(mean, sign + form) + ends


def _differences(names: list[str], subjects: list[dict[str, Any]]) -> list[list[str]]:
    rows = [["figure", *names[1:]]]
    first = [figures(each["scores"][names[0]]) for each in subjects]
    for name, (heading, form, sign) in COLUMNS.items():
        cells = []
        for run in names[1:]:
            own = [figures(each["scores"][run]) for each in subjects]
            gains = [a[name] - b[name] for a, b in zip(own, first, strict=True)]
            known = [gain for gain in gains if np.isfinite(gain)]
            better = sum(sign * gain > 0 for gain in known)
            cells.append(f"{_cell(gains, form, '+')}, better {better} of {len(known)}")
        rows.append([heading, *cells])
    return rows


def _markdown(rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]


def _mean(found: dict[str, Any], name: str) -> float:
    value = found.get(name, {}).get("mean")
    return float("nan") if value is None else float(value)
