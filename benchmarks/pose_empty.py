"""Nobody there, nobody found; somebody there, somebody found: with and without a judgement of what was found.

    python -m benchmarks.pose_empty [--rooms 200] [--frames 20] [--clips FOLDER] [--seconds 8] [--out FILE.md]

Without anybody: rooms with furniture painted by formula (`benchmarks.empty_rooms`), each a clip at ten frames a
second with the noise of a camera; ffmpeg's test pictures; and of real clips (a folder of them that is no part of the
project) the background plate, and the one without a detectable person. With somebody: the project's own samples and
the real clips. Both columns come from the same run: what MediaPipe finds at its default thresholds, and what is left of
it after `plausible_frames`.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, islice
from pathlib import Path

import numpy as np

from benchmarks.empty_rooms import Frame, empty_room, noisy
from motion_transfer.config import PoseSettings
from motion_transfer.files import atomic_path, check_output
from motion_transfer.pose.estimation.observer import Observer
from motion_transfer.pose.tracking.motion_score import APART, EVERY
from motion_transfer.pose.tracking.observation import Observation
from motion_transfer.pose.tracking.plausibility import plausible_frames
from motion_transfer.pose.tracking.tracklets import Track
from motion_transfer.video import VideoReader
from motion_transfer.video.ffmpeg import FFmpeg

FPS = Fraction(10)
Shot = tuple[Iterable[Frame], tuple[int, int], Fraction]
"""Frames, their (width, height), and frames a second."""

TEST_PICTURES = ("testsrc2", "mandelbrot", "life=mold=10:ratio=0.1", "smptebars", "cellauto", "gradients", "sierpinski")
NOBODY = "awkward/A16_no_detectable_person.mp4"
MIXED = ("A01", "A02", "T1_")
"""Several people, or long and easy: left out here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", type=int, default=200)
    parser.add_argument("--frames", type=int, default=20, help="of each room, ten a second")
    parser.add_argument("--clips", type=Path, help="folder of real clips")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each clip with somebody")
    parser.add_argument("--out", type=Path, help="where the table goes; else it is printed")
    options = parser.parse_args()
    if options.out:
        check_output(options.out)
    lines = ["| | clips | frames | a person at MediaPipe's defaults | left |", "|---|---|---|---|---|"]
    for name, clips in (*_empty(options), *_peopled(options)):
        line = _row(name, clips)
        print(line, flush=True, file=sys.stderr)
        lines.append(line)
    table = "\n".join(lines) + "\n"
    if options.out:
        with atomic_path(options.out) as path:
            path.write_text(table)
    else:
        print(table)


def _row(name: str, clips: Iterable[Shot]) -> str:
    count = frames = found = kept = 0
    for (size, fps), shots in groupby(clips, key=lambda shot: shot[1:]):
        for observed in _observed([shot for shot, *_ in shots], size, fps):
            seen, believed = _counts(observed, fps)
            count, frames, found, kept = count + 1, frames + len(observed), found + seen, kept + believed
    return f"| {name} | {count} | {frames} | {_share(found, frames)} | {_share(kept, frames)} |"


def _observed(shots: list[Iterable[Frame]], size: tuple[int, int], fps: Fraction) -> Iterator[list[Observation]]:
    """Each shot's observations. One detector sees them all, which is faster; black frames make it forget."""
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


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.1%})" if whole else "-"


def _empty(
    options: argparse.Namespace,
) -> Iterator[tuple[str, Iterator[Shot]]]:
    """Clips without anybody."""
    for title, size, seeds in (
        ("rooms, 512 x 512", (512, 512), range(options.rooms)),
        ("rooms, 640 x 360", (640, 360), range(10_000, 10_000 + options.rooms // 2)),
    ):
        rooms = (([noisy(empty_room(seed, size), n) for n in range(options.frames)], size, FPS) for seed in seeds)
        yield title, rooms
    yield "test pictures", ((_test_picture(name, 50), (512, 288), FPS) for name in TEST_PICTURES)
    if options.clips:
        yield "plates of real clips", _plates(options.clips, options.frames)
        yield "real, nobody to be seen", _real([options.clips / NOBODY], options.seconds)


def _peopled(
    options: argparse.Namespace,
) -> Iterator[tuple[str, Iterator[Shot]]]:
    """Clips of one person."""
    samples = Path(__file__).parents[1] / "samples"
    yield "samples", _real([samples / "dance.mp4", samples / "footage.mp4"], options.seconds)
    for path in _clips(options.clips) if options.clips else ():
        yield path.stem.split("_")[0], _real([path], options.seconds)


def _clips(folder: Path) -> list[Path]:
    clips = sorted(path for path in folder.glob("*/*") if path.suffix in (".mp4", ".m4v"))
    return [path for path in clips if not path.name.startswith(MIXED) and path.name != Path(NOBODY).name]


def _real(paths: list[Path], seconds: float) -> Iterator[Shot]:
    for path in paths:
        reader = VideoReader(path, end=seconds)
        yield reader, reader.size, reader.fps


def _plates(folder: Path, frames: int) -> Iterator[Shot]:
    """Real rooms: the median over frames all through a clip, with noise; where somebody moves about, nobody is left."""
    for path in _clips(folder):
        with VideoReader(path) as reader:
            every = max(1, len(reader) // 40)
            plate = np.median(list(islice(reader, 0, None, every)), axis=0).astype(np.uint8)
        yield [noisy(plate, n) for n in range(frames)], reader.size, FPS


def _test_picture(name: str, frames: int) -> Iterator[Frame]:
    joint = ":" if "=" in name else "="
    source = ["-f", "lavfi", "-i", f"{name}{joint}size=512x288:rate=25", "-frames:v", str(frames)]
    with FFmpeg([*source, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:"], collect=True) as ffmpeg:
        while len(data := ffmpeg.output.read(512 * 288 * 3)) == 512 * 288 * 3:
            yield np.frombuffer(data, np.uint8).reshape(288, 512, 3)


if __name__ == "__main__":
    main()
