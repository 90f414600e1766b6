"""Training clips as the networks take them, and their augmentation: everything of a frame is shifted alike."""

from typing import NamedTuple

import torch
from kornia.geometry.transform import warp_affine
from torch import Tensor


class TrainingClip(NamedTuple):
    """n consecutive instants, or a batch of such clips with a dimension in front.

    Images are uint8 as they are loaded; on the device float in [-1, 1], candidates in [0, 1]. The detail is a crop of
    the last instant at the footage's resolution; it has no pixels where none is trained on.
    """

    poses: Tensor  # pose images, RGB (n, 3, H, W)
    frames: Tensor  # true frames, RGB (n, 3, H, W)
    plates: Tensor  # the empty background, seen through the same viewport, RGB (n, 3, H, W)
    boxes: Tensor  # of face, left and right hand, (n, 3, 4): left, top, right, bottom in pixels; NaN where not seen
    moves: Tensor  # from the pixel indices of the frame before to those of each frame, (n, 2, 3); see `Viewport.move`
    candidates: Tensor  # exemplars warped into the pose, (n, k, 5, H, W); k is 0 without exemplars
    motions: Tensor  # how far from each place what it shows lay in the frame before, (n, 2, h, w); see `move_frames`
    detail_frame: Tensor  # true, RGB (3, h, w)
    detail_plate: Tensor  # (3, h, w)
    detail_candidates: Tensor  # RGB times opacity, and opacity, (k, 4, h, w)
    detail_place: Tensor  # (3,) left and top of the crop on the canvas, and its pixels to one of the canvas

    @property
    def given(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """What a generator is given to make the frames."""
        return self.poses, self.plates, self.moves, self.candidates, self.motions


def to_batch(clips: TrainingClip, device: torch.device) -> TrainingClip:
    """Clips from the loader on the device, their images as float."""
    there = {}
    for name, each in clips._asdict().items():
        each = each.to(device, non_blocking=True)
        if each.dtype == torch.uint8:
            each = each.float().div_(255) if "candidates" in name else each.float().div_(127.5).sub_(1)
        there[name] = each
    return TrainingClip(**there)


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
    stationary = (batch.moves[..., :2] @ shift[:, None, :, None])[..., 0]
    moves = torch.cat([batch.moves[..., :2], (batch.moves[..., 2] + shift[:, None] - stationary)[..., None]], dim=-1)
    return batch._replace(
        poses=_shift(batch.poses - 1, shift, "zeros") + 1,  # white around a white canvas
        frames=_shift(batch.frames, shift, "border"),
        plates=_shift(batch.plates, shift, "border"),
        boxes=batch.boxes + shift.repeat(1, 2)[:, None, None],
        moves=moves,
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
