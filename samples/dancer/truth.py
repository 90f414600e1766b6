"""What is known exactly about a frame: where each of the 137 joints is, and whether it can be seen."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137
from samples.dancer.characters import FINGERS, Character, hand_size, head_frame, rest_joints
from samples.dancer.geometry import Array, vec
from samples.dancer.head import ear_point, face_points
from samples.dancer.motion import Pose

SKELETON = OPENPOSE_137


@dataclass(frozen=True)
class Landmark:
    """A point that a joint of the skeleton carries along."""

    joint: str
    rest: Array
    """Where it lies in the rest pose (3,)."""
    depth: float
    """How far below the surface it may lie, in metres, and still count as seen."""


@lru_cache(maxsize=4)
def landmarks(who: Character) -> tuple[Landmark | None, ...]:
    """The 137 joints in the order of `SKELETON`; None for Neck and MidHip, the midpoints."""
    j = rest_joints(who)
    origin, k = head_frame(who, j)
    girth = who.girth * who.height / 1.76

    def on_head(p: Array, depth: float = 0.012) -> Landmark:
        return Landmark("head", origin + p * k, depth)

    face = face_points(who)
    size = who.height / 1.76 * (1 - 0.08 * who.curves)
    body: dict[str, Landmark | None] = {"neck": None, "mid_hip": None, "nose": on_head(face[30])}
    for n in "LR":
        side, s, c = ("left_", 1, size) if n == "L" else ("right_", -1, size)
        for joint, depth in (
            ("shoulder", 0.11), ("elbow", 0.08), ("wrist", 0.06),
            ("knee", 0.12),
        ):  # fmt: skip
            body[side + joint] = Landmark(joint + n, j[joint + n], depth * girth)
        # Detectors put the hip a little below the joint about which the thigh turns, and the ankle above its own.
        body[side + "hip"] = Landmark("pelvis", j["hip" + n] + vec(0, -0.020, 0) * size, 0.17 * girth)
        body[side + "ankle"] = Landmark("knee" + n, j["ankle" + n] + vec(0, 0.018, 0) * size, 0.09 * girth)
        body[side + "eye"], body[side + "ear"] = on_head(face[68 if n == "R" else 69]), on_head(ear_point(n), 0.02)
        a = j["ankle" + n]
        tip = a + vec(s * -0.016, -0.060, 0.172) * c
        body[side + "big_toe"] = Landmark("toe" + n, tip, 0.03)
        body[side + "small_toe"] = Landmark("toe" + n, a + vec(s * 0.032, -0.062, 0.135) * c, 0.03)
        body[side + "heel"] = Landmark("ankle" + n, a + vec(0, -0.062, -0.070) * c, 0.03)
    hands: list[Landmark | None] = []
    for n in "LR":
        hands.append(Landmark("wrist" + n, j["wrist" + n], 0.05))
        for f, (_, _, _, radius) in FINGERS.items():
            for i in (1, 2, 3, 4):
                hands.append(Landmark(f"{f}{min(i, 3)}{n}", j[f"{f}{i}{n}"], (radius + 0.012) * hand_size(who)))
    return (*[body[name] for name in SKELETON.joints[SKELETON.body]], *[on_head(p) for p in face], *hands)


def joints(who: Character, pose: Pose, rest: dict[str, Array]) -> Array:
    """All joints in space (137, 3), metres."""
    out = np.full((len(SKELETON), 3), np.nan)
    for i, mark in enumerate(landmarks(who)):
        if mark is not None:
            turned, at = pose[mark.joint]
            out[i] = at + turned @ (mark.rest - rest[mark.joint])
    for middle, a, b in (("neck", "left_shoulder", "right_shoulder"), ("mid_hip", "left_hip", "right_hip")):
        out[SKELETON.index(middle)] = (out[SKELETON.index(a)] + out[SKELETON.index(b)]) / 2
    return out


def occluded(who: Character, image: Array, nearest: Array, scale: float) -> Array:
    """Which joints (137,) something hides, or the frame's edge.

    Args:
        who: the character.
        image: (137, 3) joints as the camera projects them: x, y in pixels of the frame, depth in metres.
        nearest: (h, w) depth of the nearest surface; infinite where there is only the room.
        scale: pixels of `nearest` per pixel of the frame.
    """
    h, w = nearest.shape
    x, y = np.floor(image[:, :2].T * scale).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < w) & (y < h)
    depth = np.full(len(image), np.inf)
    depth[inside] = nearest[y[inside], x[inside]]
    allowed = np.array([0.15 if mark is None else mark.depth for mark in landmarks(who)])
    return ~inside | (depth < image[:, 2] - allowed)
