"""Samples on the device, as the networks take them."""

from typing import NamedTuple

import torch
from torch import Tensor

from motion_transfer.subject import Stretch


class Batch(NamedTuple):
    """B stretches of n frames; images are float in [-1, 1]."""

    poses: Tensor
    """(B, n, 3, H, W)."""
    frames: Tensor
    """(B, n, 3, H, W), filmed."""
    plates: Tensor
    """(B, 3, H, W), the empty background."""
    boxes: Tensor
    """(B, n, 3, 4), where face, left and right hand are, in pixels; NaN where not seen."""

    def first(self, length: int) -> "Batch":
        """The first frames of each stretch."""
        return Batch(self.poses[:, :length], self.frames[:, :length], self.plates, self.boxes[:, :length])


def to_batch(stretch: Stretch, plate: Tensor, device: torch.device) -> Batch:
    """Stretches from the loader, uint8 (B, n, 3, H, W), on the device; `plate` is (1, 3, H, W) there."""
    poses, frames = (_normalise(images, device) for images in (stretch.poses, stretch.frames))
    return Batch(poses, frames, plate.expand_as(frames[:, 0]), stretch.boxes.to(device, non_blocking=True))


def _normalise(images: Tensor, device: torch.device) -> Tensor:
    return images.to(device, non_blocking=True).float().div_(127.5).sub_(1)
