"""Which parts of the body footage shows, and from which side, by the distance that chooses exemplars for a dance."""

import numpy as np

from motion_transfer.exemplars.matching import BLOCK, view_distances
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.segments import OCCLUSION, SEGMENTS, SegmentTrack, as_views
from motion_transfer.types import Numbers

SIDES = np.radians([0, 90, 180, 270])  # orientations of the body: from the front, the left, behind, the right
RAISED = 0.75  # squared distance from the view of a raised arm up to which it is one; a horizontal arm is 1 away

_ARMS = [
    [i for i, each in enumerate(SEGMENTS) if each.name in (f"{side} upper arm", f"{side} forearm")]
    for side in ("right", "left")
]


def measure_views(poses: PoseSequence) -> tuple[Numbers, Numbers]:
    """Seconds in which parts are seen.

    Returns:
        (S,) each of `SEGMENTS`; (4,) a raised arm, the right or the left one, from near each of `SIDES`.
    """
    track, parts, raised = SegmentTrack(poses), np.zeros(len(SEGMENTS)), np.zeros(len(SIDES))
    upwards = np.tile([0.0, -1.0], (len(SIDES), len(SEGMENTS), 1))
    wanted = as_views(
        upwards, np.repeat(SIDES[:, None], len(SEGMENTS), axis=1), np.zeros((*upwards.shape[:2], len(OCCLUSION)))
    )
    for start in range(0, len(poses), BLOCK):
        frames = np.arange(start, min(start + BLOCK, len(poses)))
        segments, measured = track.at(frames), track.measured(frames)
        parts += measured.sum(axis=0)
        # Whatever occludes the arms.
        one, other = (
            segments._replace(views=np.delete(views, OCCLUSION, axis=2)) for views in (wanted, segments.views)
        )
        near = (view_distances(one, other) <= RAISED) & measured.T  # (4, S, frames)
        raised += near[:, _ARMS].all(axis=2).any(axis=1).sum(axis=1)
    second = float(poses.fps)
    return parts / second, raised / second
