"""The report: one HTML file that holds all it shows, and the same table as text."""

import base64
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from motion_transfer.evaluation.checks import MIRRORED, TRUTH, Check
from motion_transfer.evaluation.measure import METRICS, Metric
from motion_transfer.evaluation.statistics import Series, Summary
from motion_transfer.files import atomic_path
from motion_transfer.types import Frame

Figures = Mapping[str, Mapping[str, Summary]]
"""For each film the summary of each figure."""

COLOURS = ("#c2410c", "#2563eb", "#64748b", "#059669", "#111827", "#a855f7")
"""Of the films in their order: result, three baselines, truth, truth mirrored."""
PLOTTED = ("person_ssim", "person_psnr", "pose_body", "flicker", "warping", "colour")
PLOT_SIZE = (900, 160)


@dataclass(frozen=True)
class Sheet:
    """A picture with what it shows."""

    caption: str
    picture: Frame
    """RGB (H, W, 3)."""


def text_table(figures: Figures) -> str:
    """The means as a table for the terminal, a figure a line."""
    names = _measured(figures)
    width = max((len(_heading(METRICS[name])) for name in names), default=0) + 2
    columns = {film: max(len(film), 8) + 2 for film in figures}
    lines = [" " * width + "".join(film.rjust(space) for film, space in columns.items())]
    for name in names:
        cells = [_mean_text(figures[film].get(name)).rjust(space) for film, space in columns.items()]
        lines.append(_heading(METRICS[name]).ljust(width) + "".join(cells))
    return "\n".join(lines)


def write_report(
    path: Path,
    *,
    title: str,
    facts: str,
    figures: Figures,
    series: Mapping[str, Mapping[str, Series]],
    checks: Sequence[Check] = (),
    notes: Sequence[str] = (),
    sheets: Sequence[Sheet] = (),
    video: Path | None = None,
) -> None:
    """Write the report, whole or not at all; it needs no other file and no network to be read.

    Args:
        path: the HTML file.
        title: its heading.
        facts: a line about what was measured.
        figures: the summaries of the table.
        series: the same figures frame by frame, for the plots.
        checks: what the figures say in plain words.
        notes: what could not be measured, and why.
        sheets: pictures.
        video: an MP4 to show at the top.
    """
    from jinja2 import Environment

    template = files("motion_transfer.evaluation").joinpath("report.html.jinja").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True).from_string(template)
    text = page.render(
        title=title,
        facts=facts,
        checks=[{"kept": verdict.kept, "text": verdict.text} for verdict in checks],
        notes=list(notes),
        films=list(figures),
        rows=[_row(name, figures) for name in _measured(figures)],
        plots=[plot for name in PLOTTED if (plot := _plot(name, series)) is not None],
        sheets=[{"caption": sheet.caption, "image": _jpeg(sheet.picture)} for sheet in sheets],
        video=None if video is None else base64.b64encode(video.read_bytes()).decode(),
    )
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _measured(figures: Figures) -> list[str]:
    """The figures that any of the films has, in their order."""
    return [name for name in METRICS if any(_known(film.get(name)) for film in figures.values())]


def _known(summary: Summary | None) -> bool:
    return summary is not None and summary.mean is not None


def _heading(measure: Metric) -> str:
    return f"{measure.label} ({measure.unit})" if measure.unit else measure.label


def _mean_text(summary: Summary | None) -> str:
    return "-" if summary is None or summary.mean is None else _number(summary.mean)


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"


def _row(name: str, figures: Figures) -> dict[str, Any]:
    measure = METRICS[name]
    means = {
        film: summary.mean
        for film, each in figures.items()
        if film not in (TRUTH, MIRRORED) and (summary := each.get(name)) is not None and summary.mean is not None
    }
    best = (max if measure.higher_is_better else min)(means.values(), default=None)
    cells: list[dict[str, Any] | None] = []
    for film, each in figures.items():
        summary = each.get(name)
        if summary is None or summary.mean is None or summary.low is None or summary.high is None:
            cells.append(None)
            continue
        interval = f"{_number(summary.low)} to {_number(summary.high)}"
        cells.append(
            {"mean": _number(summary.mean), "interval": interval, "best": len(means) > 1 and means.get(film) == best}
        )
    better = "higher" if measure.higher_is_better else "lower"
    return {"label": measure.label, "unit": measure.unit, "better": better, "cells": cells}


def _plot(name: str, series: Mapping[str, Mapping[str, Series]]) -> dict[str, Any] | None:
    """A figure over time, one line a film, as SVG coordinates; None if there is nothing to show."""
    shown = {film: each[name] for film, each in series.items() if name in each and np.isfinite(each[name]).sum() > 1}
    if not shown:
        return None
    known = np.concatenate([values[np.isfinite(values)] for values in shown.values()])
    low, high = float(known.min()), float(known.max())
    width, height = PLOT_SIZE
    lines = []
    colours = dict(zip(series, itertools.cycle(COLOURS), strict=False))  # a film has one colour in all plots
    for film, values in shown.items():
        at = np.flatnonzero(np.isfinite(values))
        x = at / max(len(values) - 1, 1) * width
        y = (height - 4) - (values[at] - low) / max(high - low, 1e-9) * (height - 8)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        lines.append({"name": film, "colour": colours[film], "points": points})
    return {"caption": _heading(METRICS[name]), "low": _number(low), "high": _number(high), "lines": lines}


def _jpeg(picture: Frame) -> str:
    encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    return base64.b64encode(encoded.tobytes()).decode()
