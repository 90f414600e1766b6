"""Poses detected on results and on the truth, and how far the detector disagrees with itself."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import PoseSequence, empty, estimate_poses
from motion_transfer.pose.estimation.parallel import Clip
from motion_transfer.pose.skeleton import Skeleton
from motion_transfer.progress import ProgressCallback
from motion_transfer.types import Size

STAGE = "finding poses in result and truth"


def detect_poses(
    clips: Sequence[Clip], size: Size, fps: Fraction, settings: PoseSettings, progress: ProgressCallback
) -> list[PoseSequence]:
    """Poses of the person in each of several clips of one size and rate, empty for one that shows no person.

    Several processes find them where that is worth it; progress counts the frames of all clips.
    """
    found: list[PoseSequence] = []
    for clip in clips:
        report = partial(_report, progress, sum(map(len, found)), sum(map(len, clips)))
        try:
            poses = estimate_poses(clip, size=size, fps=fps, settings=settings, name="the video", progress=report)
        except PoseError:
            poses = empty(len(clip), size, fps)
        found.append(poses)
    return found


def _report(progress: ProgressCallback, before: int, total: int, _: str, done: int, __: int | None) -> None:
    progress(STAGE, before + done, total)


def mirrored(poses: PoseSequence) -> PoseSequence:
    """The poses as a mirror shows them: from the other side, and left for right. Depth is left out."""
    order = mirror_order(poses.skeleton)
    xy = poses.xy[:, order]
    xy[..., 0] = poses.size[0] - xy[..., 0]
    return replace(poses, xy=xy, score=poses.score[:, order], depth=None)


def mirror_order(skeleton: Skeleton) -> list[int]:
    """For each joint the one that takes its place in the mirror."""
    places = list(range(len(skeleton)))
    for name in skeleton.joints:
        side, _, rest = name.partition("_")
        if side in ("left", "right"):
            places[skeleton.index(name)] = skeleton.index(f"{'right' if side == 'left' else 'left'}_{rest}")
    for run in _FACE_RUNS:
        for one, other in zip(run, reversed(run), strict=True):
            places[skeleton.face.start + one] = skeleton.face.start + other
    return places


_FACE_RUNS = (
    range(17),
    range(17, 27),
    range(31, 36),
    (36, 37, 38, 39, 42, 43, 44, 45),
    (40, 41, 46, 47),
    range(48, 55),
    range(55, 60),
    range(60, 65),
    range(65, 68),
    range(68, 70),
)
"""Points of the iBUG scheme, and the pupils, in the order in which they lie from one side to the other."""
