"""Distance of poses from other poses of the same frames, and missed joints."""

import numpy as np
import numpy.typing as npt

from motion_transfer.errors import PoseError
from motion_transfer.evaluation.statistics import Series
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Mask, Numbers

FOUND = 0.3
"""A joint counts as found from this score on: above the 0.25 of joints that are only guessed outside the frame."""


def compare_poses(poses: PoseSequence, reference: PoseSequence) -> dict[str, Series]:
    """Distances and missed joints frame by frame, by their names in `METRICS`.

    Args:
        poses: T frames, as detected on a video.
        reference: the same T frames, as the video should show them or as detected on the true one.

    Returns:
        For body, face and hands "pose_..." in percent of the reference's torso, over the joints that both have, and
        "missed_..." in percent of the joints that the reference has: (T,) means over joints, NaN where there are none.

    Raises:
        PoseError: the two differ in length, size or skeleton.

    Source: Everybody Dance Now (Chan et al. 2019), section "Quantitative evaluation", which counts in pixels.
    """
    distances = 100 / torso_length(reference) * np.linalg.norm(displacements(poses, reference), axis=-1)
    missed = missed_joints(poses, reference)
    series = {}
    for part, joints in parts_of(poses).items():
        series[f"pose_{part}"] = _row_means(distances[:, joints])
        series[f"missed_{part}"] = _row_means(missed[:, joints])
    return series


def torso_length(poses: PoseSequence) -> float:
    """Median over the frames of the distance from neck to mid-hip, in pixels; NaN if they are never found."""
    neck, hip = poses.skeleton.index("neck"), poses.skeleton.index("mid_hip")
    found = (poses.score[:, [neck, hip]] >= FOUND).all(axis=1)
    lengths = np.linalg.norm(poses.xy[found, neck] - poses.xy[found, hip], axis=-1)
    return float(np.median(lengths)) if len(lengths) else float("nan")


def displacements(poses: PoseSequence, reference: PoseSequence) -> Numbers:
    """How far each joint lies from the same joint of the reference: (T, K, 2) in pixels, NaN unless both have it."""
    found, wanted = _found(poses, reference)
    return np.where((found & wanted)[..., None], poses.xy - reference.xy, np.float32(np.nan))


def missed_joints(poses: PoseSequence, reference: PoseSequence) -> Numbers:
    """100 for each joint that only the reference has, 0 for those that both have, NaN for the others: (T, K)."""
    found, wanted = _found(poses, reference)
    return np.where(wanted, 100.0 * ~found, np.nan)


def parts_of(poses: PoseSequence) -> dict[str, npt.NDArray[np.int64]]:
    """The joints of body, face and both hands."""
    skeleton, joints = poses.skeleton, np.arange(len(poses.skeleton))
    hands = np.concatenate([joints[skeleton.left_hand], joints[skeleton.right_hand]])
    return {"body": joints[skeleton.body], "face": joints[skeleton.face], "hands": hands}


def _found(poses: PoseSequence, reference: PoseSequence) -> tuple[Mask, Mask]:
    """Which joints were found in the poses, and in the reference, (T, K) each."""
    if (len(poses), poses.size, poses.skeleton) != (len(reference), reference.size, reference.skeleton):
        raise PoseError(
            f"{len(poses)} poses in a frame of {poses.size[0]} x {poses.size[1]} pixels cannot be compared with "
            f"{len(reference)} in one of {reference.size[0]} x {reference.size[1]}. Give poses of the same frames."
        )
    return poses.score >= FOUND, reference.score >= FOUND


def _row_means(values: Numbers) -> Series:
    """Mean of each row of (T, N) over what is not NaN."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0).sum(axis=1, dtype=np.float64)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
