"""The perceptual loss of a run: EfficientNet-Lite0's, VGG-19's, or MS-SSIM + L1 where VGG's weights cannot be had."""

import logging
import socket
from http.client import HTTPException
from pathlib import Path

import torch
from torch import nn

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.config import Pipeline
from motion_transfer.errors import CheckpointError
from motion_transfer.features import feature_distance
from motion_transfer.files import raise_if_disk_full
from motion_transfer.models.perceptual import PerceptualLoss, StructuralLoss, vgg_layers
from motion_transfer.pose_cache import fingerprint
from motion_transfer.training.distributed import largest
from motion_transfer.user_dirs import cache_dir

URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
HASH_PREFIX = "dcbb9e9d"  # the beginning of the file's SHA-256, as its name gives it
SECONDS = 15.0  # longest wait for an answer, so that a machine without network continues soon
EFFICIENTNET, VGG, STRUCTURE, UNUSED = "EfficientNet-Lite0", "VGG-19", "MS-SSIM + L1", "none"
"""The perceptual losses, as a run records which one it uses."""


def perceptual_loss(pipeline: Pipeline, recorded: str | None = None) -> tuple[str, nn.Module]:
    """The perceptual loss that a pipeline asks for, or that a run has used so far.

    Args:
        pipeline: `train.perceptual` names the network; of VGG, `train.vgg` is the file, "" to download the weights
            once, or "none" for MS-SSIM + L1.
        recorded: which loss a resumed run has used; it does not change within a run.

    Returns:
        Its name and a module on the CPU that takes a generated and a true image, (B, 3, H, W) in [-1, 1], and gives a
        scalar. Where a new run cannot download the weights, a warning is logged and MS-SSIM + L1 replace VGG-19.

    Raises:
        CheckpointError: `train.vgg` is no file of VGG-19, a resumed run has used VGG-19 and it cannot be had, or
            EfficientNet's package is damaged.
    """
    if not (pipeline.train.perceptual_weight or pipeline.train_face.bounded):
        return UNUSED, StructuralLoss()
    if pipeline.train.perceptual == "efficientnet":
        return EFFICIENTNET, feature_distance()
    file = pipeline.train.vgg
    if file == "none" or recorded == STRUCTURE:
        return STRUCTURE, StructuralLoss()
    loss, reason = None, "another process has no weights."
    try:
        loss = _read_vgg(Path(file) if file else _download(URL, HASH_PREFIX))
    except CheckpointError as error:
        if file:
            raise
        reason = str(error)
    if not largest(loss is None)[0] and loss is not None:  # all processes use the same loss
        return VGG, loss
    if recorded == VGG:
        raise CheckpointError(
            f"This run was started with VGG-19's perceptual loss. {reason} Give its file as `train.vgg`."
        )
    logging.getLogger("motion_transfer").warning(
        "No VGG-19: MS-SSIM + L1 replace the perceptual loss. %s Give its file as `train.vgg`.", reason
    )
    return STRUCTURE, StructuralLoss()


def _download(url: str, hash_prefix: str) -> Path:
    """The file at an address in the cache folder, downloaded if it is not there; its hash is always checked.

    Raises:
        CheckpointError: it cannot be downloaded, or has another hash.
        OutputError: the disk is full.
    """
    path = cache_dir() / url.rpartition("/")[2]
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)
    try:
        if not path.is_file() or not fingerprint(path).startswith(hash_prefix):
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(path), hash_prefix, progress=False)
    except (OSError, HTTPException, RuntimeError) as error:
        if isinstance(error, OSError):
            raise_if_disk_full(error, path)
        raise CheckpointError(f"{url} cannot be downloaded to {path.parent} ({error}).") from error
    finally:
        socket.setdefaulttimeout(timeout)
    return path


def _read_vgg(path: Path) -> PerceptualLoss:
    weights = read_state_dict(path)
    expected = {f"features.{name}": tensor for name, tensor in vgg_layers().to("meta").state_dict().items()}
    used = {name: tensor for name, tensor in weights.items() if name in expected}
    if misfit := first_misfit(used, expected):
        raise CheckpointError(f"{path} is no VGG-19: {misfit}. Give the file that {URL} offers.")
    return PerceptualLoss(used)
