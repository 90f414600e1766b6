"""How far poses lie from other poses of the same frames, and what they lack."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motion_transfer.errors import PoseError
from motion_transfer.pose import PoseSequence
from motion_transfer.types import FloatArray

FOUND = 0.3
"""A joint counts as found from this score on: above the 0.25 of joints that are only guessed outside the frame."""


@dataclass(frozen=True)
class Parts:
    """A figure for each part of the body; NaN where no frame has one."""

    body: float
    face: float
    hands: float


def joint_distances(poses: PoseSequence, reference: PoseSequence) -> FloatArray:
    """Distance of each joint from the same joint of the reference.

    Args:
        poses: T frames.
        reference: the same T frames, in pixels of the same frame.

    Returns:
        (T, K) in pixels; NaN where either was not found.

    Raises:
        PoseError: the two differ in length, size or skeleton.
    """
    _check_alike(poses, reference)
    distance = np.linalg.norm(poses.xy - reference.xy, axis=-1)
    both = (poses.score >= FOUND) & (reference.score >= FOUND)
    return np.where(both, distance, np.float32(np.nan))


def torso_length(poses: PoseSequence) -> float:
    """Median over the frames of the distance from neck to mid-hip, in pixels; NaN if they are never found."""
    neck, hip = poses.skeleton.index("neck"), poses.skeleton.index("mid_hip")
    found = (poses.score[:, [neck, hip]] >= FOUND).all(axis=1)
    lengths = np.linalg.norm(poses.xy[found, neck] - poses.xy[found, hip], axis=-1)
    return float(np.median(lengths)) if len(lengths) else float("nan")


def pose_distance(poses: PoseSequence, reference: PoseSequence, torso: float) -> Parts:
    """Mean distance of the joints that both have, in percent of the torso.

    Args:
        poses: T frames.
        reference: the same T frames, in pixels of the same frame.
        torso: length of the person's torso in these pixels, see `torso_length`.

    Returns:
        For each part, the mean over frames of the frame's mean over joints.

    Raises:
        PoseError: the two differ in length, size or skeleton.

    Source: Everybody Dance Now (Chan et al. 2019), section "Quantitative evaluation", which counts in pixels.
    """
    distances = 100 / torso * joint_distances(poses, reference)
    return _by_part(poses, distances)


def constant_offset(poses: PoseSequence, reference: PoseSequence, torso: float) -> float:
    """How far the body as a whole stands beside the reference's place, all the clip long, in percent of the torso.

    The part of the distance that is a matter of place and not of posture: the length of the mean displacement
    of the body's joints, over joints, then over frames. NaN if no joint can be compared.

    Raises:
        PoseError: the two differ in length, size or skeleton.
    """
    _check_alike(poses, reference)
    body = poses.skeleton.body
    both = ((poses.score >= FOUND) & (reference.score >= FOUND))[:, body, None]
    moved = np.where(both, (poses.xy - reference.xy)[:, body], np.nan)
    means = [np.nanmean(frame, axis=0) for frame in moved if not np.isnan(frame).all()]
    return 100 / torso * float(np.linalg.norm(np.mean(means, axis=0))) if means else float("nan")


def missed_detections(poses: PoseSequence, reference: PoseSequence) -> Parts:
    """Joints that the reference has and the poses lack, in percent of the reference's.

    Args:
        poses: T frames, as detected on generated ones.
        reference: the same T frames, as detected on the true ones.

    Raises:
        PoseError: the two differ in length, size or skeleton.

    Source: Everybody Dance Now (Chan et al. 2019), section "Quantitative evaluation", which counts joints a frame.
    """
    _check_alike(poses, reference)
    missed = np.where(reference.score >= FOUND, 100 * (poses.score < FOUND), np.nan)
    return Parts(*(_mean(missed[:, part].ravel()) for part in parts_of(poses).values()))


def _by_part(poses: PoseSequence, values: FloatArray) -> Parts:
    """Means of (T, K) over joints, then over frames."""
    means = []
    for part in parts_of(poses).values():
        rows = values[:, part]
        means.append(_mean(np.array([_mean(row) for row in rows])))
    return Parts(*means)


def parts_of(poses: PoseSequence) -> dict[str, npt.NDArray[np.int64]]:
    """The joints of body, face and both hands."""
    skeleton, joints = poses.skeleton, np.arange(len(poses.skeleton))
    hands = np.concatenate([joints[skeleton.left_hand], joints[skeleton.right_hand]])
    return {"body": joints[skeleton.body], "face": joints[skeleton.face], "hands": hands}


def _mean(values: npt.NDArray[np.floating]) -> float:  # type: ignore[type-arg]  # of either width
    """Mean of what is not NaN."""
    values = values[~np.isnan(values)]
    return float(values.mean(dtype=np.float64)) if len(values) else float("nan")


def _check_alike(poses: PoseSequence, reference: PoseSequence) -> None:
    if (len(poses), poses.size, poses.skeleton) != (len(reference), reference.size, reference.skeleton):
        raise PoseError(
            f"{len(poses)} poses in a frame of {poses.size[0]} x {poses.size[1]} pixels cannot be compared with "
            f"{len(reference)} in one of {reference.size[0]} x {reference.size[1]}. Give poses of the same frames."
        )
