"""`Detection`, one person in one frame; `Detector`, the protocol of whatever finds people; how near two bodies lie."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Frame

MAIN = [
    OPENPOSE_137.index(name)
    for name in (
        *("nose", "neck", "mid_hip"),
        *(f"{side}_{joint}" for side in ("right", "left") for joint in ("shoulder", "hip", "knee", "ankle")),
    )
]
"""The joints by which bodies are compared; arms move too fast to identify a person."""


@dataclass(frozen=True, eq=False)
class Detection:
    """One person found in one frame, in the joints' order of `OPENPOSE_137`.

    Attributes:
        xy: (137, 2) float32, pixels of the frame; NaN where a joint is missing.
        score: (137,) float32 in [0, 1], how sure the detector is; 0 where a joint is missing.
        depth: (25,) float32, how far behind the middle of the hips each joint of the body lies, in pixels
            at the person's size (negative: nearer to the camera); NaN where unknown.
    """

    xy: FloatArray
    score: FloatArray
    depth: FloatArray


class Detector(Protocol):
    """Finds people in the consecutive frames of one clip. A context manager that is entered once, for that clip."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def __call__(self, frame: Frame, /) -> list[Detection]:
        """Find the people in the next frame, (H, W, 3) uint8 RGB, in any order.

        Raises:
            PoseError: a frame of another size or type than the clip's.
        """


def body_length(body: FloatArray) -> float:
    """A person's length in pixels: the diagonal of the box around the joints (J, 2), whichever way they lie."""
    return float(np.linalg.norm(np.nanmax(body, axis=0) - np.nanmin(body, axis=0)))


def body_distance(a: FloatArray, b: FloatArray, over: Callable[[FloatArray], Any] = np.mean) -> float:
    """Mean (or `over`) distance of two bodies' joints (J, 2), in lengths of the longer; infinite if they share none."""
    gaps = np.linalg.norm(a - b, axis=1)
    known = gaps[np.isfinite(gaps)]
    return float(over(known) / max(body_length(a), body_length(b), 1.0)) if len(known) else np.inf
