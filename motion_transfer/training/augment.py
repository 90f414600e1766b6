"""Paired augmentation: everything that belongs to a frame is shifted alike."""

import torch
from kornia.geometry.transform import warp_affine
from torch import Tensor

from motion_transfer.training.batch import Batch

BLANK = (0.0, 0.0, 0.0, -1.0)
"""A candidate's pixel without content: grey, and no opacity."""


def augment(batch: Batch, share: float, draws: Tensor) -> Batch:
    """Shift each clip of a batch by its own offset, all its frames alike.

    Args:
        batch: B clips.
        share: of the canvas, by which a clip is shifted at most; with 0 the batch stays as it is.
        draws: (B, 2) in [-1, 1], on the CPU: the shift to the right and down, in units of the largest.
    """
    if not share:
        return batch
    height, width = batch.frames.shape[-2:]
    shift = share * draws.to(batch.frames.device) * torch.tensor([width, height], device=batch.frames.device)
    blank = torch.tensor(BLANK, device=shift.device)[: batch.candidates.shape[2], None, None]
    stationary = (batch.moves[..., :2] @ shift[:, None, :, None])[..., 0]
    moves = torch.cat([batch.moves[..., :2], (batch.moves[..., 2] + shift[:, None] - stationary)[..., None]], dim=-1)
    return Batch(
        _shift(batch.poses - 1, shift, "zeros") + 1,  # white around a white canvas
        _shift(batch.frames, shift, "border"),
        _shift(batch.plates, shift, "border"),
        batch.boxes + shift.repeat(1, 2)[:, None, None],
        moves,
        _shift(batch.candidates - blank, shift, "zeros") + blank if len(blank) else batch.candidates,
    )


def draw_shifts(seed: int, sample: int, count: int) -> Tensor:
    """(count, 2) in [-1, 1] for the samples from number `sample` on: the same wherever and whenever they are drawn."""
    rows = [torch.Generator().manual_seed(seed * 1_000_003 + sample + index) for index in range(count)]
    return torch.stack([2 * torch.rand(2, generator=row) - 1 for row in rows])


def _shift(images: Tensor, shift: Tensor, padding: str) -> Tensor:
    """Shift (B, n, C, H, W) by (B, 2) pixels."""
    height, width = images.shape[-2:]
    matrices = torch.cat([torch.eye(2, device=shift.device).expand(len(shift), 2, 2), shift[:, :, None]], dim=2)
    matrices = matrices.repeat_interleave(images.shape[1], dim=0)
    shifted: Tensor = warp_affine(images.flatten(0, 1), matrices, (height, width), padding_mode=padding)
    return shifted.view(images.shape)
