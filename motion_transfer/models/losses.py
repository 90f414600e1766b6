"""What generator and discriminator minimise. Each loss is a scalar tensor."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from motion_transfer.models.discriminator import Features

Gan = Literal["lsgan", "cross-entropy"]
"""Least squares (arXiv 1611.04076), or the original one in its non-saturating form (1406.2661)."""


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
