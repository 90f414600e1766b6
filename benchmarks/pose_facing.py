"""How well `facing` tells which way a person faces: the table in docs/pose.md.

    python -m benchmarks.pose_facing --folder build/rendered

Compares it with the truth of rendered dancers: the shoulders' direction in space, seen from the camera. Takes the poses
that were detected in the samples' footage (samples/footage.npz, which hold no depth), and detects those in the samples'
dance and in three clips of other characters who turn all the way round; these are rendered into the folder if they
are not there yet (about ten minutes). All of it takes about five minutes more on one core.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.pose import (
    OPENPOSE_137,
    PoseSequence,
    body_orientation,
    estimate_poses,
    hide_occluded_face,
    load_poses,
)
from motion_transfer.pose.geometry.orientation import FRONT, head_orientation
from motion_transfer.video import VideoReader
from samples.dancer.clip import Clip, write
from samples.make import DANCE, FOOTAGE, HERE

Numbers = npt.NDArray[np.floating[Any]]

PROFILE = 15.0
"""Frames within so many degrees of exact profile are left out: front and back meet there."""
AWAY = 15.0
"""So many degrees beyond `FRONT` the face is surely hidden, and as many before it surely seen."""
TURNS = tuple(
    Clip(who, "turns", scene, (384, 384), Fraction(15), 15.0, 112.0, seed=seed)
    for who, scene, seed in (("chen", "gym", 5), ("dalia", "studio", 6), ("goran", "terrace", 7))
)


def true_facing(clip: Clip, pair: str) -> Numbers:
    """Degrees as of `facing`, (T,), from where the left and right joint of a pair are in space."""
    marks = [OPENPOSE_137.index(f"{side}_{pair}") for side in ("left", "right")]
    joints = clip.joints()[:, marks]
    across, middle = joints[:, 0] - joints[:, 1], joints.mean(axis=1)
    ahead = np.stack([-across[:, 2], across[:, 0]], axis=1)
    view = (clip.room().camera.position - middle)[:, [0, 2]]
    sine = view[:, 0] * ahead[:, 1] - view[:, 1] * ahead[:, 0]
    return np.degrees(np.arctan2(sine, (view * ahead).sum(axis=1)))


def row(name: str, poses: PoseSequence, body: Numbers, head: Numbers) -> str:
    """What is measured on one clip, a line of the table."""
    told, present = body_orientation(poses), poses.present
    asked = present & (np.abs(np.abs(body) - 90) > PROFILE)
    right = np.cos(np.radians(told)) * np.cos(np.radians(body)) > 0
    sided = present & (np.abs(np.sin(np.radians(body))) > np.sin(np.radians(PROFILE)))
    side = np.sin(np.radians(told)) * np.sin(np.radians(body)) > 0
    off = np.abs((told - body + 180) % 360 - 180)[present]
    away, towards = (present & (np.abs(head) > FRONT + AWAY), present & (np.abs(head) < FRONT - AWAY))
    face, nose = OPENPOSE_137.face, OPENPOSE_137.index("nose")
    found, drawn = poses.score, hide_occluded_face(poses).score
    shares = [
        f"{right[asked].mean():.1%} of {asked.sum()}",
        f"{side[sided].mean():.1%}",
        f"{np.median(off):.0f} / {np.percentile(off, 95):.0f}",
        f"{_share((found[:, face].mean(axis=1) > 0)[away])}",
        f"{_share((drawn[:, face].mean(axis=1) > 0)[away])}",
        f"{_share((drawn[:, nose] == 0)[towards & (found[:, nose] > 0)])}",
    ]
    depth = "yes" if poses.depth is not None else "no"
    head_off = np.abs((head_orientation(poses) - head + 180) % 360 - 180)[present]
    return f"| {name} | {depth} | {' | '.join(shares)} | {np.median(head_off):.0f} |"


def rows(folder: Path) -> Iterator[str]:
    """The table, line by line."""
    yield (
        "| clip | depth | front or back right | side right | off, median / 95 %, degrees "
        "| from behind: face found | face drawn | face lost in front | head off, median |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    clips = [(HERE / "footage.mp4", FOOTAGE), (HERE / "dance.mp4", DANCE)]
    for clip in TURNS:
        size = "x".join(map(str, clip.size))
        path = folder / f"{clip.character}-turns-{clip.scene}-{size}-{clip.fps}-{clip.seconds:g}-s{clip.seed}.mp4"
        if not path.exists():
            write(clip, path)
        clips.append((path, clip))
    for path, clip in clips:
        body, head = true_facing(clip, "shoulder"), true_facing(clip, "ear")
        name = f"{clip.character}, {clip.choreography}"
        if clip is FOOTAGE:
            yield row(name, load_poses(HERE / "footage.npz"), body, head)
            continue
        with VideoReader(path) as reader:
            poses = estimate_poses(iter(reader), size=reader.size, fps=reader.fps, settings=PoseSettings())
        yield row(name, poses, body, head)
        yield row(name, replace(poses, depth=None), body, head)


def _share(flags: npt.NDArray[np.bool_]) -> str:
    return f"{flags.mean():.0%} of {len(flags)}" if len(flags) else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the rendered clips are, or come to be")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for line in rows(options.folder):
        print(line, flush=True)


if __name__ == "__main__":
    main()
