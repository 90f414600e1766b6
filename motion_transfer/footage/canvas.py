"""The network's canvas: its size, and pixels as tensors."""

import numpy as np
import torch
from torch import Tensor

from motion_transfer.config import ModelSettings
from motion_transfer.errors import ConfigError
from motion_transfer.limits import SIDE
from motion_transfer.loading import shown
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.viewport import best_canvas
from motion_transfer.types import Image, Size

MULTIPLE = 32  # sides of the canvas are multiples of this, so that up to five halvings come out even
LEAST_SIDE = 2 * MULTIPLE  # after five halvings two pixels: the least for reflection padding and normalisation
MOST_PIXELS = 5 * 4096**2 // 4  # those of the largest `model.size`, and a quarter more for sides that are rounded
AREA = 0.15  # share by which a canvas that is fitted to the person may differ in area from the size asked for
SLIMMEST = 3.0  # longer by shorter side of such a canvas at most


def footage_canvas(poses: PoseSequence, model: ModelSettings) -> Size:
    """The canvas, of about `model.size` squared in area, that suits the footage of these poses.

    Of the frame's aspect; or for a `model.crop` of "person" that on which boxes that follow the person show them
    largest. Sides are multiples of 32, at least 64.
    """
    if model.crop != "person":
        return canvas_size(poses.size, model.size)
    sides = range(LEAST_SIDE, round(model.size * SLIMMEST) + MULTIPLE, MULTIPLE)
    off = {(w, h): abs(w * h / model.size**2 - 1) for w in sides for h in sides if max(w, h) <= SLIMMEST * min(w, h)}
    nearest = max(AREA, min(off.values()))
    return best_canvas(poses, [canvas for canvas, share in off.items() if share <= nearest])


def canvas_size(frame_size: Size, size: int) -> Size:
    """The canvas for frames of `frame_size`: about `size` x `size` pixels in area, at the frames' aspect.

    Both sides are rounded to multiples of 32, at least 64; the slight distortion that this means is undone when the
    result is scaled back to the footage's size. Sizes are (width, height).
    """
    width, height = frame_size
    scale = size / (width * height) ** 0.5
    return _round(width * scale), _round(height * scale)


def check_canvas(canvas: Size) -> None:
    """Refuse a (width, height) that the networks cannot work at.

    Raises:
        ConfigError: a side is no multiple of 32, less than 64, or they are more than any `model.size` makes.
    """
    width, height = canvas
    if max(canvas) > SIDE or width * height > MOST_PIXELS:
        raise ConfigError(
            f"a canvas of {shown(width)} x {shown(height)} is too large; expected {MOST_PIXELS:,} pixels at most."
        )
    for side in canvas:
        if side % MULTIPLE or side < LEAST_SIDE:
            raise ConfigError(
                f"a canvas of {canvas[0]} x {canvas[1]} has a side of {side} pixels; expected multiples of {MULTIPLE}, "
                f"{LEAST_SIDE} at least. Try {_round(canvas[0])} x {_round(canvas[1])}."
            )


def to_tensor(*images: Image) -> Tensor:
    """Images (H, W, C) in [0, 255] as a float tensor (B, C, H, W) in [-1, 1]."""
    stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return stacked.float().div_(127.5).sub_(1)


def _round(length: float) -> int:
    return max(LEAST_SIDE, round(length / MULTIPLE) * MULTIPLE)
