"""The files of an evaluation: `evaluation.json`, and a report in one HTML file that needs no other."""

import base64
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.evaluation.metrics.catalogue import HEADLINE, METRICS, MIRRORED, RESULT, TRUTH, Metric
from motion_transfer.evaluation.result import Evaluation
from motion_transfer.evaluation.statistics import Series, Summaries, Summary
from motion_transfer.files import atomic_path
from motion_transfer.types import Frame
from motion_transfer.unfinished import temporary_folder
from motion_transfer.video import VideoWriter

SHEET_FRAMES = 6  # of each contact sheet
PLOTTED = (*HEADLINE, "person_psnr", "flicker", "color")
COLORS = ("#c2410c", "#2563eb", "#64748b", "#059669", "#111827", "#a855f7")
"""Of the videos in their order, the same in all charts: result, three baselines, truth, truth mirrored."""


def text_table(summaries: Summaries) -> str:
    """The means as a table for the terminal, a metric a line."""
    rows = list(_rows(summaries))
    width = max((len(metric.heading) for metric, _ in rows), default=0) + 2
    columns = [max(len(video), 8) + 2 for video in summaries]
    lines = [("", summaries), *((metric.heading, [_number(cell) for cell in cells]) for metric, cells in rows)]
    return "\n".join(
        head.ljust(width) + "".join(cell.rjust(column) for cell, column in zip(cells, columns, strict=True))
        for head, cells in lines
    )


def write_evaluation(
    evaluation: Evaluation, folder: Path, result: Iterable[Frame], truth: Iterable[Frame] | None
) -> None:
    """Write `evaluation.json` and `report.html`, with the videos side by side and frames from best to worst.

    Args:
        evaluation: what was measured.
        folder: where to; made if it does not exist.
        result: T frames, RGB (H, W, 3); read once.
        truth: the T frames that it was compared with, if there were any; read once.
    """
    from jinja2 import Environment

    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / "evaluation.json") as path:
        path.write_text(json.dumps(evaluation.to_dict(), indent=2) + "\n", encoding="utf-8")
    chosen = _choose_frames(evaluation, "warping" if truth is None else "person_perceptual")
    videos = [result] if truth is None else [truth, result]
    kept: dict[int, tuple[Frame, ...]] = {index: () for indices in chosen.values() for index in indices}
    with temporary_folder() as temporary:
        comparison = temporary / "comparison.mp4"
        width, height = evaluation.size
        with VideoWriter(comparison, size=(len(videos) * width, height), fps=evaluation.fps) as writer:
            for index, images in enumerate(zip(*videos, strict=True)):
                writer.write(np.concatenate(images, axis=1))
                if index in kept:
                    kept[index] = images
        encoded = _base64(comparison.read_bytes())
    sheets = {
        f"{kind} frames ({', '.join(map(str, indices))})": np.concatenate(
            [np.concatenate(kept[index], axis=0) for index in indices], axis=1
        )
        for kind, indices in chosen.items()
    }
    charts = {METRICS[name].label: _chart(name, evaluation.series) for name in PLOTTED}
    summaries = evaluation.summaries()
    template = files("motion_transfer.evaluation").joinpath("report.html.jinja").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True).from_string(template)
    text = page.render(
        evaluation=evaluation,
        videos=list(summaries),
        tables=_tables(summaries),
        number=_number,
        sheets={caption: _base64(_jpeg(image)) for caption, image in sheets.items()},
        charts={label: _base64(svg.encode()) for label, svg in charts.items() if svg is not None},
        comparison=encoded,
    )
    with atomic_path(folder / "report.html") as path:
        path.write_text(text, encoding="utf-8")


def _tables(summaries: Summaries) -> dict[str, list[tuple[Metric, list[Summary | None], Summary | None]]]:
    """The headline's rows and the others by their titles: metric, summaries, and the best of these."""
    rows = [(metric, cells, _best(metric, summaries, cells)) for metric, cells in _rows(summaries)]
    first = [METRICS[name] for name in HEADLINE]
    return {
        "Metrics": [row for row in rows if row[0] in first],
        "For comparison": [row for row in rows if row[0] not in first],
    }


def _rows(summaries: Summaries) -> Iterator[tuple[Metric, list[Summary | None]]]:
    """Each metric that was measured, with its summary for each video."""
    for name, metric in METRICS.items():
        cells = [metrics.get(name) for metrics in summaries.values()]
        if any(cells):
            yield metric, cells


def _best(metric: Metric, summaries: Summaries, cells: list[Summary | None]) -> Summary | None:
    """The best of several videos, the truth not counted."""
    compared = [cell for video, cell in zip(summaries, cells, strict=True) if video not in (TRUTH, MIRRORED) and cell]
    return min(compared, key=lambda cell: metric.badness(cell.mean)) if len(compared) > 1 else None


def _number(summary: Summary | float | None) -> str:
    value = summary.mean if isinstance(summary, Summary) else summary
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"


def _choose_frames(evaluation: Evaluation, name: str) -> dict[str, list[int]]:
    """The best, median and worst frames of the result by a metric, each group in the order of the clip."""
    values = evaluation.series[RESULT].get(name, np.empty(0))
    order = np.flatnonzero(np.isfinite(values))
    if len(order) == 0:
        return {}
    order = order[np.argsort(values[order])]  # of both metrics that it is called with, lower is better
    groups = {"best": order, "median": order[max(0, len(order) // 2 - SHEET_FRAMES) :], "worst": order[::-1]}
    return {kind: sorted(_apart(each, len(values))) for kind, each in groups.items()}


def _apart(order: npt.NDArray[np.int64], frames: int) -> list[int]:
    """The first few frames of an order that are not neighbours, which look alike."""
    chosen: list[int] = []
    for index in map(int, order):
        if all(abs(index - other) >= frames / (4 * SHEET_FRAMES) for other in chosen):
            chosen.append(index)
    return chosen[:SHEET_FRAMES]


def _chart(name: str, series: Mapping[str, Mapping[str, Series]]) -> str | None:
    """A metric over time, a line a video, as the text of an SVG file; None if there is nothing to show."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    shown = {video: each[name] for video, each in series.items() if name in each and np.isfinite(each[name]).sum() > 1}
    if not shown:
        return None
    colors = dict(zip(series, COLORS, strict=False))
    canvas = FigureCanvasSVG(Figure(figsize=(9, 2.4), layout="constrained"))
    axes = canvas.figure.add_subplot()
    for video, values in shown.items():
        axes.plot(values, label=video, color=colors.get(video), linewidth=1.2)
    axes.set(title=METRICS[name].heading, xlabel="frame", xmargin=0)
    axes.grid(color="#e4e4e4")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    text = io.StringIO()
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.family": "sans-serif"}):
        canvas.print_svg(text, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return text.getvalue()


def _jpeg(image: Frame) -> bytes:
    return cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
