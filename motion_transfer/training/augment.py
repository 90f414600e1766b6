"""Paired augmentation: all that belongs to a frame moved and scaled alike; colour of what was filmed only."""

import torch
from kornia.geometry.transform import warp_affine
from torch import Tensor

from motion_transfer.config import TrainSettings
from motion_transfer.training.batch import Batch


def augment(batch: Batch, settings: TrainSettings, draws: Tensor) -> Batch:
    """Change each stretch of a batch in its own way, all its frames alike.

    Args:
        batch: B stretches.
        settings: how far; with all zero the batch stays as it is.
        draws: (B, 5) in [-1, 1], on the CPU: how far of what is allowed, across, down, in scale, brightness, contrast.
    """
    moved, coloured = settings.augment_shift or settings.augment_scale, settings.augment_colour
    draws = draws.to(batch.frames.device)
    if moved:
        batch = _move(batch, settings, draws)
    if coloured:
        batch = _colour(batch, coloured, draws)
    return batch


def draw_changes(seed: int, sample: int, count: int) -> Tensor:
    """(count, 5) in [-1, 1] for the samples from number `sample` on: the same wherever and whenever they are drawn."""
    rows = [torch.Generator().manual_seed(seed * 1_000_003 + sample + index) for index in range(count)]
    return torch.stack([2 * torch.rand(5, generator=row) - 1 for row in rows])


def _move(batch: Batch, settings: TrainSettings, draws: Tensor) -> Batch:
    height, width = batch.frames.shape[-2:]
    size = torch.tensor([width, height], device=draws.device)
    scale = 1 + settings.augment_scale * draws[:, 2]
    # About the canvas's middle, in pixel indices; boxes are in pixel edges, half a pixel further.
    middle = (size - 1) / 2
    shift = middle * (1 - scale)[:, None] + settings.augment_shift * draws[:, :2] * size
    matrix = torch.cat([torch.diag_embed(scale[:, None].expand(-1, 2)), shift[:, :, None]], dim=2)
    offset = (shift + 0.5 * (1 - scale)[:, None]).repeat(1, 2)[:, None, None]
    return Batch(
        _warp(batch.poses - 1, matrix, "zeros") + 1,  # white around a white canvas
        _warp(batch.frames, matrix, "border"),
        _warp(batch.plates, matrix, "border"),
        batch.boxes * scale[:, None, None, None] + offset,
        _moved_alike(batch.moves, scale, shift),
        _move_collages(batch.candidates, matrix),
    )


def _move_collages(candidates: Tensor, matrix: Tensor) -> Tensor:
    """Collages moved, with nothing around them: grey, and no opacity."""
    if not candidates.shape[2]:
        return candidates
    nothing = torch.tensor([0.0, 0.0, 0.0, -1.0], device=candidates.device)[:, None, None]
    return _warp(candidates - nothing, matrix, "zeros") + nothing


def _moved_alike(moves: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """The moves (B, n, 2, 3) between frames that were all scaled by `scale` (B,) and then shifted by `shift` (B, 2)."""
    stretch = moves[..., :2]
    offset = scale[:, None, None] * moves[..., 2] + shift[:, None] - (stretch @ shift[:, None, :, None])[..., 0]
    return torch.cat([stretch, offset[..., None]], dim=-1)


def _warp(images: Tensor, matrix: Tensor, padding: str) -> Tensor:
    """Warp (B, n, C, H, W), all n alike."""
    stretches, length, channels, height, width = images.shape
    matrices = matrix.repeat_interleave(length, dim=0)
    warped: Tensor = warp_affine(images.flatten(0, 1), matrices, (height, width), padding_mode=padding)
    return warped.view(stretches, length, channels, height, width)


def _colour(batch: Batch, share: float, draws: Tensor) -> Batch:
    brightness, contrast = share * draws[:, 3, None, None, None], 1 + share * draws[:, 4, None, None, None]
    candidates = batch.candidates.clone()
    candidates[:, :, :3] = (candidates[:, :, :3] * contrast[:, None] + brightness[:, None]).clamp(-1, 1)
    return batch._replace(
        candidates=candidates,
        frames=(batch.frames * contrast[:, None] + brightness[:, None]).clamp(-1, 1),
        plates=(batch.plates * contrast[:, None] + brightness[:, None]).clamp(-1, 1),
    )
