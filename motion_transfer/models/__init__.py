"""The networks and their losses: architecture only, nothing is read or written here."""

from motion_transfer.models.crops import add_boxes, crop_boxes
from motion_transfer.models.device import choose_device
from motion_transfer.models.discriminator import Features, MultiScaleDiscriminator
from motion_transfer.models.edn import FaceGenerator, GlobalGenerator, LocalEnhancer
from motion_transfer.models.generator import Generated, Generator, refine
from motion_transfer.models.losses import Gan, adversarial_loss, discriminator_loss, feature_matching_loss
from motion_transfer.models.perceptual import PerceptualLoss, StructuralLoss, vgg_layers
from motion_transfer.models.residual import zero_last_convolution
from motion_transfer.models.unet import UNet

__all__ = [
    "FaceGenerator",
    "Features",
    "Gan",
    "Generated",
    "Generator",
    "GlobalGenerator",
    "LocalEnhancer",
    "MultiScaleDiscriminator",
    "PerceptualLoss",
    "StructuralLoss",
    "UNet",
    "add_boxes",
    "adversarial_loss",
    "choose_device",
    "crop_boxes",
    "discriminator_loss",
    "feature_matching_loss",
    "refine",
    "vgg_layers",
    "zero_last_convolution",
]
