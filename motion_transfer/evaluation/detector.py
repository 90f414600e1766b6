"""What the detector sees on true frames, and how far it disagrees with itself about them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.evaluation.measure import FrameSource
from motion_transfer.pose import PoseSequence, Skeleton, empty, estimate_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import Frame


@dataclass(frozen=True)
class Seen:
    """The poses detected on a true film, twice: how far the two lie apart is the detector's own noise."""

    poses: PoseSequence
    """T frames."""
    again: PoseSequence
    """The same frames mirrored, and what was found mirrored back."""


def see(
    film: FrameSource,
    count: int,
    size: tuple[int, int],
    fps: Fraction,
    settings: PoseSettings,
    *,
    poses: PoseSequence | None = None,
    progress: ProgressCallback = no_progress,
) -> Seen:
    """Detect the poses on a true film, as it is and mirrored.

    Args:
        film: T frames.
        count: T.
        size: (width, height) of the frames.
        fps: frames a second.
        settings: of the detector.
        poses: what was already found on the film as it is.
        progress: called with (stage, done, total).
    """
    clip = count, size, fps, settings
    if poses is None:
        poses = detect(film, *clip, "finding poses in the truth", progress)
    return Seen(poses, mirrored(detect(lambda: _mirror(film), *clip, "measuring the detector's noise", progress)))


def detect(
    film: FrameSource,
    count: int,
    size: tuple[int, int],
    fps: Fraction,
    settings: PoseSettings,
    stage: str,
    progress: ProgressCallback,
) -> PoseSequence:
    """Poses seen on a film; a film without anybody has none."""
    try:
        frames = track(film(), stage, count, progress)
        return estimate_poses(frames, size=size, fps=fps, settings=settings, name="the video")
    except PoseError:
        return empty(count, size, fps)


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


def _mirror(film: FrameSource) -> Iterator[Frame]:
    return (np.ascontiguousarray(frame[:, ::-1]) for frame in film())
