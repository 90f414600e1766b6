"""The canvas and the duration of a training for a budget, from the measured speed of the device."""

import time
from dataclasses import dataclass, replace
from typing import Literal

import torch

from motion_transfer.config import Pipeline, share_bounds
from motion_transfer.errors import TrainingError
from motion_transfer.exemplars.candidates import CHANNELS
from motion_transfer.models.device import choose_device
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.training.batch import TrainingClip
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.state import TrainingState
from motion_transfer.training.step import Networks, take_step

BudgetName = Literal["quick", "good", "best"]

MINUTES: dict[BudgetName, tuple[float, float]] = {"quick": (20, 2), "good": (240, 10), "best": (720, 60)}
"""Minutes of training without a GPU and with one: a first impression, an evening or a coffee, a night or an hour."""

STEPS: dict[BudgetName, int] = {"quick": 1_000, "good": 6_000, "best": 15_000}
"""Steps without which a canvas is too large: a smaller one that has converged is better."""

SIZES = (96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024)
"""Canvases to choose from, the side of a square of the same area."""

TIMED_STEPS = 2
DETAIL = 4  # pixels of the crop in detail to one of the canvas


@dataclass(frozen=True)
class Plan:
    """A budget on a device."""

    pipeline: Pipeline
    """With the canvas and the bounds that were chosen."""
    minutes: float
    """That training will take; finding poses and measuring come on top."""
    steps: int
    """About so many, in all stages."""
    seconds_a_step: float
    """As measured on the device, on average over the stages."""

    def __str__(self) -> str:
        size = self.pipeline.model.size
        return (
            f"{_duration(self.minutes)} of training at about {size} x {size} pixels: some {self.steps:,} steps of "
            f"{self.seconds_a_step:.2g} s"
        )


def plan_training(
    pipeline: Pipeline,
    budget: BudgetName,
    device: str | torch.device | None = None,
    *,
    size: int | None = None,
    progress: ProgressCallback = no_progress,
) -> Plan:
    """Choose the canvas and the bounds for a budget, by timing training steps on the device.

    Args:
        pipeline: what is to be trained; its stages share the time in proportion to their own bounds.
        budget: "quick" for a first impression, "good" for an evening on two CPU cores or ten minutes on a recent GPU,
            "best" for a night or an hour.
        device: where it will be trained; the fastest available if not given.
        size: the canvas, if it is given, as by a run that is resumed; chosen if not.
        progress: called with (stage, done, total).

    Returns:
        The largest canvas on which enough steps fit into the time, and the time.

    Raises:
        TrainingError: no canvas fits into the device's memory.
        ConfigError: stages that cannot work together.
    """
    device = choose_device(device)
    minutes = MINUTES[budget][device.type != "cpu"]
    bounded = share_bounds(pipeline, None, minutes)
    chosen: tuple[Pipeline, float] | None = None
    for number, side in enumerate(SIZES if size is None else (size,)):
        progress("timing training steps", number, len(SIZES))
        tried = replace(bounded, model=replace(bounded.model, size=side))
        try:
            steps = sum(60 * stage.settings.minutes / seconds_a_step(stage, device) for stage in stages_of(tried))
        except torch.cuda.OutOfMemoryError:
            break
        if chosen is not None and steps < STEPS[budget]:
            break
        chosen = tried, steps
    if chosen is None:
        raise TrainingError(
            f"a canvas of {size or SIZES[0]} pixels does not fit into the memory of {device}. Choose a smaller "
            "`model.width`, or cpu as `device`."
        )
    progress("timing training steps", len(SIZES), len(SIZES))
    return Plan(chosen[0], minutes, max(1, round(chosen[1])), 60 * minutes / chosen[1])


def seconds_a_step(stage: Stage, device: torch.device) -> float:
    """Wall time of one training step on random images, without the loading of data."""
    state = TrainingState(stage, device)
    state.freeze(float("inf"))
    networks = Networks(state, lambda fake, true: (fake - true).abs().mean())
    batch = _random_batch(stage, device)
    ends = []
    for _ in range(1 + TIMED_STEPS):  # the first one finds its algorithms
        networks.backward(batch)
        take_step(state)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        ends.append(time.monotonic())
    return (ends[-1] - ends[0]) / TIMED_STEPS


def _random_batch(stage: Stage, device: torch.device) -> TrainingClip:
    """Images as the stage will see them, with a face and hands in their middle."""
    train, model = stage.pipeline.train, stage.pipeline.model
    side = round((train.size or model.size / 2) if stage.is_first_of_two else model.size)
    side = max(64, round(side / 32) * 32)
    count, length = max(1, train.batch), train.unroll
    poses, frames, plates = torch.rand(3, count, length, 3, side, side, device=device) * 2 - 1
    boxes = torch.tensor([side / 4, side / 4, side / 2, side / 2], device=device).expand(count, length, 3, 4)
    moves = torch.eye(2, 3, device=device).expand(count, length, 2, 3)
    number = model.candidates if model.exemplars else 0
    candidates = torch.rand(count, length, number, CHANNELS, side, side, device=device)
    # In detail a crop has about as many pixels as the canvas.
    place = torch.tensor([0, 0, DETAIL], device=device).expand(count, 3)
    near = candidates[:, -1, :, :4], frames[:, -1], plates[:, -1]
    detail, frame, plate = near if number else (each[..., :0, :0] for each in near)
    motions = torch.zeros(count, length, 2, side // 2, side // 2, device=device)
    return TrainingClip(poses, frames, plates, boxes, moves, candidates, motions, frame, plate, detail, place)


def _duration(minutes: float) -> str:
    return f"{minutes:g} minutes" if minutes < 120 else f"{minutes / 60:g} hours"
