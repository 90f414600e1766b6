"""No person there, no person found; a person there, a person found: with and without the plausibility check.

Without a person: rooms with furniture painted by formula (`pose.rooms`), each a clip at ten frames a second with the
noise of a camera; and of real clips (a folder of them that is no part of the project) the background plate, and the
one without a detectable person. With a person: the samples and the real clips. Both shares come from the same run: what
MediaPipe finds at its default thresholds, and what `plausible_frames` leaves of it.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, islice
from pathlib import Path

import numpy as np

from benchmarks.harness import Column, Row, Table, Workspace
from benchmarks.pose.rooms import empty_room, noisy
from motion_transfer.config import PoseSettings
from motion_transfer.pose.estimation.observer import Observer
from motion_transfer.pose.tracking.plausibility import APART, EVERY, plausible_frames
from motion_transfer.pose.tracking.tracklets import Observation, Track
from motion_transfer.types import Frame, Size
from motion_transfer.video import VideoReader
from samples.make import HERE

FPS = Fraction(10)
Shot = tuple[Iterable[Frame], Size, Fraction]  # frames, their (width, height), and frames a second
NO_PERSON = "awkward/A16_no_detectable_person.mp4"
MIXED = ("A01", "A02", "T1_")  # several people, or long and easy: left out here
COLUMNS = (
    Column("what", "what"),
    Column("person", "a person in it"),
    Column("clips", "clips", "d"),
    Column("frames", "frames", "d"),
    Column("found", "person found at MediaPipe's defaults", ".1%"),
    Column("left", "left by the plausibility check", ".1%"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rooms", type=int, default=200)
    parser.add_argument("--frames", type=int, default=20, help="of each room, ten a second")
    parser.add_argument("--clips", type=Path, help="folder of real clips")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each clip with a person")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    work.bind(rooms=options.rooms, frames=options.frames, clips=options.clips, seconds=options.seconds)
    rows = []
    for person, name, shots in groups(options):
        row = work.once(f"row-{len(rows)}", lambda shots=shots: count(shots))
        rows.append({"what": name, "person": "yes" if person else "no", **row})
    return [Table("Frames in which a person is found", COLUMNS, rows)]


def groups(options: argparse.Namespace) -> Iterator[tuple[bool, str, Iterator[Shot]]]:
    """Clips without and with a person."""
    for size, seeds in (((512, 512), range(options.rooms)), ((640, 360), range(10_000, 10_000 + options.rooms // 2))):
        yield False, "rooms, {} × {}".format(*size), _rooms(seeds, size, options.frames)
    if options.clips:
        yield False, "plates of real clips", _plates(options.clips, options.frames)
        yield False, "real, no person to be seen", _videos([options.clips / NO_PERSON], options.seconds)
    yield True, "samples", _videos([HERE / "dance.mp4", HERE / "footage.mp4"], options.seconds)
    for path in _clips(options.clips) if options.clips else ():
        yield True, path.stem.split("_")[0], _videos([path], options.seconds)


def count(shots: Iterable[Shot]) -> Row:
    """Frames in which a person is found, and in which one is left."""
    clips = frames = found = left = 0
    for (size, fps), group in groupby(shots, key=lambda shot: shot[1:]):
        for observed in _observed([shot for shot, *_ in group], size, fps):
            in_clip, plausible = _counts(observed, fps)
            clips, frames, found, left = clips + 1, frames + len(observed), found + in_clip, left + plausible
    return {"clips": clips, "frames": frames, "found": found / max(frames, 1), "left": left / max(frames, 1)}


def _observed(shots: list[Iterable[Frame]], size: Size, fps: Fraction) -> Iterator[list[Observation]]:
    """Each shot's observations. One detector sees them all, which is faster; black frames reset it."""
    black = [np.zeros((size[1], size[0], 3), np.uint8)] * 2
    lengths: list[int] = []

    def frames() -> Iterator[Frame]:
        for shot in shots:
            lengths.append(0)
            for frame in shot:
                lengths[-1] += 1
                yield frame
            yield from black

    observed = list(Observer(PoseSettings(), size, fps, several=False)(frames()))
    first = 0
    for length in lengths:
        yield observed[first : first + length]
        first += length + len(black)


def _counts(observed: list[Observation], fps: Fraction) -> tuple[int, int]:
    """Frames with a person before and after."""
    at = [number for number, one in enumerate(observed) if one.people]
    known = (APART + EVERY) * fps  # before, the picture is compared with that of another shot
    track = Track()
    for number in at:
        person = observed[number].people[0]
        track.add(number, person if number >= known else replace(person, motion_score=None))
    return len(at), int(plausible_frames(track, fps).sum())


def _rooms(seeds: range, size: Size, frames: int) -> Iterator[Shot]:
    for seed in seeds:
        room = empty_room(seed, size)
        yield [noisy(room, number) for number in range(frames)], size, FPS


def _clips(folder: Path) -> list[Path]:
    clips = sorted(path for path in folder.glob("*/*") if path.suffix in (".mp4", ".m4v"))
    return [path for path in clips if not path.name.startswith(MIXED) and path.name != Path(NO_PERSON).name]


def _videos(paths: list[Path], seconds: float) -> Iterator[Shot]:
    for path in paths:
        reader = VideoReader(path, end=seconds)
        yield reader, reader.size, reader.fps


def _plates(folder: Path, frames: int) -> Iterator[Shot]:
    """Real rooms: the median over frames all through a clip, with noise; who moves about is not left in it."""
    for path in _clips(folder):
        with VideoReader(path) as reader:
            every = max(1, len(reader) // 40)
            plate = np.median(list(islice(reader, 0, None, every)), axis=0).astype(np.uint8)
        yield [noisy(plate, n) for n in range(frames)], reader.size, FPS
