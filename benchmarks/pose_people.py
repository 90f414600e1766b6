"""Who is who where people cross: rendered crossings with their truth, and real clips.

    python -m benchmarks.pose_people --rendered FOLDER [--clips FOLDER] [--sheets FOLDER] [--out FILE.md]

Rendered: two dancers, each rendered alone with the truth, are laid over one room by their masks and carried past each
other, there and back, now one in front and now the other; a second time with another part of their dances, faster and
three times. A swap is a frame at which a number passes from one true person to the other. FOLDER keeps what was
rendered (about 0.5 s a frame). Real (a folder of clips that is no part of
the project): there is no truth, so each number's clothes are compared with its own and with the others' median colours;
the sheets of numbered frames are to be looked at.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise, product
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.files import atomic_path
from motion_transfer.pose import PoseSequence, draw_preview, estimate_people
from motion_transfer.pose.detection.similarity import MAIN, body_distance
from motion_transfer.pose.estimation.observer import Observer
from motion_transfer.pose.tracking.color_histogram import histogram_distance
from motion_transfer.pose.tracking.people import as_sequence, join_people
from motion_transfer.video import VideoReader
from samples.dancer.clip import Clip, Truth, load_truth, write

Frame = np.ndarray

DANCERS = (("chen", "gym", 5), ("dalia", "studio", 6), ("goran", "terrace", 7))
FPS = Fraction(15)
SECONDS, SIDE, USED = 15, 384, 150
"""Rendered seconds and pixels a side; frames of them that are used."""

TURNS = ((0, 2), (75, 3))
"""The first frame used, and how often they pass each other."""

NEAR = 0.3
"""A found body belongs to the true person that is nearer than this, in lengths."""

REAL = ("awkward/A01_two_dancers.mp4", "awkward/A02_three_dancers_portrait_audio.mp4")


@dataclass(frozen=True)
class Dancer:
    """A dancer rendered alone."""

    frames: list[Frame]
    truth: Truth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--sheets", type=Path, help="folder for pictures of numbered frames")
    parser.add_argument("--out", type=Path, help="where the table goes; else it is printed")
    options = parser.parse_args()
    lines = ["| rendered | crossings | frames | people | found, of each | swaps |", "|---|---|---|---|---|---|"]
    dancers = {name: _dancer(options.rendered, name, scene, seed) for name, scene, seed in DANCERS}
    for (one, other), (first, passes) in product(combinations(dancers, 2), TURNS):
        frames, truth = _crossing(dancers[one], dancers[other], first, passes)
        size = frames[0].shape[1], frames[0].shape[0]
        people = estimate_people(frames, size=size, fps=FPS)
        _sheet(options.sheets, f"{one}-{other}-{passes}", frames, people)
        cells = one + " and " + other, passes, len(frames), len(people), _shares(people), _swaps(people, truth)
        lines.append(f"| {' | '.join(map(str, cells))} |")
        print(lines[-1], file=sys.stderr, flush=True)
    if options.clips:
        lines += [
            "",
            "| real | frames | people | found, of each | clothes nearest to one's own |",
            "|---|---|---|---|---|",
        ]
        for path in REAL:
            with VideoReader(options.clips / path) as reader:
                frames = list(reader)
                people, histograms = _people(frames, reader.fps)
            _sheet(options.sheets, Path(path).stem, frames, people)
            name = Path(path).stem.split("_")[0]
            lines.append(f"| {name} | {len(frames)} | {len(people)} | {_shares(people)} | {_clothes(histograms)} |")
            print(lines[-1], file=sys.stderr, flush=True)
    table = "\n".join(lines) + "\n"
    if options.out:
        with atomic_path(options.out) as path:
            path.write_text(table)
    else:
        print(table)


def _dancer(folder: Path, name: str, scene: str, seed: int) -> Dancer:
    path = folder / f"{name}-turns-{scene}-{SIDE}x{SIDE}-{FPS}-{SECONDS}-s{seed}.mp4"
    if not path.with_suffix(".npz").exists():
        write(Clip(name, "turns", scene, (SIDE, SIDE), FPS, SECONDS, seed=seed), path, workers=2)
    with VideoReader(path) as reader:
        return Dancer(list(reader), load_truth(path.with_suffix(".npz")))


def _crossing(one: Dancer, other: Dancer, first: int, passes: int) -> tuple[list[Frame], list[np.ndarray]]:
    """Both in one room of twice the width, carried past each other; and the joints of both, (T, J, 2)."""
    room = np.concatenate([one.truth.background, one.truth.background[:, ::-1]], axis=1)
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


def _people(frames: list[Frame], fps: Fraction) -> tuple[list[PoseSequence], list[np.ndarray]]:
    """Everyone, and of each the histograms in the frames in which they are seen."""
    size = frames[0].shape[1], frames[0].shape[0]
    observed = list(Observer(PoseSettings(plausible=False), size, fps, several=True)(frames))
    tracks = join_people([one.people for one in observed], fps)
    people = [as_sequence(track, len(frames), size, fps) for track in tracks]
    return people, [np.stack([person.histogram for person in track.people]) for track in tracks]


def _shares(people: list[PoseSequence]) -> str:
    return ", ".join(f"{poses.present.mean():.0%}" for poses in people)


def _swaps(people: list[PoseSequence], truth: list[np.ndarray]) -> int:
    """How often a number passes from one true person to another."""
    swaps = 0
    for poses in people:
        whose = [_whose(body, [true[t] for true in truth]) for t, body in enumerate(poses.xy[:, MAIN])]
        known = [who for who in whose if who is not None]
        swaps += sum(a != b for a, b in pairwise(known))
    return swaps


def _whose(body: np.ndarray, truth: list[np.ndarray]) -> int | None:
    """The true person whose body it is; None where there is none, or where two are equally near."""
    apart = np.array([body_distance(body, true) for true in truth])
    nearest = int(apart.argmin())
    others = np.delete(apart, nearest)
    return nearest if apart[nearest] < NEAR and (others > 1.5 * apart[nearest]).all() else None


def _clothes(histograms: list[np.ndarray]) -> str:
    """For each number, the share of its frames in which its clothes are nearest to its own median."""
    middle = np.stack([np.median(of, axis=0) for of in histograms])
    return ", ".join(
        f"{(histogram_distance(of, middle).argmin(axis=1) == who).mean():.0%}" for who, of in enumerate(histograms)
    )


def _sheet(folder: Path | None, name: str, frames: list[Frame], people: list[PoseSequence], columns: int = 8) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    shown = np.linspace(0, len(frames) - 1, 5 * columns).round().astype(int)
    tiles = list(_tiles(frames, people, shown))
    rows = [np.concatenate(tiles[i : i + columns], axis=1) for i in range(0, len(tiles), columns)]
    cv2.imwrite(str(folder / f"{name}.png"), np.concatenate(rows)[..., ::-1])


def _tiles(frames: list[Frame], people: list[PoseSequence], shown: np.ndarray) -> Iterator[Frame]:
    for index in shown:
        tile = draw_preview(frames[index], people, index)
        cv2.putText(tile, str(index), (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1)
        yield cv2.resize(tile, (240, round(240 * tile.shape[0] / tile.shape[1])), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
