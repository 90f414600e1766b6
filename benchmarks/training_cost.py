"""What a step of each training stage costs: time, a GPU's memory, and the share of time spent waiting for data.

The footage is drawn at the frame's size. On a GPU give some tens of steps; the first few, in which cuDNN looks for its
algorithms, are not counted. The share of waiting is of the time of all steps, with as many loading processes as
training would have.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import torch

from benchmarks.harness import Column, Row, Table, Workspace
from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.footage.preprocess import Footage, preprocess_footage
from motion_transfer.models.device import choose_device
from motion_transfer.training.batch import to_batch
from motion_transfer.training.dataset import load, training_clips
from motion_transfer.training.perceptual import perceptual_loss
from motion_transfer.training.run.clock import Waiting
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.state import TrainingState
from motion_transfer.training.step import Networks, take_step
from tests.drawn_world import dancing, film

FRAMES = 32
WARM_UP = 5  # steps that are not counted, where there are more
COLUMNS = (
    Column("stage", "stage"),
    Column("canvas", "canvas"),
    Column("precision", "precision"),
    Column("generator", "generator, millions", ".1f"),
    Column("discriminator", "discriminator, millions", ".1f"),
    Column("seconds", "s a step", ".2f", "lower"),
    Column("peak", "peak GB of the GPU", ".1f", "lower"),
    Column("waiting", "waiting", ".1%", "lower"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pipeline", default="edn")
    parser.add_argument("--frame", default="1024x512", help="the footage's size")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--precision", nargs="+", default=["fp32"], choices=["fp32", "bf16", "fp16"])
    parser.add_argument("--recompute", action="store_true")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    pipeline, device = load_pipeline(options.pipeline), choose_device(options.device)
    width, height = map(int, options.frame.split("x"))
    poses = dancing(FRAMES, (width, height), Fraction(25), height=0.75 * height)
    clip = film(Path(work.folder) / "footage.mp4", poses, 0, (200, 40, 60))
    footage = preprocess_footage(clip.video, work.folder / f"{options.pipeline}-{options.frame}", pipeline, poses=poses)
    exemplars, rows = select_exemplars(footage, pipeline), []
    for precision in options.precision:
        changed = replace(pipeline.train, precision=precision, recompute=options.recompute)
        chosen = replace(pipeline, train=changed)
        rows += [measure(chosen, stage, footage, device, options.steps, exemplars) for stage in stages_of(chosen)]
    recomputed = ", activations recomputed" if options.recompute else ""
    return [Table("A training step", COLUMNS, rows, f"{options.pipeline}, footage of {options.frame}{recomputed}.")]


def measure(
    pipeline: Pipeline, stage: Stage, footage: Footage, device: torch.device, steps: int, exemplars: ExemplarBank | None
) -> Row:
    """One stage's steps, timed."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    state = TrainingState(stage, device)
    state.freeze(float("inf"))
    networks = Networks(state, perceptual_loss(pipeline)[1].to(device))
    clips = training_clips(stage, footage, exemplars)
    batches, waiting = iter(load(clips, state)), Waiting()
    warm_up = WARM_UP if steps > WARM_UP else 0
    start = time.monotonic()
    for step in range(warm_up + steps):
        if step == warm_up:
            waiting.share()
            start = time.monotonic()
        with waiting:
            batch = next(batches)
        networks.backward(to_batch(batch, device))
        take_step(state)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    return {
        "stage": stage.name,
        "canvas": "{} × {}".format(*clips.canvas),
        "precision": pipeline.train.precision,
        "generator": sum(p.numel() for p in state.generator.parameters() if p.requires_grad) / 1e6,
        "discriminator": sum(p.numel() for p in state.discriminator.parameters()) / 1e6,
        "seconds": (time.monotonic() - start) / steps,
        "waiting": waiting.share(),
        "peak": torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else None,
    }
