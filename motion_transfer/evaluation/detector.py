"""Poses detected on results and on the truth, and how far the detector disagrees with itself."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import PoseSequence, empty, estimate_poses
from motion_transfer.pose.estimation.parallel import Clip
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
    order = poses.skeleton.mirrored
    xy = poses.xy[:, order]
    xy[..., 0] = poses.size[0] - xy[..., 0]
    return replace(poses, xy=xy, score=poses.score[:, order], depth=None)
