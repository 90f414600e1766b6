"""The vocabulary of the dance: each move gives the body's parameters as a function of the beat.

Lengths are in leg lengths, so that a dance fits any character; arm angles are degrees in the chest's frame. An arm is
(upper elevation, upper azimuth, fore elevation, fore azimuth): elevation above the horizontal, azimuth from straight
out to the side (0) over forward (90) to across the body. Rates are chosen so that no joint moves faster than a
person's at 120 beats a minute.
"""

from collections.abc import Callable

import numpy as np

from samples.dancer.geometry import smoothstep

Move = Callable[[float], dict[str, float]]

DEFAULTS: dict[str, float] = {
    "x": 0, "z": 0, "drop": 0.03, "jump": 0,  # pelvis: right-left, towards the camera, how low, off the floor
    "pelvis_roll": 0, "pelvis_pitch": 0, "pelvis_yaw": 0, "spine_pitch": 0, "spine_yaw": 0, "spine_roll": 0,
    "head_pitch": 0, "head_yaw": 0, "head_roll": 0,
    "stance": 1.45,  # distance of the feet over that of the hips
    **{k + s: v for s in "LR" for k, v in (
        ("forward", 0), ("lift", 0), ("kick", 0),  # foot: planted ahead, raised, swung ahead
        ("ue", -74), ("ua", 12), ("fe", -66), ("fa", 45), ("curl", 0.22), ("flex", 0))},  # arm, fingers, wrist
}  # fmt: skip
SIDES = [k[:-1] for k in DEFAULTS if k.endswith("L")]
SIGNED = ["x", "pelvis_roll", "pelvis_yaw", "spine_yaw", "spine_roll", "head_yaw", "head_roll"]


def mirror(p: dict[str, float]) -> dict[str, float]:
    """The same posture with left and right exchanged."""
    out = dict(p)
    for k in SIDES:
        out[k + "L"], out[k + "R"] = p[k + "R"], p[k + "L"]
    for k in SIGNED:
        out[k] = -p[k]
    return out


def arms(left: tuple[float, ...], right: tuple[float, ...] | None = None, **more: float) -> dict[str, float]:
    """Parameters of both arms; the right one like the left if not given."""
    pairs = (("L", left), ("R", left if right is None else right))
    return {k + s: v for s, values in pairs for k, v in zip(("ue", "ua", "fe", "fa"), values, strict=True)} | more


def sway(b: float, lag: float = 0.0) -> float:
    """-1 to 1, one period every two beats."""
    return float(np.sin(np.pi * (b - lag)))


def bounce(b: float) -> float:
    """0 to 1, one period a beat."""
    return float(0.5 - 0.5 * np.cos(2 * np.pi * b))


def groove(b: float) -> dict[str, float]:
    """Side to side, forearms swinging."""
    s = sway(b)
    return dict(x=0.20 * sway(b, 0.5), drop=0.05 + 0.05 * bounce(b), pelvis_roll=0.06 * s, spine_roll=-0.10 * s,
                spine_yaw=0.2 * s, head_roll=0.06 * s, head_yaw=0.15 * s,
                **arms((-55 + 18 * s, 25, 5 + 30 * s, 65), (-55 - 18 * s, 25, 5 - 30 * s, 65)))  # fmt: skip


def wave(b: float) -> dict[str, float]:
    """A wave that runs from one hand through the shoulders to the other."""
    w = [26 * sway(b, lag) for lag in (0.5, 1.0, 0.0, -0.5)]
    return dict(drop=0.06 + 0.03 * bounce(b), pelvis_roll=0.05 * sway(b), spine_roll=0.10 * sway(b, 0.5), stance=1.8,
                head_roll=0.08 * sway(b), x=0.06 * sway(b), flexL=25 * sway(b, 1.4), flexR=25 * sway(b, -0.9),
                curlL=0.12, curlR=0.12, **arms((w[0], 8, w[1] + 8, 12), (w[2], 8, w[3] + 8, 12)))  # fmt: skip


def roof(b: float) -> dict[str, float]:
    """Half squats, hands pushing up."""
    k = bounce(b / 2)
    return dict(drop=0.05 + 0.17 * k, stance=2.1, spine_pitch=0.12 * k, head_pitch=-0.10,
                **arms((22 + 16 * (1 - k), 20, 86 - 5 * k, 60), curlL=0.08, curlR=0.08))  # fmt: skip


def jumps(b: float) -> dict[str, float]:
    """Star jumps: off the floor once in two beats, the arms going up with it."""
    t = (b / 2) % 1
    air = np.clip((t - 0.30) / 0.34, 0, 1)
    up = float(np.sin(np.pi * t) ** 2)
    crouch = smoothstep(0.0, 0.16, t) * smoothstep(0.38, 0.18, t) + 0.8 * smoothstep(0.58, 0.70, t) * smoothstep(
        0.98, 0.74, t
    )
    return dict(stance=1.7, jump=0.55 * air * (1 - air), drop=0.03 + 0.12 * crouch, spine_pitch=0.10 * crouch,
                **arms((-56 + 98 * up, 12, -44 + 106 * up, 22), curlL=0.05, curlR=0.05))  # fmt: skip


def punch(b: float) -> dict[str, float]:
    """Boxer's stance, straight punches."""
    k = sway(b)

    def one(s: float) -> tuple[float, ...]:
        return (-52 + 44 * s, 48 + 35 * s, 20 - 18 * s, 96)

    return dict(drop=0.12 + 0.03 * bounce(b), stance=1.9, spine_yaw=-0.40 * k, pelvis_yaw=-0.12 * k, head_yaw=0.3 * k,
                forwardL=0.12, forwardR=-0.12, **arms(one(max(k, 0)), one(max(-k, 0)), curlL=0.85,
                curlR=0.85))  # fmt: skip


def hips(b: float) -> dict[str, float]:
    """Hands behind the head, hips swinging."""
    k = sway(b)
    return dict(drop=0.06 + 0.02 * bounce(b), pelvis_roll=0.15 * k, x=-0.07 * k, spine_roll=-0.19 * k,
                head_roll=0.10 * k,
                stance=1.7, **arms((30, 4, 62 + 6 * k, 140), curlL=0.3, curlR=0.3))  # fmt: skip


def akimbo(b: float) -> dict[str, float]:
    """Hands on the hips, heels rising in turn."""
    k = sway(b)
    return dict(drop=0.05 + 0.05 * bounce(b), pelvis_roll=0.10 * k, spine_roll=-0.12 * k, spine_yaw=0.2 * k, stance=1.5,
                liftL=0.10 * max(k, 0), liftR=0.10 * max(-k, 0), **arms((-38, -14, -44, 128), curlL=0.3,
                curlR=0.3))  # fmt: skip


def kicks(b: float) -> dict[str, float]:
    """Low kicks to the front, arms balancing."""
    k = sway(b / 2)
    return dict(drop=0.04 + 0.02 * bounce(b), kickL=0.55 * max(k, 0), kickR=0.55 * max(-k, 0), liftL=0.34 * max(k, 0),
                liftR=0.34 * max(-k, 0), spine_pitch=0.05, x=-0.07 * k,
                **arms((-20 - 25 * k, 25 - 20 * k, 0, 60 - 20 * k),
                (-20 + 25 * k, 25 + 20 * k, 0, 60 + 20 * k)))  # fmt: skip


def disco(b: float) -> dict[str, float]:
    """One arm up, the other down, changing every beat."""
    u = 0.5 + 0.5 * sway(b)

    def one(v: float) -> tuple[float, ...]:
        return (-45 + 88 * v, 10 + 10 * v, -38 + 86 * v, 70 - 50 * v)

    c = 2 * u - 1
    return dict(drop=0.06 + 0.04 * bounce(b), pelvis_roll=0.12 * c, spine_roll=-0.08 * c, spine_yaw=0.25 * c,
                stance=1.8,
                head_yaw=-0.25 * c, head_pitch=-0.08, **arms(one(1 - u), one(u)))  # fmt: skip


def roll(b: float) -> dict[str, float]:
    """A wave through the spine."""
    k = sway(b)
    return dict(drop=0.10 + 0.08 * bounce(b / 2), spine_pitch=0.20 * k, pelvis_pitch=-0.10 * sway(b, 0.4), stance=1.7,
                head_pitch=0.2 * sway(b, -0.3), z=0.05 * k, **arms((-35 + 15 * k, 30, -10 - 20 * k, 60)))  # fmt: skip


def march(b: float) -> dict[str, float]:
    """On the spot, knees high, arms swinging against the legs."""
    k = sway(b)

    def one(s: float) -> tuple[float, ...]:
        return (-64, 40 + 34 * s, -12 + 34 * s, 92)

    return dict(drop=0.03, liftL=0.20 * max(k, 0), liftR=0.20 * max(-k, 0), kickL=0.10 * max(k, 0),
                kickR=0.10 * max(-k, 0),
                stance=1.25, spine_yaw=0.12 * k, **arms(one(-k), one(k), curlL=0.55, curlR=0.55))  # fmt: skip


def spread(b: float) -> dict[str, float]:
    """Arms wide, tilting like a plane."""
    k = sway(b)
    return dict(drop=0.06 + 0.03 * bounce(b), spine_roll=0.05 * k, curlL=0.1, curlR=0.1,
                **arms((-5 + 8 * k, 10, 4 + 10 * k, 25), (-5 - 8 * k, 10, 4 - 10 * k, 25)))  # fmt: skip


def swim(b: float) -> dict[str, float]:
    """Crawl strokes."""

    def one(phase: float) -> tuple[float, ...]:
        return (8 + 46 * np.sin(phase), 45, 14 + 50 * np.sin(phase + 0.5), 52)

    return dict(drop=0.09 + 0.04 * bounce(b), stance=1.8, spine_yaw=0.25 * sway(b), spine_pitch=0.08,
                **arms(one(np.pi * b), one(np.pi * b + np.pi)))  # fmt: skip


def squats(b: float) -> dict[str, float]:
    """Deep squats, arms reaching forward; one in four beats."""
    k = bounce(b / 4)
    return dict(drop=0.03 + 0.36 * k, stance=2.1, spine_pitch=0.42 * k, pelvis_pitch=0.30 * k, head_pitch=-0.45 * k,
                z=-0.06 * k, **arms((-70 + 68 * k, 25 + 55 * k, -60 + 60 * k, 50 + 40 * k), curlL=0.1,
                curlR=0.1))  # fmt: skip


def look(b: float) -> dict[str, float]:
    """Standing easy, the head turning and nodding."""
    k = sway(b / 2)
    return dict(drop=0.03 + 0.01 * bounce(b / 2), head_yaw=0.75 * k, head_pitch=0.16 * sway(b / 2, 0.5),
                spine_yaw=0.15 * k,
                pelvis_roll=0.03 * k, **arms((-66, 20, -30 + 12 * k, 70), (-66, 20, -30 - 12 * k, 70)))  # fmt: skip


def reach(b: float) -> dict[str, float]:
    """One arm reaches up and over while the other rests at the hip."""
    k = 0.5 + 0.5 * sway(b / 2)
    return dict(drop=0.05 + 0.03 * bounce(b), spine_roll=0.20 * (k - 0.3), head_roll=0.12 * (k - 0.3), stance=1.9,
                x=-0.08 * k,
                **arms((-38, -14, -44, 128), (-60 + 128 * k, 14, -45 + 125 * k, 40 + 60 * k), curlR=0.1))  # fmt: skip


def point(b: float) -> dict[str, float]:
    """A pose held: leaning, one arm pointing up to the side, the other down."""
    return dict(drop=0.08, stance=2.2, x=-0.12, spine_roll=0.10, head_yaw=0.35, pelvis_roll=-0.08,
                curlL=0.25, curlR=0.3, **arms((38, 12, 42, 14), (-42, 8, -40, 20)))  # fmt: skip


def guard(b: float) -> dict[str, float]:
    """A pose held: arms folded loosely before the chest, weight on one leg."""
    return dict(drop=0.05, stance=1.5, x=0.08, pelvis_roll=0.06, spine_roll=-0.06, head_roll=0.05, curlL=0.35,
                curlR=0.35,
                **arms((-52, 35, 8, 128), (-52, 35, -10, 128)))  # fmt: skip


def stand(b: float) -> dict[str, float]:
    """A pose held: standing at ease."""
    return {"drop": 0.025, "stance": 1.15}


LIVELY: tuple[Move, ...] = (groove, wave, roof, jumps, punch, hips, kicks, disco, swim, reach, roll)
CALM: tuple[Move, ...] = (akimbo, march, spread, squats, look, point, guard, stand)
