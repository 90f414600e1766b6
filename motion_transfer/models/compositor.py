"""The compositor: a network that chooses among candidates; the candidates supply the pixels.

It sees everything small, at the canvas's size, and says per pixel how much each candidate counts, and what is to be
filled in where no candidate shows anything. These answers hold at any resolution: scaled up, they are applied to
candidates that are rendered at the footage's.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Image = Float[Tensor, "batch 3 height width"]
Candidates = Float[Tensor, "batch count channels height width"]
"""RGB times opacity, opacity, and (for the network) fit, in [0, 1]."""

FIRST = 5.0  # advantage of the first candidate before any training: all others together count 5 % at most
DECIDED = 3.0  # by which weights are steeper in use: a mean of candidates learns well, and is softer than any of them
FAINT = 0.02  # weights and opacity below this count nothing: before any training the first candidate is the result
TINT = 0.3  # by which colours of candidates are changed at most, of [-1, 1]
DEPTH = 4  # resolutions of the U-Net
GROUPS = 4  # of its norms
CLEAR = -6.0  # of the filled layer's opacity, before the sigmoid and any training


class Decisions(NamedTuple):
    """What the compositor says for each pixel of the canvas."""

    weights: Float[Tensor, "batch count height width"]
    """Of the candidates, in [0, 1]; what is lacking to a sum of 1 is empty."""
    tint: Float[Tensor, "batch 3 height width"]
    """What is added to the candidates' colours."""
    fill: Float[Tensor, "batch 3 height width"]
    """The layer behind the candidates, in [-1, 1]: holes, shadow."""
    opacity: Float[Tensor, "batch 1 height width"]
    """That layer's, in [0, 1]."""


class Composite(NamedTuple):
    """A frame and the person alone."""

    frame: Float[Tensor, "batch 3 height width"]
    foreground: Float[Tensor, "batch 3 height width"]
    """The person's colours, in [-1, 1]; anything where the mask is 0."""
    mask: Float[Tensor, "batch 1 height width"]
    """The person's opacity, in [0, 1]."""


class Compositor(nn.Module):
    """A U-Net over pose image, previous frame, plate and candidates, at half of the canvas's resolution.

    Args:
        candidates: their number.
        width: channels at the highest resolution; more by as many at each of the three below.
        channels: of a candidate.
    """

    def __init__(self, candidates: int, *, width: int, channels: int = 5) -> None:
        super().__init__()
        self.candidates = candidates
        widths = [width * (level + 1) for level in range(DEPTH)]
        inputs = 4 * (9 + channels * candidates)
        self.down = nn.ModuleList(
            _block(before, after, stride=1 if level == 0 else 2)
            for level, (before, after) in enumerate(zip([inputs, *widths], widths, strict=False))
        )
        self.up = nn.ModuleList(
            _block(widths[level] + widths[level + 1], widths[level]) for level in reversed(range(DEPTH - 1))
        )
        self.out = nn.Conv2d(width, candidates + 8, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        bias = torch.zeros(self.out.out_channels)
        bias[0] = FIRST
        bias[-1] = CLEAR
        self.out.bias = nn.Parameter(bias)

    def forward(self, pose: Image, previous: Image, plate: Image, candidates: Candidates) -> Decisions:
        """Images are in [-1, 1], candidates in [0, 1]; sides are multiples of 2."""
        x = torch.cat([pose, previous, plate, candidates.flatten(1, 2) * 2 - 1], dim=1)
        x = functional.pixel_unshuffle(x, 2)
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            skip = skips.pop()
            x = block(torch.cat([_resize(x, skip.shape[-2:]), skip], dim=1))
        answer = _resize(self.out(x).float(), pose.shape[-2:])
        logits, tint, fill, opacity = answer.split([self.candidates + 1, 3, 3, 1], dim=1)
        weights = (logits if self.training else DECIDED * logits).softmax(dim=1)
        opacity = torch.sigmoid(opacity)
        if not self.training:  # else no gradient would reach the faint ones
            weights = functional.relu(weights - FAINT)
            weights = weights / weights.sum(dim=1, keepdim=True)
            opacity = functional.relu(opacity - FAINT) / (1 - FAINT)
        return Decisions(weights[:, : self.candidates], TINT * torch.tanh(tint), torch.tanh(fill), opacity)


def scale_decisions(decisions: Decisions, scale: int) -> Decisions:
    """The decisions at `scale` times the resolution."""
    if scale == 1:
        return decisions
    return Decisions(*(_resize(each, tuple(scale * side for side in each.shape[-2:])) for each in decisions))


def crop_decisions(decisions: Decisions, corners: Tensor, size: tuple[int, int]) -> Decisions:
    """The decisions in a box of each sample: `corners` (B, 2) left and top, `size` (width, height), in pixels."""
    width, height = size

    def crop(values: Tensor) -> Tensor:
        cut = [each[..., y : y + height, x : x + width] for each, (x, y) in zip(values, corners.tolist(), strict=True)]
        return torch.stack(cut)

    return Decisions(*map(crop, decisions))


def compose(decisions: Decisions, candidates: Candidates, plate: Image) -> Composite:
    """The frame that the decisions make of candidates at the same resolution.

    Args:
        decisions: at the resolution of the images.
        candidates: RGB times opacity and opacity, in [0, 1]; further channels are not used.
        plate: the empty background, in [-1, 1].
    """
    layers = candidates[:, :, :4] * decisions.weights[:, :, None]
    colour, opacity = layers.sum(dim=1).split([3, 1], dim=1)
    colour = 2 * colour - opacity + opacity * decisions.tint  # times opacity, of [-1, 1]
    behind = (1 - opacity) * decisions.opacity
    colour, mask = colour + behind * decisions.fill, opacity + behind
    frame = colour + (1 - mask) * plate
    return Composite(frame.clamp(-1, 1), (colour / mask.clamp(min=1e-3)).clamp(-1, 1), mask)


def move_frames(frames: Image, motion: Tensor, around: Image) -> Image:
    """Frames of the instant before as this instant's poses move them, with `around` where nothing is known of them.

    Args:
        frames: in [-1, 1].
        motion: (B, 2, h, w) how far from each place what it shows lay before, in pixels of the frames, at any size.
        around: like the frames.
    """
    seen = torch.cat([frames, torch.ones_like(frames[:, :1])], dim=1)
    moved = _shift(seen, _resize(motion, frames.shape[-2:]))
    return moved[:, :3] + around * (1 - moved[:, 3:])


def _shift(images: Tensor, flow: Tensor) -> Tensor:
    """Images (N, C, H, W) looked up at each pixel's place plus a flow (N, 2, H, W) in pixels; nothing beyond them."""
    height, width = images.shape[-2:]
    x = torch.arange(width, device=flow.device, dtype=flow.dtype) + 0.5
    y = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None] + 0.5
    grid = torch.stack([(x + flow[:, 0]) * (2 / width) - 1, (y + flow[:, 1]) * (2 / height) - 1], dim=-1)
    return functional.grid_sample(images.to(grid.dtype), grid, align_corners=False)


def _block(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1),
        nn.GroupNorm(GROUPS, after),
        nn.ReLU(),
        nn.Conv2d(after, after, 3, 1, 1),
        nn.GroupNorm(GROUPS, after),
        nn.ReLU(),
    )


def _resize(images: Tensor, size: tuple[int, ...]) -> Tensor:
    return functional.interpolate(images, size=size, mode="bilinear", align_corners=False)
