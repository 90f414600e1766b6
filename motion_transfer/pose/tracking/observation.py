"""`Observation`: what one frame of a clip shows, with all that is needed to identify people later."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from motion_transfer.pose.detection.detection import MAIN, Detection
from motion_transfer.types import FloatArray

UNKNOWN: FloatArray = np.zeros((2, 64), np.float32)  # the histogram of a person whose colours are not known


@dataclass(frozen=True, eq=False)
class ObservedPerson:
    """One person in one frame."""

    detection: Detection
    histogram: FloatArray = field(default_factory=lambda: UNKNOWN)  # (2, 64) of trunk and legs, see `color_histogram`
    verified: bool | None = None  # whether a verification found the same body; None where there was none
    motion_score: float | None = None  # how much the picture changes there, in times the noise; None if not measured

    @cached_property
    def body(self) -> FloatArray:
        """(11, 2) the joints by which bodies are compared."""
        return self.detection.xy[MAIN]


@dataclass(frozen=True, eq=False)
class Observation:
    """Everyone who was found in one frame."""

    people: tuple[ObservedPerson, ...]
    person_count: int | None = None  # counted every few seconds where one person is looked for
