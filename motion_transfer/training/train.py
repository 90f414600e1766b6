"""The training loop, from the first sample to the generator."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Sampler

from motion_transfer.config import Pipeline, TrainSettings
from motion_transfer.errors import TrainingError
from motion_transfer.models import adversarial_loss, discriminator_loss, feature_matching_loss
from motion_transfer.progress import Report, silent
from motion_transfer.subject import Footage, FramePairs, Pair, split_footage, to_tensor
from motion_transfer.training.interruption import interruption
from motion_transfer.training.state import TrainingState

LOG_STEPS = 20
"""Steps between two lines of the log: reading a loss makes a GPU wait."""

CHECKPOINT = "checkpoint.pt"


def train(
    footage: Footage, folder: Path, pipeline: Pipeline, device: torch.device, *, report: Report = silent
) -> TrainingState:
    """Train a generator on studied footage, going on from the last checkpoint where there is one.

    Everybody Dance Now's training of one stage: for a pair of consecutive frames, y'_t = G(x_t, 0) and
    y'_t+1 = G(x_t+1, y'_t); the discriminator judges the pair (arXiv 1808.07371, "Temporal smoothing").

    Args:
        footage: what to learn from; its end is held out as `pipeline.train.held_out` says.
        folder: holds the checkpoint and `log.jsonl`, a line of losses every 20 steps and for each checkpoint.
        pipeline: sizes, weights, bounds.
        device: where to compute.
        report: told about steps.

    Returns:
        The state at the end of the run.

    Raises:
        TrainingError: no two consecutive frames show the person; a loss is not finite; a bad checkpoint.
        KeyboardInterrupt: SIGINT or SIGTERM; the step was finished and saved first.
    """
    settings = pipeline.train
    training_frames, _ = split_footage(len(footage.poses), settings.held_out)
    pairs = FramePairs(footage, pipeline.draw, frames=training_frames)
    if not len(pairs):
        raise TrainingError(
            "no two consecutive frames of the footage show a person, so there is nothing to learn from. "
            "Check it with `motion-transfer pose FOOTAGE`."
        )
    state = TrainingState(pipeline, device)
    for left_behind in folder.glob(".*.part*"):  # by a run that was killed while it wrote a checkpoint
        left_behind.unlink()
    if (folder / CHECKPOINT).exists():
        state.load(folder / CHECKPOINT)
    order = SampleOrder(len(pairs), seed=settings.seed, start=state.step * settings.batch)
    workers = 0 if device.type == "cpu" else 4
    loader = DataLoader(
        pairs,
        settings.batch,
        sampler=order,
        num_workers=workers,
        pin_memory=device.type == "cuda",
        generator=torch.Generator(),  # else each resumption would draw from the run's own random numbers
    )
    plate = to_tensor(footage.plate).to(device)
    clock = Clock(state, settings)
    with interruption() as stop, (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        batches = iter(loader)
        while not clock.finished:
            state.set_learning_rate(settings.learning_rate * decay(clock.progress))
            losses = training_step(state, next(batches), plate, settings, device)
            clock.tick()
            due = stop.requested or clock.checkpoint_due
            # Read before every checkpoint: one whose losses are not finite must not replace a good one.
            if due or clock.finished or state.step % LOG_STEPS == 0:
                state.losses = read_losses(losses, state.step, folder)
                log.write(json.dumps({"step": state.step, "seconds": round(state.seconds, 1), **state.losses}) + "\n")
                log.flush()
            report("training", *clock.reading)
            if due:
                state.save(folder / CHECKPOINT)
                clock.checkpointed()
                if stop.requested:
                    raise KeyboardInterrupt
    state.save(folder / CHECKPOINT)
    return state


def training_step(
    state: TrainingState, pair: Pair, plate: Tensor, settings: TrainSettings, device: torch.device
) -> dict[str, Tensor]:
    """One step of generator and discriminator on a batch of pairs; returns the losses."""
    pose_now, pose_next, frame_now, frame_next = (_normalise(images, device) for images in pair)
    plate = plate.expand_as(frame_now)
    with _autocast(settings, device):
        fake_now = state.generator(pose_now, torch.zeros_like(frame_now), plate).frame
        fake_next = state.generator(pose_next, fake_now, plate).frame
        poses = torch.cat([pose_now, pose_next], dim=1)
        real_pair = torch.cat([poses, frame_now, frame_next], dim=1)
        fake_pair = torch.cat([poses, fake_now, fake_next], dim=1)
        real = state.discriminator(real_pair)

        state.discriminator.requires_grad_(False)
        judged = state.discriminator(fake_pair)
        adversarial = adversarial_loss(judged)
        features = feature_matching_loss(real, judged)
        l1 = (functional.l1_loss(fake_now, frame_now) + functional.l1_loss(fake_next, frame_next)) / 2
        total = settings.adversarial_weight * adversarial + settings.feature_weight * features + settings.l1_weight * l1
        state.discriminator.requires_grad_(True)
        discrimination = discriminator_loss(real, state.discriminator(fake_pair.detach()))
    state.generator_optimiser.zero_grad(set_to_none=True)
    total.backward()
    state.generator_optimiser.step()
    state.discriminator_optimiser.zero_grad(set_to_none=True)
    discrimination.backward()
    state.discriminator_optimiser.step()
    state.step += 1
    state.update_average()
    losses = {"adversarial": adversarial, "features": features, "l1": l1, "discriminator": discrimination}
    return {name: loss.detach() for name, loss in losses.items()}


class SampleOrder(Sampler[int]):
    """Endless epochs, each a permutation that depends only on the seed and the epoch's number.

    The order after a resumption is therefore what it would have been: `start` is how many samples were drawn before.
    """

    def __init__(self, length: int, *, seed: int, start: int) -> None:
        self.length = length
        self.seed = seed
        self.start = start

    def __iter__(self) -> Iterator[int]:
        epoch, offset = divmod(self.start, self.length)
        while True:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            yield from torch.randperm(self.length, generator=generator)[offset:].tolist()
            epoch, offset = epoch + 1, 0


class Clock:
    """How far a run has come, by steps or by the minutes it has trained for."""

    def __init__(self, state: TrainingState, settings: TrainSettings) -> None:
        self.state = state
        self.settings = settings
        self._last = self._saved = time.monotonic()

    def tick(self) -> None:
        """Count the time since the last call as training."""
        now = time.monotonic()
        self.state.seconds += now - self._last
        self._last = now

    @property
    def progress(self) -> float:
        """Share of the run that is done, in [0, 1]."""
        by_steps = self.state.step / self.settings.steps if self.settings.steps else 0.0
        by_time = self.state.seconds / (60 * self.settings.minutes) if self.settings.minutes else 0.0
        return min(1.0, max(by_steps, by_time))

    @property
    def finished(self) -> bool:
        """Whether a bound is reached."""
        return self.progress >= 1

    @property
    def reading(self) -> tuple[int, int]:
        """Steps done, and steps in all as far as can be told."""
        return self.state.step, max(self.state.step, round(self.state.step / max(self.progress, 1e-9)))

    @property
    def checkpoint_due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._saved >= 60 * self.settings.checkpoint_minutes

    def checkpointed(self) -> None:
        """Count from here to the next checkpoint."""
        self._saved = time.monotonic()


def decay(progress: float) -> float:
    """Factor of the learning rate: 1 for the first half of the run, then linearly to 0 (as pix2pix)."""
    return min(1.0, 2 * (1 - progress))


def read_losses(losses: dict[str, Tensor], step: int, folder: Path) -> dict[str, float]:
    """The losses as numbers.

    Raises:
        TrainingError: one is not finite; the last checkpoint is older and good.
    """
    values = {name: round(float(loss), 5) for name, loss in losses.items()}
    bad = [name for name, value in values.items() if not math.isfinite(value)]
    if bad:
        raise TrainingError(
            f"the {bad[0]} loss is {values[bad[0]]} at step {step}. The last good checkpoint is kept in {folder}; "
            "try a lower --train.learning-rate, or --train.precision fp32."
        )
    return values


def _normalise(images: Tensor, device: torch.device) -> Tensor:
    """Integers uint8 (B, 3, H, W) to float in [-1, 1] on the device."""
    return images.to(device, non_blocking=True).float().div_(127.5).sub_(1)


def _autocast(settings: TrainSettings, device: torch.device) -> AbstractContextManager[object]:
    wanted = settings.precision == "bf16" or (
        settings.precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported()
    )
    return torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()
