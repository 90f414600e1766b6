"""The losses of a run as a picture."""

import itertools
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.files import atomic_path
from motion_transfer.training.run.log import read_log
from motion_transfer.types import Image

Points = list[tuple[float, float]]

PLOT = "losses.png"

PANEL = (480, 160)
"""(width, height) of one loss's panel, in pixels."""

MARGIN = 24

APART = ("step", "seconds", "learning_rate", "waiting", "stage")
"""What a line of the log says that is no loss."""

SMOOTHED = 25
"""Lines over whose median the thick curve goes; the thin one is what was logged."""


def plot_losses(folder: Path) -> Path | None:
    """Draw `losses.png` from a run's log: a panel for each figure of each stage; its path, None without a log."""
    curves: dict[str, Points] = {}
    for line in read_log(folder):
        for name, value in line.items():
            if name not in APART:
                curves.setdefault(f"{line['stage']}: {name}", []).append((line["step"], value))
    if not curves:
        return None
    panels = [_panel(name, points) for name, points in curves.items()]
    if len(panels) % 2:
        panels.append(np.full_like(panels[0], 255))
    rows = [np.concatenate(pair, axis=1) for pair in zip(panels[::2], panels[1::2], strict=True)]
    with atomic_path(folder / PLOT) as path:
        path.write_bytes(cv2.imencode(".png", np.concatenate(rows))[1].tobytes())
    return folder / PLOT


def _panel(name: str, points: Points) -> Image:
    """One curve with its range written beside it; grey levels, white ground, (H, W, 3)."""
    width, height = PANEL
    panel: Image = np.full((height, width, 3), 255, np.uint8)
    steps, values = np.array(points, float).T
    smooth = np.array([np.median(values[max(0, i - SMOOTHED + 1) : i + 1]) for i in range(len(values))])
    low, high = float(np.quantile(values, 0.01)), float(np.quantile(values, 0.99))
    x = MARGIN + (width - 2 * MARGIN) * (steps - steps[0]) / max(float(np.ptp(steps)), 1.0)
    for curve, colour, thickness in ((values, (190, 190, 190), 1), (smooth, (180, 90, 20), 2)):
        share = ((curve - low) / max(high - low, 1e-12)).clip(0, 1)
        y = height - MARGIN - (height - 2 * MARGIN) * share
        places = np.stack([x, y], axis=1).round().astype(int).tolist()
        for start, end in itertools.pairwise(places):
            cv2.line(panel, start, end, colour, thickness, cv2.LINE_AA)
        if len(places) == 1:
            cv2.circle(panel, places[0], 3, colour, -1, cv2.LINE_AA)
    _write(panel, name, (MARGIN, MARGIN - 8))
    _write(panel, f"{high:.4g}", (width - 90, MARGIN - 8))
    _write(panel, f"{low:.4g}", (width - 90, height - 8))
    _write(panel, f"steps {int(steps[0])} to {int(steps[-1])}", (MARGIN, height - 8))
    return panel


def _write(panel: Image, text: str, place: tuple[int, int]) -> None:
    cv2.putText(panel, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (60, 60, 60), 1, cv2.LINE_AA)
