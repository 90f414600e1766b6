"""What generator and discriminator minimise. Each loss is a scalar tensor."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from motion_transfer.models.discriminator import Features

Gan = Literal["lsgan", "hinge", "cross-entropy"]
"""Least squares (arXiv 1611.04076), hinge (1705.02894), or the original one in its non-saturating form (1406.2661)."""


def discriminator_loss(real: list[Features], fake: list[Features], gan: Gan = "lsgan") -> Tensor:
    """GAN loss of the discriminator, which tells filmed from generated; summed over scales (pix2pixHD, equation 3)."""
    return torch.stack([_tell_apart(r[-1], f[-1], gan) for r, f in zip(real, fake, strict=True)]).sum()


def adversarial_loss(fake: list[Features], gan: Gan = "lsgan") -> Tensor:
    """GAN loss of the generator, whose frames should be taken for filmed ones; summed over scales."""
    return torch.stack([_pass_as_real(features[-1], gan) for features in fake]).sum()


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


def _tell_apart(real: Tensor, fake: Tensor, gan: Gan) -> Tensor:
    """Halved, as published, so that the discriminator learns more slowly than the generator."""
    match gan:
        case "lsgan":
            return 0.5 * ((real - 1).square().mean() + fake.square().mean())
        case "hinge":
            return 0.5 * (functional.relu(1 - real).mean() + functional.relu(1 + fake).mean())
        case "cross-entropy":
            return 0.5 * (functional.softplus(-real).mean() + functional.softplus(fake).mean())


def _pass_as_real(fake: Tensor, gan: Gan) -> Tensor:
    match gan:
        case "lsgan":
            return (fake - 1).square().mean()
        case "hinge":
            return -fake.mean()
        case "cross-entropy":
            return functional.softplus(-fake).mean()
