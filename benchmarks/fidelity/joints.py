"""How far poses are from the true joints of a rendered person."""

import math

import numpy as np

from benchmarks.harness import Column, Row
from motion_transfer.evaluation.metrics.pose_distance import displacements, missed_joints, parts_of, torso_length
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Numbers

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
    poses: PoseSequence, true: PoseSequence, *, asked: PoseSequence | None = None, detected: PoseSequence | None = None
) -> Row:
    """Distance of poses from the truth, and what they lack, by the names of `JOINT_COLUMNS`.

    Args:
        poses: T frames in pixels of the truth's frame.
        true: the true ones, see `visible_poses`.
        asked: the poses that drove the generator on whose frames `poses` were detected.
        detected: the poses detected on the true frames, which tell what was missed.
    """
    found = {"to_truth": clip_distances(poses, true)}
    if asked is not None:
        found["to_asked"] = clip_distances(poses, asked, torso_length(true))
    if detected is not None:
        found["missed"] = _means(poses, missed_joints(poses, detected))
    row = {f"{name}_{part}": value for name, parts in found.items() for part, value in parts.items()}
    body = displacements(poses, true)[:, true.skeleton.body]
    means = [np.nanmean(frame, axis=0) for frame in body if not np.isnan(frame).all()]
    row["offset"] = 100 / torso_length(true) * float(np.linalg.norm(np.mean(means, axis=0))) if means else math.nan
    return row | {"frames_without_person": float((~poses.present).sum())}


def clip_distances(poses: PoseSequence, reference: PoseSequence, torso: float | None = None) -> dict[str, float]:
    """Mean distance over a clip of the joints that both have, by part, in percent of the reference's or a torso."""
    torso = torso or torso_length(reference)
    return _means(poses, 100 / torso * np.linalg.norm(displacements(poses, reference), axis=-1))


def _means(poses: PoseSequence, values: Numbers) -> dict[str, float]:
    """Mean for each part of what is not NaN of (T, K) values; NaN if there is nothing."""
    parts = {part: values[:, joints] for part, joints in parts_of(poses).items()}
    known = {part: each[np.isfinite(each)] for part, each in parts.items()}
    return {part: float(each.mean(dtype=np.float64)) if len(each) else math.nan for part, each in known.items()}


def mean_of(rows: list[Row]) -> Row:
    """The mean of each value over the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    values = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    return {name: float(np.mean(known)) if known else None for name, known in values.items()}
