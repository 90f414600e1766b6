"""What an evaluation found, as figures frame by frame and as files to look at."""

import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from motion_transfer.evaluation.checks import Check, checks
from motion_transfer.evaluation.measure import METRICS, FrameSource
from motion_transfer.evaluation.report import Sheet, write_report
from motion_transfer.evaluation.statistics import Series, Summary, summarise
from motion_transfer.files import atomic_path
from motion_transfer.types import Frame
from motion_transfer.video import VideoWriter

Setting = Literal["paired", "self", "no truth"]


@dataclass(frozen=True)
class Evaluation:
    """What was measured of a result and of what stands beside it."""

    setting: Setting
    frames: int
    fps: Fraction
    size: tuple[int, int]
    series: dict[str, dict[str, Series]]
    """For each film ("result", the baselines, "truth", "truth, mirrored") its figures, frame by frame."""
    clip: dict[str, dict[str, float]]
    """For each film the figures that only a whole clip has: colour drift, identity."""
    notes: list[str] = field(default_factory=list)
    """What could not be measured, and why."""

    def summaries(self) -> dict[str, dict[str, Summary]]:
        """For each film the mean of each figure with its confidence interval, over blocks of a second."""
        block = max(1, round(self.fps))
        return {
            film: {name: summarise(values, block=block) for name, values in figures.items()}
            for film, figures in self.series.items()
        }

    def checks(self) -> list[Check]:
        """What can be said of the result in plain words."""
        return checks(self.summaries())

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "setting": self.setting,
            "frames": self.frames,
            "fps": str(self.fps),
            "size": list(self.size),
            "figures": {
                film: {name: asdict(summary) for name, summary in figures.items()}
                for film, figures in self.summaries().items()
            },
            "clip": {
                film: {name: value if math.isfinite(value) else None for name, value in figures.items()}
                for film, figures in self.clip.items()
            },
            "verdicts": [asdict(verdict) for verdict in self.checks()],
            "notes": self.notes,
        }


SHOWN = 6
"""Frames of each contact sheet."""


def write_evaluation(found: Evaluation, folder: Path, result: FrameSource, truth: FrameSource | None) -> None:
    """Write `evaluation.json` and `report.html`, with the videos side by side and frames from best to worst.

    Args:
        found: what was measured.
        folder: where to; it must exist.
        result: the film that was measured.
        truth: the film that it was compared with, if there was one.
    """
    with atomic_path(folder / "evaluation.json") as path:
        path.write_text(json.dumps(found.to_dict(), indent=2) + "\n", encoding="utf-8")
    facts = f"{found.frames} frames of {found.size[0]} x {found.size[1]} at {float(found.fps):.6g} a second"
    facts += (
        "" if truth is None else f"; {'the held-out footage' if found.setting == 'self' else 'the truth'} beside it"
    )
    with tempfile.TemporaryDirectory() as temporary:
        video = Path(temporary) / "compare.mp4"
        size = found.size if truth is None else (2 * found.size[0], found.size[1])
        with VideoWriter(video, size=size, fps=found.fps) as writer:
            for frame in _side_by_side(result, truth):
                writer.write(frame)
        write_report(
            folder / "report.html",
            title="Evaluation",
            facts=facts,
            figures=found.summaries(),
            series=found.series,
            checks=found.checks(),
            notes=found.notes,
            sheets=_sheets(found, result, truth),
            video=video,
        )


def _side_by_side(result: FrameSource, truth: FrameSource | None) -> Iterator[Frame]:
    if truth is None:
        yield from result()
        return
    for made, true in zip(result(), truth(), strict=False):
        yield np.concatenate([true, made], axis=1)


def _sheets(found: Evaluation, result: FrameSource, truth: FrameSource | None) -> list[Sheet]:
    """The frames in which the person is nearest to the truth, in between, and farthest from it."""
    name = "person_ssim" if truth is not None else "warping"
    values = found.series["result"].get(name, np.empty(0))
    order = np.flatnonzero(np.isfinite(values))
    order = order[np.argsort(values[order])]
    if METRICS[name].higher_is_better:
        order = order[::-1]
    if len(order) == 0:
        return []
    middle = order[max(0, len(order) // 2 - SHOWN) :]
    chosen = {
        kind: _apart(each, len(values)) for kind, each in (("best", order), ("median", middle), ("worst", order[::-1]))
    }
    wanted = {int(index) for indices in chosen.values() for index in indices}
    kept = {index: frame for index, frame in enumerate(_stacked(result, truth)) if index in wanted}
    label = METRICS[name].label
    above = "truth above, result below; " if truth is not None else ""
    return [
        Sheet(
            f"{kind} frames by {label} ({above}frames {', '.join(str(index) for index in sorted(indices))})",
            np.concatenate([kept[int(index)] for index in sorted(indices)], axis=1),
        )
        for kind, indices in chosen.items()
    ]


def _apart(order: npt.NDArray[np.int64], frames: int) -> list[int]:
    """The first few frames of an order that are not neighbours, which look alike."""
    chosen: list[int] = []
    for index in map(int, order):
        if all(abs(index - other) >= frames / (4 * SHOWN) for other in chosen):
            chosen.append(index)
    return chosen[:SHOWN]


def _stacked(result: FrameSource, truth: FrameSource | None) -> Iterator[Frame]:
    if truth is None:
        yield from result()
        return
    for made, true in zip(result(), truth(), strict=False):
        yield np.concatenate([true, made], axis=0)
