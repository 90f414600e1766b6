"""The background plate: the background without the person."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from motion_transfer.footage.masks import person_mask
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Frame, Mask

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
