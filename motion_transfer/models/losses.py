"""What generator and discriminator minimise. Each loss is a scalar tensor."""

import torch
from torch import Tensor
from torch.nn import functional

from motion_transfer.models.discriminator import Features


def discriminator_loss(real: list[Features], fake: list[Features]) -> Tensor:
    """Least-squares GAN loss of the discriminator: 1 for filmed, 0 for generated, averaged over scales (1611.04076)."""
    losses = [0.5 * ((r[-1] - 1).square().mean() + f[-1].square().mean()) for r, f in zip(real, fake, strict=True)]
    return torch.stack(losses).mean()


def adversarial_loss(fake: list[Features]) -> Tensor:
    """Least-squares GAN loss of the generator: its frames should be judged 1 (1611.04076)."""
    return torch.stack([(features[-1] - 1).square().mean() for features in fake]).mean()


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
