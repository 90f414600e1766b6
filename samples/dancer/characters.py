"""Who dances: proportions, looks and clothes, and the skeleton that follows from them."""

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

import numpy as np

from motion_transfer.errors import ConfigError
from samples.dancer.geometry import Array, unit, vec

Colour = tuple[float, float, float]
Hairstyle = Literal["short", "crop", "long", "bob", "bun", "afro", "beanie"]
Pattern = Literal["plain", "stripes", "badge", "yoke"]
Bottom = Literal["trousers", "shorts", "skirt"]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Character:
    """A person. Shares are relative to an average adult (1.0) unless said otherwise."""

    height: float = 1.76  # metres
    legs: float = 0.515  # height of the hip joints as a share of the height
    shoulders: float = 1.0
    hips: float = 1.0
    girth: float = 1.0
    arms: float = 1.0
    head: float = 1.05
    curves: float = 0.0  # 0 to 1: narrower waist and limbs, bust, finer jaw and brows
    skin: Colour = (0.80, 0.58, 0.46)
    lips: Colour = (0.62, 0.32, 0.30)
    iris: Colour = (0.25, 0.15, 0.08)
    hair: Colour = (0.10, 0.07, 0.05)
    hairstyle: Hairstyle = "short"
    beard: float = 0.0  # 0 (none) to 1 (full)
    top: Colour = (0.72, 0.10, 0.13)
    accent: Colour = (0.90, 0.90, 0.90)  # the pattern's second colour, also that of a beanie
    pattern: Pattern = "plain"
    sleeve: float = 0.5  # length in upper arms: 0.5 is a T-shirt, 1.7 reaches the wrist
    bottom: Bottom = "trousers"
    cloth: Colour = (0.10, 0.12, 0.20)  # of trousers, shorts or skirt
    length: float = 0.93  # where they end, as a share of the way from hip to ankle
    shoe: Colour = (0.85, 0.85, 0.85)
    sole: Colour = (0.95, 0.95, 0.95)


CHARACTERS = {
    "bruno": Character(height=1.82, arms=1.03, shoulders=1.03, girth=1.03, head=1.06, pattern="badge"),
    "amara": Character(
        height=1.63, shoulders=0.90, hips=1.10, girth=0.97, arms=0.97, curves=1.0, skin=(0.52, 0.34, 0.24),
        lips=(0.50, 0.18, 0.18), hair=(0.05, 0.035, 0.03), hairstyle="long", top=(0.93, 0.80, 0.25),
        accent=(0.15, 0.35, 0.55), pattern="stripes", sleeve=0.45, cloth=(0.22, 0.42, 0.50), shoe=(0.20, 0.20, 0.22)),
    "chen": Character(
        height=1.71, shoulders=0.96, girth=0.92, skin=(0.86, 0.68, 0.54), hair=(0.04, 0.04, 0.045), hairstyle="crop",
        top=(0.16, 0.32, 0.30), accent=(0.86, 0.84, 0.78), pattern="yoke", sleeve=1.7, bottom="shorts",
        cloth=(0.62, 0.55, 0.42), length=0.50, shoe=(0.72, 0.20, 0.14)),
    "dalia": Character(
        height=1.68, shoulders=0.92, hips=1.08, girth=0.95, curves=0.9, skin=(0.88, 0.68, 0.58),
        lips=(0.72, 0.26, 0.30), iris=(0.20, 0.34, 0.42), hair=(0.42, 0.20, 0.09), hairstyle="bun",
        top=(0.88, 0.87, 0.84), sleeve=0.55, bottom="skirt", cloth=(0.45, 0.12, 0.28), length=0.40,
        shoe=(0.80, 0.78, 0.74)),
    "emil": Character(
        height=1.88, legs=0.525, shoulders=1.10, girth=1.16, head=1.04, skin=(0.40, 0.26, 0.19),
        lips=(0.42, 0.22, 0.20), hair=(0.03, 0.03, 0.03), hairstyle="crop", beard=0.8, top=(0.20, 0.24, 0.55),
        accent=(0.92, 0.62, 0.15), pattern="stripes", sleeve=1.7, cloth=(0.20, 0.20, 0.21), shoe=(0.14, 0.14, 0.15)),
    "freya": Character(
        height=1.76, legs=0.525, shoulders=0.96, girth=0.90, curves=0.7, skin=(0.92, 0.74, 0.66),
        iris=(0.25, 0.42, 0.36), hair=(0.72, 0.56, 0.32), hairstyle="bob", top=(0.10, 0.11, 0.13), pattern="badge",
        accent=(0.30, 0.78, 0.70), sleeve=0.75, bottom="shorts", cloth=(0.36, 0.44, 0.58), length=0.38,
        shoe=(0.92, 0.9, 0.9)),
    "goran": Character(
        height=1.74, legs=0.505, shoulders=1.04, hips=1.05, girth=1.22, skin=(0.78, 0.55, 0.42),
        hair=(0.25, 0.16, 0.10), hairstyle="beanie", beard=1.0, top=(0.42, 0.46, 0.34), accent=(0.70, 0.30, 0.12),
        sleeve=0.55, cloth=(0.26, 0.20, 0.16), shoe=(0.38, 0.24, 0.14)),
    "hana": Character(
        height=1.58, shoulders=0.90, hips=1.02, girth=0.92, head=1.08, curves=0.8, skin=(0.66, 0.45, 0.32),
        lips=(0.58, 0.24, 0.24), hair=(0.06, 0.045, 0.04), hairstyle="afro", top=(0.13, 0.20, 0.42), pattern="badge",
        accent=(0.96, 0.78, 0.30), sleeve=0.45, cloth=(0.52, 0.50, 0.47), shoe=(0.90, 0.80, 0.30)),
}  # fmt: skip


def find(known: Mapping[str, Found], kind: str, name: str, hint: str = "") -> Found:
    """What is known by that name.

    Raises:
        ConfigError: nothing is.
    """
    if name not in known:
        raise ConfigError(f"no {kind} {name!r}. Known: {', '.join(known)}{hint}.")
    return known[name]


def find_character(name: str) -> Character:
    """A named character, or for a whole number the random one with that seed (`ConfigError` if it is neither)."""
    hint = "; or give a whole number, the seed of a random one"
    return random_character(int(name)) if name.isdigit() else find(CHARACTERS, "character", name, hint)


def random_character(seed: int) -> Character:
    """A character drawn at random; one seed always gives the same one."""
    rng = np.random.default_rng([seed, 77])

    def colour(low: float, high: float, saturation: float) -> Colour:
        return colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(0.1, saturation), rng.uniform(low, high))

    curves = float(np.clip(rng.normal(0.5, 0.6), 0, 1))
    tone = rng.uniform()
    skin = tuple(np.array((0.93, 0.75, 0.66)) * (1 - tone) + np.array((0.36, 0.23, 0.17)) * tone)
    who = Character(
        height=rng.uniform(1.72, 1.92) - 0.15 * curves, legs=rng.uniform(0.505, 0.525),
        shoulders=rng.uniform(0.98, 1.08) - 0.1 * curves, hips=rng.uniform(0.97, 1.04) + 0.05 * curves,
        girth=rng.uniform(0.92, 1.15), arms=rng.uniform(0.97, 1.04), head=rng.uniform(1.03, 1.08), curves=curves,
        skin=skin, lips=(0.55 * skin[0] + 0.18, 0.35 * skin[1] + 0.04, 0.4 * skin[2] + 0.04),
        hair=colorsys.hsv_to_rgb(rng.uniform(0.03, 0.11), rng.uniform(0.2, 0.6),
                                 rng.uniform(0.04, 0.2 + 0.4 * (1 - tone))),
        hairstyle=rng.choice(["long", "bob", "bun", "afro"] if curves > 0.5 else ["short", "crop", "beanie", "afro"]),
        beard=rng.choice([0.0, 0.0, 0.6, 1.0]) if curves < 0.3 else 0.0, top=colour(0.2, 0.9, 0.65),
        accent=colour(0.5, 0.95, 0.7), pattern=rng.choice(get_args(Pattern)), sleeve=rng.choice([0.45, 0.6, 1.0, 1.7]),
        bottom=rng.choice(get_args(Bottom) if curves > 0.5 else ["trousers", "shorts"]), cloth=colour(0.1, 0.6, 0.6),
        shoe=colour(0.15, 0.9, 0.4),
    )  # fmt: skip
    return replace(who, length={"trousers": 0.93, "shorts": 0.46, "skirt": 0.40}[who.bottom])


# ---------------------------------------------------------------- the skeleton
FINGERS = {  # base joint in hand coordinates, direction in degrees from the forearm's axis, three lengths, radius
    "thumb": ((0.024, 0.020, 0.012), 44.0, (0.043, 0.034, 0.028), 0.0115),
    "index": ((0.085, 0.029, 0.002), 8.0, (0.043, 0.026, 0.022), 0.0092),
    "middle": ((0.090, 0.009, 0.002), 1.5, (0.048, 0.030, 0.023), 0.0095),
    "ring": ((0.086, -0.011, 0.002), -5.0, (0.045, 0.028, 0.023), 0.0090),
    "little": ((0.078, -0.029, 0.002), -13.0, (0.035, 0.021, 0.020), 0.0080),
}
"""Hand coordinates: x along the forearm, y to the thumb's side, z out of the palm; metres for an average adult."""

_LIMBS = {
    "clavicle": "chest", "shoulder": "clavicle", "elbow": "shoulder", "forearm": "elbow", "wrist": "forearm",
    "hip": "pelvis", "knee": "hip", "ankle": "knee", "toe": "ankle",
    **{f"{f}{k}": f"{f}{k - 1}" if k > 1 else "wrist" for f in FINGERS for k in (1, 2, 3)},
}  # fmt: skip
PARENT = {"spine": "pelvis", "chest": "spine", "neck": "chest", "head": "neck"}
PARENT |= {n + s: p if p in ("chest", "pelvis") else p + s for s in "LR" for n, p in _LIMBS.items()}
JOINTS = ["pelvis", *PARENT]
"""Every joint that turns, parents before children; "forearm" lies half-way down and carries half of its twist."""
Pose = dict[str, tuple[Array, Array]]
"""For every joint its rotation from the rest pose (3, 3) and its position (3,)."""
ARM_DROP = 0.436
"""In the rest pose the arms hang this far (25 degrees) below the horizontal, palms forward, thumbs up."""


def hand_axes(side: str) -> Array:
    """Columns: the hand's x, y, z axes in the rest pose."""
    s, c, d = 1 if side == "L" else -1, np.cos(ARM_DROP), np.sin(ARM_DROP)
    return np.stack([vec(s * c, -d, 0), vec(s * d, c, 0), vec(0, 0, 1)], 1)


def hand_size(who: Character) -> float:
    """Size of the hands relative to an average adult."""
    return who.height / 1.76 * who.arms * (1 - 0.06 * who.curves)


def rest_joints(who: Character) -> dict[str, Array]:
    """Positions of all joints in the rest pose, and of the fingers' tips ("index4L", ...)."""
    leg, k, size = who.height * who.legs, who.height / 1.76, hand_size(who)
    upper = who.height - leg
    trunk = {"pelvis": (0, 0), "spine": (0.16, -0.005), "chest": (0.34, -0.01), "neck": (0.655, -0.015),
             "head": (0.735, 0)}  # fmt: skip
    j = {name: vec(0, leg + share * upper, z) for name, (share, z) in trunk.items()}
    for s, n in ((1, "L"), (-1, "R")):
        axes = hand_axes(n)
        j["clavicle" + n] = vec(s * 0.02, leg + 0.60 * upper, 0)
        j["shoulder" + n] = vec(s * 0.172 * k * who.shoulders, leg + 0.582 * upper, -0.01)
        j["elbow" + n] = j["shoulder" + n] + axes[:, 0] * 0.285 * k * who.arms
        j["wrist" + n] = j["elbow" + n] + axes[:, 0] * 0.255 * k * who.arms
        j["forearm" + n] = (j["elbow" + n] + j["wrist" + n]) / 2
        hip = s * 0.088 * k * who.hips
        j["hip" + n], j["knee" + n] = vec(hip, leg - 0.015, 0), vec(hip, leg * 0.535, 0.01)
        j["ankle" + n], j["toe" + n] = vec(hip, 0.085 * k, -0.015), vec(hip, 0.03 * k, 0.105 * k)
        for finger, (base, degrees, lengths, _) in FINGERS.items():
            a = np.radians(degrees)
            along = unit(axes @ vec(np.cos(a), np.sin(a), 0.22 if finger == "thumb" else 0.06))
            for i, end in enumerate(np.cumsum([0, *lengths])):
                j[f"{finger}{i + 1}{n}"] = j["wrist" + n] + (axes @ vec(*base) + along * end) * size
    return {name: p.astype(np.float32) for name, p in j.items()}


def head_frame(who: Character, rest: dict[str, Array]) -> tuple[Array, float]:
    """Origin (between the eyes and the ears) and scale of the head's own coordinates."""
    k = 0.94 * who.head * (who.height / 1.76) ** 0.5
    return rest["head"] + vec(0, 0.105, 0.012) * k, k
