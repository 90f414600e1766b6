"""Films: where their frames come from, and how two of them are brought to the same frames."""

import math
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from motion_transfer.errors import EvaluationError
from motion_transfer.evaluation.measure import FrameSource
from motion_transfer.evaluation.metrics.vmaf import vmaf
from motion_transfer.evaluation.statistics import Series
from motion_transfer.footage import person_mask
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Frame, Mask
from motion_transfer.video import VideoReader, VideoWriter


def outlines_of(*everybody: PoseSequence) -> Callable[[], Iterator[Mask]]:
    """For each frame, where any of these people may be."""
    skeleton = everybody[0].skeleton
    bones = [*skeleton.body_bones, *skeleton.left_hand_bones, *skeleton.right_hand_bones]

    def outlines() -> Iterator[Mask]:
        for rows in zip(*(poses.xy for poses in everybody), strict=True):
            yield np.logical_or.reduce([person_mask(xy, bones, everybody[0].size) for xy in rows])

    return outlines


def frame_source(path: Path, size: tuple[int, int] | None = None) -> FrameSource:
    """The frames of a video, scaled to (width, height) if given."""

    def frames() -> Iterator[Frame]:
        with VideoReader(path, size=size) as reader:
            yield from reader

    return frames


def first_frames(film: FrameSource, count: int) -> FrameSource:
    """The first frames of a film."""

    def frames() -> Iterator[Frame]:
        for _, frame in zip(range(count), film(), strict=False):
            yield frame

    return frames


def matched_sources(truth: Path, result: Path, align: bool, notes: list[str]) -> tuple[FrameSource, int]:
    """The true film with the result's frames, and how many there are to compare.

    Raises:
        EvaluationError: they differ, and may not be aligned.
    """
    with VideoReader(truth) as one, VideoReader(result) as other:
        facts = {
            "size": [f"{reader.size[0]} x {reader.size[1]}" for reader in (one, other)],
            "frame rate": [f"{float(reader.fps):.6g}" for reader in (one, other)],
            "number of frames": [str(len(reader)) for reader in (one, other)],
        }
        size, rate, lengths = other.size, one.fps / other.fps, (len(one), len(other))
    differ = {name: values for name, values in facts.items() if values[0] != values[1]}
    if not differ:
        return frame_source(truth), lengths[1]
    said = "; ".join(f"{name} {a} and {b}" for name, (a, b) in differ.items())
    if not align:
        raise EvaluationError(
            f"{truth} and {result} cannot be compared frame by frame: {said}. Give videos of the same frames, or "
            "--align to take the first at the size, rate and length of the second."
        )
    notes.append(f"aligned: {said}")
    count = min(lengths[1], math.floor((lengths[0] - 1) / rate) + 1)
    wanted = [min(lengths[0] - 1, round(index * rate)) for index in range(count)]

    def frames() -> Iterator[Frame]:
        place = 0
        for index, frame in enumerate(frame_source(truth, size)()):
            while place < count and wanted[place] == index:
                yield frame
                place += 1

    return frames, count


def vmaf_of(made: FrameSource, true: FrameSource, size: tuple[int, int], fps: Fraction) -> Series:
    """VMAF of the very frames that are compared."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "made.mp4", Path(folder) / "true.mp4"]
        for path, film in zip(paths, (made, true), strict=True):
            with VideoWriter(path, size=size, fps=fps) as writer:
                for frame in film():
                    writer.write(frame)
        return vmaf(*paths, size=size)
