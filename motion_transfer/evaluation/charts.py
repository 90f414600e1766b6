"""Charts of metrics over time, drawn by matplotlib."""

import io
from collections.abc import Mapping

import numpy as np

from motion_transfer.evaluation.metrics.catalogue import METRICS
from motion_transfer.evaluation.statistics import Series

COLORS = ("#c2410c", "#2563eb", "#64748b", "#059669", "#111827", "#a855f7")
"""Of the videos in their order: result, three baselines, truth, truth mirrored."""

PLOTTED = ("person_ssim", "person_psnr", "pose_body", "flicker", "warping", "color")


def chart(name: str, series: Mapping[str, Mapping[str, Series]]) -> str | None:
    """A metric over time, a line a video, as an SVG file's text; None if there is nothing to show.

    Args:
        name: of the metric, see `METRICS`.
        series: for each video its metrics, frame by frame; a video has the same colour in all charts.
    """
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
