"""Samples on the device, as the networks take them."""

from typing import NamedTuple

import torch
from torch import Tensor

from motion_transfer.training.dataset import TrainingClip


class Batch(NamedTuple):
    """B clips of n frames; images are float in [-1, 1]."""

    poses: Tensor
    """(B, n, 3, H, W)."""
    frames: Tensor
    """(B, n, 3, H, W), the true ones."""
    plates: Tensor
    """(B, n, 3, H, W), the empty background."""
    boxes: Tensor
    """(B, n, 3, 4), where face, left and right hand are, in pixels; NaN where not seen."""
    moves: Tensor
    """(B, n, 2, 3), from the pixel indices of the frame before to those of each frame; see `Viewport.move`."""
    candidates: Tensor
    """(B, n, 4, H, W), RGB and opacity; without channels where there are no exemplars."""

    @property
    def given(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What a generator is given to make the frames."""
        return self.poses, self.plates, self.moves, self.candidates


def to_batch(clip: TrainingClip, device: torch.device) -> Batch:
    """ClipDataset from the loader, uint8 (B, n, 3, H, W), on the device."""
    images = (clip.poses, clip.frames, clip.plates, clip.candidates)
    poses, frames, plates, candidates = (_normalise(each, device) for each in images)
    boxes, moves = (each.to(device, non_blocking=True) for each in (clip.boxes, clip.moves))
    return Batch(poses, frames, plates, boxes, moves, candidates)


def _normalise(images: Tensor, device: torch.device) -> Tensor:
    return images.to(device, non_blocking=True).float().div_(127.5).sub_(1)
