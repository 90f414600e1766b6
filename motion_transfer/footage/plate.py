"""The background plate: the background without the person."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from motion_transfer.pose import PoseSequence
from motion_transfer.types import FloatArray, Frame, Mask

PLATE_FRAMES, PLATE_BYTES = (64, 400), 200e6
"""Frames whose median makes the background plate, as many as fit: too few give ragged edges where a shadow falls."""

ROWS = 32  # whose median is taken at once, which bounds the memory


def clip_plate(frames: Iterable[Frame], poses: PoseSequence, most: int = PLATE_FRAMES[1]) -> Frame:
    """The background plate of a clip, from up to `most` frames spread over it; all T frames are read.

    Args:
        frames: T frames of a still camera, RGB (H, W, 3).
        poses: of the same frames, in their pixels.
        most: frames in memory at most, fewer where they are large.
    """
    fewest = min(most, PLATE_FRAMES[0])
    count = min(max(fewest, int(PLATE_BYTES / (3 * poses.size[0] * poses.size[1]))), most, len(poses))
    wanted = set(np.linspace(0, len(poses) - 1, count).round().astype(int).tolist())
    skeleton = poses.skeleton
    bones = [*skeleton.body_bones, *skeleton.left_hand_bones, *skeleton.right_hand_bones]
    chosen = [(frame, person_mask(poses.xy[i], bones, poses.size)) for i, frame in enumerate(frames) if i in wanted]
    return background_plate(*zip(*chosen, strict=True))


def background_plate(frames: Sequence[Frame], persons: Sequence[Mask]) -> Frame:
    """Median over time of the pixels outside the person.

    Args:
        frames: N frames of a still camera, RGB (H, W, 3), spread over the footage; some dozens suffice.
        persons: where the person is in each, (H, W).

    Returns:
        The plate, RGB (H, W, 3). Pixels that the person covers in every frame are filled in from around them.
    """
    plate = np.empty_like(frames[0])
    never_seen = np.logical_and.reduce(persons)
    for top in range(0, plate.shape[0], ROWS):
        rows = slice(top, top + ROWS)
        stack = np.stack([frame[rows] for frame in frames]).astype(np.float32)
        covered = np.stack([person[rows] for person in persons])
        covered[:, never_seen[rows]] = False
        stack[covered] = np.nan
        plate[rows] = np.nanmedian(stack, axis=0).round().astype(np.uint8)
    if never_seen.any():
        plate = cv2.inpaint(plate, never_seen.astype(np.uint8), 5, cv2.INPAINT_TELEA).astype(np.uint8)
    return plate


def person_mask(xy: FloatArray, bones: Sequence[tuple[int, int]], size: tuple[int, int]) -> Mask:
    """A generous outline of a person around the joints.

    Args:
        xy: joints (K, 2) in pixels; NaN where missing. None at all gives an empty mask.
        bones: pairs of joint indices that are connected.
        size: (width, height) of the mask.

    Returns:
        True where the person may be, (H, W): every bone thickened by a seventh of the body's extent, so
        that head, hair, hands and loose clothes lie inside.
    """
    mask = np.zeros(size[::-1], np.uint8)
    present = ~np.isnan(xy).any(axis=1)
    if not present.any():
        return mask.astype(bool)
    # Joints far outside the frame would overflow OpenCV's coordinates and add nothing.
    xy = np.clip(xy, -4 * max(size), 4 * max(size))
    extent = float(np.linalg.norm(np.ptp(xy[present], axis=0)))
    thickness = max(3, round(extent / 7))
    joints = np.nan_to_num(xy).round().astype(int).tolist()
    for start, end in bones:
        if present[start] and present[end]:
            cv2.line(mask, joints[start], joints[end], (1.0,), thickness)
    for joint in np.flatnonzero(present):
        cv2.circle(mask, joints[joint], thickness // 2, (1.0,), -1)
    return mask.astype(bool)
