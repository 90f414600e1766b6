"""The device that the networks run on, and what goes there and comes back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

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
        there = ", ".join(available)
        raise ConfigError(
            f'`device` is "{name}", which this machine does not have{_no_card(name)}. Available: {there}.'
        )
    return torch.device(name)


def _no_card(name: str) -> str:
    """Why there is no such card, as PyTorch says it: no driver, one that is too old, a build without CUDA."""
    if name.startswith("cuda"):
        try:
            torch.cuda.init()
        except (RuntimeError, AssertionError) as error:
            return f" ({str(error).splitlines()[0].rstrip('.')})"
    return ""


def on_device(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU's memory on a device; a card copies it while this thread goes on."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


@contextmanager
def enough_memory() -> Iterator[None]:
    """Say what to do where the device's memory is too small for what the block computes.

    Raises:
        ConfigError: it is.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ConfigError(
            "`device` has too little memory for this subject's network, or something else takes it. Free it, make "
            'fewer clips at once, or give "cpu".'
        ) from error


class Fetched:
    """Tensors on their way to the CPU's memory: a card copies them once they are computed, while this thread goes on.

    Args:
        tensors: on one device.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._ready: torch.cuda.Event | None = None
        self._tensors = tensors
        if tensors and tensors[0].is_cuda:
            self._tensors = [torch.empty_like(each, device="cpu", pin_memory=True) for each in tensors]
            for host, each in zip(self._tensors, tensors, strict=True):
                host.copy_(each, non_blocking=True)
            self._ready = torch.cuda.Event()
            self._ready.record()

    def wait(self) -> Sequence[Tensor]:
        """The tensors, once they have arrived."""
        if self._ready is not None:
            self._ready.synchronize()
        return self._tensors
