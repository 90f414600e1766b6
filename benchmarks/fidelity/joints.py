"""How far poses are from the true joints of a rendered person."""

from dataclasses import asdict

import numpy as np

from benchmarks.harness import Column, Row
from motion_transfer.evaluation.metrics.pose_distance import (
    constant_offset,
    missed_detections,
    pose_distance,
    torso_length,
)
from motion_transfer.pose import PoseSequence

PARTS = ("body", "face", "hands")
JOINT_COLUMNS = (
    *(Column(f"to_truth_{part}", f"{part}: distance from the truth", ".1f", "lower") for part in PARTS),
    Column("offset", "body: constant offset", ".1f", "lower"),
    *(Column(f"to_asked_{part}", f"{part}: distance from what was asked for", ".1f", "lower") for part in PARTS),
    *(Column(f"missed_{part}", f"{part}: missed", ".1f", "lower") for part in PARTS),
    Column("frames_without_person", "frames without a person", ".1f", "lower"),
)
JOINT_NOTE = """\
In % of the target's torso: the mean distance from the true joints, of which a constant offset is a matter of place
alone, and from the poses that drove the generator; joints missed, in % of those detected on the truth. Oracle: the
generator driven by the poses that are detected on the truth itself."""


def against_true_joints(
    poses: PoseSequence,
    true: PoseSequence,
    *,
    asked: PoseSequence | None = None,
    detected: PoseSequence | None = None,
) -> Row:
    """Distance of poses from the truth, and what they lack, by the names of `JOINT_COLUMNS`.

    Args:
        poses: T frames in pixels of the truth's frame.
        true: the true ones, see `visible_poses`.
        asked: the poses that drove the generator on whose frames `poses` were detected.
        detected: the poses detected on the true frames, which tell what was missed.
    """
    torso = torso_length(true)
    found = {"to_truth": pose_distance(poses, true, torso)}
    if asked is not None:
        found["to_asked"] = pose_distance(poses, asked, torso)
    if detected is not None:
        found["missed"] = missed_detections(poses, detected)
    row = {f"{name}_{part}": value for name, parts in found.items() for part, value in asdict(parts).items()}
    row["offset"] = constant_offset(poses, true, torso)
    return row | {"frames_without_person": float((~poses.present).sum())}


def mean_of(rows: list[Row]) -> Row:
    """The mean of each value over the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    values = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    return {name: float(np.mean(known)) if known else None for name, known in values.items()}
