"""Who dances: proportions, looks and clothes, and the skeleton at rest that follows from them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from samples.dancer.geometry import Array, unit, vec

Colour = tuple[float, ...]
Rows = dict[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Character:
    """A person. Shares are relative to an average adult (1.0) unless said otherwise."""

    height: float  # metres
    legs: float  # height of the hip joints as a share of the height
    shoulders: float
    hips: float
    girth: float
    arms: float
    head: float
    curves: float  # 0 to 1: narrower waist and limbs, bust, finer jaw and brows
    skin: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    hairstyle: str  # bald, short, crop, long, wavy, bob, bun, ponytail, braids, afro or beanie
    beard: float  # 0 (none) to 1 (full)
    top: Colour
    accent: Colour  # the pattern's second colour, also that of hats
    pattern: str  # plain, or one of `fabric.ON_THE_CHEST` or `fabric.WOVEN`
    sleeve: float  # length in upper arms: 0.1 leaves the arm bare, 0.5 is a T-shirt, 1.7 reaches the wrist
    bottom: str  # trousers, shorts, skirt, or none under a dress
    cloth: Colour  # of trousers, shorts or skirt
    length: float  # where they end, as a share of the way from hip to ankle
    shoe: Colour
    over: float = 0.0  # where a dress or a coat ends, as such a share; 0 for a shirt
    flare: float = 1.0  # how wide skirt, dress and coat are at their hem
    weave: str = "plain"  # the pattern of trousers, shorts or skirt
    pattern_size: float = 1.0
    legwear: Colour | None = None  # stockings
    gloves: Colour | None = None
    hat: str = "none"  # cap, brim or scarf
    hair_length: float = 1.0
    fringe: float = 0.0  # 0 to 1: how far hair falls over the forehead
    glasses: bool = False
    belly: float = 0.0  # 0 to 1


# fmt: off
_BODIES: Rows = {  # height, legs, shoulders, hips, girth, arms, head, curves
    "bruno": (1.82, 0.515, 1.03, 1.00, 1.03, 1.03, 1.06, 0.0),
    "amara": (1.63, 0.515, 0.90, 1.10, 0.97, 0.97, 1.05, 1.0),
    "chen":  (1.71, 0.515, 0.96, 1.00, 0.92, 1.00, 1.05, 0.0),
    "dalia": (1.68, 0.515, 0.92, 1.08, 0.95, 1.00, 1.05, 0.9),
    "emil":  (1.88, 0.525, 1.10, 1.00, 1.16, 1.00, 1.04, 0.0),
    "freya": (1.76, 0.525, 0.96, 1.00, 0.90, 1.00, 1.05, 0.7),
    "goran": (1.74, 0.505, 1.04, 1.05, 1.22, 1.00, 1.05, 0.0),
    "hana":  (1.58, 0.515, 0.90, 1.02, 0.92, 1.00, 1.08, 0.8),
}
_LOOKS: Rows = {  # skin, lips, iris, hair, hairstyle, beard
    "bruno": ((.80, .58, .46), (.62, .32, .30), (.25, .15, .08), (.10, .07, .05), "short", .0),
    "amara": ((.52, .34, .24), (.50, .18, .18), (.25, .15, .08), (.05, .035, .03), "long", .0),
    "chen":  ((.86, .68, .54), (.62, .32, .30), (.25, .15, .08), (.04, .04, .045), "crop", .0),
    "dalia": ((.88, .68, .58), (.72, .26, .30), (.20, .34, .42), (.42, .20, .09), "bun", .0),
    "emil":  ((.40, .26, .19), (.42, .22, .20), (.25, .15, .08), (.03, .03, .03), "crop", .8),
    "freya": ((.92, .74, .66), (.62, .32, .30), (.25, .42, .36), (.72, .56, .32), "bob", .0),
    "goran": ((.78, .55, .42), (.62, .32, .30), (.25, .15, .08), (.25, .16, .10), "beanie", 1.0),
    "hana":  ((.66, .45, .32), (.58, .24, .24), (.25, .15, .08), (.06, .045, .04), "afro", .0),
}
_CLOTHES: Rows = {  # top, accent, pattern, sleeve, bottom, cloth, length, shoe
    "bruno": ((.72, .10, .13), (.90, .90, .90), "badge", .50, "trousers", (.10, .12, .20), .93, (.85, .85, .85)),
    "amara": ((.93, .80, .25), (.15, .35, .55), "stripes", .45, "trousers", (.22, .42, .50), .93, (.20, .20, .22)),
    "chen":  ((.16, .32, .30), (.86, .84, .78), "yoke", 1.70, "shorts", (.62, .55, .42), .50, (.72, .20, .14)),
    "dalia": ((.88, .87, .84), (.90, .90, .90), "plain", .55, "skirt", (.45, .12, .28), .40, (.80, .78, .74)),
    "emil":  ((.20, .24, .55), (.92, .62, .15), "stripes", 1.70, "trousers", (.20, .20, .21), .93, (.14, .14, .15)),
    "freya": ((.10, .11, .13), (.30, .78, .70), "badge", .75, "shorts", (.36, .44, .58), .38, (.92, .90, .90)),
    "goran": ((.42, .46, .34), (.70, .30, .12), "plain", .55, "trousers", (.26, .20, .16), .93, (.38, .24, .14)),
    "hana":  ((.13, .20, .42), (.96, .78, .30), "badge", .45, "trousers", (.52, .50, .47), .93, (.90, .80, .30)),
}
# fmt: on
CHARACTERS = {name: Character(*_BODIES[name], *_LOOKS[name], *_CLOTHES[name]) for name in _BODIES}


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


def hand_axes(side: str) -> Array:
    """Columns: the hand's x, y, z axes in the rest pose, in which the arms hang 25 degrees, palms forward."""
    s, c, d = 1 if side == "L" else -1, np.cos(0.436), np.sin(0.436)
    return np.stack([vec(s * c, -d, 0), vec(s * d, c, 0), vec(0, 0, 1)], 1)


class Skeleton:
    """The joints of a character in the rest pose, and the sizes that follow from its proportions.

    Attributes:
        rest: all joints (3,) by name, with the tips of the fingers ("index4L", ...), in metres.
        k, girth, hand: sizes of body, its thickness and its hands relative to an average adult.
        head, head_size: origin (between the eyes and the ears) and scale of the head's own coordinates.
    """

    def __init__(self, who: Character) -> None:
        self.who, self.k = who, who.height / 1.76
        self.girth, self.hand = who.girth * self.k, self.k * who.arms * (1 - 0.06 * who.curves)
        leg = who.height * who.legs
        upper, k = who.height - leg, self.k
        trunk = {"pelvis": (0, 0), "spine": (0.16, -0.005), "chest": (0.34, -0.01), "neck": (0.655, -0.015),
                 "head": (0.735, 0)}  # fmt: skip
        self.rest = j = {name: vec(0, leg + share * upper, z) for name, (share, z) in trunk.items()}
        for s, n in ((1, "L"), (-1, "R")):
            axes, hip = hand_axes(n), s * 0.088 * k * who.hips
            j["clavicle" + n] = vec(s * 0.02, leg + 0.60 * upper, 0)
            j["shoulder" + n] = vec(s * 0.172 * k * who.shoulders, leg + 0.582 * upper, -0.01)
            j["elbow" + n] = j["shoulder" + n] + axes[:, 0] * 0.285 * k * who.arms
            j["wrist" + n] = j["elbow" + n] + axes[:, 0] * 0.255 * k * who.arms
            j["forearm" + n] = (j["elbow" + n] + j["wrist" + n]) / 2
            j["hip" + n], j["knee" + n] = vec(hip, leg - 0.015, 0), vec(hip, leg * 0.535, 0.01)
            j["ankle" + n], j["toe" + n] = vec(hip, 0.085 * k, -0.015), vec(hip, 0.03 * k, 0.105 * k)
            for finger, (base, degrees, lengths, _) in FINGERS.items():
                a = np.radians(degrees)
                along = unit(axes @ vec(np.cos(a), np.sin(a), 0.22 if finger == "thumb" else 0.06))
                for i, end in enumerate(np.cumsum([0, *lengths])):
                    tip = j["wrist" + n] + (axes @ vec(*base) + along * end) * self.hand
                    j[f"{finger}{i + 1}{n}"] = tip.astype(np.float32)
        self.head_size = 0.94 * who.head * self.k**0.5
        self.head = j["head"] + vec(0, 0.105, 0.012) * self.head_size
