"""Several processes that train together under `torchrun`; one alone needs none of this and passes through it."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(days=2)
"""How long processes wait for the first one, which finds the poses of all the footage alone."""


@contextmanager
def process_group(device: torch.device) -> Iterator[torch.device]:
    """Join the other processes that torchrun started, if it did; gives this process's own device.

    Processes talk through gloo, gradients on GPUs through NCCL.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or distributed.is_initialized():
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=PATIENCE)
    try:
        yield device
    finally:
        distributed.destroy_process_group()


def rank() -> int:
    """This process's number; the one with 0 writes, the others only compute."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def processes() -> int:
    """How many train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def wait_for_all() -> None:
    """Go on when every process has come here."""
    if processes() > 1:
        distributed.barrier()


def largest(*values: float) -> list[float]:
    """For each value the largest of all processes', so that they decide alike."""
    if processes() == 1:
        return list(values)
    together = torch.tensor(values, dtype=torch.float64)
    distributed.all_reduce(together, distributed.ReduceOp.MAX)
    found: list[float] = together.tolist()
    return found


def mean_losses(losses: dict[str, Tensor]) -> dict[str, float]:
    """The losses as numbers of five digits, averaged over the processes.

    Raises:
        FloatingPointError: one is not finite.
    """
    together = torch.stack([loss.detach().float().cpu() for loss in losses.values()])
    if processes() > 1:
        distributed.all_reduce(together)
        together /= processes()
    values = {name: round(value, 5) for name, value in zip(losses, together.tolist(), strict=True)}
    for name, value in values.items():
        if not math.isfinite(value):
            raise FloatingPointError(f"the {name} loss is {value}, not finite")
    return values


def parallel(network: nn.Module) -> nn.Module:
    """The network with its gradients averaged over the processes; as it is where there is one."""
    if processes() == 1:
        return network
    return DistributedDataParallel(network)
