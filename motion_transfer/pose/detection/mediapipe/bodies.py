"""What all detectors share: MediaPipe Pose, opened, and its answer read."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection.landmarks import Landmarks, body_from_landmarks
from motion_transfer.pose.detection.mediapipe.graph import Found, PoseGraph
from motion_transfer.types import FloatArray, Image


def open_pose(settings: PoseSettings, *, static: bool = False, masks: bool = False) -> PoseGraph:
    """MediaPipe Pose, a context manager.

    Args:
        settings: for its two thresholds.
        static: frames have nothing to do with each other; otherwise the person is followed.
        masks: also find which pixels show the person.
    """
    return PoseGraph(settings.detection_confidence, settings.tracking_confidence, static=static, masks=masks)


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


def body_in(found: Found, size: tuple[int, int]) -> FloatArray | None:
    """(25, 2) joints of BODY_25 that were found in a picture of `size`; None if nobody was."""
    if not found.pose_landmarks:
        return None
    person = landmarks_from(found.pose_landmarks.landmark, size)
    return body_from_landmarks(person.xy, np.ones(len(person.xy), np.float32), size)[0]


def mask_from(shares: FloatArray) -> Image:
    """(H, W) uint8, 0 to 255, from MediaPipe's shares."""
    return (shares.reshape(shares.shape[:2]) * 255 + 0.5).clip(0, 255).astype(np.uint8)
