"""How fast poses are found, against a plain loop around MediaPipe: a table of `speed`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.harness import Column, Table, clocks
from motion_transfer.config import PoseSettings
from motion_transfer.pose import PoseSequence, estimate_poses
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.types import Numbers
from motion_transfer.video import VideoReader

COLUMNS = (
    Column("way", "way"),
    Column("seconds", "seconds", ".1f", "lower"),
    Column("fps", "frames a second", ".1f", "higher"),
    Column("times", "times the plain loop", ".2f", "higher"),
    Column("cpu", "CPU ms a frame", ".0f", "lower"),
)


def measure_poses(video: Path, seconds: float, rounds: int) -> Table:
    """The first seconds of a video by a plain loop, by one process, and by one for each core.

    All on the same frames; every second round in the opposite order, so that a machine which becomes slower or faster
    favours none. The plain loop is what one writes first: OpenCV reads a frame, MediaPipe Holistic (complexity 1,
    refined face, no smoothing) finds the landmarks. The times of the other two hold everything that `estimate_poses`
    does, the start of the processes included. Processor time is that of all processes.
    """
    with VideoReader(video, end=seconds) as clip, suppress_native_stderr():
        import mediapipe.python.solutions.holistic  # noqa: F401  # its import is not part of the loop

        processes = os.cpu_count() or 1
        ways: dict[str, Callable[[], Any]] = {
            "plain loop around MediaPipe Holistic": lambda: _plain_loop(video, len(clip)),
            "one process": lambda: _estimate(clip, 1),
            f"{processes} processes": lambda: _estimate(clip, processes),
        }
        spent: dict[str, list[Numbers]] = {name: [] for name in ways}
        for number in range(rounds):
            for name in list(ways)[:: -1 if number % 2 else 1]:
                before = np.array(clocks())
                ways[name]()
                spent[name].append(clocks() - before)
    means = {name: np.mean(times, axis=0) for name, times in spent.items()}
    plain = next(iter(means.values()))[0]
    rows = [
        {"way": name, "seconds": wall, "fps": len(clip) / wall, "times": plain / wall, "cpu": 1000 * cpu / len(clip)}
        for name, (wall, cpu) in means.items()
    ]
    return Table("Poses", COLUMNS, rows, f"{len(clip)} frames of {clip.size[0]} × {clip.size[1]}, {rounds} rounds.")


def _plain_loop(path: Path, frames: int) -> None:
    from mediapipe.python.solutions.holistic import Holistic

    capture = cv2.VideoCapture(str(path))
    with Holistic(model_complexity=1, smooth_landmarks=False, refine_face_landmarks=True) as holistic:
        for _ in range(frames):
            holistic.process(cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB))


def _estimate(clip: VideoReader, workers: int) -> PoseSequence:
    return estimate_poses(clip, size=clip.size, fps=clip.fps, settings=PoseSettings(workers=workers))
