"""Global pose normalisation: a dancer's poses at the place and size that another person has in their own frame."""

from dataclasses import replace

import numpy as np

from motion_transfer.config import NormaliseSettings
from motion_transfer.pose.body import BodyStats, measure_feet, steady_track
from motion_transfer.pose.sequence import PoseSequence, frozen

BEYOND = 0.2
"""How far outside the measured range of depth a figure may stand, as a share of it. The range holds nearly all
frames of the clip, so more is an outlier, and scales extrapolated further soon become absurd."""
ELBOW_ROOM = 0.2
"""Room kept between the figure's middle and the frame's side, as a share of the target's height."""


def normalise_poses(
    poses: PoseSequence, source: BodyStats, target: BodyStats, settings: NormaliseSettings = NormaliseSettings()
) -> PoseSequence:
    """Move a dancer's poses into the place and size that the target person has in the target's frame.

    In every frame the whole figure is scaled and shifted as one. Where the source stands in its range of depth,
    from far to close, the figure stands in the target's range, at the target's height there, its floor on the
    target's floor. Sideways the source's usual place falls on the target's, and travel is scaled like the figure,
    or by less where the figure would leave the target's frame (`settings.travel`). A jump keeps its height above
    the floor, for depth is read from the floor, not from the feet.

    Args:
        poses: the dancer, T frames, in pixels of the source video.
        source: where the dancer stands when closest and farthest, and how tall they are there; see `measure_body`.
        target: the same of the target person, in pixels of the target video.
        settings: the method, "edn" as above or "none" to only fit the source's frame into the target's; and travel.

    Returns:
        The same T frames in pixels of the target video. Missing joints stay missing. Frames that show no
        feet stand between those before and after.

    Raises:
        PoseError: neither feet nor trunk are ever seen, so there is nothing to place the figure by.

    Source: Everybody Dance Now (Chan et al. 2019), section "Global pose normalization"; docs/method.md lists
    where we differ and why.
    """
    if settings.method == "none":
        return poses.scaled_to(target.size)

    feet_x, toe, _ = measure_feet(poses)
    ground = np.stack([steady_track(feet_x, poses.fps), steady_track(toe, poses.fps)], axis=1)  # (T, 2)
    target_far, target_close = _reachable_range(source, target)

    span = source.close - source.far
    nearness = (ground[:, 1] - source.far) / span if span > 0 else np.full(len(ground), 0.5)
    nearness = np.clip(nearness, -BEYOND, 1 + BEYOND)
    height_far, height_close = target.height_at(np.array([target_far, target_close]))
    scale_far, scale_close = height_far / source.height_far, height_close / source.height_close
    scale = scale_far + nearness * (scale_close - scale_far)  # (T,)

    travel = _travel(source, target) if settings.travel == "fit" else 1.0
    place = np.empty_like(ground)  # where the source's ground comes to lie
    place[:, 0] = target.centre_x + travel * scale * (ground[:, 0] - source.centre_x)
    place[:, 1] = target_far + nearness * (target_close - target_far)
    shift = (place - scale[:, None] * ground).astype(np.float32)
    xy = poses.xy * scale.astype(np.float32)[:, None, None]
    xy += shift[:, None, :]
    depth = None if poses.depth is None else frozen(poses.depth * scale.astype(np.float32)[:, None])
    return replace(poses, xy=frozen(xy), size=target.size, depth=depth)


def _reachable_range(source: BodyStats, target: BodyStats) -> tuple[float, float]:
    """The target's far and close floor, shrunk around its middle where the source moves less in depth.

    The two are compared at the target's size: in pixels alone a small source would always seem to move less.
    """
    middle = (target.far + target.close) / 2
    scale = (target.height_close + target.height_far) / (source.height_close + source.height_far)
    half = min(target.close - target.far, scale * (source.close - source.far)) / 2
    return middle - half, middle + half


def _travel(source: BodyStats, target: BodyStats) -> float:
    """Share of the source's travel sideways at which the figure stays in the target's frame; 1 where it does anyway.

    Where the target themselves went nearer to the frame's side, the figure may too.
    """
    height = (target.height_close + target.height_far) / 2
    aside = ELBOW_ROOM * height
    room_left = max(target.centre_x - aside, target.left * height)
    room_right = max(target.size[0] - aside - target.centre_x, target.right * height)
    travel = 1.0
    for room, need in ((room_left, source.left * height), (room_right, source.right * height)):
        if need > room:
            travel = min(travel, max(room, 0) / need)
    return travel
