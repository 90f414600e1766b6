"""The networks and their losses: architecture only, nothing is read or written here."""

from motion_transfer.models.device import choose_device
from motion_transfer.models.discriminator import Features, MultiScaleDiscriminator
from motion_transfer.models.generator import Generated, Generator
from motion_transfer.models.losses import adversarial_loss, discriminator_loss, feature_matching_loss

__all__ = [
    "Features",
    "Generated",
    "Generator",
    "MultiScaleDiscriminator",
    "adversarial_loss",
    "choose_device",
    "discriminator_loss",
    "feature_matching_loss",
]
