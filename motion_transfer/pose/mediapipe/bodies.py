"""What all detectors share: MediaPipe Pose, opened, and its answer read."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.landmarks import Landmarks

Image = npt.NDArray[np.uint8]


def open_pose(settings: PoseSettings, *, static: bool = False, masks: bool = False) -> Any:
    """MediaPipe Pose, a context manager.

    Args:
        settings: for its two thresholds.
        static: frames have nothing to do with each other; otherwise the person is followed.
        masks: also find which pixels show the person.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside mediapipe and protobuf, nothing a user can act on
        from mediapipe.python.solutions.pose import Pose

        return Pose(
            static_image_mode=static,
            model_complexity=1,  # the only one whose model lies in the wheel
            smooth_landmarks=False,
            enable_segmentation=masks,
            smooth_segmentation=False,
            min_detection_confidence=settings.detection_confidence,
            min_tracking_confidence=settings.tracking_confidence,
        )


def checked(frame: Image, size: tuple[int, int]) -> Image:
    """The frame, for MediaPipe to read.

    Raises:
        PoseError: it is of another size, or no uint8 RGB picture.
    """
    if frame.shape != (size[1], size[0], 3) or frame.dtype != np.uint8:
        raise PoseError(
            f"a frame of {frame.dtype} {frame.shape}; expected uint8 {(size[1], size[0], 3)}, as said before"
        )
    return np.ascontiguousarray(frame)


def landmarks_from(points: Iterable[Any], size: tuple[int, int]) -> Landmarks:
    """MediaPipe's 33 points, whose coordinates are shares of a picture of `size` (z of its width), in pixels."""
    values = np.array([(p.x * size[0], p.y * size[1], p.z * size[0], p.visibility) for p in points], np.float32)
    return Landmarks(values[:, :2], values[:, 2], values[:, 3])


def mask_from(shares: npt.NDArray[np.float32]) -> Image:
    """(H, W) uint8, 0 to 255, from MediaPipe's shares."""
    return (shares.reshape(shares.shape[:2]) * 255 + 0.5).clip(0, 255).astype(np.uint8)
