"""From frames to poses."""

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection import Detection
from motion_transfer.pose.mediapipe import HolisticEstimator
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137

_NOBODY = Detection(
    np.full((len(OPENPOSE_137), 2), np.nan, np.float32),
    np.zeros(len(OPENPOSE_137), np.float32),
    np.full(OPENPOSE_137.body.stop, np.nan, np.float32),
)


def estimate_poses(
    frames: Iterable[npt.NDArray[np.uint8]],
    *,
    size: tuple[int, int],
    fps: Fraction,
    settings: PoseSettings = PoseSettings(),
    name: str = "the clip",
) -> PoseSequence:
    """Find the person in every frame. The result is raw: see `clean_poses`.

    Args:
        frames: (H, W, 3) uint8 RGB, the clip's consecutive frames; read once, one at a time.
        size: (width, height) of the frames.
        fps: of the clip.
        settings: the detector's thresholds.
        name: what to call the clip in an error.

    Returns:
        One row for every frame.

    Raises:
        PoseError: nobody was found in any frame, or a frame is of another size.
    """
    with HolisticEstimator(settings, size) as estimate:
        found = [next(iter(estimate(frame)), _NOBODY) for frame in frames]
    if not found:
        raise PoseError(f"{name} has no frames; expected at least one. Give a clip with a picture in it.")
    xy, score, depth = (np.stack([getattr(one, name) for one in found]) for name in ("xy", "score", "depth"))
    poses = PoseSequence(xy, score, size, fps, depth=depth)
    if not poses.present.any():
        raise PoseError(
            f"no person found in any of {len(poses)} frames of {name}. "
            "Give a clip in which one person is seen large, whole and well lit, or lower --pose.detection-confidence."
        )
    return poses
