"""What a CUDA card makes of it, from given poses: the generator alone, training steps, transfers from end to end.

One command for any card; a detector of poses is not needed. Footage and dances are drawn. Tried without a card:
`python -m benchmarks gpu --out DIR --device cpu --frames 4 --steps 1 --sizes 160x96`.

A row in which a figure is missing could not be measured: there is no such way on this device, or its memory is too
small. The network waits while nothing of it is computed; the first frames, in which algorithms are looked for, count in
transfers as they do in use.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from benchmarks.harness import Column, Row, Table, Workspace
from benchmarks.steps import begin
from motion_transfer.config import Pipeline, load_pipeline, share_bounds
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.footage.preprocess import Footage, preprocess_footage
from motion_transfer.models.device import choose_device
from motion_transfer.models.generator import Generator
from motion_transfer.subject import Subject, build_generator
from motion_transfer.training.batch import to_batch
from motion_transfer.training.perceptual import perceptual_loss
from motion_transfer.training.run.clock import Waiting
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.step import take_step
from motion_transfer.types import Size
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer
from tests.drawn_world import Clip, dancing, film

FPS = Fraction(25)
FOOTAGE = 48  # frames of drawn footage
WARM_UP = 5
GENERATORS: tuple[
    tuple[str, str, dict[str, Any], Size], ...
] = (  # what it is called, its pipeline, changes of the model's settings, canvas
    ("default", "default", {}, (128, 192)),
    ("EDN, global", "edn", {"network": "global", "face": False}, (512, 256)),
    ("EDN, local", "edn", {"face": False}, (1024, 512)),
)
WAYS = ("fp32", "bf16", "bf16, graph")


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
    tables.append(Table("Training", TRAINING, _training_rows(work.folder, sizes[0], device, options.steps)))
    work.publish(tables)
    rows = [transfer_row(work.folder, size, device, options.frames) for size in sizes]
    return [*tables, Table("Transfer from given poses, encoding included", TRANSFERS, rows)]


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
    generator = build_generator(chosen).eval().to(device)
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
    pose, previous, plate = torch.rand(3, batch, 3, *canvas[::-1], device=device).unbind()
    count = pipeline.model.candidates if pipeline.model.network == "compositor" else 0
    candidates = torch.rand(batch, count, 5, *canvas[::-1], device=device)

    def call() -> object:
        with torch.autocast(device.type, torch.bfloat16, enabled=way != "fp32", cache_enabled=False):
            return generator(pose, previous, plate, candidates)

    with suppress(torch.cuda.OutOfMemoryError), torch.inference_mode():
        step = _captured(call) if way.endswith("graph") else call
        repeats = max(1, frames // batch)
        for _ in range(min(repeats, WARM_UP)):
            step()
        _finish(device)
        start = time.perf_counter()
        for _ in range(repeats):
            step()
        _finish(device)
        return repeats * batch / (time.perf_counter() - start)
    return None


def _captured(call: Callable[[], object]) -> Callable[[], object]:
    """The kernels of a call as a CUDA graph, which runs them again on what its inputs hold then."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _training_rows(folder: Path, size: Size, device: torch.device, steps: int) -> Sequence[Row]:
    """Steps of the default and, on a card, of Everybody Dance Now's stages."""
    clip = _drawn_footage(folder, size)
    rows: list[Row] = []
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
                rows.append(row)
    return rows


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


def transfer_row(folder: Path, size: Size, device: torch.device, frames: int) -> Row:
    """A transfer onto an untrained subject of the default, from a drawn dance and its poses."""
    subject = drawn_subject(folder, size)
    dance = film(folder / "dance.mp4", dancing(frames, (640, 480), FPS, height=300, speed=0.7), 1, (40, 60, 200))
    clock = NetworkClock(subject.generator, device)
    start = time.perf_counter()
    with clock:
        transfer(dance.video, subject, folder / "out.mp4", TransferOptions(device=str(device)), poses=dance.poses)
    seconds = time.perf_counter() - start
    row = {"size": "{} × {}".format(*size), "frames": frames, "fps": frames / seconds}
    return row | {"waiting": 1 - clock.seconds() / seconds}


def drawn_subject(folder: Path, size: Size) -> Subject:
    """An untrained subject of drawn footage."""
    clip, pipeline = _drawn_footage(folder, size), share_bounds(load_pipeline("default"), None, 0.0)
    out, how = clip.video.with_suffix(""), TrainOptions(force=True)
    return train(clip.video, out, pipeline, how, poses=clip.poses, measured=False)


def _drawn_footage(folder: Path, size: Size) -> Clip:
    poses = dancing(FOOTAGE, size, FPS, height=0.75 * size[1])
    return film(folder / "{}x{}.mp4".format(*size), poses, 0, (200, 40, 60))


class NetworkClock:
    """While the block runs, measures how long a network computes, without waiting for it."""

    def __init__(self, network: torch.nn.Module, device: torch.device) -> None:
        self._network, self._device = network, device
        self._times: list[Any] = []

    def __enter__(self) -> "NetworkClock":
        hooks = (self._network.register_forward_pre_hook, self._network.register_forward_hook)
        self._hooks = [hook(lambda *_: self._times.append(self._now())) for hook in hooks]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def seconds(self) -> float:
        """In all calls."""
        _finish(self._device)
        pairs = zip(self._times[::2], self._times[1::2], strict=True)
        if self._device.type == "cuda":
            return float(sum(begin.elapsed_time(end) for begin, end in pairs)) / 1000
        return float(sum(end - begin for begin, end in pairs))

    def _now(self) -> Any:
        if self._device.type != "cuda":
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event
