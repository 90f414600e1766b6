"""What an evaluation measured."""

import math
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any, Literal

from motion_transfer.evaluation.checks import Check, checks
from motion_transfer.evaluation.statistics import Series, Summary, summarise
from motion_transfer.types import Size

Setting = Literal["paired", "self", "no truth"]


@dataclass(frozen=True)
class Evaluation:
    """The metrics of a result and of the videos beside it."""

    setting: Setting
    frames: int
    fps: Fraction
    size: Size
    series: dict[str, dict[str, Series]]
    """For each video ("result", the baselines, "truth", "truth, mirrored") its metrics, frame by frame."""
    clip: dict[str, dict[str, float]]
    """For each video the metrics that only a complete clip has: colour drift, identity."""
    notes: list[str] = field(default_factory=list)
    """What could not be measured, and why."""

    def summaries(self) -> dict[str, dict[str, Summary]]:
        """For each video the mean of each metric with its confidence interval, over blocks of a second."""
        block = max(1, round(self.fps))
        return {
            video: {name: found for name, values in metrics.items() if (found := summarise(values, block=block))}
            for video, metrics in self.series.items()
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
                video: {name: asdict(summary) for name, summary in metrics.items()}
                for video, metrics in self.summaries().items()
            },
            "clip": {
                video: {name: value for name, value in metrics.items() if math.isfinite(value)}
                for video, metrics in self.clip.items()
            },
            "checks": [asdict(check) for check in self.checks()],
            "notes": self.notes,
        }
