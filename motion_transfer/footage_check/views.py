"""Which parts of the body footage shows, and from which side, by the distance that chooses exemplars for a dance."""

import numpy as np

from motion_transfer.exemplars.matching import BLOCK, OTHER_SIDE, view_distances
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.segments import SEGMENTS, SegmentTrack
from motion_transfer.types import Numbers

SIDES = np.radians([0, 90, 180, 270])  # orientations of the body: from the front, the left, behind, the right

_RAISED = np.stack([0 * SIDES, -1 + 0 * SIDES, np.cos(SIDES), np.sin(SIDES)], axis=1)
"""Views of an arm's segments that point upwards, but for what occludes them."""

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
    wanted = np.repeat(_RAISED[:, None], len(SEGMENTS), axis=1)
    for start in range(0, len(poses), BLOCK):
        segments = track.at(np.arange(start, min(start + BLOCK, len(poses))))
        parts += (~np.isnan(segments.views).any(axis=2)).sum(axis=0)
        shown = segments._replace(views=segments.views[..., : _RAISED.shape[1]])
        near = view_distances(segments._replace(views=wanted), shown) <= OTHER_SIDE  # (4, S, frames)
        raised += near[:, _ARMS].all(axis=2).any(axis=1).sum(axis=1)
    second = float(poses.fps)
    return parts / second, raised / second
