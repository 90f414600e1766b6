"""Where the time goes: each stage alone and all at once, networks, a training step, poses, workers, waiting threads.

Everything in turn, in one run on one machine, so that figures can be divided by one another; beside the time by the
clock stands that of all processors, which other programs change little. "Official" networks are this file's: plain
modules of the architecture that the paper describes, given the same weights.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.clips import SUBJECT
from benchmarks.harness import ROOT, Column, Row, Table, Workspace, clocks
from benchmarks.pose.speed import measure_poses
from benchmarks.processes import processor_seconds
from benchmarks.steps import CPU, begin
from benchmarks.synthesis import TIMES, drawn_subject, mean_rows, measure_stages, timed
from benchmarks.workers import measure_workers
from motion_transfer.config import load_pipeline
from motion_transfer.footage.preprocess import preprocess_footage
from motion_transfer.models.networks import GlobalGenerator
from motion_transfer.pose import load_poses
from motion_transfer.subject import build_generator, load_subject
from motion_transfer.training.batch import to_batch
from motion_transfer.training.perceptual import perceptual_loss
from motion_transfer.training.stages import stages_of
from motion_transfer.training.step import take_step
from motion_transfer.types import Size
from samples.make import HERE
from tests.drawn_world import dancing, film

LARGE = 800, 720


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--frames", type=int, default=120, help="that are synthesised in each round")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is run, in turn")
    parser.add_argument("--steps", type=int, default=8, help="of training, and frames of each network")
    parser.add_argument("--clips", type=int, default=4, help="of the batch")
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="of the video for poses, and of each of those clips"
    )
    parser.add_argument("--video", type=Path, default=HERE / "footage.mp4", help="for poses")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    sample = HERE / "footage.mp4", load_poses(HERE / "footage.npz")[: options.frames]
    drawn = film(work.folder / "drawn.mp4", dancing(options.frames, LARGE, Fraction(25), height=540), 0, (200, 40, 60))
    parts: list[Callable[[], Table]] = [
        lambda: measure_stages(load_subject(SUBJECT), *sample, CPU, options.rounds, work.folder),
        lambda: measure_stages(
            drawn_subject(work.folder, LARGE), drawn.video, drawn.poses, CPU, options.rounds, work.folder
        ),
        lambda: _networks(options),
        lambda: _training(options, work),
        lambda: _waiting(options),
        lambda: measure_poses(options.video, options.seconds, options.rounds),
        lambda: measure_workers(options.clips, options.seconds),
    ]
    tables: list[Table] = []
    for part in parts:
        start, before = time.monotonic(), processor_seconds()
        table = part()
        everything, own = (after - then for after, then in zip(processor_seconds(), before, strict=True))
        others = f"Other programs had {max(0.0, everything - own) / (time.monotonic() - start):.1f} cores meanwhile."
        tables.append(replace(table, note=f"{table.note} {others}"))
        work.publish(tables)
    return tables


def _networks(options: argparse.Namespace) -> Table:
    """One forward pass of the default's generator, and of Everybody Dance Now's against the described modules."""
    ours = GlobalGenerator(6, 3, width=64, downsamplings=4, blocks=9).eval()
    official = _described_generator().eval()
    official.load_state_dict(dict(zip(official.state_dict(), ours.state_dict().values(), strict=True)))
    x = torch.rand(1, 6, 256, 512)
    default = build_generator(load_pipeline("default")).eval()
    images, candidates = torch.rand(3, 1, 3, 192, 128).unbind(), torch.rand(1, 5, 5, 192, 128)
    ways: dict[str, Callable[[], Any]] = {
        "EDN, global, 512 × 256, official": lambda: torch.tanh(official(x)),
        "EDN, global, 512 × 256": lambda: torch.tanh(ours(x)),
        "default, 128 × 192": lambda: default(*images, candidates),
    }
    spent: dict[str, list[tuple[float, float]]] = {}
    with torch.inference_mode():
        first, second = list(ways.values())[:2]
        apart = (first() - second()).abs().max().item()
        for _ in range(options.steps):
            for name, way in ways.items():
                with timed(spent, name):
                    way()
    note = f"The first two differ by {apart:g} at most, of [-1, 1]."
    return Table("Generators", [Column("network", "network"), *TIMES], mean_rows(spent, "network", 1), note)


def _described_generator() -> nn.Sequential:
    """The global generator as pix2pixHD describes it (arXiv 1711.11585, appendix).

    7 × 7, four halvings, nine residual blocks, four doublings, 7 × 7; instance norms, reflection padding.
    """

    class Residual(nn.Sequential):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            changed: torch.Tensor = super().forward(x)
            return x + changed

    def block(convolution: nn.Module, width: int) -> list[nn.Module]:
        return [convolution, nn.InstanceNorm2d(width), nn.ReLU(inplace=True)]

    widths = [64, 128, 256, 512, 1024]
    layers = [nn.ReflectionPad2d(3), *block(nn.Conv2d(6, 64, 7), 64)]
    for before, after in pairwise(widths):
        layers += block(nn.Conv2d(before, after, 3, stride=2, padding=1), after)
    for _ in range(9):
        first = [nn.ReflectionPad2d(1), *block(nn.Conv2d(1024, 1024, 3), 1024)]
        layers.append(Residual(*first, nn.ReflectionPad2d(1), nn.Conv2d(1024, 1024, 3), nn.InstanceNorm2d(1024)))
    for after, before in reversed(list(pairwise(widths))):
        layers += block(nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1), after)
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(64, 3, 7))


def _training(options: argparse.Namespace, work: Workspace) -> Table:
    """A step of the default, and what of it its parts take."""
    size: Size = (384, 384)
    drawn = film(work.folder / "training.mp4", dancing(48, size, Fraction(25), height=290), 0, (200, 40, 60))
    pipeline = load_pipeline("default")
    pipeline = replace(pipeline, train=replace(pipeline.train, workers=0))
    footage = preprocess_footage(drawn.video, work.folder / "training", pipeline, poses=drawn.poses)
    (stage,) = stages_of(pipeline)
    perceptual = perceptual_loss(pipeline)[1]
    state, networks, batches = begin(stage, footage, perceptual)
    spent: dict[str, list[tuple[float, float]]] = {}
    parts = {"generator": state.generator.network, "discriminator": state.discriminator, "perceptual loss": perceptual}
    inside = dict.fromkeys(parts, np.zeros(2))
    for name, module in parts.items():
        for each in module.values() if isinstance(module, nn.ModuleDict) else [module]:
            each.register_forward_pre_hook(lambda *_, name=name: _add(inside, name, -1))
            each.register_forward_hook(lambda *_, name=name: _add(inside, name, 1))
    for number in range(options.steps + 1):
        if number == 1:  # the first step, which allocates, is not counted
            spent.clear()
            inside.update(dict.fromkeys(parts, np.zeros(2)))
        with timed(spent, "step"):
            with timed(spent, "data, painted in this process"):
                batch = to_batch(next(batches), CPU)
            with timed(spent, "all losses, forward"):
                losses = networks.losses(batch)
            with timed(spent, "backward"):
                for loss in (losses.generator, losses.discriminator):
                    loss.backward()
            with timed(spent, "optimiser"):
                take_step(state)
    rows = mean_rows(spent, "part", 1)
    rows += [
        {"part": f"{name}, forward", "wall": 1000 * each[0], "cpu": 1000 * each[1]}
        for name, each in ((name, total / options.steps) for name, total in inside.items())
    ]
    step = next(row["cpu"] for row in rows if row["part"] == "step")
    for row in rows:
        row["share"] = row["cpu"] / step
    columns = [Column("part", "part"), *TIMES, Column("share", "share of CPU time", ".0%")]
    return Table(
        "A training step of the default", columns, rows, f"{options.steps} steps at a batch of {pipeline.train.batch}."
    )


def _add(inside: dict[str, Any], name: str, sign: int) -> None:
    inside[name] = inside[name] + sign * np.array(clocks())


WORK = """
import {first}, torch, time
x, layer = torch.rand(1, 64, 96, 96), torch.nn.Sequential(*(torch.nn.Conv2d(64, 64, 3, padding=1) for _ in range(8)))
with torch.inference_mode():
    layer(x)
    start = time.perf_counter()
    for _ in range({count}):
        layer(x)
print((time.perf_counter() - start) / {count} * 1000)
"""


def _waiting(options: argparse.Namespace) -> Table:
    """A small network beside a process that keeps one core busy: torch alone, and after this package was imported."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment["PYTHONPATH"] = str(ROOT)
    rows: list[Row] = []
    for name, first in (("torch alone", "sys"), ("after `import motion_transfer`", "motion_transfer")):
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
            try:
                program = WORK.format(first=first, count=10)
                done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True)
            finally:
                busy.kill()
        rows.append({"way": name, "wall": float(done.stdout)})
    return Table(
        "Beside a busy process", [Column("way", "way"), TIMES[0]], rows, "Eight convolutions, as a library caller."
    )
