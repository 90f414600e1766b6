"""How well `body_orientation` tells which way a person faces, on rendered dancers.

The truth is the shoulders' direction in space, seen from the camera. Poses are those detected in the samples and in
three clips of other characters who turn all the way round.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.clips import Library
from benchmarks.harness import Column, Row, Table, Workspace
from benchmarks.pose.truth import TURNS
from motion_transfer.pose import OPENPOSE_137, PoseSequence, body_orientation, load_poses
from motion_transfer.pose.geometry.orientation import FRONT, head_orientation, occluded_face
from motion_transfer.types import Mask, Numbers
from samples.dancer.clip import Clip
from samples.make import DANCE, FOOTAGE, HERE

PROFILE = 15.0  # frames within so many degrees of exact profile are left out: front and back meet there
AWAY = 15.0  # so many degrees beyond `FRONT` the face is surely hidden, and as many before it surely seen
COLUMNS = (
    Column("clip", "clip"),
    Column("depth", "depth"),
    Column("front_right", "front or back right", ".1%", "higher"),
    Column("frames", "of frames", "d"),
    Column("side_right", "side right", ".1%", "higher"),
    Column("median", "error, median, degrees", ".0f", "lower"),
    Column("percentile", "error, 95 %", ".0f", "lower"),
    Column("back_frames", "frames from behind", "d"),
    Column("face_found", "face found in them", ".0%"),
    Column("face_drawn", "face drawn in them", ".0%", "lower"),
    Column("face_lost", "face lost from the front", ".0%", "lower"),
    Column("head_median", "head's error, median", ".0f", "lower"),
)


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    library, rows = Library(work.folder, workers=options.workers, progress=work.progress), []
    rows.append(row(FOOTAGE, load_poses(HERE / "footage.npz")))
    for clip in (DANCE, *TURNS):
        poses = library.poses(library.video(clip))
        rows += [row(clip, poses), row(clip, replace(poses, depth=None))]
    return [Table("Orientation", COLUMNS, rows)]


def true_orientation(clip: Clip, pair: str) -> Numbers:
    """Degrees as of `body_orientation`, (T,), from where the left and right joint of a pair are in space."""
    marks = [OPENPOSE_137.index(f"{side}_{pair}") for side in ("left", "right")]
    joints = clip.joints()[:, marks]
    across, middle = joints[:, 0] - joints[:, 1], joints.mean(axis=1)
    ahead = np.stack([-across[:, 2], across[:, 0]], axis=1)
    view = (clip.room().camera.position - middle)[:, [0, 2]]
    sine = view[:, 0] * ahead[:, 1] - view[:, 1] * ahead[:, 0]
    return np.degrees(np.arctan2(sine, (view * ahead).sum(axis=1)))


def row(clip: Clip, poses: PoseSequence) -> Row:
    """What is measured on one clip."""
    body, head = true_orientation(clip, "shoulder"), true_orientation(clip, "ear")
    estimated, present = body_orientation(poses), poses.present
    off = np.abs((estimated - body + 180) % 360 - 180)[present]
    head_off = np.abs((head_orientation(poses) - head + 180) % 360 - 180)[present]
    estimated, true = np.radians(estimated), np.radians(body)
    asked = present & (np.abs(np.abs(body) - 90) > PROFILE)
    sided = present & (np.abs(np.sin(true)) > np.sin(np.radians(PROFILE)))
    away, towards = (present & (np.abs(head) > FRONT + AWAY), present & (np.abs(head) < FRONT - AWAY))
    face, nose = OPENPOSE_137.face, OPENPOSE_137.index("nose")
    found, drawn = poses.score, np.where(occluded_face(poses), 0, poses.score)
    return {
        "clip": f"{clip.character}, {clip.choreography}",
        "depth": "yes" if poses.depth is not None else "no",
        "front_right": _share((np.cos(estimated) * np.cos(true) > 0)[asked]),
        "frames": asked.sum(),
        "side_right": _share((np.sin(estimated) * np.sin(true) > 0)[sided]),
        "median": np.median(off),
        "percentile": np.percentile(off, 95),
        "back_frames": away.sum(),
        "face_found": _share((found[:, face].mean(axis=1) > 0)[away]),
        "face_drawn": _share((drawn[:, face].mean(axis=1) > 0)[away]),
        "face_lost": _share((drawn[:, nose] == 0)[towards & (found[:, nose] > 0)]),
        "head_median": np.median(head_off),
    }


def _share(flags: Mask) -> float | None:
    return float(flags.mean()) if len(flags) else None
