"""Steps of a training stage: begun as training begins them, their operations counted, and bought by a budget."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from motion_transfer.config import Pipeline, share_bounds
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.footage.preprocess import Footage
from motion_transfer.training.batch import TrainingClip, to_batch
from motion_transfer.training.dataset import load, training_clips
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.state import TrainingState
from motion_transfer.training.step import Networks, Perceptual

CPU = torch.device("cpu")
COUNTED_STEPS = 3
"""Steps that are averaged: in a face stage they differ by the faces that are seen."""

TABLES = {"global": "train", "local": "train_local", "face": "train_face"}
"""The settings of each stage."""


def begin(
    stage: Stage, footage: Footage, perceptual: Perceptual, device: torch.device = CPU
) -> tuple[TrainingState, Networks, Iterator[TrainingClip]]:
    """A stage before its first step, all of it trained, and endless batches as they are loaded."""
    state = TrainingState(stage, device)
    state.freeze(float("inf"))
    clips = training_clips(stage, footage, select_exemplars(footage, stage.pipeline))
    return state, Networks(state, perceptual), iter(load(clips, state))


def flops_a_step(stage: Stage, footage: Footage) -> float:
    """FLOPs of generator and discriminator in a real training step, forward and backward.

    Counted by torch's `FlopCounterMode`: convolutions and products of matrices, a multiplication and an addition as
    two. What the perceptual loss computes by itself is left out.
    """
    _, networks, batches = begin(stage, footage, lambda fake, true: 0 * fake.sum())
    with FlopCounterMode(display=False) as counter:
        for _ in range(COUNTED_STEPS):
            networks.backward(to_batch(next(batches), CPU))
    return counter.get_total_flops() / COUNTED_STEPS


def steps_for(pipeline: Pipeline, footage: Footage, flops: float) -> dict[str, dict[str, Any]]:
    """For each stage the steps that its share of a budget buys, by the stages' own bounds, and the FLOPs of each."""
    shares = share_bounds(pipeline, None, 1.0)
    stages: dict[str, dict[str, Any]] = {}
    for stage in stages_of(pipeline):
        cost = flops_a_step(stage, footage)
        steps = max(1, round(getattr(shares, TABLES[stage.name]).minutes * flops / cost))
        stages[stage.name] = {"steps": steps, "flops_a_step": cost}
    return stages


def bounded(pipeline: Pipeline, stages: dict[str, dict[str, Any]]) -> Pipeline:
    """The pipeline with so many steps in each stage."""
    for name, stage in stages.items():
        settings = replace(getattr(pipeline, TABLES[name]), steps=stage["steps"], minutes=0.0, epochs=0.0)
        pipeline = replace(pipeline, **{TABLES[name]: settings})
    return pipeline
