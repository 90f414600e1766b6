"""What a CUDA card makes of it, from given poses: the generator alone, transfers from end to end, training steps.

One command for any card; a detector of poses is not needed. Footage and dances are drawn. Tried without a card:
`python -m benchmarks gpu --out DIR --device cpu --frames 4 --steps 1 --sizes 160x96`.

A row in which a figure is missing could not be measured: there is no such way on this device, or its memory is too
small. The network waits while nothing of it is computed; the first frames, in which algorithms are looked for, count in
transfers as they do in use.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.harness import Column, Row, Table, Workspace
from benchmarks.steps import begin
from benchmarks.synthesis import FPS, drawn_footage, drawn_subject, measure_stages
from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.config.options import TransferOptions
from motion_transfer.footage.preprocess import Footage, preprocess_footage
from motion_transfer.models.device import choose_device
from motion_transfer.models.generator import Generated, Generator
from motion_transfer.models.inference import InferenceGenerator
from motion_transfer.subject import Subject, build_generator
from motion_transfer.training.batch import to_batch
from motion_transfer.training.perceptual import perceptual_loss
from motion_transfer.training.run.clock import Waiting
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.step import take_step
from motion_transfer.types import Size
from motion_transfer.workflows.transfer import transfer
from tests.drawn_world import Clip, dancing, film

WARM_UP = 5
GENERATORS: tuple[
    tuple[str, str, dict[str, Any], Size], ...
] = (  # what it is called, its pipeline, changes of the model's settings, canvas
    ("default", "default", {}, (128, 192)),
    ("EDN, global", "edn", {"network": "global", "face": False}, (512, 256)),
    ("EDN, local", "edn", {"face": False}, (1024, 512)),
)
WAYS = ("fp32", "bf16", "bf16, graph")
"""The last is what transfers use on a card, see `InferenceGenerator`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--frames", type=int, default=200, help="that are generated in each way, and transferred")
    parser.add_argument("--steps", type=int, default=30, help="of each training stage")
    parser.add_argument("--sizes", nargs="+", default=["800x720", "1920x1080"], help="of the footage, for transfers")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    device = choose_device(options.device)
    generated = [row for which in GENERATORS for row in _generator_rows(*which, device, options.frames)]
    tables = [Table("Generator", GENERATED, generated)]
    work.publish(tables)
    sizes = [(int(width), int(height)) for width, height in (size.split("x") for size in options.sizes)]
    transfers: list[Row] = []
    tables.append(Table("Transfer from given poses, encoding included", TRANSFERS, transfers))
    for size in sizes:
        subject, dance = drawn_subject(work.folder, size), drawn_dance(work.folder, size, options.frames)
        transfers.append(transfer_row(subject, dance, work.folder, device))
        tables.append(measure_stages(subject, dance.video, dance.poses, device, 1, work.folder))
        work.publish(tables)
    steps: list[Row] = []
    tables.append(Table("Training", TRAINING, steps))
    for row in _training_rows(work.folder, sizes[0], device, options.steps):
        steps.append(row)
        work.publish(tables)
    return tables


GENERATED = (
    *(Column("generator", "generator"), Column("canvas", "canvas"), Column("way", "way")),
    *(Column("batch", "batch", "d"), Column("fps", "frames a second", ".1f", "higher")),
)
TRAINING = (
    *(Column("pipeline", "pipeline"), Column("stage", "stage"), Column("canvas", "canvas")),
    *(Column("precision", "precision"), Column("rate", "steps a second", ".2f", "higher")),
    *(Column("peak", "peak GB of the card", ".1f", "lower"), Column("waiting", "waiting for data", ".1%", "lower")),
)
TRANSFERS = (
    *(Column("size", "size"), Column("frames", "frames", "d")),
    *(Column("fps", "frames a second", ".1f", "higher"), Column("waiting", "the network waits", ".1%", "lower")),
)


def _generator_rows(
    name: str, pipeline: str, model: dict[str, Any], canvas: Size, device: torch.device, frames: int
) -> list[Row]:
    chosen = load_pipeline(pipeline)
    chosen = replace(chosen, model=replace(chosen.model, **model))
    generator = build_generator(chosen).eval()
    ways, batches = (WAYS, (1, 8)) if device.type == "cuda" else (WAYS[:1], (1,))
    return [
        {"generator": name, "canvas": "{} × {}".format(*canvas), "way": way, "batch": batch}
        | {"fps": _rate(generator, chosen, canvas, way, batch, frames, device)}
        for way in ways
        for batch in batches
    ]


def _rate(
    generator: Generator, pipeline: Pipeline, canvas: Size, way: str, batch: int, frames: int, device: torch.device
) -> float | None:
    """Frames a second; None where the card's memory is too small."""
    images = torch.rand(3, batch, 3, *canvas[::-1], device=device).unbind()
    count = pipeline.model.candidates if pipeline.model.network == "compositor" else 0
    candidates = torch.rand(batch, count, 5, *canvas[::-1], device=device)
    used = InferenceGenerator(generator, device)
    networks = {WAYS[0]: generator.to(device), WAYS[1]: used.generator, WAYS[2]: used}
    with suppress(torch.cuda.OutOfMemoryError), torch.inference_mode():
        repeats = max(1, frames // batch)
        with torch.autocast(device.type, torch.bfloat16, enabled=way == WAYS[1]):
            for calls in (min(repeats, WARM_UP), repeats):
                start = time.perf_counter()
                for _ in range(calls):
                    networks[way](*images, candidates)
                _finish(device)
        return repeats * batch / (time.perf_counter() - start)
    return None


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _training_rows(folder: Path, size: Size, device: torch.device, steps: int) -> Iterator[Row]:
    """Steps of the default and, on a card, of Everybody Dance Now's stages."""
    clip = drawn_footage(folder, size)
    for name in ("default", "edn") if device.type == "cuda" else ("default",):
        pipeline = load_pipeline(name)
        pipeline = replace(pipeline, train=replace(pipeline.train, vgg="none"))  # nothing is downloaded
        footage = preprocess_footage(clip.video, folder / f"{name}-{size[0]}", pipeline, poses=clip.poses)
        for precision in ("fp32", "bf16"):
            chosen = replace(pipeline, train=replace(pipeline.train, precision=precision))
            for stage in stages_of(chosen):
                row: Row = {"pipeline": name, "stage": stage.name, "precision": precision}
                with suppress(torch.cuda.OutOfMemoryError):
                    row |= _steps_row(chosen, stage, footage, device, steps)
                yield row


def _steps_row(pipeline: Pipeline, stage: Stage, footage: Footage, device: torch.device, steps: int) -> Row:
    """One stage's steps, with as many loading processes as training would have."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    state, networks, batches = begin(stage, footage, perceptual_loss(pipeline)[1].to(device), device)
    warm_up, waiting, start = WARM_UP if steps > WARM_UP else 0, Waiting(), 0.0
    for step in range(warm_up + steps):
        if step == warm_up:
            waiting.share()
            start = time.perf_counter()
        with waiting:
            batch = next(batches)
        networks.backward(to_batch(batch, device))
        take_step(state)
        _finish(device)
    return {
        "canvas": "{} × {}".format(*stage.canvas(footage)),
        "rate": steps / (time.perf_counter() - start),
        "waiting": waiting.share(),
        "peak": torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else None,
    }


def drawn_dance(folder: Path, size: Size, frames: int) -> Clip:
    """A drawn dance in frames of a size."""
    poses = dancing(frames, size, FPS, height=0.75 * size[1], speed=0.7)
    return film(folder / "dance-{}x{}.mp4".format(*size), poses, 1, (40, 60, 200))


def transfer_row(subject: Subject, dance: Clip, folder: Path, device: torch.device) -> Row:
    """A transfer of a dance from given poses, and the share of it in which the network waits."""
    start = time.perf_counter()
    with NetworkClock(device) as clock:
        transfer(
            dance.video,
            subject,
            folder / "out.mp4",
            TransferOptions(device=str(device), credentials=False),
            poses=dance.poses,
        )
    seconds, frames = time.perf_counter() - start, len(dance.poses)
    row = {"size": "{} × {}".format(*subject.size), "frames": frames, "fps": frames / seconds}
    return row | {"waiting": 1 - clock.seconds() / seconds}


class NetworkClock:
    """While the block runs, measures how long networks compute in all, without waiting for them."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._times: list[tuple[Any, Any]] = []
        self._calling = InferenceGenerator.__call__

    def __enter__(self) -> "NetworkClock":
        def call(generator: InferenceGenerator, *inputs: torch.Tensor) -> Generated:
            begin = self._now()
            generated = self._calling(generator, *inputs)
            self._times.append((begin, self._now()))
            return generated

        InferenceGenerator.__call__ = call  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        InferenceGenerator.__call__ = self._calling  # type: ignore[method-assign]

    def seconds(self) -> float:
        """In all calls."""
        _finish(self._device)
        if self._device.type == "cuda":
            return float(sum(begin.elapsed_time(end) for begin, end in self._times)) / 1000
        return float(sum(end - begin for begin, end in self._times))

    def _now(self) -> Any:
        if self._device.type != "cuda":
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event
