"""What is known exactly about a frame: where each of the 137 joints is, and whether it can be seen."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137
from samples.dancer.body import face_points
from samples.dancer.characters import FINGERS, Character, Pose, hand_size, head_frame, rest_joints
from samples.dancer.geometry import Array, vec

SKELETON = OPENPOSE_137


class Landmark(NamedTuple):
    """A point that a joint of the skeleton carries along."""

    joint: str
    rest: Array  # where it lies in the rest pose (3,)
    depth: float  # how far below the surface it may lie, in metres, and still count as seen


@lru_cache(maxsize=4)
def landmarks(who: Character) -> tuple[Landmark | None, ...]:
    """The 137 joints in the order of `SKELETON`; None for Neck and MidHip, the midpoints."""
    j, face = rest_joints(who), face_points(who)
    origin, k = head_frame(who, j)
    girth, size = who.girth * who.height / 1.76, who.height / 1.76 * (1 - 0.08 * who.curves)

    def on_head(p: Array, depth: float = 0.012) -> Landmark:
        return Landmark("head", origin + p * k, depth)

    body: dict[str, Landmark | None] = {"neck": None, "mid_hip": None, "nose": on_head(face[30])}
    hands = []
    for side, n, s, pupil in (("left_", "L", 1, 69), ("right_", "R", -1, 68)):
        ankle = j["ankle" + n]
        for joint, depth in (("shoulder", 0.11), ("elbow", 0.08), ("wrist", 0.06), ("knee", 0.12)):
            body[side + joint] = Landmark(joint + n, j[joint + n], depth * girth)
        # Detectors put the hip a little below the joint about which the thigh turns, and the ankle above its own.
        body[side + "hip"] = Landmark("pelvis", j["hip" + n] + vec(0, -0.020, 0) * size, 0.17 * girth)
        body[side + "ankle"] = Landmark("knee" + n, ankle + vec(0, 0.018, 0) * size, 0.09 * girth)
        body[side + "eye"] = on_head(face[pupil])
        body[side + "ear"] = on_head(vec(s * 0.084, -0.004, -0.008), 0.02)
        body[side + "big_toe"] = Landmark("toe" + n, ankle + vec(s * -0.016, -0.060, 0.172) * size, 0.03)
        body[side + "small_toe"] = Landmark("toe" + n, ankle + vec(s * 0.032, -0.062, 0.135) * size, 0.03)
        body[side + "heel"] = Landmark("ankle" + n, ankle + vec(0, -0.062, -0.070) * size, 0.03)
        hands.append(Landmark("wrist" + n, j["wrist" + n], 0.05))
        hands += [Landmark(f"{f}{min(i, 3)}{n}", j[f"{f}{i}{n}"], (radius + 0.012) * hand_size(who))
                  for f, (_, _, _, radius) in FINGERS.items() for i in (1, 2, 3, 4)]  # fmt: skip
    return (*[body[name] for name in SKELETON.joints[SKELETON.body]], *[on_head(p) for p in face], *hands)


def joints(who: Character, pose: Pose, rest: dict[str, Array]) -> Array:
    """All joints in space (137, 3), metres."""
    out = np.full((len(SKELETON), 3), np.nan)
    for i, mark in enumerate(landmarks(who)):
        if mark is not None:
            turned, at = pose[mark.joint]
            out[i] = at + turned @ (mark.rest - rest[mark.joint])
    for middle, part in (("neck", "shoulder"), ("mid_hip", "hip")):
        out[SKELETON.index(middle)] = (out[SKELETON.index("left_" + part)] + out[SKELETON.index("right_" + part)]) / 2
    return out


def occluded(who: Character, image: Array, nearest: Array, scale: float) -> Array:
    """Which joints (137,) something hides, or the frame's edge.

    `image` (137, 3) are the joints as the camera projects them: x, y in pixels of the frame, depth in metres; `nearest`
    (h, w) is the depth of the nearest surface, infinite where there is only the room, with `scale` times the pixels.
    """
    h, w = nearest.shape
    x, y = np.floor(image[:, :2].T * scale).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < w) & (y < h)
    depth = np.full(len(image), np.inf)
    depth[inside] = nearest[y[inside], x[inside]]
    allowed = np.array([0.15 if mark is None else mark.depth for mark in landmarks(who)])
    return ~inside | (depth < image[:, 2] - allowed)
