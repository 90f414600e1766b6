"""Training clips as the networks take them, and their augmentation: everything of a frame is shifted alike."""

from typing import NamedTuple

import torch
from kornia.geometry.transform import warp_affine
from torch import Tensor

BLANK = (0.0, 0.0, 0.0, -1.0)  # a candidate's pixel without content: grey, and no opacity


class TrainingClip(NamedTuple):
    """n consecutive instants, or a batch of such clips with a dimension in front.

    Images are uint8 as they are loaded, and float in [-1, 1] on the device.
    """

    poses: Tensor  # pose images, RGB (n, 3, H, W)
    frames: Tensor  # true frames, RGB (n, 3, H, W)
    plates: Tensor  # the empty background, seen through the same viewport, RGB (n, 3, H, W)
    boxes: Tensor  # of face, left and right hand, (n, 3, 4): left, top, right, bottom in pixels; NaN where not seen
    moves: Tensor  # from the pixel indices of the frame before to those of each frame, (n, 2, 3); see `Viewport.move`
    candidates: Tensor  # exemplars warped into the pose, RGBA (n, 4, H, W); (n, 0, H, W) without exemplars

    @property
    def given(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What a generator is given to make the frames."""
        return self.poses, self.plates, self.moves, self.candidates


def to_batch(clips: TrainingClip, device: torch.device) -> TrainingClip:
    """Clips from the loader on the device, their images as float in [-1, 1]."""
    there = (each.to(device, non_blocking=True) for each in clips)
    return TrainingClip(*(each.float().div_(127.5).sub_(1) if each.dtype == torch.uint8 else each for each in there))


def augment(batch: TrainingClip, share: float, draws: Tensor) -> TrainingClip:
    """Shift each clip of a batch by its own offset, all its frames alike.

    Args:
        batch: B clips, on the device.
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
    return TrainingClip(
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
