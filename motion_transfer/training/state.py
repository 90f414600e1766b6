"""The state of a training run: everything that a resumed run needs to continue bit for bit."""

import io
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from motion_transfer.checkpoints import check_declared_size
from motion_transfer.errors import TrainingError
from motion_transfer.files import atomic_path
from motion_transfer.limits import STEPS
from motion_transfer.loading import Expected, open_regular, shown
from motion_transfer.models.discriminator import MultiScaleDiscriminator
from motion_transfer.models.generator import Generator
from motion_transfer.models.networks import FaceGenerator, zero_last_convolution
from motion_transfer.subject import build_generator
from motion_transfer.training.stages import Stage

BETAS = (0.5, 0.999)  # Adam's moments as published for pix2pix and its successors
PARTS = ("generator", "discriminator", "average", "generator_optimiser", "discriminator_optimiser", "scaler")
"""Attributes of a state that have a state of their own."""
COUNTERS = {
    "step": int,
    "seconds": float,
    "began": dict,
    "samples": int,
    "batch": int,
    "losses": dict,
    "held_out": float | None,
    "history": dict,
    "perceptual": str | None,
}
"""Attributes of a state that are plain values, and their types."""


class TrainingState:
    """Networks and optimisers of one stage, the averaged generator, and how far the run has come."""

    def __init__(self, stage: Stage, device: torch.device) -> None:
        self.stage = stage
        self.device = device
        train = stage.pipeline.train
        torch.manual_seed(train.seed + stage.index)
        self.generator = build_generator(stage.pipeline).to(device)
        self.discriminator = stage.discriminator().to(device)
        self._base = [each.detach().clone() for each in self.generator.network.parameters()] if stage.from_base else []
        if device.type == "cuda":  # the layout of the weights that convolutions are fastest with there
            for network in (self.generator, self.discriminator):
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # In evaluation mode: dropout would draw from the run's random numbers whenever a sheet is due.
        self.average = build_generator(stage.pipeline).to(device).requires_grad_(False).eval()
        self.average.load_state_dict(self.generator.state_dict())
        trained = stage.trained(self.generator, epochs=float("inf"))
        self.generator_optimiser = _adam(trained, stage.settings.learning_rate)
        self.discriminator_optimiser = _adam([self.discriminator], stage.settings.learning_rate)
        self.scaler = torch.amp.GradScaler(device.type, enabled=train.precision == "fp16")
        self.ema = train.ema
        self.step = 0
        self.seconds = 0.0
        self.began: dict[str, float] = {"step": 0, "seconds": 0.0}
        self.samples = 0
        self.batch = train.batch
        self.losses: dict[str, float] = {}
        self.held_out: float | None = None
        self.perceptual: str | None = None
        self.history: dict[str, dict[str, Any]] = {}

    def next_stage(self, stage: Stage) -> "TrainingState":
        """The state at the start of the next stage, from the weights that this one has arrived at.

        The face stage improves the frames that the subject will really make: those of the averaged generator. It begins
        with these frames as they are. The local stage's generator has all weights of the global one but those of the
        last convolution, which the enhancer has in its place.
        """
        after = TrainingState(stage, self.device)
        before = self.average if stage.name == "face" else self.generator
        after.generator.load_state_dict(before.state_dict(), strict=False)
        for part in stage.trained(after.generator, epochs=0):
            if isinstance(part, FaceGenerator):
                zero_last_convolution(part)
        after.average.load_state_dict(after.generator.state_dict())
        ours, theirs = self.discriminator, after.discriminator
        if isinstance(ours, MultiScaleDiscriminator) and isinstance(theirs, MultiScaleDiscriminator):
            # The canvas has doubled: each goes on with the resolution that it has seen.
            for old, new in zip(ours.discriminators, list(theirs.discriminators)[1:], strict=False):
                new.load_state_dict(old.state_dict())
        after.step, after.seconds, after.history = self.step, self.seconds, self.history
        after.perceptual = self.perceptual
        after.began = {"step": self.step, "seconds": self.seconds}
        return after

    def freeze(self, epochs: float, progress: float = 1.0) -> bool:
        """Let gradients flow only into what the stage trains when it has come so far; whether that is new."""
        before = [parameter.requires_grad for parameter in self.generator.parameters()]
        self.generator.requires_grad_(False)
        for network in self.stage.trained(self.generator, epochs=epochs, progress=progress):
            network.requires_grad_(True)
        return before != [parameter.requires_grad for parameter in self.generator.parameters()]

    def update_average(self) -> None:
        """Move the averaged generator towards the current one; early on faster, so that it forgets the start."""
        step = self.step - self.began["step"]
        decay = min(self.ema, (1 + step) / (10 + step))
        networks = (list(network.parameters()) for network in (self.average, self.generator))
        get_ema_multi_avg_fn(decay)(*networks, None)

    def pull_to_base(self) -> None:
        """Draw the weights back a little to the base weights, from which they began: what these know is kept."""
        if self._base:
            share = self.stage.pipeline.train.base_pull * self.generator_optimiser.param_groups[0]["lr"]
            with torch.no_grad():
                for weights, base in zip(self.generator.network.parameters(), self._base, strict=True):
                    weights.lerp_(base, share)

    def set_learning_rate(self, rate: float) -> None:
        """Set both optimisers' step size; what begins from base weights takes smaller steps."""
        share = self.stage.pipeline.train.base_rate if self._base else 1.0
        for optimiser, step in ((self.generator_optimiser, share * rate), (self.discriminator_optimiser, rate)):
            for group in optimiser.param_groups:
                group["lr"] = step

    @property
    def finite(self) -> bool:
        """Whether all weights that the run depends on are numbers."""
        networks = (self.generator, self.discriminator)
        return all(bool(weights.isfinite().all()) for network in networks for weights in network.parameters())

    def record_stage(self) -> None:
        """Add what the stage took and came to to the history."""
        self.history[self.stage.name] = {
            "steps": int(self.step - self.began["step"]),
            "seconds": round(self.seconds - self.began["seconds"], 1),
            "batch": self.batch,
            "losses": self.losses,
            "held_out_psnr": self.held_out,
        }

    def save(self, path: Path) -> None:
        """Write the state atomically; the previous checkpoint survives a failure."""
        parts = {name: getattr(self, name).state_dict() for name in PARTS}
        counters = {name: getattr(self, name) for name in COUNTERS}
        random = {"random": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["random_cuda"] = torch.cuda.get_rng_state(self.device)
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            writer = _Writer(file)
            try:
                torch.save({"stage": self.stage.name, **parts, **counters, **random}, writer)  # type: ignore[arg-type]
            except Exception as error:
                raise writer.failure or error from None
            file.flush()
            os.fsync(file.fileno())

    def load(self, path: Path) -> None:
        """Read a state that `save` wrote.

        Raises:
            TrainingError: the file is damaged or belongs to other networks.
        """
        saved = read_checkpoint(path, peek=False)
        try:
            for name in PARTS:
                getattr(self, name).load_state_dict(saved[name])
            self._check_loaded()
            for name in COUNTERS:
                setattr(self, name, saved[name])
            torch.set_rng_state(saved["random"])
            if self.device.type == "cuda" and "random_cuda" in saved:
                torch.cuda.set_rng_state(saved["random_cuda"], self.device)
        except Exception as error:  # torch raises a dozen kinds for tensors that do not fit
            raise _unusable(path, error) from error

    def load_average(self, path: Path) -> None:
        """Read the averaged generator alone of a state that `save` wrote; raises the same error."""
        saved = read_checkpoint(path)
        try:
            self.average.load_state_dict(saved["average"])
            self._check_loaded()
        except Exception as error:  # as in `load`
            raise _unusable(path, error) from error

    def _check_loaded(self) -> None:
        """Refuse what torch takes: numbers that are not finite, moments of other shapes than the weights'."""
        if not self.finite or not all(bool(weights.isfinite().all()) for weights in self.average.parameters()):
            raise ValueError("its weights are not finite")
        for optimiser in (self.generator_optimiser, self.discriminator_optimiser):
            for weights, values in optimiser.state.items():
                moments = [values[name] for name in ("exp_avg", "exp_avg_sq")]
                if any(moment.shape != weights.shape or not moment.isfinite().all() for moment in moments):
                    raise ValueError("its optimiser does not fit its weights")


def read_checkpoint(path: Path, *, peek: bool = True) -> dict[str, Any]:
    """What a checkpoint holds; to peek at its counters, its tensors are left on the disk.

    Raises:
        TrainingError: the file is damaged, or holds more than tensors and numbers.
    """
    remedy = f"Delete the folder {path.parent} to start over."
    expected = Expected("a checkpoint that can be resumed from", TrainingError, remedy)
    check_declared_size(path, expected)
    try:
        with open_regular(path, expected) as file:
            # By its descriptor, since torch takes no name that is not UTF-8.
            place = f"/dev/fd/{file.fileno()}" if peek else file
            saved = torch.load(place, map_location="cpu", weights_only=True, mmap=peek)
        for name, kind in {"stage": str, **COUNTERS}.items():
            value = saved[name]
            if not isinstance(value, kind) or (isinstance(value, int | float) and not -STEPS <= value <= STEPS):
                raise TypeError(f"its {name} is {shown(value)}")
        if not 0 <= saved["batch"] <= 256 or not {"step", "seconds"} <= saved["began"].keys():
            raise ValueError("its counters cannot be true")
        return dict(saved)
    except Exception as error:  # torch raises a dozen kinds for a damaged file
        raise _unusable(path, error) from error


def result_of(state: TrainingState) -> Generator:
    """The generator that the run has arrived at, on the CPU, in evaluation mode."""
    return state.average.to("cpu").eval()


class _Writer:
    """A file for torch, which reports a full disk as a corrupt archive: keeps the error that the disk gave."""

    def __init__(self, file: io.BufferedWriter) -> None:
        self.file = file
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self.file.write(data)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        self.file.flush()


def _unusable(path: Path, error: Exception) -> TrainingError:
    reason = str(error).split("\n")[0].split(". ")[0].strip() or type(error).__name__
    return TrainingError(f"{path} cannot be resumed from ({reason}). Delete the folder {path.parent} to start over.")


def _adam(networks: list[nn.Module], learning_rate: float) -> torch.optim.Adam:
    parameters = [parameter for network in networks for parameter in network.parameters()]
    on_card = all(parameter.is_cuda for parameter in parameters)
    return torch.optim.Adam(parameters, lr=learning_rate, betas=BETAS, fused=on_card)
