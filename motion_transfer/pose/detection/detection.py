"""`Detection`: one person in one frame, which is what a detector gives."""

from dataclasses import dataclass

from motion_transfer.types import FloatArray, Image


@dataclass(frozen=True, eq=False)
class Detection:
    """One person found in one frame, in the joints' order of `OPENPOSE_137`.

    Attributes:
        xy: (137, 2) float32, pixels of the frame; NaN where a joint is missing.
        score: (137,) float32 in [0, 1], how sure the detector is; 0 where a joint is missing.
        depth: (25,) float32, how far behind the middle of the hips each joint of the body lies, in pixels
            at the person's size (negative: nearer to the camera); NaN where unknown.
        mask: (H, W) uint8, 255 where the person is, of the frame's size; None unless masks were asked for.
    """

    xy: FloatArray
    score: FloatArray
    depth: FloatArray
    mask: Image | None = None
