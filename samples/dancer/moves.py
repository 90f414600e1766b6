"""The vocabulary of the dance: each move gives the body's parameters as a function of the beat.

Lengths are in leg lengths, so that a dance fits any character; arm angles are degrees in the chest's frame. An arm is
(upper elevation, upper azimuth, fore elevation, fore azimuth): elevation above the horizontal, azimuth from straight
out to the side (0) over forward (90) to across the body. Rates are chosen so that no joint moves faster than a
person's at 120 beats a minute.
"""

from collections.abc import Callable

import numpy as np

from samples.dancer.geometry import smoothstep

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


def mirror(p: Values) -> Values:
    """The same posture with left and right exchanged."""
    signed = ("x", "pelvis_roll", "pelvis_yaw", "spine_yaw", "spine_roll", "head_yaw", "head_roll")
    sides = {k: p[k[:-1] + {"L": "R", "R": "L"}[k[-1]]] for k in p if k[-1] in "LR"}
    return p | {k: -p[k] for k in signed} | sides


def sway(b: float, lag: float = 0.0) -> float:
    """-1 to 1, one period every two beats."""
    return float(np.sin(np.pi * (b - lag)))


def bounce(b: float) -> float:
    """0 to 1, one period a beat."""
    return float(0.5 - 0.5 * np.cos(2 * np.pi * b))


def values(name: str, beat: float) -> Values:
    """All the parameters of a move at a beat."""
    return DEFAULTS | MOVES[name](beat, sway(beat), bounce(beat))


def _arms(at: Angles, by: Angles = (0, 0, 0, 0), left: float = 0, right: float | None = None) -> Values:
    """Both arms: the angles `at`, and `by` times the left or right amount (`right` is `left` if not given)."""
    amounts = (("L", left), ("R", left if right is None else right))
    return {k + n: a + d * u for n, u in amounts for k, a, d in zip(ARM, at, by, strict=True)}


def _both(**same: float) -> Values:
    """The same values for the left and the right."""
    return {k + n: v for k, v in same.items() for n in "LR"}


def _turns(k: str, amount: float, u: float) -> Values:
    """A foot's parameter: the left one's while `u` is positive, the right one's while it is negative."""
    return {k + "L": amount * max(u, 0), k + "R": amount * max(-u, 0)}


def _jumps(b: float, s: float, k: float) -> Values:
    """Star jumps: off the floor once in two beats, the arms going up with it."""
    t = (b / 2) % 1
    air, raised = np.clip((t - 0.30) / 0.34, 0, 1), float(np.sin(np.pi * t) ** 2)
    landing = 0.8 * smoothstep(0.58, 0.70, t) * smoothstep(0.98, 0.74, t)
    crouch = smoothstep(0.0, 0.16, t) * smoothstep(0.38, 0.18, t) + landing
    return dict(stance=1.7, jump=0.55 * air * (1 - air), drop=0.03 + 0.12 * crouch, spine_pitch=0.10 * crouch,
                **_arms((-56, 12, -44, 22), (98, 0, 106, 0), raised), **_both(curl=0.05))  # fmt: skip


def _disco(b: float, s: float, k: float) -> Values:
    """One arm up, the other down, changing every beat."""
    u = 0.5 + 0.5 * s
    c = 2 * u - 1
    return dict(drop=0.06 + 0.04 * k, pelvis_roll=0.12 * c, spine_roll=-0.08 * c, spine_yaw=0.25 * c, stance=1.8,
                head_yaw=-0.25 * c, head_pitch=-0.08,
                **_arms((-45, 10, -38, 70), (88, 10, 86, -50), 1 - u, u))  # fmt: skip


def _swim(b: float, s: float, k: float) -> Values:
    """Crawl strokes."""
    left, right = np.pi * b, np.pi * b + np.pi
    return dict(drop=0.09 + 0.04 * k, stance=1.8, spine_yaw=0.25 * s, spine_pitch=0.08, **_both(ua=45, fa=52),
                ueL=8 + 46 * np.sin(left), feL=14 + 50 * np.sin(left + 0.5),
                ueR=8 + 46 * np.sin(right), feR=14 + 50 * np.sin(right + 0.5))  # fmt: skip


def _reach(b: float, s: float, k: float) -> Values:
    """One arm reaches up and over while the other rests at the hip."""
    u = 0.5 + 0.5 * sway(b / 2)
    return dict(drop=0.05 + 0.03 * k, spine_roll=0.20 * (u - 0.3), head_roll=0.12 * (u - 0.3), x=-0.08 * u,
                stance=1.9, curlR=0.1, ueR=-60 + 128 * u, uaR=14, feR=-45 + 125 * u, faR=40 + 60 * u,
                **{k + "L": v for k, v in zip(ARM, HIP, strict=True)})  # fmt: skip


HIP: Angles = (-38, -14, -44, 128)  # the hand rests on the hip
# fmt: off
LIVELY: dict[str, Move] = {
    # Side to side, forearms swinging.
    "groove": lambda b, s, k: dict(
        x=0.20 * sway(b, 0.5), drop=0.05 + 0.05 * k, pelvis_roll=0.06 * s, spine_roll=-0.10 * s, spine_yaw=0.2 * s,
        head_roll=0.06 * s, head_yaw=0.15 * s, **_arms((-55, 25, 5, 65), (18, 0, 30, 0), s, -s)),
    # A wave that runs from one hand through the shoulders to the other.
    "wave": lambda b, s, k: dict(
        drop=0.06 + 0.03 * k, pelvis_roll=0.05 * s, spine_roll=0.10 * sway(b, 0.5), stance=1.8, head_roll=0.08 * s,
        x=0.06 * s, flexL=25 * sway(b, 1.4), flexR=25 * sway(b, -0.9), **_both(ua=8, fa=12, curl=0.12),
        ueL=26 * sway(b, 0.5), feL=26 * sway(b, 1.0) + 8, ueR=26 * s, feR=26 * sway(b, -0.5) + 8),
    # Half squats, hands pushing up.
    "roof": lambda b, s, k: dict(
        drop=0.05 + 0.17 * bounce(b / 2), stance=2.1, spine_pitch=0.12 * bounce(b / 2), head_pitch=-0.10,
        **_both(ue=22 + 16 * (1 - bounce(b / 2)), ua=20, fe=86 - 5 * bounce(b / 2), fa=60, curl=0.08)),
    "jumps": _jumps,
    # Boxer's stance, straight punches.
    "punch": lambda b, s, k: dict(
        drop=0.12 + 0.03 * k, stance=1.9, spine_yaw=-0.40 * s, pelvis_yaw=-0.12 * s, head_yaw=0.3 * s, forwardL=0.12,
        forwardR=-0.12, **_both(curl=0.85), **_arms((-52, 48, 20, 96), (44, 35, -18, 0), max(s, 0), max(-s, 0))),
    # Hands behind the head, hips swinging.
    "hips": lambda b, s, k: dict(
        drop=0.06 + 0.02 * k, pelvis_roll=0.15 * s, x=-0.07 * s, spine_roll=-0.19 * s, head_roll=0.10 * s, stance=1.7,
        **_arms((30, 4, 62, 140), (0, 0, 6, 0), s), **_both(curl=0.3)),
    # Low kicks to the front, arms balancing.
    "kicks": lambda b, s, k: dict(
        drop=0.04 + 0.02 * k, spine_pitch=0.05, x=-0.07 * sway(b / 2), **_turns("kick", 0.55, sway(b / 2)),
        **_turns("lift", 0.34, sway(b / 2)), **_arms((-20, 25, 0, 60), (-25, -20, 0, -20), sway(b / 2), -sway(b / 2))),
    "disco": _disco, "swim": _swim, "reach": _reach,
    # A wave through the spine.
    "roll": lambda b, s, k: dict(
        drop=0.10 + 0.08 * bounce(b / 2), spine_pitch=0.20 * s, pelvis_pitch=-0.10 * sway(b, 0.4), stance=1.7,
        head_pitch=0.2 * sway(b, -0.3), z=0.05 * s, **_arms((-35, 30, -10, 60), (15, 0, -20, 0), s)),
}
CALM: dict[str, Move] = {
    # Hands on the hips, heels rising in turn.
    "akimbo": lambda b, s, k: dict(
        drop=0.05 + 0.05 * k, pelvis_roll=0.10 * s, spine_roll=-0.12 * s, spine_yaw=0.2 * s, stance=1.5,
        **_turns("lift", 0.10, s), **_arms(HIP), **_both(curl=0.3)),
    # On the spot, knees high, arms swinging against the legs.
    "march": lambda b, s, k: dict(
        drop=0.03, stance=1.25, spine_yaw=0.12 * s, **_turns("lift", 0.20, s), **_turns("kick", 0.10, s),
        **_both(curl=0.55), **_arms((-64, 40, -12, 92), (0, 34, 34, 0), -s, s)),
    # Arms wide, tilting like a plane.
    "spread": lambda b, s, k: dict(
        drop=0.06 + 0.03 * k, spine_roll=0.05 * s, **_both(curl=0.1),
        **_arms((-5, 10, 4, 25), (8, 0, 10, 0), s, -s)),
    # Deep squats, arms reaching forward; one in four beats.
    "squats": lambda b, s, k: dict(
        drop=0.03 + 0.36 * bounce(b / 4), stance=2.1, spine_pitch=0.42 * bounce(b / 4), z=-0.06 * bounce(b / 4),
        pelvis_pitch=0.30 * bounce(b / 4), head_pitch=-0.45 * bounce(b / 4), **_both(curl=0.1),
        **_arms((-70, 25, -60, 50), (68, 55, 60, 40), bounce(b / 4))),
    # Standing easy, the head turning and nodding.
    "look": lambda b, s, k: dict(
        drop=0.03 + 0.01 * bounce(b / 2), head_yaw=0.75 * sway(b / 2), head_pitch=0.16 * sway(b / 2, 0.5),
        spine_yaw=0.15 * sway(b / 2), pelvis_roll=0.03 * sway(b / 2),
        **_arms((-66, 20, -30, 70), (0, 0, 12, 0), sway(b / 2), -sway(b / 2))),
    # Held: leaning, one arm pointing up to the side, the other down.
    "point": lambda b, s, k: {
        "drop": 0.08, "stance": 2.2, "x": -0.12, "spine_roll": 0.10, "head_yaw": 0.35, "pelvis_roll": -0.08,
        "curlL": 0.25, "curlR": 0.3, **_arms((38, 12, 42, 14), (-80, -4, -82, 6), 0, 1)},
    # Held: arms folded loosely before the chest, weight on one leg.
    "guard": lambda b, s, k: dict(
        drop=0.05, stance=1.5, x=0.08, pelvis_roll=0.06, spine_roll=-0.06, head_roll=0.05, **_both(curl=0.35),
        **_arms((-52, 35, 8, 128), (0, 0, -18, 0), 0, 1)),
    # Held: standing at ease.
    "stand": lambda b, s, k: {"drop": 0.025, "stance": 1.15},
}
# fmt: on
MOVES = LIVELY | CALM
