"""What an evaluation measured, and its files: `evaluation.json` and the report."""

import json
import math
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from motion_transfer.evaluation.checks import Check, checks
from motion_transfer.evaluation.metrics.catalogue import METRICS, RESULT
from motion_transfer.evaluation.report import Sheet, write_report
from motion_transfer.evaluation.statistics import Series, Summary, summarise
from motion_transfer.files import atomic_path
from motion_transfer.types import Frame, Size
from motion_transfer.video import VideoWriter

Setting = Literal["paired", "self", "no truth"]

SHEET_FRAMES = 6
"""Frames of each contact sheet."""


@dataclass(frozen=True)
class Evaluation:
    """The metrics of a result and of the films beside it."""

    setting: Setting
    frames: int
    fps: Fraction
    size: Size
    series: dict[str, dict[str, Series]]
    """For each film ("result", the baselines, "truth", "truth, mirrored") its metrics, frame by frame."""
    clip: dict[str, dict[str, float]]
    """For each film the metrics that only a complete clip has: colour drift, identity."""
    notes: list[str] = field(default_factory=list)
    """What could not be measured, and why."""

    def summaries(self) -> dict[str, dict[str, Summary]]:
        """For each film the mean of each metric with its confidence interval, over blocks of a second."""
        block = max(1, round(self.fps))
        return {
            film: {name: summarise(values, block=block) for name, values in metrics.items()}
            for film, metrics in self.series.items()
        }

    def checks(self) -> list[Check]:
        """The result against what a good one has to keep to."""
        return checks(self.summaries())

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "setting": self.setting,
            "frames": self.frames,
            "fps": str(self.fps),
            "size": list(self.size),
            "metrics": {
                film: {name: asdict(summary) for name, summary in metrics.items()}
                for film, metrics in self.summaries().items()
            },
            "clip": {
                film: {name: value if math.isfinite(value) else None for name, value in metrics.items()}
                for film, metrics in self.clip.items()
            },
            "checks": [asdict(check) for check in self.checks()],
            "notes": self.notes,
        }


def write_evaluation(
    evaluation: Evaluation, folder: Path, result: Iterable[Frame], truth: Iterable[Frame] | None
) -> None:
    """Write `evaluation.json` and `report.html`, with the videos side by side and frames from best to worst.

    Args:
        evaluation: what was measured.
        folder: where to; it must exist.
        result: T frames, RGB (H, W, 3); read once.
        truth: the T frames that it was compared with, if there were any; read once.
    """
    with atomic_path(folder / "evaluation.json") as path:
        path.write_text(json.dumps(evaluation.to_dict(), indent=2) + "\n", encoding="utf-8")
    width, height = evaluation.size
    facts = f"{evaluation.frames} frames of {width} x {height} at {float(evaluation.fps):.6g} a second"
    if truth is not None:
        facts += f"; {'the held-out footage' if evaluation.setting == 'self' else 'the truth'} beside it"
    chosen = _choose_frames(evaluation, "warping" if truth is None else "person_ssim")
    wanted = {index for indices in chosen.values() for index in indices}
    kept: dict[int, tuple[Frame, ...]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        video = Path(temporary) / "compare.mp4"
        size = evaluation.size if truth is None else (2 * width, height)
        with VideoWriter(video, size=size, fps=evaluation.fps) as writer:
            for index, images in enumerate(zip(*([result] if truth is None else [truth, result]), strict=True)):
                writer.write(np.concatenate(images, axis=1))
                if index in wanted:
                    kept[index] = images
        write_report(
            folder / "report.html",
            evaluation.summaries(),
            evaluation.series,
            title="Evaluation",
            facts=facts,
            checks=evaluation.checks(),
            notes=evaluation.notes,
            sheets=[
                Sheet(
                    f"{caption} ({'' if truth is None else 'truth above, result below; '}"
                    f"frames {', '.join(map(str, indices))})",
                    np.concatenate([np.concatenate(kept[index], axis=0) for index in indices], axis=1),
                )
                for caption, indices in chosen.items()
            ],
            video=video,
        )


def _choose_frames(evaluation: Evaluation, name: str) -> dict[str, list[int]]:
    """The best, median and worst frames of the result by a metric, each group in the order of the clip."""
    values = evaluation.series[RESULT].get(name, np.empty(0))
    order = np.flatnonzero(np.isfinite(values))
    if len(order) == 0:
        return {}
    order = order[np.argsort(values[order])]
    if METRICS[name].higher_is_better:
        order = order[::-1]
    groups = {"best": order, "median": order[max(0, len(order) // 2 - SHEET_FRAMES) :], "worst": order[::-1]}
    label = METRICS[name].label
    return {f"{kind} frames by {label}": sorted(_apart(each, len(values))) for kind, each in groups.items()}


def _apart(order: npt.NDArray[np.int64], frames: int) -> list[int]:
    """The first few frames of an order that are not neighbours, which look alike."""
    chosen: list[int] = []
    for index in map(int, order):
        if all(abs(index - other) >= frames / (4 * SHEET_FRAMES) for other in chosen):
            chosen.append(index)
    return chosen[:SHEET_FRAMES]
