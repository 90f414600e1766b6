"""Masks: where the person is in a frame."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock

import cv2
import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.detection.mediapipe import PersonMasks
from motion_transfer.processes import count_cores
from motion_transfer.types import FloatArray, Frame, Mask, Size

THREADS = 4  # at most, in which masks are found at once: each has a network and a few frames in memory
UNKNOWN = np.float32(0.3)
"""Of a mask where the joints alone say that the person may be there."""
MAYBE = 0.25  # from so much of a mask on a pixel may be the person's
REACH = 1 / 110  # how far outside a mask the person may reach, in extents of the person
OUTLINE, LIMB = 1 / 7, 1 / 25
"""Thickness of bones, in extents of the body: of the outline that stands for a mask, and of limbs that a mask lacks."""

MaskOf = Callable[[Frame, FloatArray], FloatArray]
"""Gives the mask (H, W) in [0, 1] of the person with joints (J, 2), in pixels of a frame (H, W, 3)."""


def at_once() -> int:
    """In how many threads masks are best found at once."""
    return min(THREADS, count_cores())


@contextmanager
def open_masks(size: Size, settings: PoseSettings = PoseSettings()) -> Iterator[MaskOf]:
    """Open what gives the masks of a person whose pose is known, in any frames of one size, (width, height).

    Use it as::

        with open_masks(poses.size) as mask_of:
            mask = mask_of(frame, poses.xy[index])

    It is MediaPipe's mask, and `UNKNOWN` along limbs that it lacks. Where MediaPipe does not find the body, or is not
    installed, all of a generous outline around the joints is `UNKNOWN`. Other people are outside. It may be called in
    several threads at once: each has a network of its own.
    """
    free: list[PersonMasks | None] = []
    lock = Lock()

    def mask_of(frame: Frame, xy: FloatArray) -> FloatArray:
        with lock:
            segment = free.pop() if free else open_one()
        found = np.zeros(frame.shape[:2], np.uint8) if segment is None else segment(frame, xy)
        free.append(segment)
        outline = person_mask(xy, OPENPOSE_137.bones, size, LIMB if found.any() else OUTLINE)
        return np.maximum(found.astype(np.float32) / 255, UNKNOWN * outline)

    def open_one() -> PersonMasks | None:
        with suppress(PoseError):  # given poses need no MediaPipe
            return opened.enter_context(PersonMasks(settings, size))
        return None

    with ExitStack() as opened:
        yield mask_of


def reach_of(mask: FloatArray) -> Mask:
    """Where the person of a mask (H, W) may be, (H, W): a little around it too, for a mask is coarse."""
    possible = (mask > MAYBE).astype(np.uint8)
    width, height = cv2.boundingRect(possible)[2:]
    radius = max(1, round(REACH * float(np.hypot(width, height))))
    return cv2.dilate(possible, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))) > 0


def person_mask(xy: FloatArray, bones: Sequence[tuple[int, int]], size: Size, thickness: float = OUTLINE) -> Mask:
    """An outline of a person around the joints, a generous one by default.

    Args:
        xy: joints (K, 2) in pixels; NaN where missing. None at all gives an empty mask.
        bones: pairs of joint indices that are connected.
        size: (width, height) of the mask.
        thickness: of a bone, in extents of the body; a seventh takes in head, hair, hands and most clothes.

    Returns:
        True where the person may be, (H, W).
    """
    mask = np.zeros(size[::-1], np.uint8)
    present = ~np.isnan(xy).any(axis=1)
    if not present.any():
        return mask.astype(bool)
    # Joints far outside the frame would overflow OpenCV's coordinates and add nothing.
    xy = np.clip(xy, -4 * max(size), 4 * max(size))
    extent = float(np.linalg.norm(np.ptp(xy[present], axis=0)))
    width = max(3, round(extent * thickness))
    joints = np.nan_to_num(xy).round().astype(int).tolist()
    for start, end in bones:
        if present[start] and present[end]:
            cv2.line(mask, joints[start], joints[end], (1.0,), width)
    for joint in np.flatnonzero(present):
        cv2.circle(mask, joints[joint], width // 2, (1.0,), -1)
    return mask.astype(bool)
