"""The device that the networks run on."""

import torch

from motion_transfer.errors import ConfigError


def choose_device(name: str | torch.device | None = None) -> torch.device:
    """The device called `name` ("cpu", "cuda", "cuda:1", "mps"), or the fastest there is.

    Raises:
        ConfigError: this machine has no such device.
    """
    if isinstance(name, torch.device):
        return name
    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        available[:0] = ["cuda", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if name is None:
        return torch.device(available[0])
    if name not in available:
        raise ConfigError(f'`device` is "{name}", which this machine does not have. Available: {", ".join(available)}.')
    return torch.device(name)
