"""Between the footage's pixels and the network's canvas."""

import cv2
import numpy as np
import torch
from torch import Tensor

from motion_transfer.errors import ConfigError
from motion_transfer.types import Frame

MULTIPLE = 32
"""Sides of the canvas are multiples of this, so that up to five halvings come out even."""

LEAST_SIDE = 2 * MULTIPLE
"""Five halvings leave two pixels of it, the least that reflection padding and normalisation can work on."""


def canvas_size(frame_size: tuple[int, int], size: int) -> tuple[int, int]:
    """The canvas for footage of `frame_size`: about `size` x `size` pixels in area, at the footage's aspect.

    Both sides are rounded to multiples of 32, at least 64; the slight stretch that this means is undone when the
    result is scaled back to the footage's size. Sizes are (width, height).
    """
    width, height = frame_size
    scale = size / (width * height) ** 0.5
    return _round(width * scale), _round(height * scale)


def check_canvas(canvas: tuple[int, int]) -> None:
    """Refuse a (width, height) that the networks cannot work at.

    Raises:
        ConfigError: a side is no multiple of 32, or less than 64.
    """
    for side in canvas:
        if side % MULTIPLE or side < LEAST_SIDE:
            raise ConfigError(
                f"a canvas of {canvas[0]} x {canvas[1]} has a side of {side} pixels; expected multiples of {MULTIPLE}, "
                f"{LEAST_SIDE} at least. Try {_round(canvas[0])} x {_round(canvas[1])}."
            )


def to_canvas(frame: Frame, canvas: tuple[int, int]) -> Frame:
    """Scale an RGB frame (H, W, 3) to the canvas, averaging where it shrinks."""
    shrinks = frame.shape[1] > canvas[0]
    scaled = cv2.resize(frame, canvas, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return scaled.astype(np.uint8, copy=False)


def to_tensor(*images: Frame) -> Tensor:
    """Images (H, W, C) in [0, 255] as a float tensor (B, C, H, W) in [-1, 1]."""
    stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return stacked.float().div_(127.5).sub_(1)


def _round(length: float) -> int:
    return max(LEAST_SIDE, round(length / MULTIPLE) * MULTIPLE)
