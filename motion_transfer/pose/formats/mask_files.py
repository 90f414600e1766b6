"""Masks of a person as a folder of pictures."""

import re
from collections.abc import Iterable
from pathlib import Path

import cv2

from motion_transfer.config import PoseSettings
from motion_transfer.errors import OutputError
from motion_transfer.files import Inputs, atomic_folder, check_folder
from motion_transfer.pose.detection.mediapipe import PersonMasks
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import Frame, StrPath

_NAME = re.compile(r"mask_\d{12}\.png")


def save_masks(folder: StrPath, frames: Iterable[Frame], poses: PoseSequence, settings: PoseSettings) -> int:
    """Find a person's masks and write them as grey PNG pictures, `mask_000000000000.png` and on, all or nothing.

    255 is the person, 0 is not, between is the seam. An earlier folder of masks is replaced. `frames`, (H, W, 3) uint8
    RGB, are those in which the poses were found; these are raw ones, for the mask is that of a body found in the same
    place. Returns how many frames have a mask that is not empty.

    Raises:
        OutputError: `folder` is a file or holds other things; the disk is full.
        PoseError: a frame of another size than the poses'.
    """
    shown = 0
    with atomic_folder(Path(folder), ours=_is_ours) as unfinished, PersonMasks(settings, poses.size) as mask_of:
        for index, frame in enumerate(frames):
            mask = mask_of(frame, poses.xy[index])
            shown += bool(mask.any())
            (unfinished / f"mask_{index:012d}.png").write_bytes(cv2.imencode(".png", mask)[1].tobytes())
    return shown


def check_masks_output(folder: StrPath, inputs: Inputs = ()) -> None:
    """Refuse a place where masks cannot be saved, before the work of finding them.

    Raises:
        OutputError: nothing can be written there, it holds other things or one of `inputs`, or the name has an ending.
    """
    folder = Path(folder)
    if folder.suffix:
        raise OutputError(f"{folder}: masks are PNG pictures in a folder; give `masks` a name without an ending.")
    check_folder(folder, _is_ours, inputs)


def _is_ours(path: Path) -> bool:
    return _NAME.fullmatch(path.name) is not None
