"""The discriminator, which tells real frames from generated ones, and what it and the generator minimise."""

import itertools
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from motion_transfer.models.networks import initialise

Gan = Literal["lsgan", "cross-entropy"]
"""Least squares (arXiv 1611.04076), or the original one in its non-saturating form (1406.2661)."""
Features = list[Tensor]
"""One discriminator's layer outputs, shallow to deep; the last, (B, 1, h, w), is its judgement of each patch."""


class PatchDiscriminator(nn.Module):
    """A PatchGAN that also shows its intermediate features (arXiv 1611.07004, section 3.2.2; 1711.11585, section 3.2).

    4 x 4 convolutions, `layers` of them with stride 2 from `width` channels on, doubling up to 8 x width.
    """

    def __init__(self, in_channels: int, *, width: int, layers: int) -> None:
        super().__init__()
        widths = [min(width * 2**level, width * 8) for level in range(layers + 1)]
        stages = [nn.Sequential(nn.Conv2d(in_channels, width, 4, stride=2, padding=2), nn.LeakyReLU(0.2))]
        for level, (narrow, wide) in enumerate(itertools.pairwise(widths), start=1):
            stride = 2 if level < layers else 1
            conv = nn.Conv2d(narrow, wide, 4, stride=stride, padding=2)
            stages.append(nn.Sequential(conv, nn.InstanceNorm2d(wide), nn.LeakyReLU(0.2)))
        stages.append(nn.Sequential(nn.Conv2d(widths[-1], 1, 4, padding=2)))
        self.stages = nn.ModuleList(stages)
        initialise(self)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Features:
        """Return every stage's output for `x`, (B, C, H, W)."""
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features


class MultiScaleDiscriminator(nn.Module):
    """The same discriminator at several resolutions, each half the one before (pix2pixHD, section 3.2).

    Everybody Dance Now shows it 12 channels: two pose images and the two frames, so that it also judges motion.
    """

    def __init__(self, in_channels: int, *, width: int, layers: int, scales: int) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            PatchDiscriminator(in_channels, width=width, layers=layers) for _ in range(scales)
        )
        self.halve = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> list[Features]:
        """Return each scale's features, full resolution first."""
        outputs = []
        for scale, discriminator in enumerate(self.discriminators):
            if scale:
                x = self.halve(x)
            outputs.append(discriminator(x))
        return outputs


def discriminator_loss(real: list[Features], fake: list[Features], gan: Gan = "lsgan") -> Tensor:
    """GAN loss of the discriminator, which tells real from generated; summed over scales (pix2pixHD, equation 3).

    Halved, as published, so that the discriminator learns more slowly than the generator.
    """
    losses = [_distance(r[-1], True, gan) + _distance(f[-1], False, gan) for r, f in zip(real, fake, strict=True)]
    return 0.5 * torch.stack(losses).sum()


def adversarial_loss(fake: list[Features], gan: Gan = "lsgan") -> Tensor:
    """GAN loss of the generator, whose frames should be taken for real ones; summed over scales."""
    return torch.stack([_distance(features[-1], True, gan) for features in fake]).sum()


def feature_matching_loss(real: list[Features], fake: list[Features]) -> Tensor:
    """Mean absolute difference of the discriminator's features (pix2pixHD, equation 4).

    A layer weighs 4 / (number of layers), a scale 1 / (number of scales), as published; the gradient
    flows into `fake` only.
    """
    total = torch.zeros((), device=fake[0][0].device)
    for real_features, fake_features in zip(real, fake, strict=True):
        inner = list(zip(real_features[:-1], fake_features[:-1], strict=True))
        for real_layer, fake_layer in inner:
            total = total + 4 / len(inner) * functional.l1_loss(fake_layer, real_layer.detach())
    return total / len(fake)


def _distance(scores: Tensor, real: bool, gan: Gan) -> Tensor:
    """How far the scores of patches are from saying real, or generated."""
    if gan == "lsgan":
        return (scores - float(real)).square().mean()
    return functional.softplus(-scores if real else scores).mean()
