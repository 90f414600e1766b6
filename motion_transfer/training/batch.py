"""Samples on the device, as the networks take them."""

from typing import NamedTuple

import torch
from torch import Tensor

from motion_transfer.training.dataset import Stretch


class Batch(NamedTuple):
    """B stretches of n frames; images are float in [-1, 1]."""

    poses: Tensor
    """(B, n, 3, H, W)."""
    frames: Tensor
    """(B, n, 3, H, W), filmed."""
    plates: Tensor
    """(B, n, 3, H, W), the empty background."""
    boxes: Tensor
    """(B, n, 3, 4), where face, left and right hand are, in pixels; NaN where not seen."""
    windows: Tensor
    """(B, n, 4), what of each frame is seen: left, top, right, bottom in pixels of the footage."""
    collages: Tensor
    """(B, n, 4, H, W), what is remembered of the person, laid in the pose; without channels where nothing is."""

    @property
    def given(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What a generator is given to make the frames."""
        return self.poses, self.plates, self.windows, self.collages

    def first(self, length: int) -> "Batch":
        """The first frames of each stretch."""
        return Batch(*(each[:, :length] for each in self))


def to_batch(stretch: Stretch, device: torch.device) -> Batch:
    """Stretches from the loader, uint8 (B, n, 3, H, W), on the device."""
    images = (stretch.poses, stretch.frames, stretch.plates, stretch.collages)
    poses, frames, plates, collages = (_normalise(each, device) for each in images)
    boxes, windows = (each.to(device, non_blocking=True) for each in (stretch.boxes, stretch.windows))
    return Batch(poses, frames, plates, boxes, windows, collages)


def _normalise(images: Tensor, device: torch.device) -> Tensor:
    return images.to(device, non_blocking=True).float().div_(127.5).sub_(1)
