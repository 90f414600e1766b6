"""Does one see where a long clip was cut? Its parts against the clip made in one piece.

The sample subject performs the poses of her own footage (samples/footage.npz), once in one piece, and again from each
of some places, without a frame before the first one. A part shows its frames from the `WARM_UP`-th on.
"""

import argparse
from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.clips import SUBJECT
from benchmarks.harness import Column, Table, Workspace
from motion_transfer.pose import load_poses
from motion_transfer.subject import load_subject
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise_together
from motion_transfer.types import Numbers
from motion_transfer.workflows.transfer import WARM_UP
from samples.make import HERE

SHOWN = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)
FRAMES = SHOWN[-1] + 1  # that are made after each cut
COLUMNS = (
    Column("after", "frames after the cut", "d"),
    Column("mean", "mean difference", ".3f", "lower"),
    Column("most", "largest mean of a cut", ".3f", "lower"),
    Column("pixel", "largest difference of a pixel", ".0f", "lower"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cuts", type=int, default=8)


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    subject = load_subject(SUBJECT)
    poses = load_poses(HERE / "footage.npz")[: (options.cuts + 1) * FRAMES]
    boxes = np.clip(poses.boxes(margin=0.1).round().astype(int), 0, [*poses.size, *poses.size])

    def people(frames: range) -> list[Numbers]:
        """What each frame shows in the person's box."""
        made = synthesise_together([Clip(subject, poses, torch.device("cpu"), frames)])
        windows = [boxes[t] for t in frames]
        return [
            frame[top:bottom, left:right].astype(float)
            for (frame,), (left, top, right, bottom) in zip(made, windows, strict=True)
            if frame is not None
        ]

    complete = people(range(len(poses)))
    errors = np.empty((options.cuts, FRAMES, 2))
    for cut in range(options.cuts):
        start = FRAMES * (cut + 1)
        for t, part in enumerate(people(range(start, start + FRAMES))):
            difference = np.abs(part - complete[start + t])
            errors[cut, t] = difference.mean(), difference.max()
    rows = [
        {"after": t, "mean": errors[:, t, 0].mean(), "most": errors[:, t, 0].max(), "pixel": errors[:, t, 1].max()}
        for t in SHOWN
    ]
    note = f"Grey levels (0 to 255) in the person's box, {options.cuts} cuts. `WARM_UP` is {WARM_UP}."
    return [Table("After a cut", COLUMNS, rows, note)]
