"""The losses of a run as a picture."""

import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from motion_transfer.files import atomic_path
from motion_transfer.training.run.log import read_log

PLOT = "losses.png"

NO_LOSSES = ("step", "seconds", "learning_rate", "waiting", "stage")
"""Entries of a line of the log that are not plotted."""

SMOOTHED = 25
"""Lines over whose median the thick curve goes; the thin one is what was logged."""


def plot_losses(folder: Path) -> Path | None:
    """Draw `losses.png` from a run's log: a panel for each loss of each stage; its path, None without a log."""
    curves: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for line in read_log(folder):
        for name, value in line.items():
            if name not in NO_LOSSES and isinstance(value, float) and math.isfinite(value):
                curves[f"{line['stage']}: {name}"].append((line["step"], value))
    if not curves:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = -(-len(curves) // 2)
    figure = Figure(figsize=(10, 2.2 * rows), layout="constrained")
    for panel, (name, points) in zip(figure.subplots(rows, 2, squeeze=False).flat, curves.items(), strict=False):
        steps, values = np.array(points, float).T
        smooth = [np.median(values[max(0, i - SMOOTHED + 1) : i + 1]) for i in range(len(values))]
        panel.plot(steps, values, color="0.75", linewidth=0.8)
        panel.plot(steps, smooth, color="tab:blue", marker="o" if len(steps) == 1 else "")
        panel.set_title(name, fontsize=9, loc="left")
        panel.set_ylim(*_range(values))
        panel.tick_params(labelsize=8)
    for panel in figure.axes[len(curves) :]:
        panel.remove()
    with atomic_path(folder / PLOT) as path:
        FigureCanvasAgg(figure).print_png(path)  # type: ignore[no-untyped-call]
    return folder / PLOT


def _range(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """What a panel shows: all values but the outermost hundredth on each side, with a margin."""
    low, high = np.quantile(values, [0.01, 0.99])
    margin = max(0.05 * (high - low), 1e-6)
    return low - margin, high + margin
