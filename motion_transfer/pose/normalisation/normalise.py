"""Global pose normalisation: a dancer's poses at another person's place, size and proportions in their own frame."""

from collections.abc import Sequence

import numpy as np

from motion_transfer.config import NormaliseSettings
from motion_transfer.pose.normalisation.body import BodyStats, gather_bodies, measure_body, measure_feet, steady_track
from motion_transfer.pose.normalisation.bones import bone_ratios, lengthen_bones
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import Numbers

BEYOND = 0.2
"""How far outside the measured range of depth the person may stand, as a share of it. The range holds nearly all
frames of the clip, so more is an outlier, and scales extrapolated further soon become absurd."""
SIDE_MARGIN = 0.2  # space kept between the person's middle and the frame's side, as a share of the target's height


def normalise_poses(
    poses: PoseSequence,
    source: BodyStats,
    target: BodyStats,
    settings: NormaliseSettings = NormaliseSettings(),
    *,
    scene: BodyStats | None = None,
) -> PoseSequence:
    """Move a dancer's poses into the place, size and proportions that the target person has in the target's frame.

    In every frame the pose is scaled and shifted as one. Where the source stands in its range of depth, from far to
    close, the result stands in the target's range, at the target's height there, its floor on the target's floor.
    Sideways the middle of the source's frame falls on the middle of the target's (see `settings.place`), and travel
    is scaled like the pose, or by less where it would go beyond the target's frame (`settings.travel`). A jump keeps
    its height above the floor, for depth is measured at the floor, not at the feet. With "limbs" every bone then
    takes the target's length, from the feet upwards, so that these stay where they are; hands and face are carried by
    wrists and head, in the target's size.

    Args:
        poses: the dancer, T frames, in pixels of the source video.
        source: the dancer's places, heights and bones; see `measure_body`.
        target: the same of the target person, in pixels of the target video.
        settings: the method, "limbs" or "edn" as above or "none" to only fit the source's frame into the target's;
            place and travel; manual size and shift.
        scene: the range of places that falls on the target's, if it is not the dancer's own; see `normalise_people`.

    Returns:
        The same T frames in pixels of the target video. Missing joints stay missing. Frames that show no
        feet stand between those before and after.

    Raises:
        PoseError: neither feet nor trunk are ever seen, so there is nothing to place the pose by.

    Source: Everybody Dance Now (Chan et al. 2019), section "Global pose normalization"; docs/method.md lists
    where we differ and why.
    """
    if settings.method == "none":
        return _adjusted(poses.scaled_to(target.size), settings)
    limbs = settings.method == "limbs"
    ratios = bone_ratios(source.bones, target.bones) if limbs else {"legs": 1.0}

    feet_x, toe, _ = measure_feet(poses)
    ground = np.stack([steady_track(feet_x, poses.fps), steady_track(toe, poses.fps)], axis=1)  # (T, 2)
    place, scale = _place(ground, source, target, scene or source, settings, ratios["legs"])
    size = settings.scale * scale  # (T,)

    xy = poses.xy * size.astype(np.float32)[:, None, None]
    xy += (place - size[:, None] * ground).astype(np.float32)[:, None, :]
    depth = None if poses.depth is None else poses.depth * size.astype(np.float32)[:, None]
    if limbs:
        lengthen_bones(xy, depth, {bone: ratio / ratios["legs"] for bone, ratio in ratios.items()})
    return poses.with_values(xy, poses.score, depth, target.size)


def normalise_people(
    people: Sequence[PoseSequence], target: BodyStats, settings: NormaliseSettings = NormaliseSettings()
) -> list[PoseSequence]:
    """Move several dancers of one clip into the target's frame, each in the target's size, their arrangement kept.

    The range of places of all of them together falls on the target's, as one dancer's would; each takes their own
    usual place in it and the target's height and proportions there.

    `people` are cleaned tracks of the same clip; target and settings are as for `normalise_poses`.

    Raises:
        PoseError: no people, or of one of them neither feet nor trunk are ever seen.
    """
    bodies = [measure_body(poses, settings.depth_margin) for poses in people]
    scene = gather_bodies(bodies)
    return [
        normalise_poses(poses, body, target, settings, scene=scene) for poses, body in zip(people, bodies, strict=True)
    ]


def _place(
    ground: Numbers, source: BodyStats, target: BodyStats, scene: BodyStats, settings: NormaliseSettings, legs: float
) -> tuple[Numbers, Numbers]:
    """Where the source's ground (T, 2) comes to lie in the target's frame, and how much larger the legs become (T,)."""
    target_far, target_close = _reachable_range(scene, target)
    span = scene.close - scene.far
    nearness = (ground[:, 1] - scene.far) / span if span > 0 else np.full(len(ground), 0.5)
    nearness = np.clip(nearness, -BEYOND, 1 + BEYOND)
    height_far, height_close = target.height_at(np.array([target_far, target_close]))
    scale_far, scale_close = height_far / scene.height_far, height_close / scene.height_close
    scale = scale_far + nearness * (scale_close - scale_far)  # of the scene
    ends = np.array([source.far, source.close])
    own_scale = legs * scale * scene.height_at(ends).mean() / source.height_at(ends).mean()

    middle, target_middle = (_middle(body, settings.place) for body in (scene, target))
    travel = _travel(scene, target, middle, target_middle) if settings.travel == "fit" else 1.0
    usual, aside = source.centre_x - middle, ground[:, 0] - source.centre_x
    place = np.empty_like(ground)
    place[:, 0] = target_middle + travel * (scale * usual + own_scale * aside) + settings.shift_x * target.size[0]
    place[:, 1] = target_far + nearness * (target_close - target_far) + settings.shift_y * target.size[1]
    return place, own_scale


def _middle(body: BodyStats, place: str) -> float:
    """The x that falls on the other person's: the usual place, or the middle of the frame as far as they come there."""
    if place == "usual":
        return body.centre_x
    height = (body.height_close + body.height_far) / 2
    left, right = body.centre_x - body.left * height, body.centre_x + body.right * height
    return float(np.clip(body.size[0] / 2, left, right))


def _reachable_range(source: BodyStats, target: BodyStats) -> tuple[float, float]:
    """The target's far and close floor, shrunk around its middle where the source moves less in depth.

    The two are compared at the target's size: in pixels alone a small source would always seem to move less.
    """
    middle = (target.far + target.close) / 2
    scale = (target.height_close + target.height_far) / (source.height_close + source.height_far)
    half = min(target.close - target.far, scale * (source.close - source.far)) / 2
    return middle - half, middle + half


def _travel(source: BodyStats, target: BodyStats, middle: float, target_middle: float) -> float:
    """Share of the source's travel sideways at which the pose stays in the target's frame; 1 where it does anyway.

    Where the target themselves went nearer to the frame's side, the pose may too.
    """
    height, source_height = ((body.height_close + body.height_far) / 2 for body in (target, source))
    aside = SIDE_MARGIN * height
    off, target_off = (middle - source.centre_x) / source_height, (target_middle - target.centre_x) / height
    space_left = max(target_middle - aside, (target.left + target_off) * height)
    space_right = max(target.size[0] - aside - target_middle, (target.right - target_off) * height)
    travel = 1.0
    for space, need in ((space_left, (source.left + off) * height), (space_right, (source.right - off) * height)):
        if need > space:
            travel = min(travel, max(space, 0) / need)
    return travel


def _adjusted(poses: PoseSequence, settings: NormaliseSettings) -> PoseSequence:
    """The poses scaled about the middle of the frame's lower edge and shifted, as the settings ask for."""
    (width, height), scale = poses.size, np.float32(settings.scale)
    pivot = np.array([width / 2, height], np.float32)
    shift = np.array([settings.shift_x * width, settings.shift_y * height], np.float32)
    depth = None if poses.depth is None else poses.depth * scale
    return poses.with_values(poses.xy + (scale - 1) * (poses.xy - pivot) + shift, poses.score, depth)
