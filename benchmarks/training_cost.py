"""What a step of each training stage costs: time, memory, and the share of time spent waiting for data.

Each stage of each precision runs in a process of its own, so that the peak of memory is its own: resident memory of
the process on the CPU, what torch's allocator holds at most on a GPU. The footage is drawn at the frame's size; the
perceptual loss is VGG-19's where the pipeline has it, with random weights, which cost the same. On a GPU give some tens
of steps; the first few, in which cuDNN looks for its algorithms, are not counted. The share of waiting is of the
whole time of the steps, with as many loading processes as training would have.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from benchmarks.harness import Column, Row, Table, Workspace
from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.exemplars import select_exemplars
from motion_transfer.footage import Footage, preprocess_footage
from motion_transfer.models import PerceptualLoss, StructuralLoss, choose_device, vgg_layers
from motion_transfer.training.batch import to_batch
from motion_transfer.training.dataset import load, training_clips
from motion_transfer.training.run.clock import Waiting
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.state import TrainingState
from motion_transfer.training.step import Networks, take_step
from tests.drawn_world import dancing, film

FRAMES = 32
WARM_UP = 5
"""Steps that are not counted, where there are more."""
COLUMNS = (
    Column("stage", "stage"),
    Column("canvas", "canvas"),
    Column("precision", "precision"),
    Column("generator", "generator, millions", ".1f"),
    Column("discriminator", "discriminator, millions", ".1f"),
    Column("seconds", "s a step", ".2f", "lower"),
    Column("rate", "steps a second", ".2f", "higher"),
    Column("peak", "peak GB", ".1f", "lower"),
    Column("waiting", "waiting", ".1%", "lower"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pipeline", default="edn")
    parser.add_argument("--frame", default="1024x512", help="the footage's size")
    parser.add_argument("--device", help="cpu, cuda, ...; the fastest there is if not given")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--precision", nargs="+", default=["fp32"], choices=["fp32", "bf16", "fp16"])
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--stages", nargs="+")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    names = options.stages or [stage.name for stage in stages_of(load_pipeline(options.pipeline))]
    rows = []
    for precision in options.precision:
        for name in names:
            asked = (options.pipeline, options.frame, options.device, options.steps, options.recompute, precision, name)
            rows.append(work.once(f"{name}-{precision}", lambda asked=asked: _in_a_process(asked)))
    recomputed = ", activations recomputed" if options.recompute else ""
    note = f"{options.pipeline}, footage of {options.frame}{recomputed}."
    return [Table("A training step", COLUMNS, rows, note)]


def _in_a_process(asked: tuple[Any, ...]) -> Row:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, asked)


def measure(preset: str, frame: str, device: str | None, steps: int, recompute: bool, precision: str, name: str) -> Row:
    """One stage's steps, timed."""
    pipeline = load_pipeline(preset)
    settings = replace(pipeline.train, precision=precision, recompute=recompute)
    pipeline = replace(pipeline, train=settings)
    width, height = map(int, frame.split("x"))
    stage = next(stage for stage in stages_of(pipeline) if stage.name == name)
    with tempfile.TemporaryDirectory() as folder:
        poses = dancing(FRAMES, (width, height), Fraction(25), height=0.75 * height)
        clip = film(Path(folder) / "footage.mp4", poses, 0, (200, 40, 60))
        footage = preprocess_footage(clip.video, Path(folder) / "preprocessed", pipeline, poses=poses)
        return _steps(pipeline, stage, footage, choose_device(device), steps)


def _steps(pipeline: Pipeline, stage: Stage, footage: Footage, device: torch.device, steps: int) -> Row:
    state = TrainingState(pipeline, device, stage)
    state.freeze(float("inf"))
    networks = Networks(state, pipeline, _perceptual(pipeline).to(device))
    clips = training_clips(stage, footage, pipeline, select_exemplars(footage, pipeline))
    batches, waiting = iter(load(clips, state, pipeline)), Waiting()
    warm_up = WARM_UP if steps > WARM_UP else 0
    start = time.monotonic()
    for step in range(warm_up + steps):
        if step == warm_up:
            _synchronise(device)
            waiting.share()
            start = time.monotonic()
        with waiting:
            batch = next(batches)
        losses = networks.losses(to_batch(batch, device))
        state.scaler.scale(losses.generator).backward()
        state.scaler.scale(losses.discriminator).backward()
        take_step(state)
    _synchronise(device)
    seconds = (time.monotonic() - start) / steps
    return {
        "stage": stage.name,
        "canvas": "{} × {}".format(*clips.canvas),
        "precision": pipeline.train.precision,
        "generator": sum(p.numel() for p in state.generator.parameters() if p.requires_grad) / 1e6,
        "discriminator": sum(p.numel() for p in state.discriminator.parameters()) / 1e6,
        "seconds": seconds,
        "rate": 1 / seconds,
        "waiting": waiting.share(),
        "peak": _peak(device),
    }


def _perceptual(pipeline: Pipeline) -> torch.nn.Module:
    if pipeline.train.vgg == "none":
        return StructuralLoss()
    return PerceptualLoss({f"features.{name}": tensor for name, tensor in vgg_layers().state_dict().items()})


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _peak(device: torch.device) -> float:
    """GB of 10^9 bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
