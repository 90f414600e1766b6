"""From a tempo and a seed to joints in space: choreographies, planted feet, inverse kinematics."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from samples.dancer.characters import FINGERS, PARENT, Pose, find, hand_axes
from samples.dancer.geometry import Array, X, Y, Z, frame, mix, smoothstep, swing, turn, unit, vec
from samples.dancer.moves import CALM, DEFAULTS, LIVELY, MOVES, mirror, values

TEMPO = (50.0, 130.0)
"""Beats a minute; at faster ones the moves would ask for more speed than people have."""


@dataclass(frozen=True)
class Phrase:
    """A move danced for some whole beats at a place on the floor."""

    move: str
    beats: int
    turn: float = 0.0  # degrees turned to the dancer's left while it lasts
    place: tuple[float, float] = (0.0, 0.0)  # right of the middle and towards the camera, in leg lengths
    mirrored: bool = False


class Choreography:
    """Phrases one after another, forever; neighbours melt into each other over a beat."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.phrases = list(phrases)
        self.starts = [0, *np.cumsum([p.beats for p in phrases]).tolist()]
        self.turned = np.cumsum([0.0, *[np.radians(p.turn) for p in phrases]])

    def parameters(self, beat: float) -> dict[str, float]:
        """The body's parameters (`moves.DEFAULTS`) at a beat, with "yaw", the way the dancer faces."""
        laps, b = divmod(beat, self.starts[-1])
        i = min(bisect_right(self.starts, b) - 1, len(self.phrases) - 1)
        p = self.phrases[i]
        now = self._of(i, beat)
        into, left = b - self.starts[i], self.starts[i + 1] - b
        if into < 0.5 and beat >= 0.5:
            now = mix(self._of(i - 1, beat), now, smoothstep(-0.5, 0.5, into))
        elif left < 0.5:
            now = mix(now, self._of((i + 1) % len(self.phrases), beat), smoothstep(0.5, -0.5, left))
        out = dict(zip(DEFAULTS, now.tolist(), strict=True))
        before = self.phrases[i - 1].place if beat >= p.beats or i else p.place
        for axis, start, end in zip("xz", before, p.place, strict=True):
            out[axis] += mix(start, end, smoothstep(0, min(p.beats, 4), into))
        out["yaw"] = laps * self.turned[-1] + self.turned[i] + np.radians(p.turn) * smoothstep(0, p.beats, into)
        return out

    def _of(self, i: int, beat: float) -> Array:
        p = self.phrases[i]
        now = mirror(values(p.move, beat)) if p.mirrored else values(p.move, beat)
        return np.array([now[k] for k in DEFAULTS])


def _coin(rng: np.random.Generator) -> bool:
    return bool(rng.integers(2))


def _dance(rng: np.random.Generator) -> list[Phrase]:
    """Lively moves around the middle, small travels, one turn: a source for a transfer."""
    out = [Phrase("groove", 4)]
    for n, move in enumerate([m for _ in range(4) for m in rng.permutation([*LIVELY]).tolist()]):
        side, place = _coin(rng), (rng.uniform(-0.25, 0.25), rng.uniform(-0.2, 0.2))
        out.append(Phrase(move, 4, 0.0, place, side))
        if n % 4 == 2:
            out.append(Phrase("spread", 4, 360.0 if side else -360.0, place))
    return out


def _footage(rng: np.random.Generator) -> list[Phrase]:
    """Everything once or more: all moves, all sides, all places. A minute of it shows what training needs."""
    out = [Phrase("stand", 2), Phrase("spread", 4)]
    for lap in range(4):
        facing = 0.0
        for move in rng.permutation([*MOVES]).tolist():
            beats = 2 if move in ("point", "guard", "stand") else 4
            place = (rng.uniform(-0.3, 0.3), rng.uniform(-0.5, 0.25))
            towards = float(rng.choice([0.0, 0.0, 0.0, 40.0, -40.0, 90.0, -90.0, 180.0]))
            turned, facing = towards - facing, towards
            shortest = turned if abs(turned) <= 180 else turned - np.sign(turned) * 360
            out.append(Phrase(move, beats, shortest, place, _coin(rng)))
        out.append(Phrase("spread", 6, -facing + (360.0 if lap % 2 else -360.0)))
    return out


def _turns(rng: np.random.Generator) -> list[Phrase]:
    """Front, profile, back and round again."""
    pick = rng.permutation(["wave", "groove", "march", "spread", "swim", "akimbo"]).tolist()
    order = enumerate([*pick, *pick[::-1]])
    return [Phrase(m, 4, 90.0 if i % 4 < 2 else 180.0, mirrored=bool(i % 2)) for i, m in order]


def _travel(rng: np.random.Generator) -> list[Phrase]:
    """Left and right, towards the camera and away."""
    corners = [(-0.35, 0.0), (0.35, 0.0), (0.0, 0.3), (0.0, -0.7), (-0.3, -0.4), (0.3, 0.2)]
    pick = rng.permutation(["groove", "march", "disco", "wave", "roll", "look"]).tolist()
    return [Phrase(m, 5, 0.0, corner, _coin(rng)) for m, corner in zip(pick, corners, strict=True)]


def _poses(rng: np.random.Generator) -> list[Phrase]:
    """Held poses and slow moves."""
    return [Phrase(m, 4, mirrored=_coin(rng)) for m in rng.permutation([*CALM]).tolist()]


CHOREOGRAPHIES = {"dance": _dance, "footage": _footage, "turns": _turns, "travel": _travel, "poses": _poses}


def find_choreography(name: str, seed: int) -> Choreography:
    """The choreography of that name, in the order that the seed shuffles it to (`ConfigError` if it is not known)."""
    return Choreography(find(CHOREOGRAPHIES, "choreography", name)(np.random.default_rng([seed, 5])))


# ---------------------------------------------------------------- posing the skeleton
def pose(rest: dict[str, Array], dance: Choreography, beat: float) -> Pose:
    """Turn and place every joint at a beat. Feet stay where they are between steps; the knees follow."""
    p = dance.parameters(beat)
    leg = float(rest["hipL"][1] - rest["ankleL"][1])
    pelvis = turn(Y, p["yaw"] + p["pelvis_yaw"]) @ turn(X, p["pelvis_pitch"]) @ turn(Z, p["pelvis_roll"])
    feet = {n: _foot(rest, dance, beat, p, n) for n in "LR"}
    root = vec(p["x"] * leg, 0, p["z"] * leg)
    y = float(rest["pelvis"][1]) + (p["jump"] - p["drop"]) * leg
    for n in "LR":  # low enough for both feet to be in reach
        hip = pelvis @ (rest["hip" + n] - rest["pelvis"])
        d = feet[n][1] - (root + hip)
        y = min(y, float(feet[n][1][1] - hip[1] + np.sqrt(max((0.992 * leg) ** 2 - d[0] ** 2 - d[2] ** 2, 0.01))))
    out: Pose = {"pelvis": (pelvis, root + vec(0, y, 0))}
    for joint, part in (("spine", "spine"), ("chest", "spine"), ("neck", "head"), ("head", "head")):
        yaw, pitch, roll = (0.5 * p[f"{part}_{angle}"] for angle in ("yaw", "pitch", "roll"))
        _hang(out, rest, joint, out[PARENT[joint]][0] @ (turn(Y, yaw) @ turn(X, pitch) @ turn(Z, roll)))
    for s, n in ((1, "L"), (-1, "R")):
        _pose_arm(out, rest, p, s, n)
        _pose_leg(out, rest, feet[n], s, n)
    return out


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
        a = q["yaw"] + q["pelvis_yaw"] * 0.5
        w, f = hip * s * q["stance"], q["forward" + n] * leg
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


def _pose_arm(out: Pose, rest: dict[str, Array], p: dict[str, float], s: int, n: str) -> None:
    """Arm, hand and fingers. Shoulder and elbow only swing; the forearm's two halves share the twist of the palm."""

    def direction(elevation: float, azimuth: float) -> Array:
        """In the chest's frame, from degrees."""
        e, a = np.radians(elevation), np.radians(azimuth)
        return vec(s * np.cos(e) * np.cos(a), np.sin(e), np.cos(e) * np.sin(a))

    chest, axes = out["chest"][0], hand_axes(n)
    upper, fore = direction(p["ue" + n], p["ua" + n]), direction(p["fe" + n], p["fa" + n])
    if float(upper @ fore) < -0.78:  # an elbow closes to about 140 degrees
        fore = (-0.78 * upper + 0.626 * unit(fore - upper * (upper @ fore))).astype(np.float32)
    raised = float(smoothstep(-0.5, 1.3, np.radians(p["ue" + n])))
    _hang(out, rest, "clavicle" + n, chest @ turn(Z, s * 0.55 * raised))
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


def _pose_leg(out: Pose, rest: dict[str, Array], foot: tuple[Array, Array], s: int, n: str) -> None:
    """Two-bone inverse kinematics: the knee bends towards where foot and pelvis point."""
    turned, ankle = foot
    pelvis, at = out["pelvis"]
    hip = at + pelvis @ (rest["hip" + n] - rest["pelvis"])
    thigh, shin = (float(np.linalg.norm(rest[b + n] - rest[a + n])) for a, b in (("hip", "knee"), ("knee", "ankle")))
    reach, d = min(float(np.linalg.norm(ankle - hip)), 0.998 * (thigh + shin)), unit(ankle - hip)
    forward = unit(turned[:, 2] * vec(1, 0, 1)) + 0.8 * pelvis[:, 2] + 0.06 * s * pelvis[:, 0]
    c = np.clip((thigh**2 + reach**2 - shin**2) / (2 * thigh * reach), -1, 1)
    knee = hip + thigh * (d * c + unit(forward - d * (forward @ d)) * np.sqrt(1 - c * c))
    ankle = hip + d * reach
    for joint, end, a, b in (("hip", "knee", hip, knee), ("knee", "ankle", knee, ankle)):
        still = frame(unit(rest[end + n] - rest[joint + n]), vec(0, 0, 1))
        out[joint + n] = ((frame(unit(b - a), forward) @ still.T).astype(np.float32), a)
    out["ankle" + n] = (turned, ankle)
    tilt = float(np.arcsin(np.clip(-turned[1, 2], -1, 1)))  # toes of a raised heel stay flat
    _hang(out, rest, "toe" + n, turned @ turn(X, -0.8 * np.clip(tilt, 0, 0.6)))
