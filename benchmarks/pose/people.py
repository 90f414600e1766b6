"""Who is who where people cross: rendered crossings with their truth.

Rendered: two dancers, each rendered alone with the truth, are laid over one room by their masks and carried past each
other, there and back, now one in front and now the other; a second time with another part of their dances, faster and
three times. A swap is a frame at which a number passes from one true person to the other.
"""

import argparse
from collections.abc import Sequence
from itertools import combinations, pairwise, product
from typing import NamedTuple

import numpy as np

from benchmarks.clips import Library, frames_of
from benchmarks.harness import Column, Table, Workspace
from benchmarks.pose.truth import TURNS
from motion_transfer.pose import PoseSequence, estimate_people
from motion_transfer.pose.detection.detection import MAIN, body_distance
from motion_transfer.types import Frame, Numbers
from samples.dancer.clip import Truth

SIDE, USED = TURNS[0].size[0], 150  # pixels a side of the dancers' frames; how many of them are used
CROSSINGS = ((0, 2), (75, 3))  # the first frame used, and how often they pass each other
NEAR = 0.3  # a found body belongs to the true person that is nearer than this, in lengths


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    library = Library(work.folder, workers=options.workers, progress=work.progress)
    dancers = [Dancer(clip.character, list(frames_of(library.video(clip))), library.truth(clip)) for clip in TURNS]
    rows = []
    for (one, other), (first, passes) in product(combinations(dancers, 2), CROSSINGS):
        frames, truth = _crossing(one, other, first, passes)
        people = estimate_people(frames, size=(2 * SIDE, SIDE), fps=TURNS[0].fps)
        row = {"people": f"{one.name} and {other.name}", "passes": passes, "frames": len(frames)}
        rows.append(
            {
                **row,
                "count": len(people),
                "present": ", ".join(f"{poses.present.mean():.0%}" for poses in people),
                "swaps": _swaps(people, truth),
            }
        )
    columns = [
        Column("people", "dancers"),
        *(Column(name, of, "d") for name, of in (("passes", "crossings"), ("frames", "frames"), ("count", "found"))),
        Column("present", "found, of each"),
        Column("swaps", "swaps", "d", "lower"),
    ]
    return [Table("Rendered crossings", columns, rows)]


class Dancer(NamedTuple):
    """A dancer rendered alone."""

    name: str
    frames: list[Frame]
    truth: Truth


def _crossing(one: Dancer, other: Dancer, first: int, passes: int) -> tuple[list[Frame], list[Numbers]]:
    """Both in one room of twice the width, carried past each other; and the joints of both, (T, J, 2)."""
    background = one.truth.background
    room = np.concatenate([background, background[:, ::-1]], axis=1)
    phase = np.linspace(0, passes, USED, endpoint=False)
    way = np.abs(phase % 2 - 1) * SIDE  # from the right to the left, and back
    frames, shifts = [], np.stack([way, SIDE - way]).round().astype(int)
    for number in range(USED):
        frame = room.copy()
        order = (0, 1) if phase[number] % 2 < 1 else (1, 0)
        for who in order:
            dancer, left = (one, other)[who], shifts[who, number]
            part, mask = frame[:, left : left + SIDE], dancer.truth.masks[first + number]
            part[mask] = dancer.frames[first + number][mask]
        frames.append(frame)
    truth = []
    for dancer, shift in zip((one, other), shifts, strict=True):
        truth.append(dancer.truth.xy[first : first + USED, MAIN] + np.stack([shift, 0 * shift], axis=1)[:, None])
    return frames, truth


def _swaps(people: list[PoseSequence], truth: list[Numbers]) -> int:
    """How often a number passes from one true person to another."""
    swaps = 0
    for poses in people:
        identity = [_identity(body, [true[t] for true in truth]) for t, body in enumerate(poses.xy[:, MAIN])]
        known = [who for who in identity if who is not None]
        swaps += sum(a != b for a, b in pairwise(known))
    return swaps


def _identity(body: Numbers, truth: list[Numbers]) -> int | None:
    """The true person that a body belongs to; None where there is none, or where two are equally near."""
    apart = np.array([body_distance(body, true) for true in truth])
    nearest = int(apart.argmin())
    others = np.delete(apart, nearest)
    return nearest if apart[nearest] < NEAR and (others > 1.5 * apart[nearest]).all() else None
