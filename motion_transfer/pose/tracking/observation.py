"""`Observation`: what one frame of a clip shows, with all that is needed to identify people later."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from motion_transfer.pose.detection.detection import MAIN, Detection
from motion_transfer.types import FloatArray

UNKNOWN: FloatArray = np.zeros((2, 64), np.float32)  # the histogram of a person whose colours are not known


@dataclass(frozen=True, eq=False)
class ObservedPerson:
    """One person in one frame.

    Attributes:
        detection: as found.
        histogram: (2, 64) the colours of trunk and legs, see `color_histogram`.
        verified: whether a verification found the same body; None where there was none.
        motion_score: how much the picture changes there, in times the noise; None where it was not measured.
    """

    detection: Detection
    histogram: FloatArray = field(default_factory=lambda: UNKNOWN)
    verified: bool | None = None
    motion_score: float | None = None

    @cached_property
    def body(self) -> FloatArray:
        """(11, 2) the joints by which bodies are compared."""
        return self.detection.xy[MAIN]


@dataclass(frozen=True, eq=False)
class Observation:
    """One frame.

    Attributes:
        people: everyone who was found.
        person_count: where one person is looked for, how many there are, counted every few seconds; else None.
    """

    people: tuple[ObservedPerson, ...]
    person_count: int | None = None
