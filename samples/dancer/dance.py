"""What is danced: moves as functions of the beat, and choreographies of them from a seed.

A move gives the body's parameters at a beat. Lengths are in leg lengths, so that a dance fits any character; arm angles
are degrees in the chest's frame. An arm is (upper elevation, upper azimuth, fore elevation, fore azimuth): elevation
above the horizontal, azimuth from straight out to the side (0) over forward (90) to across the body. Rates are such
that no joint moves faster than a person's at 120 beats a minute.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from samples.dancer.geometry import Array, mix, smoothstep

TEMPO = (50.0, 130.0)
"""Beats a minute; at faster ones the moves would ask for more speed than people have."""
Values = dict[str, float]
Angles = tuple[float, float, float, float]
Move = Callable[[float, float, float], Values]
"""Called with the beat, and `sway` and `bounce` at it."""

ARM = ("ue", "ua", "fe", "fa")
DEFAULTS: Values = {
    "x": 0, "z": 0, "drop": 0.03, "jump": 0,  # pelvis: right-left, towards the camera, how low, off the floor
    "pelvis_roll": 0, "pelvis_pitch": 0, "pelvis_yaw": 0, "spine_pitch": 0, "spine_yaw": 0, "spine_roll": 0,
    "head_pitch": 0, "head_yaw": 0, "head_roll": 0,
    "stance": 1.45,  # distance of the feet over that of the hips
    **{k + s: v for s in "LR" for k, v in (
        ("forward", 0), ("lift", 0), ("kick", 0),  # foot: planted ahead, raised, swung ahead
        ("ue", -74), ("ua", 12), ("fe", -66), ("fa", 45), ("curl", 0.22), ("flex", 0))},  # arm, fingers, wrist
}  # fmt: skip


def sway(b: float, lag: float = 0.0) -> float:
    """-1 to 1, one period every two beats."""
    return float(np.sin(np.pi * (b - lag)))


def bounce(b: float) -> float:
    """0 to 1, one period a beat."""
    return float(0.5 - 0.5 * np.cos(2 * np.pi * b))


def values(move: str, beat: float, mirrored: bool = False) -> Values:
    """All the parameters of a move at a beat, or of the same move with left and right exchanged."""
    p = DEFAULTS | MOVES[move](beat, sway(beat), bounce(beat))
    if not mirrored:
        return p
    sides = {k: p[k[:-1] + {"L": "R", "R": "L"}[k[-1]]] for k in p if k[-1] in "LR"}
    return p | {k: -p[k] for k in p if k == "x" or k.endswith(("_roll", "_yaw"))} | sides


def _arms(at: Angles, by: Angles = (0, 0, 0, 0), left: float = 0, right: float | None = None) -> Values:
    """Both arms: the angles `at`, and `by` times the left or right amount (`right` is `left` if not given)."""
    amounts = (("L", left), ("R", left if right is None else right))
    return {k + n: a + d * u for n, u in amounts for k, a, d in zip(ARM, at, by, strict=True)}


def _both(**same: float) -> Values:
    """The same values for the left and the right."""
    return {k + n: v for k, v in same.items() for n in "LR"}


def _feet(k: str, amount: float, u: float) -> Values:
    """A foot's parameter: the left one's while `u` is positive, the right one's while it is negative."""
    return {k + "L": amount * max(u, 0), k + "R": amount * max(-u, 0)}


def _jumps(b: float, s: float, k: float) -> Values:
    """Star jumps: off the floor once in two beats, the arms going up with it."""
    t = (b / 2) % 1
    air, landing = np.clip((t - 0.30) / 0.34, 0, 1), 0.8 * smoothstep(0.58, 0.70, t) * smoothstep(0.98, 0.74, t)
    crouch = smoothstep(0.0, 0.16, t) * smoothstep(0.38, 0.18, t) + landing
    return dict(stance=1.7, jump=0.55 * air * (1 - air), drop=0.03 + 0.12 * crouch, spine_pitch=0.10 * crouch,
                **_arms((-56, 12, -44, 22), (98, 0, 106, 0), bounce(b / 2)), **_both(curl=0.05))  # fmt: skip


HIP: Angles = (-38, -14, -44, 128)  # the hand rests on the hip
# fmt: off
LIVELY: dict[str, Move] = {
    "groove": lambda b, s, k: dict(  # side to side, forearms swinging
        x=0.20 * sway(b, 0.5), drop=0.05 + 0.05 * k, pelvis_roll=0.06 * s, spine_roll=-0.10 * s, spine_yaw=0.2 * s,
        head_roll=0.06 * s, head_yaw=0.15 * s, **_arms((-55, 25, 5, 65), (18, 0, 30, 0), s, -s)),
    "wave": lambda b, s, k: dict(  # a wave that runs from one hand through the shoulders to the other
        drop=0.06 + 0.03 * k, pelvis_roll=0.05 * s, spine_roll=0.10 * sway(b, 0.5), stance=1.8, head_roll=0.08 * s,
        x=0.06 * s, flexL=25 * sway(b, 1.4), flexR=25 * sway(b, -0.9), **_both(ua=8, fa=12, curl=0.12),
        ueL=26 * sway(b, 0.5), feL=26 * sway(b, 1.0) + 8, ueR=26 * s, feR=26 * sway(b, -0.5) + 8),
    "roof": lambda b, s, k: dict(  # half squats, hands pushing up
        drop=0.05 + 0.17 * bounce(b / 2), stance=2.1, spine_pitch=0.12 * bounce(b / 2), head_pitch=-0.10,
        **_both(ue=22 + 16 * (1 - bounce(b / 2)), ua=20, fe=86 - 5 * bounce(b / 2), fa=60, curl=0.08)),
    "jumps": _jumps,
    "punch": lambda b, s, k: dict(  # boxer's stance, straight punches
        drop=0.12 + 0.03 * k, stance=1.9, spine_yaw=-0.40 * s, pelvis_yaw=-0.12 * s, head_yaw=0.3 * s, forwardL=0.12,
        forwardR=-0.12, **_both(curl=0.85), **_arms((-52, 48, 20, 96), (44, 35, -18, 0), max(s, 0), max(-s, 0))),
    "hips": lambda b, s, k: dict(  # hands behind the head, hips swinging
        drop=0.06 + 0.02 * k, pelvis_roll=0.15 * s, x=-0.07 * s, spine_roll=-0.19 * s, head_roll=0.10 * s, stance=1.7,
        **_arms((30, 4, 62, 140), (0, 0, 6, 0), s), **_both(curl=0.3)),
    "kicks": lambda b, s, k: dict(  # low kicks to the front, arms balancing
        drop=0.04 + 0.02 * k, spine_pitch=0.05, x=-0.07 * sway(b / 2), **_feet("kick", 0.55, sway(b / 2)),
        **_feet("lift", 0.34, sway(b / 2)), **_arms((-20, 25, 0, 60), (-25, -20, 0, -20), sway(b / 2), -sway(b / 2))),
    "disco": lambda b, s, k: dict(  # one arm up, the other down, changing every beat
        drop=0.06 + 0.04 * k, pelvis_roll=0.12 * s, spine_roll=-0.08 * s, spine_yaw=0.25 * s, stance=1.8,
        head_yaw=-0.25 * s, head_pitch=-0.08, **_arms((-1, 15, 5, 45), (-44, -5, -43, 25), s, -s)),
    "swim": lambda b, s, k: dict(  # crawl strokes
        drop=0.09 + 0.04 * k, stance=1.8, spine_yaw=0.25 * s, spine_pitch=0.08, **_both(ua=45, fa=52), ueL=8 + 46 * s,
        feL=14 + 50 * sway(b, -0.5 / np.pi), ueR=8 - 46 * s, feR=14 - 50 * sway(b, -0.5 / np.pi)),
    "reach": lambda b, s, k: dict(  # one arm up and over while the other hand rests at the hip
        drop=0.05 + 0.03 * k, spine_roll=0.04 + 0.10 * sway(b / 2), head_roll=0.024 + 0.06 * sway(b / 2), stance=1.9,
        x=-0.04 - 0.04 * sway(b / 2), curlR=0.1,
        **_arms(HIP, (42 + 64 * sway(b / 2), 28, 61.5 + 62.5 * sway(b / 2), -58 + 30 * sway(b / 2)), 0, 1)),
    "roll": lambda b, s, k: dict(  # a wave through the spine
        drop=0.10 + 0.08 * bounce(b / 2), spine_pitch=0.20 * s, pelvis_pitch=-0.10 * sway(b, 0.4), stance=1.7,
        head_pitch=0.2 * sway(b, -0.3), z=0.05 * s, **_arms((-35, 30, -10, 60), (15, 0, -20, 0), s)),
}
CALM: dict[str, Move] = {
    "akimbo": lambda b, s, k: dict(  # hands on the hips, heels rising in turn
        drop=0.05 + 0.05 * k, pelvis_roll=0.10 * s, spine_roll=-0.12 * s, spine_yaw=0.2 * s, stance=1.5,
        **_feet("lift", 0.10, s), **_arms(HIP), **_both(curl=0.3)),
    "march": lambda b, s, k: dict(  # on the spot, knees high, arms swinging against the legs
        drop=0.03, stance=1.25, spine_yaw=0.12 * s, **_feet("lift", 0.20, s), **_feet("kick", 0.10, s),
        **_both(curl=0.55), **_arms((-64, 40, -12, 92), (0, 34, 34, 0), -s, s)),
    "spread": lambda b, s, k: dict(  # arms wide, tilting like a plane
        drop=0.06 + 0.03 * k, spine_roll=0.05 * s, **_both(curl=0.1),
        **_arms((-5, 10, 4, 25), (8, 0, 10, 0), s, -s)),
    "squats": lambda b, s, k: dict(  # deep squats, arms reaching forward; one in four beats
        drop=0.03 + 0.36 * bounce(b / 4), stance=2.1, spine_pitch=0.42 * bounce(b / 4), z=-0.06 * bounce(b / 4),
        pelvis_pitch=0.30 * bounce(b / 4), head_pitch=-0.45 * bounce(b / 4), **_both(curl=0.1),
        **_arms((-70, 25, -60, 50), (68, 55, 60, 40), bounce(b / 4))),
    "look": lambda b, s, k: dict(  # standing easy, the head turning and nodding
        drop=0.03 + 0.01 * bounce(b / 2), head_yaw=0.75 * sway(b / 2), head_pitch=0.16 * sway(b / 2, 0.5),
        spine_yaw=0.15 * sway(b / 2), pelvis_roll=0.03 * sway(b / 2),
        **_arms((-66, 20, -30, 70), (0, 0, 12, 0), sway(b / 2), -sway(b / 2))),
    "point": lambda b, s, k: {  # held: leaning, one arm pointing up to the side, the other down
        "drop": 0.08, "stance": 2.2, "x": -0.12, "spine_roll": 0.10, "head_yaw": 0.35, "pelvis_roll": -0.08,
        "curlL": 0.25, "curlR": 0.3, **_arms((38, 12, 42, 14), (-80, -4, -82, 6), 0, 1)},
    "guard": lambda b, s, k: dict(  # held: arms folded loosely before the chest, weight on one leg
        drop=0.05, stance=1.5, x=0.08, pelvis_roll=0.06, spine_roll=-0.06, head_roll=0.05, **_both(curl=0.35),
        **_arms((-52, 35, 8, 128), (0, 0, -18, 0), 0, 1)),
    "stand": lambda b, s, k: {"drop": 0.025, "stance": 1.15},  # held: standing at ease
}
# fmt: on
MOVES = LIVELY | CALM


class Phrase(NamedTuple):
    """A move danced for some whole beats at a place on the floor."""

    move: str
    beats: int
    turn: float = 0.0  # degrees turned to the dancer's left while it lasts
    place: tuple[float, float] = (0.0, 0.0)  # right of the middle and towards the camera, in leg lengths
    mirrored: bool = False


class Choreography:
    """Phrases one after another, forever; neighbours melt into each other over a beat."""

    def __init__(self, phrases: list[Phrase]) -> None:
        self.phrases = phrases
        self.starts = [0, *np.cumsum([p.beats for p in phrases]).tolist()]
        self.turned = np.cumsum([0.0, *[np.radians(p.turn) for p in phrases]])

    def parameters(self, beat: float) -> dict[str, float]:
        """The body's parameters (`DEFAULTS`) at a beat, with "yaw", the way the dancer faces."""
        laps, b = divmod(beat, self.starts[-1])
        i = min(bisect_right(self.starts, b) - 1, len(self.phrases) - 1)
        p = self.phrases[i]

        def of(phrase: Phrase) -> Array:
            return np.array([*values(phrase.move, beat, phrase.mirrored).values()])

        now = of(p)
        into, left = b - self.starts[i], self.starts[i + 1] - b
        if into < 0.5 and beat >= 0.5:
            now = mix(of(self.phrases[i - 1]), now, smoothstep(-0.5, 0.5, into))
        elif left < 0.5:
            now = mix(now, of(self.phrases[(i + 1) % len(self.phrases)]), smoothstep(0.5, -0.5, left))
        out = dict(zip(DEFAULTS, now.tolist(), strict=True))
        before = self.phrases[i - 1].place if beat >= p.beats or i else p.place
        for axis, start, end in zip("xz", before, p.place, strict=True):
            out[axis] += mix(start, end, smoothstep(0, min(p.beats, 4), into))
        out["yaw"] = laps * self.turned[-1] + self.turned[i] + np.radians(p.turn) * smoothstep(0, p.beats, into)
        return out


CHOREOGRAPHIES = {
    "dance": "lively moves around the middle, small travels, a turn now and then: a source for a transfer",
    "footage": "everything once or more: all moves, sides and places; a minute of it shows what training needs",
    "turns": "front, profile, back and round again",
    "travel": "left and right, towards the camera and away",
    "poses": "held poses and slow moves",
}


def find_choreography(name: str, seed: int) -> Choreography:
    """The choreography of that name, in the order that the seed shuffles it to."""
    rng, out = np.random.default_rng([seed, 5]), []

    def shuffled(*moves: str) -> list[str]:
        return rng.permutation(moves).tolist()

    def coin() -> bool:
        return bool(rng.integers(2))

    if name == "dance":
        out.append(Phrase("groove", 4))
        for n, move in enumerate([m for _ in range(4) for m in shuffled(*LIVELY)]):
            side, place = coin(), (rng.uniform(-0.25, 0.25), rng.uniform(-0.2, 0.2))
            out.append(Phrase(move, 4, 0.0, place, side))
            if n % 4 == 2:
                out.append(Phrase("spread", 4, 360.0 if side else -360.0, place))
    elif name == "footage":
        out += [Phrase("stand", 2), Phrase("spread", 4)]
        for lap in range(4):
            facing = 0.0
            for move in shuffled(*MOVES):
                place = (rng.uniform(-0.3, 0.3), rng.uniform(-0.5, 0.25))
                towards = float(rng.choice([0.0, 0.0, 0.0, 40.0, -40.0, 90.0, -90.0, 180.0]))
                turned, facing = towards - facing, towards
                shortest = turned if abs(turned) <= 180 else turned - np.sign(turned) * 360
                out.append(Phrase(move, 2 if move in ("point", "guard", "stand") else 4, shortest, place, coin()))
            out.append(Phrase("spread", 6, -facing + (360.0 if lap % 2 else -360.0)))
    elif name == "turns":
        pick = shuffled("wave", "groove", "march", "spread", "swim", "akimbo")
        order = enumerate([*pick, *pick[::-1]])
        out = [Phrase(m, 4, 90.0 if i % 4 < 2 else 180.0, mirrored=bool(i % 2)) for i, m in order]
    elif name == "travel":
        corners = [(-0.35, 0.0), (0.35, 0.0), (0.0, 0.3), (0.0, -0.7), (-0.3, -0.4), (0.3, 0.2)]
        pick = shuffled("groove", "march", "disco", "wave", "roll", "look")
        out = [Phrase(m, 5, 0.0, corner, coin()) for m, corner in zip(pick, corners, strict=True)]
    else:
        out = [Phrase(m, 4, mirrored=coin()) for m in shuffled(*CALM)]
    return Choreography(out)
