"""Does one see where a long clip was cut? Its parts against the clip made in one piece.

    python -m benchmarks.batch_parts [--cuts 8] [--frames 48] [--subject samples/subjects/amara]

The sample subject performs the poses of her own footage (samples/footage.npz), once in one piece, and again from each
of some places, with nothing before the first frame. Printed is how far a frame so many frames after the cut is from the
one of the whole clip, in grey levels (0 to 255) inside the person's box, beside what changes there from one frame of
the whole clip to the next. A part shows its frames from the WARM_UP-th on.
"""

import argparse
from collections import deque
from pathlib import Path

import numpy as np
import torch

from motion_transfer.pose import load_poses
from motion_transfer.subject import load_subject
from motion_transfer.synthesis import Clip, synthesise_together
from motion_transfer.workflows.transfer import WARM_UP

SHOWN = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cuts", type=int, default=8)
    parser.add_argument("--frames", type=int, default=41)
    parser.add_argument("--subject", type=Path, default=Path("samples/subjects/amara"))
    options = parser.parse_args()
    subject, poses = load_subject(options.subject), load_poses(Path("samples/footage.npz"))
    step = options.frames + 5
    poses = poses[: (options.cuts + 1) * step]
    boxes = poses.boxes(margin=0.1).round().astype(int)
    device = torch.device("cpu")
    starts = [step * (number + 1) for number in range(options.cuts)]
    whole = Clip(subject, poses, device)
    parts = [Clip(subject, poses, device, range(start, start + options.frames)) for start in starts]
    # One pass: a part is made beside the whole clip, in the same batch, when that has come to its beginning.
    errors, changes = np.full((options.cuts, options.frames, 2), np.nan), []
    before: np.ndarray | None = None
    going: deque[int] = deque(range(options.cuts))
    running = iter(())
    current = -1
    for t, (frame,) in enumerate(synthesise_together([whole])):
        assert frame is not None
        if going and t == starts[going[0]]:
            current = going.popleft()
            running = synthesise_together([parts[current]])
        left, top, right, bottom = np.clip(boxes[t], 0, [*poses.size, *poses.size])
        here = frame[top:bottom, left:right].astype(float)
        if before is not None:
            changes.append(np.abs(here - before[top:bottom, left:right]).mean())
        before = frame.astype(float)
        if (made := next(running, None)) is not None and made[0] is not None:
            difference = np.abs(made[0][top:bottom, left:right] - here)
            errors[current, t - starts[current]] = difference.mean(), difference.max()
    print("| frames after the cut | mean difference | largest mean of a cut | largest difference of a pixel |")
    print("|---:|---:|---:|---:|")
    for after in (one for one in SHOWN if one < options.frames):
        mean, most = errors[:, after, 0], errors[:, after, 1].max()
        print(f"| {after} | {mean.mean():.3f} | {mean.max():.3f} | {most:.0f} |")
    print(f"from one frame of the whole clip to the next: {np.mean(changes):.3f} in the mean; WARM_UP is {WARM_UP}")


if __name__ == "__main__":
    main()
