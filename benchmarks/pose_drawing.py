"""How many pose images are drawn in a second: `python -m benchmarks.pose_drawing`.

Draws the poses of the samples' truth, whole figures with face and hands, at 512 x 512 pixels on one core, with and
without depth, and the decision what the head hides; prints a table for docs/pose.md.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from motion_transfer.config import DrawSettings
from motion_transfer.pose import PoseSequence, draw_poses, hide_occluded_face, load_poses
from samples.make import HERE

SIZE = (512, 512)
REPEATS = 3


def rate(work: Callable[[], object], frames: int) -> float:
    """Frames a second of processor time, the best of some runs."""
    best = np.inf
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return frames / best


def drawing(poses: PoseSequence, settings: DrawSettings) -> float:
    """Images a second."""
    return rate(lambda: sum(1 for _ in draw_poses(poses, SIZE, settings)), len(poses))


def main() -> None:
    cv2.setNumThreads(1)
    poses = load_poses(HERE / "truth.npz")
    body = poses.skeleton.body
    depth = np.random.default_rng(0).normal(0, 50, (len(poses), body.stop)).astype(np.float32)
    everything = DrawSettings(hide_occluded_face=False)
    print("| what | images a second |\n|---|---|")
    print(f"| pose images of {SIZE[0]} x {SIZE[1]} | {drawing(poses, everything):.0f} |")
    print(f"| in the order of depth | {drawing(replace(poses, depth=depth), everything):.0f} |")
    print(f"| with what the head hides left out (the default) | {drawing(poses, DrawSettings()):.0f} |")
    print(f"| the decision what the head hides, alone | {rate(lambda: hide_occluded_face(poses), len(poses)):.0f} |")


if __name__ == "__main__":
    main()
