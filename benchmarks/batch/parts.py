"""Does one see where a long clip was cut? Its parts against the clip made in one piece.

The sample subject performs the poses of her own footage (samples/footage.npz), once in one piece, and again from each
of some places, without a frame before the first one. A part shows its frames from the `WARM_UP`-th on.
"""

import argparse
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.clips import SUBJECT
from benchmarks.harness import Column, Table, Workspace
from motion_transfer.pose import load_poses
from motion_transfer.subject import load_subject
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise_together
from motion_transfer.types import Frame
from motion_transfer.workflows.transfer import WARM_UP
from samples.make import HERE

SHOWN = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cuts", type=int, default=8)
    parser.add_argument("--frames", type=int, default=41, help="after each cut")
    parser.add_argument("--subject", type=Path, default=SUBJECT)


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    subject, poses = load_subject(options.subject), load_poses(HERE / "footage.npz")
    step = options.frames + 5
    poses = poses[: (options.cuts + 1) * step]
    boxes = poses.boxes(margin=0.1).round().astype(int)
    device = torch.device("cpu")
    starts = [step * (number + 1) for number in range(options.cuts)]
    complete = Clip(subject, poses, device)
    parts = [Clip(subject, poses, device, range(start, start + options.frames)) for start in starts]
    # One pass: a part is made beside the complete clip, when that has come to its start.
    errors, changes = np.full((options.cuts, options.frames, 2), np.nan), []
    before: Frame | None = None
    waiting: deque[int] = deque(range(options.cuts))
    running = iter(())
    current = -1
    for t, (frame,) in enumerate(synthesise_together([complete])):
        assert frame is not None
        if waiting and t == starts[waiting[0]]:
            current = waiting.popleft()
            running = synthesise_together([parts[current]])
        left, top, right, bottom = np.clip(boxes[t], 0, [*poses.size, *poses.size])
        here = frame[top:bottom, left:right].astype(float)
        if before is not None:
            changes.append(np.abs(here - before[top:bottom, left:right]).mean())
        before = frame
        if (made := next(running, None)) is not None and made[0] is not None:
            difference = np.abs(made[0][top:bottom, left:right] - here)
            errors[current, t - starts[current]] = difference.mean(), difference.max()
    rows = [
        {"after": t, "mean": mean.mean(), "most": mean.max(), "pixel": errors[:, t, 1].max()}
        for t, mean in ((t, errors[:, t, 0]) for t in SHOWN if t < options.frames)
    ]
    columns = [
        Column("after", "frames after the cut", "d"),
        Column("mean", "mean difference", ".3f", "lower"),
        Column("most", "largest mean of a cut", ".3f", "lower"),
        Column("pixel", "largest difference of a pixel", ".0f", "lower"),
    ]
    note = (
        f"Grey levels (0 to 255) in the person's box, {options.cuts} cuts. From one frame of the complete clip to the "
        f"next: {np.mean(changes):.3f} in the mean. `WARM_UP` is {WARM_UP}."
    )
    return [Table("After a cut", columns, rows, note)]
