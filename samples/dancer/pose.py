"""From the dance to joints in space: planted feet, inverse kinematics, and the truth of the 137 joints."""

from functools import lru_cache

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from samples.dancer.body import Figure
from samples.dancer.characters import FINGERS, PARENT, Character, Pose, Skeleton, hand_axes
from samples.dancer.dance import Choreography
from samples.dancer.geometry import Array, X, Y, Z, mix, smoothstep, swing, turn, unit, vec

Landmark = tuple[str, Array, float]
"""The joint that carries a point, the point's place in the rest pose (3,), and how far below the surface it may lie, in
metres, and still count as seen."""


def pose(body: Skeleton, dance: Choreography, beat: float) -> Pose:
    """Turn and place every joint at a beat. Feet stay where they are between steps; the knees follow."""
    p, rest = dance.parameters(beat), body.rest
    leg = float(rest["hipL"][1] - rest["ankleL"][1])
    pelvis = _turned(p["yaw"] + p["pelvis_yaw"], p["pelvis_pitch"], p["pelvis_roll"])
    feet = {n: _foot(rest, dance, beat, p, n) for n in "LR"}
    root = vec(p["x"] * leg, 0, p["z"] * leg)
    y = float(rest["pelvis"][1]) + (p["jump"] - p["drop"]) * leg
    for n in "LR":  # low enough for both feet to be in reach
        hip = pelvis @ (rest["hip" + n] - rest["pelvis"])
        d = feet[n][1] - (root + hip)
        y = min(y, float(feet[n][1][1] - hip[1] + np.sqrt(max((0.992 * leg) ** 2 - d[0] ** 2 - d[2] ** 2, 0.01))))
    out: Pose = {"pelvis": (pelvis, root + vec(0, y, 0))}
    for joint, part in (("spine", "spine"), ("chest", "spine"), ("neck", "head"), ("head", "head")):
        half = _turned(*(0.5 * p[f"{part}_{angle}"] for angle in ("yaw", "pitch", "roll")))
        _hang(out, rest, joint, out[PARENT[joint]][0] @ half)
    for n in "LR":
        _pose_arm(out, rest, p, n)
        _pose_leg(out, rest, feet[n], n)
    return out


def _turned(yaw: float, pitch: float, roll: float) -> Array:
    return turn(Y, yaw) @ turn(X, pitch) @ turn(Z, roll)


def _hang(out: Pose, rest: dict[str, Array], joint: str, turned: Array) -> None:
    """Place a joint where its parent carries it."""
    r, at = out[PARENT[joint]]
    out[joint] = (turned, at + r @ (rest[joint] - rest[PARENT[joint]]))


def _foot(rest: dict[str, Array], dance: Choreography, beat: float, p: dict[str, float], n: str) -> tuple[Array, Array]:
    """Rotation and ankle of a foot that steps in the second half of its beat, and only if it has somewhere to go."""
    s, phase = (1, 0.0) if n == "L" else (-1, 0.5)
    leg, hip = float(rest["hipL"][1] - rest["ankleL"][1]), float(rest["hipL"][0])

    def wanted(at: float) -> Array:
        """Place on the floor (x, z) and direction under the body at a beat."""
        q = dance.parameters(at)
        a, w, f = q["yaw"] + q["pelvis_yaw"] * 0.5, hip * s * q["stance"], q["forward" + n] * leg
        x, z = w * np.cos(a) + f * np.sin(a), -w * np.sin(a) + f * np.cos(a)
        return np.array([q["x"] * leg + x, q["z"] * leg + z, a + s * 0.16])

    k = np.floor(beat - phase)
    t = float(np.clip((beat - phase - k - 0.42) / 0.55, 0, 1))
    start, end = (wanted(max(k + phase + o, 0.0)) for o in (0.42, 1.42))
    x, z, yaw = mix(start, end, smoothstep(0.15, 0.85, t))  # up before it goes, there before it is down
    step = 0.10 * np.sin(np.pi * t) ** 2 * min(1, 6 * np.hypot(*(end - start)[:2]) + abs(end[2] - start[2]))
    kick, jump = p["kick" + n], p["jump"]
    pitch = min(0.7, 4.0 * jump + 1.2 * step) + 0.5 * kick + 0.9 * p["lift" + n] * (1 - min(1.0, 3 * kick))
    ahead, up = kick * leg, (step + p["lift" + n] + jump) * leg + 0.13 * np.sin(min(pitch, 0.5)) * (kick < 0.02)
    at = vec(x + np.sin(yaw) * ahead, rest["ankle" + n][1] + up, z + np.cos(yaw) * ahead)
    return turn(Y, yaw) @ turn(X, pitch), at


def _pose_arm(out: Pose, rest: dict[str, Array], p: dict[str, float], n: str) -> None:
    """Arm, hand and fingers. Shoulder and elbow only swing; the forearm's two halves share the twist of the palm."""
    s, chest, axes = 1 if n == "L" else -1, out["chest"][0], hand_axes(n)
    angles = np.radians([(p["ue" + n], p["ua" + n]), (p["fe" + n], p["fa" + n])])
    upper, fore = (vec(s * np.cos(e) * np.cos(a), np.sin(e), np.cos(e) * np.sin(a)) for e, a in angles)
    if float(upper @ fore) < -0.78:  # an elbow closes to about 140 degrees
        fore = (-0.78 * upper + 0.626 * unit(fore - upper * (upper @ fore))).astype(np.float32)
    _hang(out, rest, "clavicle" + n, chest @ turn(Z, s * 0.55 * float(smoothstep(-0.5, 1.3, angles[0, 0]))))
    shoulder = swing(axes[:, 0], upper)
    elbow = swing(upper, fore) @ shoulder
    _hang(out, rest, "shoulder" + n, chest @ shoulder)
    _hang(out, rest, "elbow" + n, chest @ elbow)
    # The palm looks in when the arm hangs, down and in when it reaches forward, to the camera when it is raised.
    across, up, now = 1 - abs(float(fore[0])) * 0.7, max(fore[1], 0), elbow[:, 2]
    palm = vec(-s * across * (1 - 0.6 * up), -0.6 * max(fore[2], 0) - 0.25, 0.15 + 0.75 * up + 0.7 * abs(fore[0]))
    palm = unit(palm - fore * (fore @ palm))
    twist = float(np.clip(np.arctan2(np.cross(now, palm) @ fore, now @ palm), -1.5, 1.5))
    _hang(out, rest, "forearm" + n, chest @ turn(fore, 0.5 * twist) @ elbow)
    hinge = np.cross(axes[:, 0], axes[:, 2])  # closing a hand turns about this axis of the rest pose
    wrist = chest @ turn(fore, twist) @ elbow @ turn(hinge, np.radians(p["flex" + n]))
    _hang(out, rest, "wrist" + n, wrist)
    for i, finger in enumerate(FINGERS):
        curl = p["curl" + n] * (1.0 if finger != "thumb" else 0.55) * (0.85 + 0.08 * i)
        turned = wrist
        for k, most in ((1, 1.35), (2, 1.7), (3, 1.1)):
            turned = turned @ turn(hinge, curl * most)
            _hang(out, rest, f"{finger}{k}{n}", turned)


def _pose_leg(out: Pose, rest: dict[str, Array], foot: tuple[Array, Array], n: str) -> None:
    """Two-bone inverse kinematics: the knee bends towards where foot and pelvis point."""
    (turned, ankle), (pelvis, at), s = foot, out["pelvis"], 1 if n == "L" else -1
    hip = at + pelvis @ (rest["hip" + n] - rest["pelvis"])
    thigh, shin = (float(np.linalg.norm(rest[b + n] - rest[a + n])) for a, b in (("hip", "knee"), ("knee", "ankle")))
    reach, d = min(float(np.linalg.norm(ankle - hip)), 0.998 * (thigh + shin)), unit(ankle - hip)
    forward = unit(turned[:, 2] * vec(1, 0, 1)) + 0.8 * pelvis[:, 2] + 0.06 * s * pelvis[:, 0]
    c = np.clip((thigh**2 + reach**2 - shin**2) / (2 * thigh * reach), -1, 1)
    knee = hip + thigh * (d * c + unit(forward - d * (forward @ d)) * np.sqrt(1 - c * c))
    for joint, end, a, b in (("hip", "knee", hip, knee), ("knee", "ankle", knee, hip + d * reach)):
        still, now = _axes(rest[end + n] - rest[joint + n], vec(0, 0, 1)), _axes(b - a, forward)
        out[joint + n] = ((now @ still.T).astype(np.float32), a)
    out["ankle" + n] = (turned, hip + d * reach)
    tilt = float(np.arcsin(np.clip(-turned[1, 2], -1, 1)))  # toes of a raised heel stay flat
    _hang(out, rest, "toe" + n, turned @ turn(X, -0.8 * np.clip(tilt, 0, 0.6)))


def _axes(along: Array, towards: Array) -> Array:
    """Right-handed axes as columns: the first points along, the second leans `towards` as far as it can."""
    first = unit(along)
    second = unit(towards - first * (first @ towards))
    return np.stack([first, second, np.cross(first, second)], 1)


def face_points(body: Figure) -> Array:
    """The 70 points of the face in the head's coordinates (70, 3), on its surface.

    Points 1-17 run along the jaw from the dancer's right ear to the left; brows, nose, eyes and mouth follow as in the
    68-point scheme, then, as OpenPose has it, the right pupil and the left. "Right" is the dancer's own: negative x.
    """
    angle = np.linspace(-1.25, 1.25, 17)  # about the vertical, 0 is forward
    height = -0.110 + 0.108 * (np.abs(angle) / 1.25) ** 1.6
    outward = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], 1)
    brow = np.stack([np.linspace(0.012, 0.054, 5), (0.031, 0.0345, 0.0355, 0.0345, 0.031)], 1)
    nose = [(0.0, y) for y in (0.010, 0.0, -0.011, -0.022)]
    nose += [(x, -0.034 + 0.12 * abs(x)) for x in (-0.014, -0.0075, 0.0, 0.0075, 0.014)]
    eye = np.array([(0.0465, 0.0075), (0.037, 0.0135), (0.027, 0.0135), (0.0175, 0.0075), (0.027, 0.0025),
                    (0.037, 0.0025)])  # the left one, from the outer corner over the upper lid  # fmt: skip
    lips = [(-0.0275, -0.063), (-0.017, -0.0578), (-0.0075, -0.0555), (0, -0.0570), (0.0075, -0.0555),
            (0.017, -0.0578), (0.0275, -0.063), (0.017, -0.0722), (0.0075, -0.0745), (0, -0.0750),
            (-0.0075, -0.0745), (-0.017, -0.0722), (-0.023, -0.0640), (-0.0085, -0.0642), (0, -0.0645),
            (0.0085, -0.0642), (0.023, -0.0640), (0.0085, -0.0650), (0, -0.0652), (-0.0085, -0.0650)]  # fmt: skip
    flip, pupils = np.array((-1, 1)), [(-0.0318, 0.0082), (0.0318, 0.0082)]
    flat = np.concatenate([brow[::-1] * flip, brow, nose, eye * flip, eye[[3, 2, 1, 0, 5, 4]], lips, pupils])
    jaw = np.stack([0 * angle, height, 0 * angle], 1) + 0.005 * outward
    start = np.concatenate([jaw, np.insert(flat, 2, 0.02, axis=1)])
    ray = np.concatenate([outward, np.tile(Z, (len(flat), 1))])
    reach = np.linspace(0, 0.12, 481)  # from inside the head to where the ray leaves it for good
    inside = body.face((start[:, None] + ray[:, None] * reach[:, None]).astype(np.float32)) < 0
    last = inside.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
    return (start + ray * reach[last][:, None]).astype(np.float32)


@lru_cache(maxsize=4)
def landmarks(who: Character) -> list[Landmark]:
    """The 137 joints in the order of `SKELETON`."""
    figure = Figure(who)
    face, j, girth, size = face_points(figure), figure.rest, figure.girth, figure.k * (1 - 0.08 * who.curves)

    def on_head(p: Array, depth: float = 0.012) -> Landmark:
        return "head", figure.head + p * figure.head_size, depth

    # Neck and MidHip are midpoints, see `joints`.
    body = {"nose": on_head(face[30]), "neck": ("chest", j["neck"], 0.15), "mid_hip": ("pelvis", j["pelvis"], 0.15)}
    hands: list[Landmark] = []
    for side, n, s, pupil in (("left_", "L", 1, 69), ("right_", "R", -1, 68)):
        ankle = j["ankle" + n]
        for joint, depth in (("shoulder", 0.11), ("elbow", 0.08), ("wrist", 0.06), ("knee", 0.12)):
            body[side + joint] = joint + n, j[joint + n], depth * girth
        # Detectors put the hip a little below the joint about which the thigh turns, and the ankle above its own.
        body[side + "hip"] = "pelvis", j["hip" + n] + vec(0, -0.020, 0) * size, 0.17 * girth
        body[side + "ankle"] = "knee" + n, ankle + vec(0, 0.018, 0) * size, 0.09 * girth
        body[side + "eye"] = on_head(face[pupil])
        body[side + "ear"] = on_head(vec(s * 0.084, -0.004, -0.008), 0.02)
        body[side + "big_toe"] = "toe" + n, ankle + vec(s * -0.016, -0.060, 0.172) * size, 0.03
        body[side + "small_toe"] = "toe" + n, ankle + vec(s * 0.032, -0.062, 0.135) * size, 0.03
        body[side + "heel"] = "ankle" + n, ankle + vec(0, -0.062, -0.070) * size, 0.03
        hands.append(("wrist" + n, j["wrist" + n], 0.05))
        hands += [(f"{f}{min(i, 3)}{n}", j[f"{f}{i}{n}"], (radius + 0.012) * figure.hand)
                  for f, (_, _, _, radius) in FINGERS.items() for i in (1, 2, 3, 4)]  # fmt: skip
    return [*(body[name] for name in SKELETON.joints[SKELETON.body]), *(on_head(p) for p in face), *hands]


def joints(body: Skeleton, posed: Pose) -> Array:
    """All joints in space (137, 3), metres."""
    out = np.array([posed[j][1] + posed[j][0] @ (p - body.rest[j]) for j, p, _ in landmarks(body.who)], float)
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
    return ~inside | (depth < image[:, 2] - np.array([allowed for _, _, allowed in landmarks(who)]))
