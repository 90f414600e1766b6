"""Base weights: what decides among candidates, learned once on many people, with which a compositor begins.

`python -m samples.base` makes a file of them.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from motion_transfer.checkpoints import first_misfit, read_weights
from motion_transfer.config import ModelSettings
from motion_transfer.errors import CheckpointError, ConfigError
from motion_transfer.files import atomic_path
from motion_transfer.limits import WEIGHT_BYTES
from motion_transfer.loading import Expected, read_bytes

NONE = "none"

EXPECTED = Expected("a file of base weights", CheckpointError, f'Make it again, or set `model.base` to "{NONE}".')


def load_base(model: ModelSettings, network: nn.Module) -> None:
    """Give a compositor the weights that `model.base` names, if it names any.

    Args:
        model: the settings that the network was built with.
        network: the compositor.

    Raises:
        ConfigError: no base weights have that name, or they are for a network of other sizes.
        CheckpointError: the file is damaged.
    """
    if model.base == NONE:
        return
    path = base_path(model)

    def check(header: Mapping[str, Tensor]) -> None:
        if misfit := first_misfit(header, network.state_dict()):
            raise ConfigError(
                f"the base weights {path} do not fit this network: {misfit}. Leave `model.width` and "
                f'`model.candidates` as they are, or set `model.base` to "{NONE}".'
            )

    network.load_state_dict(read_weights(path, EXPECTED, check))


def base_path(model: ModelSettings) -> Path:
    """The file of the base weights that `model.base` names.

    Raises:
        ConfigError: there is no such file.
    """
    path = Path(model.base)
    if not os.path.isfile(path):  # Path.is_file raises where a name is too long
        raise ConfigError(f'model.base is "{model.base}"; expected "{NONE}" or a file of base weights.')
    return path


def base_record(model: ModelSettings) -> dict[str, str] | None:
    """Name and SHA-256 of the base weights, for the record of a subject; None without any."""
    if model.network != "compositor" or model.base == NONE:
        return None
    path = base_path(model)
    content = read_bytes(path, EXPECTED, WEIGHT_BYTES)
    return {"name": path.stem, "sha256": hashlib.sha256(content).hexdigest()}


def save_base(path: Path, network: nn.Module) -> None:
    """Write a network's weights as base weights, in half precision."""
    weights = {name: tensor.to(torch.float16).contiguous() for name, tensor in network.state_dict().items()}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(weights))
