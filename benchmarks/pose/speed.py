"""How fast poses are found and drawn: a plain loop around MediaPipe, one process, several; and pose images.

Of use on a machine without other work. All on the same frames; every second round in the opposite order, so that a
machine which becomes slower or faster favours none. The plain loop is what one writes first: OpenCV reads a frame,
MediaPipe Holistic (complexity 1, refined face, no smoothing) finds the landmarks. The times of the other two hold
everything that `estimate_poses` does, the start of the processes included. Processor time is that of all processes.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.harness import Column, Table, Workspace
from motion_transfer.config import DrawSettings, PoseSettings
from motion_transfer.pose import PoseSequence, draw_poses, estimate_poses, hide_occluded_face, load_poses
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.types import Numbers
from motion_transfer.video import VideoReader
from samples.make import HERE

DRAWN = (512, 512)
REPEATS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--video", type=Path, default=HERE / "footage.mp4")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the clip, from its start")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of several processes")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is run")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    return [detection(options), drawing()]


def detection(options: argparse.Namespace) -> Table:
    """Frames a second of the three ways to find poses."""
    with VideoReader(options.video, end=options.seconds) as clip, suppress_native_stderr():
        import mediapipe.python.solutions.holistic  # noqa: F401  # its import is not part of the loop

        ways: dict[str, Callable[[], Any]] = {
            "plain loop around MediaPipe Holistic": lambda: _plain_loop(options.video, len(clip)),
            "one process": lambda: _estimate(clip, 1),
            f"{options.workers} processes": lambda: _estimate(clip, options.workers),
        }
        spent: dict[str, list[Numbers]] = {name: [] for name in ways}
        for number in range(options.rounds):
            for name in list(ways)[:: -1 if number % 2 else 1]:
                before = _clocks()
                ways[name]()
                spent[name].append(_clocks() - before)
    means = {name: np.mean(times, axis=0) for name, times in spent.items()}
    plain = next(iter(means.values()))[0]
    rows = [
        {"way": name, "seconds": wall, "fps": len(clip) / wall, "times": plain / wall, "cpu": 1000 * cpu / len(clip)}
        for name, (wall, cpu) in means.items()
    ]
    columns = [
        Column("way", "way"),
        Column("seconds", "seconds", ".1f", "lower"),
        Column("fps", "frames a second", ".1f", "higher"),
        Column("times", "times the plain loop", ".2f", "higher"),
        Column("cpu", "CPU ms a frame", ".0f", "lower"),
    ]
    note = f"{len(clip)} frames of {clip.size[0]} × {clip.size[1]}, {options.rounds} rounds."
    return Table("Detection", columns, rows, note)


def drawing() -> Table:
    """Pose images a second of processor time, on one core: the samples' truth with face and hands."""
    cv2.setNumThreads(1)
    poses = load_poses(HERE / "truth.npz")

    def draw(settings: DrawSettings) -> object:
        return sum(1 for _ in draw_poses(replace(poses), DRAWN, settings))

    ways = {
        "pose images, everything drawn": lambda: draw(DrawSettings(hide_occluded_face=False)),
        "pose images without what the head hides (the default)": lambda: draw(DrawSettings()),
        "the decision what the head hides, alone": lambda: hide_occluded_face(replace(poses)),
    }
    rows = [{"what": name, "rate": len(poses) / _cpu_seconds(work)} for name, work in ways.items()]
    note = f"{DRAWN[0]} × {DRAWN[1]} pixels, one core, processor time, the best of {REPEATS} runs."
    return Table("Drawing", [Column("what", "what"), Column("rate", "a second", ".0f", "higher")], rows, note)


def _cpu_seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _clocks() -> Numbers:
    """Seconds by the clock, and of processor time of this process and all that have ended under it."""
    spent = os.times()
    return np.array([time.perf_counter(), spent.user + spent.system + spent.children_user + spent.children_system])


def _plain_loop(path: Path, frames: int) -> None:
    from mediapipe.python.solutions.holistic import Holistic

    capture = cv2.VideoCapture(str(path))
    with Holistic(model_complexity=1, smooth_landmarks=False, refine_face_landmarks=True) as holistic:
        for _ in range(frames):
            holistic.process(cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB))


def _estimate(clip: VideoReader, workers: int) -> PoseSequence:
    return estimate_poses(clip, size=clip.size, fps=clip.fps, settings=PoseSettings(workers=workers))
