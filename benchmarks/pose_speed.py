"""How fast poses are found: a plain loop around MediaPipe, one process, several. A table for docs/pose.md.

    python -m benchmarks.pose_speed VIDEO [--seconds 60] [--workers 2] [--rounds 2]

All in one run, on the same frames; every second round in the opposite order, so that a machine which becomes slower or
faster favours none. The plain loop is what one writes first: OpenCV reads a frame, MediaPipe Holistic (complexity 1,
refined face, no smoothing) finds the landmarks, numpy keeps them. The times of the other two hold everything that
`estimate_poses` does, the start of the processes included. Processor time is that of all processes and threads, of
ffmpeg's too: it tells more than the clock where other work shares the machine.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137, PoseSequence, estimate_poses
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.video import VideoReader


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the clip, from its beginning")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 for as many as there are cores")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is run")
    options = parser.parse_args()
    workers = options.workers or len(os.sched_getaffinity(0))
    with VideoReader(options.video, end=options.seconds) as clip, suppress_native_stderr():
        import mediapipe.python.solutions.holistic  # noqa: F401  # its import is not part of the loop

        runs: dict[str, Callable[[], Any]] = {
            "plain loop around MediaPipe Holistic": lambda: _plain_loop(options.video, len(clip)),
            "one process": lambda: _estimate(clip, 1),
            f"{workers} processes": lambda: _estimate(clip, workers),
        }
        spent: dict[str, list[np.ndarray]] = {name: [] for name in runs}
        results: dict[str, Any] = {}
        for number in range(options.rounds):
            for name in list(runs)[:: -1 if number % 2 else 1]:
                before = _clocks()
                results[name] = runs[name]()
                spent[name].append(_clocks() - before)
    print(f"{len(clip)} frames of {clip.size[0]} x {clip.size[1]}, {options.video.name}; {options.rounds} rounds\n")
    print("| | seconds | frames a second | times the plain loop | processor seconds | a frame |")
    print("|---" * 6 + "|")
    means = {name: np.mean(times, axis=0) for name, times in spent.items()}
    plain, one, several = means.values()
    for name, (wall, processor) in means.items():
        ms = 1000 * processor / len(clip)
        print(
            f"| {name} | {wall:.1f} | {len(clip) / wall:.1f} | {plain[0] / wall:.2f} | {processor:.1f} | {ms:.0f} ms |"
        )
    _, alone, together = results.values()
    print(f"\n{workers} processes against one: {one[0] / several[0]:.2f} times as fast; {_difference(alone, together)}")


def _clocks() -> np.ndarray:
    """Seconds by the clock, and of processor time of this process and all that have ended under it."""
    spent = os.times()
    return np.array([time.perf_counter(), spent.user + spent.system + spent.children_user + spent.children_system])


def _plain_loop(path: Path, frames: int) -> list[np.ndarray]:
    from mediapipe.python.solutions.holistic import Holistic

    capture, found = cv2.VideoCapture(str(path)), []
    with Holistic(model_complexity=1, smooth_landmarks=False, refine_face_landmarks=True) as holistic:
        for _ in range(frames):
            more, frame = capture.read()
            if not more:
                break
            seen = holistic.process(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
            parts = (seen.pose_landmarks, seen.face_landmarks, seen.left_hand_landmarks, seen.right_hand_landmarks)
            found.append(np.array([(p.x, p.y) for part in parts if part for p in part.landmark], np.float32))
    return found


def _estimate(clip: VideoReader, workers: int) -> PoseSequence:
    settings = replace(PoseSettings(), workers=workers)
    return estimate_poses(clip, size=clip.size, fps=clip.fps, settings=settings)


def _difference(a: PoseSequence, b: PoseSequence) -> str:
    """How far the landmarks of two runs lie apart."""
    apart = np.linalg.norm(a.xy - b.xy, axis=2)
    skeleton = OPENPOSE_137
    body, rest = apart[:, skeleton.body], apart[:, skeleton.body.stop :]
    one_only = (a.present != b.present).sum()
    return (
        f"mean difference of body joints {np.nanmean(body):.3f} px, of face and hands {np.nanmean(rest):.3f} px; "
        f"a person in {one_only} of {len(a)} frames in one run only"
    )


if __name__ == "__main__":
    main()
