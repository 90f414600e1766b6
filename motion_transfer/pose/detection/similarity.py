"""How near two bodies lie to each other, in lengths of the person."""

from collections.abc import Callable
from typing import Any

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray

MAIN = [
    OPENPOSE_137.index(name)
    for name in (
        *("nose", "neck", "mid_hip"),
        *(f"{side}_{joint}" for side in ("right", "left") for joint in ("shoulder", "hip", "knee", "ankle")),
    )
]
"""The joints by which bodies are compared; arms move too fast to identify a person."""


def body_length(body: FloatArray) -> float:
    """A person's length in pixels: the diagonal of the box around the joints (J, 2), whichever way they lie."""
    return float(np.linalg.norm(np.nanmax(body, axis=0) - np.nanmin(body, axis=0)))


def body_distance(a: FloatArray, b: FloatArray, over: Callable[[FloatArray], Any] = np.mean) -> float:
    """Mean (or `over`) distance of two bodies' joints (J, 2), in lengths of the longer; infinite if they share none."""
    gaps = np.linalg.norm(a - b, axis=1)
    known = gaps[np.isfinite(gaps)]
    return float(over(known) / max(body_length(a), body_length(b), 1.0)) if len(known) else np.inf
