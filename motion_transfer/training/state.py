"""Everything a training run must remember to go on as if it had never stopped."""

import io
import os
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from motion_transfer.config import Pipeline
from motion_transfer.errors import TrainingError
from motion_transfer.files import atomic_path
from motion_transfer.models import Generator, MultiScaleDiscriminator
from motion_transfer.subject import build_generator

Network = TypeVar("Network", bound=nn.Module)

BETAS = (0.5, 0.999)
"""Adam's moments as published for pix2pix and its successors."""


class TrainingState:
    """Networks, optimisers, the averaged generator, and how far the run has come."""

    def __init__(self, pipeline: Pipeline, device: torch.device) -> None:
        model, train = pipeline.model, pipeline.train
        torch.manual_seed(train.seed)
        self.generator = _place(build_generator(pipeline), device)
        discriminator = MultiScaleDiscriminator(
            12, width=model.discriminator_width, layers=model.discriminator_layers, scales=model.discriminator_scales
        )
        self.discriminator = _place(discriminator, device)
        self.average = build_generator(pipeline).to(device).requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.generator_optimiser = _adam(self.generator, train.learning_rate)
        self.discriminator_optimiser = _adam(self.discriminator, train.learning_rate)
        self.ema = train.ema
        self.step = 0
        self.seconds = 0.0
        self.losses: dict[str, float] = {}

    def update_average(self) -> None:
        """Move the averaged generator towards the current one; early on faster, so that it forgets the start."""
        decay = min(self.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, current in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(current, 1 - decay)

    def set_learning_rate(self, rate: float) -> None:
        """Set both optimisers' step size."""
        for optimiser in (self.generator_optimiser, self.discriminator_optimiser):
            for group in optimiser.param_groups:
                group["lr"] = rate

    def save(self, path: Path) -> None:
        """Write the state whole or not at all; the previous checkpoint survives a failure."""
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        counters = {"step": self.step, "seconds": self.seconds, "losses": self.losses, "random": torch.get_rng_state()}
        with atomic_path(path) as temporary:
            # Through memory, because torch itself reports a full disk as a corrupt archive.
            buffer = io.BytesIO()
            torch.save({**parts, **counters}, buffer)
            with temporary.open("wb") as file:
                file.write(buffer.getbuffer())
                file.flush()
                os.fsync(file.fileno())

    def load(self, path: Path) -> None:
        """Read a state that `save` wrote.

        Raises:
            TrainingError: the file is damaged or belongs to other networks.
        """
        try:
            saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            for name, part in self._parts().items():
                part.load_state_dict(saved[name])
            self.step, self.seconds, self.losses = saved["step"], saved["seconds"], saved["losses"]
            torch.set_rng_state(saved["random"])
        except Exception as error:  # torch raises a dozen kinds for a damaged file
            reason = str(error).split("\n")[0].split(". ")[0].strip()
            raise TrainingError(
                f"{path} cannot be resumed from ({reason}). Delete the folder {path.parent} to train anew."
            ) from error

    def _parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average,
            "generator_optimiser": self.generator_optimiser,
            "discriminator_optimiser": self.discriminator_optimiser,
        }


def result_of(state: TrainingState) -> Generator:
    """The generator that the run has arrived at, on the CPU, in evaluation mode."""
    return state.average.to("cpu").eval()


def _adam(network: nn.Module, learning_rate: float) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=learning_rate, betas=BETAS)


def _place(network: Network, device: torch.device) -> Network:
    """Move a network to the device, its weights in the layout that convolutions are fastest with there."""
    network = network.to(device)
    if device.type != "cuda":
        return network
    return network.to(memory_format=torch.channels_last)  # type: ignore[no-any-return, call-overload]
