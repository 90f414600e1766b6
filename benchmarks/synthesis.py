"""A synthesis taken apart: each stage alone on all frames, then the transfer, which does all of them at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from benchmarks.harness import Column, Row, Table, clocks
from motion_transfer.config import load_pipeline, share_bounds
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.pose import PoseSequence
from motion_transfer.processes import Processes
from motion_transfer.subject import Subject
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import Networks, finish, give, over_backdrops
from motion_transfer.types import Size
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer
from tests.drawn_world import Clip as DrawnClip
from tests.drawn_world import dancing, film

FPS = Fraction(25)
FOOTAGE = 48  # frames of drawn footage
TIMES = (Column("wall", "ms", ".1f", "lower"), Column("cpu", "CPU ms", ".1f", "lower"))
"""Of one frame or step."""


def measure_stages(
    subject: Subject, dance: Path, known: PoseSequence, device: torch.device, rounds: int, folder: Path
) -> Table:
    """Each stage alone on all frames, then the transfer from given poses."""
    spent: dict[str, list[tuple[float, float]]] = {}
    out, end = folder / "out.mp4", float(len(known) / known.fps)
    for _ in range(rounds):
        clip, none = Clip(subject, known, device), Processes(0)
        none.hold([clip.renderer])
        with timed(spent, "decoding"), VideoReader(dance, end=end) as reader:
            decoded = sum(1 for _ in reader)
        assert decoded == len(known)
        with timed(spent, "choosing exemplars"):
            clip.choose_exemplars()
        with timed(spent, "preparing"):
            prepared = [give(none, [clip], step) for step in clip.frames]
        with timed(spent, "network"):
            generated = list(map(Networks(subject, device), prepared))
            for each in generated:
                each.outputs.wait()
        with timed(spent, "compositing"):
            frames = [finish(none, each)[clip] for each in over_backdrops(generated)]
        with timed(spent, "encoding"), VideoWriter(out, size=subject.size, fps=known.fps) as writer:
            for frame in frames:
                writer.write(frame)
        with timed(spent, "transfer"):
            transfer(dance, subject, out, TransferOptions(end=end, device=str(device), credentials=False), poses=known)
    rows = mean_rows(spent, "stage", len(known))
    slowest = max(row["wall"] for row in rows[:-1])
    for row in rows:
        row["ratio"] = row["wall"] / slowest
    title = "A frame of {} × {}".format(*subject.size)
    note = f"{len(known)} frames from given poses, {rounds} rounds; the transfer does all of it at the same time."
    return Table(
        title, [Column("stage", "stage"), *TIMES, Column("ratio", "times the slowest stage", ".2f")], rows, note
    )


@contextmanager
def timed(spent: dict[str, list[tuple[float, float]]], name: str) -> Iterator[None]:
    """Note seconds by the clock, and of processor time of this process and of all that have ended under it."""
    before = clocks()
    yield
    after = clocks()
    spent.setdefault(name, []).append((after[0] - before[0], after[1] - before[1]))


def mean_rows(spent: dict[str, list[tuple[float, float]]], column: str, frames: int) -> list[Row]:
    """The means of all rounds, in milliseconds a frame."""
    means = {name: 1000 * np.mean(each, axis=0) / frames for name, each in spent.items()}
    return [{column: name, "wall": wall, "cpu": cpu} for name, (wall, cpu) in means.items()]


def drawn_subject(folder: Path, size: Size) -> Subject:
    """An untrained subject of drawn footage."""
    clip, pipeline = drawn_footage(folder, size), share_bounds(load_pipeline("default"), None, 0.0)
    out, how = clip.video.with_suffix(""), TrainOptions(force=True)
    return train(clip.video, out, pipeline, how, poses=clip.poses, measured=False)


def drawn_footage(folder: Path, size: Size) -> DrawnClip:
    poses = dancing(FOOTAGE, size, FPS, height=0.75 * size[1])
    return film(folder / "{}x{}.mp4".format(*size), poses, 0, (200, 40, 60))
