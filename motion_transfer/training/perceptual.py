"""Where the perceptual loss has VGG-19's weights from, and what takes its place without them."""

import logging
from pathlib import Path

from torch import nn

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.download import cached_download
from motion_transfer.errors import CheckpointError, OutputError
from motion_transfer.models import PerceptualLoss, StructuralLoss, vgg_layers
from motion_transfer.progress import ProgressCallback, no_progress

URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
SHA256 = "dcbb9e9d"
"""The beginning of the file's digest, which its name gives."""


def perceptual_loss(file: str = "", *, progress: ProgressCallback = no_progress) -> nn.Module:
    """The perceptual loss: VGG-19's, or MS-SSIM + L1 where its weights cannot be had, which one logged line tells.

    Args:
        file: VGG-19's published weights; downloaded once and cached if empty.
        progress: called with (stage, done, total), for the download.

    Returns:
        A module on the CPU that takes a generated and a true image, (B, 3, H, W) in [-1, 1], and gives a scalar.

    Raises:
        CheckpointError: `file` is given, but is no VGG-19.
    """
    if file:
        return _read(Path(file))
    try:
        return _read(cached_download(URL, sha256=SHA256, progress=progress))
    except (CheckpointError, OutputError) as error:
        logging.getLogger("motion_transfer").warning(
            "No VGG-19, so MS-SSIM + L1 take the perceptual loss's place: %s Give its file by --train.vgg.", error
        )
        return StructuralLoss()


def _read(path: Path) -> PerceptualLoss:
    weights = read_state_dict(path)
    expected = {f"features.{name}": tensor for name, tensor in vgg_layers().to("meta").state_dict().items()}
    used = {name: tensor for name, tensor in weights.items() if name in expected}
    if misfit := first_misfit(used, expected):
        raise CheckpointError(f"{path} is no VGG-19: {misfit}. Give the file that {URL} offers.")
    return PerceptualLoss(used)
