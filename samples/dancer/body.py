"""The surface of a character in the rest pose, as signed distances of flesh, hair and clothes.

What lies under cloth is cut away, so that no limb can poke through it; thighs are part of the shirt's field, so that
trousers stay inside its hem. Fields take points (..., 3); those of head and hair in the head's own coordinates: the
origin between the eyes and the ears, x to the dancer's left, y up, z out of the face, in metres on an average head.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from samples.dancer.characters import FINGERS, Character, Skeleton, hand_axes
from samples.dancer.geometry import Array, chain, common, cone, ellipsoid, mirrored, mix, smoothstep, union, unit, vec
from samples.dancer.hair import hair, hat

SKIN, HEAD, HAIR, TOP, BOTTOM, SHOE, LEGWEAR, GLOVE, HAT = range(9)
"""The materials."""


class Part(NamedTuple):
    """One field to be meshed in a box, its material, and the bones that move it."""

    material: int
    bones: list[str]
    voxel: float
    low: Array
    high: Array
    field: Callable[[Array], Array]
    falloff: float = 7.0  # how sharply a vertex belongs to the nearest bone; cloth is softer than flesh


class Figure(Skeleton):
    """A character's body and clothes."""

    def __init__(self, who: Character) -> None:
        super().__init__(who)
        self.waist = float(self.rest["pelvis"][1])
        self.sleeve = who.sleeve * float(np.linalg.norm(self.rest["elbowL"] - self.rest["shoulderL"]))
        self.shirt_hem = self.waist - (0.085 if who.bottom != "skirt" else 0.035) * self.k
        self.hem, over = (float(mix(self.rest["hipL"], self.rest["ankleL"], x)[1]) for x in (who.length, who.over))
        if who.over:
            self.shirt_hem = over
            self.hem = over if who.bottom == "none" else self.hem

    def torso(self, p: Array, e: float | Array = 0.0) -> Array:
        """Pelvis, waist, chest, shoulders, bust; `e` metres thicker."""
        who, g, k, j, c = self.who, self.girth, self.k, self.rest, self.who.curves
        chest, neck, pelvis, y = j["chest"], j["neck"], j["pelvis"], self.waist + 0.15 * who.height * (1 - who.legs)
        rib, hip, waist = 0.105 * g * (0.55 + 0.45 * who.shoulders), 0.084 * g * who.hips, (0.103 - 0.016 * c) * g
        trunk = (
            cone(p, pelvis + vec(-0.055, -0.01, 0), pelvis + vec(0.055, -0.01, 0), hip, hip, (1, 0.95, 0.98)),
            cone(p, (-0.03, y, -0.005), (0.03, y, -0.005), waist, waist, (1, 1.1, 0.92)),
            cone(p, chest + vec(-0.055 * k, 0.05, 0), chest + vec(0.055 * k, 0.05, 0), rib, rib, (1, 1.15, 0.92)),
            cone(p, j["shoulderL"] - vec(0.05, 0.035, 0), j["shoulderR"] + vec(0.05, -0.035, 0), 0.068 * g, 0.068 * g),
        )
        d = union(0.07, *[part - e for part in trunk])
        if c:
            bust = ellipsoid(mirrored(p), chest + vec(0.068, 0.055, 0.075), np.array((0.058, 0.058, 0.052)) * c * g)
            d = union(0.03, d, bust - e)
        if who.belly:
            round_ = np.array((0.115, 0.115, 0.075 + 0.06 * who.belly)) * g
            d = union(0.06, d, ellipsoid(p, (0, y + 0.03, 0.035 * g), round_) - e)
        slopes = [cone(p, neck + vec(0, -0.015, -0.01), j["shoulder" + n] + vec(0, 0.005, -0.01), 0.042 * g, 0.040 * g)
                  for n in "LR"]  # fmt: skip
        return union(0.05, d, *[slope - e for slope in slopes])

    def arm(self, p: Array, n: str, e: float = 0.0) -> Array:
        """One arm without its hand; a long sleeve (`e` > 0) hangs straight to a wide cuff."""
        a, b, w = (self.rest[x + n] for x in ("shoulder", "elbow", "wrist"))
        radii = np.array([0.058, 0.049, 0.038, 0.043, 0.0265]) * self.girth * (1 - 0.10 * self.who.curves)
        cuff = np.array([0, 0.002, 0.006, 0.003, 0.010]) * (self.who.sleeve > 1 and e > 0)
        return chain(p, [a, mix(a, b, 0.45), b, mix(b, w, 0.28), w], radii + cuff + e)

    def beyond_sleeve(self, p: Array, n: str) -> Array:
        """Metres beyond the end of the sleeve."""
        return (p - self.rest["shoulder" + n]) @ unit(self.rest["wrist" + n] - self.rest["shoulder" + n]) - self.sleeve

    def leg(self, p: Array, n: str, e: float = 0.0, loose: float = 0.0) -> Array:
        """One leg without its foot; `loose` widens it towards the ankle as trousers do."""
        h, q, a = (self.rest[x + n] for x in ("hip", "knee", "ankle"))
        shin = mix(q, a, 0.3) + vec(0, 0, -0.012 + loose * 0.4)
        radii = np.array([0.090, 0.075, 0.056 + loose * 0.25, 0.056 + loose * 0.35, 0.036 + loose]) * self.girth
        top = h + vec(0.004 if n == "L" else -0.004, -0.03, -0.005)
        return chain(p, [top, mix(h, q, 0.5), q, shin, a], radii + e, 0.016)

    def legs(self, p: Array, e: float = 0.0) -> Array:
        """Both legs, bare."""
        return np.minimum(self.leg(p, "L", e), self.leg(p, "R", e))

    def shirt(self, p: Array) -> Array:
        """Torso and sleeves, with folds, collar and hem."""
        (x, y, z), chest, who = np.moveaxis(p, -1, 0), self.rest["chest"][1], self.who
        e = 0.012 + 0.010 * smoothstep(self.waist + 0.12, self.shirt_hem, y)
        fold = 0.0030 * np.sin(y * 48 + 3 * np.sin(x * 13 + z * 9) + 2 * x) * smoothstep(chest + 0.12, chest - 0.1, y)
        d = union(0.06, self.torso(p, e), self.legs(p) - e + 0.010)
        for n in "LR":
            cloth = self.arm(p, n, 0.013 if who.sleeve < 1 else 0.010)
            d = union(0.035, d, common(0.006, cloth, self.beyond_sleeve(p, n)))
        if who.over:
            hanging = union(0.06, self.bell(p, self.shirt_hem), self.legs(p, 0.012))
            d = union(0.08, d, common(0.05, hanging, y - self.waist + 0.05))
        collar = ellipsoid(p, self.rest["neck"] + vec(0, 0.035, 0.012), np.array((0.066, 0.062, 0.075)) * self.k)
        return common(0.008, common(0.008, d + fold, -collar), self.shirt_hem + 0.005 * np.sin(x * 20) - y)

    def trousers(self, p: Array) -> Array:
        """Trousers or shorts, with folds at the knee and above the shoe; shorts stand off the thigh."""
        x, y, z = np.moveaxis(p, -1, 0)
        knee = np.exp(-(((y - self.rest["kneeL"][1]) / 0.13) ** 2))
        fold = 0.0022 * np.sin(y * 75 + 5 * np.sin(x * 22 + z * 17)) * knee
        fold = fold + 0.0028 * np.sin(y * 120 + x * 30) * smoothstep(0.26, 0.12, y)
        flare = 0.016 * smoothstep(self.waist - 0.1, self.hem, y) * (self.who.bottom == "shorts")
        seat = common(0.01, self.torso(p, -0.002), y - self.waist - 0.06)
        legs = union(0.012, *[self.leg(p, n, 0.007, 0.022) - flare for n in "LR"])
        hidden = [y - self.shirt_hem - 0.05] if self.who.over else []  # by a coat, through which nothing is to poke
        return common(0.008, union(0.03, legs, seat) + fold, self.hem - y, *hidden)

    def skirt(self, p: Array) -> Array:
        """A flared, pleated skirt: a solid body, from whose underside the legs come out."""
        x, y, _ = np.moveaxis(p, -1, 0)
        d = union(0.03, self.bell(p, self.hem), self.torso(p, -0.006), self.legs(p, 0.012))
        return common(0.010, d, self.hem + 0.004 * np.sin(x * 35) - y, y - self.waist + 0.002)

    def bell(self, p: Array, hem: float) -> Array:
        """What hangs from the waist down to a hem, in pleats."""
        x, y, z = np.moveaxis(p, -1, 0)
        down = np.clip((self.waist + 0.05 - y) / (self.waist + 0.05 - hem), 0, 1)
        half = mix(0.080, 0.240 * self.who.flare, down) * self.girth * (0.7 + 0.3 * self.who.hips)
        half = half + 0.010 * down * np.sin(14 * np.arctan2(x, z))
        return np.asarray((np.hypot(x, z * 1.25 + 0.01) - half) * 0.8)

    def shoe(self, p: Array, n: str) -> Array:
        """One shoe with its sole on the floor and a sock at the ankle."""
        a, c = self.rest["ankle" + n], self.k * (1 - 0.08 * self.who.curves)
        d = union(
            0.03,
            cone(p, a + vec(0, -0.045, -0.035) * c, a + vec(0, -0.055, 0.09) * c, 0.036 * c, 0.034 * c, (1.05, 1, 1)),
            ellipsoid(p, a + vec(0, -0.058, 0.135) * c, np.array((0.043, 0.027, 0.052)) * c),
            cone(p, a + vec(0, -0.03, 0), a + vec(0, 0.02, -0.005), 0.038 * c, 0.036 * c),
        )
        sole = ellipsoid(p, a * vec(1, 0, 1) + vec(0, 0.012, 0.05 * c), np.array((0.052, 0.03, 0.145)) * c)
        return common(0.004, union(0.01, d, np.maximum(sole, p[..., 1] - 0.020)), 0.002 - p[..., 1])

    def hand_field(self, p: Array, n: str) -> Array:
        """Palm, four fingers and a thumb: without separate fingers no detector sees a hand."""
        size, j, axes = self.hand, self.rest, hand_axes(n)
        bones = (  # of the palm, in hand coordinates: from, to, the radii there
            ((-0.03, 0, 0), (0.015, 0, 0), 0.024, 0.024), ((0.02, 0.014, 0), (0.082, 0.026, 0.002), 0.016, 0.014),
            ((0.02, -0.012, 0), (0.075, -0.026, 0.002), 0.016, 0.013), ((0.03, 0, 0), (0.08, 0, 0), 0.016, 0.014),
        )  # fmt: skip
        palm = [cone(p, *(j["wrist" + n] + axes @ vec(*end) * size for end in ends), ra * size, rb * size)
                for *ends, ra, rb in bones]  # fmt: skip
        thumb, *fingers = (
            chain(p, [j[f"{f}{i}{n}"] for i in (1, 2, 3, 4)], np.array((1.12, 1.0, 0.92, 0.78)) * r * size, 0.005)
            for f, (_, _, _, r) in FINGERS.items()
        )
        return union(0.014, union(0.008, union(0.018, *palm), np.minimum.reduce(fingers)), thumb)

    def neck(self, p: Array) -> Array:
        """Neck, and the skin that a collar shows."""
        c, low, high = self.who.curves, self.rest["neck"], self.rest["head"] + vec(0, 0.06, -0.015)
        d = cone(p, low + vec(0, -0.06, -0.015), high, 0.060 * self.girth, 0.054 * self.girth, (1 - 0.1 * c, 1, 1))
        return union(0.03, d, ellipsoid(p, low + vec(0, -0.075, 0.012), np.array((0.12, 0.05, 0.055)) * self.girth))

    def face(self, q: Array) -> Array:
        """Skull, jaw, brow ridge, eye sockets and lids, nose, lips, ears: detectors need the relief, not only paint."""
        fine, m = 1 - 0.12 * self.who.curves, mirrored(q)
        d = union(
            0.035,
            ellipsoid(q, (0, 0.038, -0.012), (0.077, 0.092, 0.096)),
            ellipsoid(q, (0, -0.035, 0.022), (0.060 * fine, 0.082, 0.073)),
            ellipsoid(m, (0.036, -0.022, 0.062), (0.027, 0.024, 0.024)),
            ellipsoid(q, (0, -0.104, 0.066), (0.021 * fine, 0.017, 0.018)),
            cone(m, (0.035, -0.07, 0.02), (0.056, -0.04, -0.02), 0.022 * fine, 0.022),
        )
        d = union(0.02, d, cone(m, (0, 0.031, 0.078), (0.036, 0.033, 0.069), 0.011, 0.009))
        d = common(0.018, d, -ellipsoid(m, (0.032, 0.008, 0.097), (0.017, 0.0125, 0.017)))
        d = union(0.010, d, ellipsoid(m, (0.0315, 0.008, 0.0705), (0.0145, 0.0115, 0.0135)))
        bridge = cone(q, (0, 0.022, 0.083), (0, -0.022, 0.106), 0.0075, 0.0105)
        d = union(0.010, d, bridge, ellipsoid(m, (0.0115, -0.0275, 0.093), (0.009, 0.0075, 0.010)))
        upper_lip = ellipsoid(m, (0.008, -0.060, 0.0895), (0.017, 0.0055, 0.008))
        d = union(0.008, d, upper_lip, ellipsoid(q, (0, -0.0695, 0.0875), (0.018, 0.0065, 0.009)))
        return union(0.008, d, ellipsoid(m, (0.079, -0.004, -0.008), (0.009, 0.031, 0.018)))

    def parts(self) -> list[Part]:
        """Everything to be meshed."""
        j, who, size, head, k = self.rest, self.who, self.hand, self.head, self.head_size
        wide, neck, legs = abs(float(j["wristL"][0])) + 0.08, j["neck"][1], ["hipL", "kneeL", "hipR", "kneeR"]
        covered = ["clavicle", "shoulder", "elbow", "forearm"][: 4 if who.sleeve > 1 else 3]
        sleeves = [b + n for n in "LR" for b in covered]
        bottom = self.skirt if who.bottom == "skirt" else self.trousers
        loose = 0.09 * max(who.flare - 1, 0) + 0.05 * who.belly
        out = [
            Part(TOP, ["pelvis", "spine", "chest", "neck", *sleeves, "hipL", "hipR"], 0.0095,
                 vec(-wide, self.shirt_hem - 0.03, -0.27 - loose), vec(wide, neck + 0.08, 0.27 + loose),
                 self.shirt, 5.0),
            Part(SKIN, ["chest", "neck", "head"], 0.008, vec(-0.15, neck - 0.15, -0.12),
                 vec(0.15, head[1] - 0.02, 0.12), self.neck),
            Part(HEAD, ["head"], 0.0044, head + vec(-0.12, -0.17, -0.15), head + vec(0.12, 0.18, 0.17),
                 lambda p: self.face((p - head) / k) * k),
        ]  # fmt: skip
        if who.bottom != "none":
            low, high = vec(-0.36, self.hem - 0.03, -0.28), vec(0.36, self.waist + 0.10, 0.28)
            out.append(Part(BOTTOM, ["pelvis", "spine", *legs], 0.0095, low - vec(loose, 0, loose),
                            high + vec(loose, 0, loose), bottom))  # fmt: skip
        if who.hairstyle != "bald":
            falls = who.hairstyle in ("long", "wavy", "ponytail", "braids")
            out.append(Part(HAIR, ["head", "neck", "chest"][: 3 if falls else 1], 0.0055,
                            head + vec(-0.17, -0.30 * max(who.hair_length, 1), -0.24), head + vec(0.17, 0.22, 0.18),
                            lambda p: hair(who, (p - head) / k) * k, 5.0))  # fmt: skip
        if who.hat != "none":
            out.append(Part(HAT, ["head", "neck"] if who.hat == "scarf" else ["head"], 0.0060,
                            head + vec(-0.21, -0.28, -0.24), head + vec(0.21, 0.22, 0.22),
                            lambda p: hat(who, (p - head) / k) * k, 5.0))  # fmt: skip
        if who.bottom != "trousers" or who.length < 0.9:
            out.append(Part(LEGWEAR if who.legwear else SKIN, legs, 0.009, vec(-0.3, 0.02, -0.2),
                            vec(0.3, self.hem + 0.06, 0.2),
                            lambda p: common(0.004, self.legs(p), p[..., 1] - self.hem - 0.025)))  # fmt: skip
        for n in "LR":
            shoulder, wrist, ankle = (j[b + n] for b in ("shoulder", "wrist", "ankle"))
            ground, tip = ankle * vec(1, 0, 1), wrist + hand_axes(n) @ vec(0.19, 0, 0) * size
            arm = [b + n for b in ("shoulder", "elbow", "forearm", "wrist")]
            digits = [f"{f}{i}{n}" for f in FINGERS for i in (1, 2, 3)]
            out += [
                Part(SHOE, ["ankle" + n, "toe" + n], 0.0075, ground + vec(-0.08, -0.02, -0.13),
                     ground + vec(0.08, ankle[1] + 0.07, 0.25), partial(self.shoe, n=n)),
                Part(GLOVE if who.gloves else SKIN, [*arm[2:], *digits], 0.0042, np.minimum(wrist, tip) - 0.085 * size,
                     np.maximum(wrist, tip) + 0.085 * size, partial(self.hand_field, n=n), 9.0),
                Part(SKIN, arm, 0.008, np.minimum(shoulder, wrist) - 0.07, np.maximum(shoulder, wrist) + 0.07,
                     lambda p, n=n: common(0.004, self.arm(p, n), -0.03 - self.beyond_sleeve(p, n))),
            ]  # fmt: skip
        return out
