"""`Detection`, one person in one frame, and `Detector`, the protocol of whatever finds people."""

from dataclasses import dataclass
from typing import Protocol, Self

from motion_transfer.types import FloatArray, Frame


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
