"""The report: one HTML file that needs no other, and the same table as text."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2

from motion_transfer.evaluation.charts import PLOTTED, chart
from motion_transfer.evaluation.checks import Check
from motion_transfer.evaluation.metrics.catalogue import METRICS, MIRRORED, TRUTH
from motion_transfer.evaluation.statistics import Series, Summaries
from motion_transfer.files import atomic_path
from motion_transfer.types import Frame


@dataclass(frozen=True)
class Sheet:
    """An image with its caption."""

    caption: str
    image: Frame
    """RGB (H, W, 3)."""


def text_table(summaries: Summaries) -> str:
    """The means as a table for the terminal, a metric a line."""
    names = _measured(summaries)
    width = max((len(METRICS[name].heading) for name in names), default=0) + 2
    columns = {film: max(len(film), 8) + 2 for film in summaries}
    lines = [" " * width + "".join(film.rjust(space) for film, space in columns.items())]
    for name in names:
        means = {film: metrics[name].mean if name in metrics else None for film, metrics in summaries.items()}
        cells = ["-" if mean is None else _number(mean) for mean in means.values()]
        lines.append(
            METRICS[name].heading.ljust(width)
            + "".join(cell.rjust(space) for cell, space in zip(cells, columns.values(), strict=True))
        )
    return "\n".join(lines)


def write_report(
    path: Path,
    summaries: Summaries,
    series: Mapping[str, Mapping[str, Series]],
    *,
    title: str,
    facts: str,
    checks: Sequence[Check] = (),
    notes: Sequence[str] = (),
    sheets: Sequence[Sheet] = (),
    video: Path | None = None,
) -> None:
    """Write the report, complete or not at all; it needs no other file and no network to be read.

    Args:
        path: the HTML file.
        summaries: the summaries of the table.
        series: the same metrics frame by frame, for the charts.
        title: its heading.
        facts: a line about what was measured.
        checks: the result against what a good one has to keep to.
        notes: what could not be measured, and why.
        sheets: images.
        video: an MP4 to show at the top.
    """
    from jinja2 import Environment

    template = files("motion_transfer.evaluation").joinpath("report.html.jinja").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True).from_string(template)
    text = page.render(
        title=title,
        facts=facts,
        checks=checks,
        notes=notes,
        films=list(summaries),
        rows=[_row(name, summaries) for name in _measured(summaries)],
        charts=[
            {"alt": f"{METRICS[name].label} over time", "svg": _base64(svg.encode())}
            for name in PLOTTED
            if (svg := chart(name, series)) is not None
        ],
        sheets=[{"caption": sheet.caption, "image": _base64(_jpeg(sheet.image))} for sheet in sheets],
        video=None if video is None else _base64(video.read_bytes()),
    )
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _measured(summaries: Summaries) -> list[str]:
    """The metrics that any of the films has, in their order."""
    return [
        name
        for name in METRICS
        if any(name in metrics and metrics[name].mean is not None for metrics in summaries.values())
    ]


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"


def _row(name: str, summaries: Summaries) -> dict[str, Any]:
    """A line of the table: a cell a film, None where it was not measured."""
    metric = METRICS[name]
    means = {film: metrics[name].mean for film, metrics in summaries.items() if name in metrics}
    compared = [mean for film, mean in means.items() if film not in (TRUTH, MIRRORED) and mean is not None]
    best = (max if metric.higher_is_better else min)(compared) if len(compared) > 1 else None
    cells: list[dict[str, Any] | None] = []
    for film, metrics in summaries.items():
        summary = metrics.get(name)
        if summary is None or summary.mean is None or summary.low is None or summary.high is None:
            cells.append(None)
            continue
        cells.append(
            {
                "mean": _number(summary.mean),
                "interval": f"{_number(summary.low)} to {_number(summary.high)}",
                "best": film not in (TRUTH, MIRRORED) and summary.mean == best,
            }
        )
    better = "higher" if metric.higher_is_better else "lower"
    return {"label": metric.label, "unit": metric.unit, "better": better, "cells": cells}


def _jpeg(image: Frame) -> bytes:
    return cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
