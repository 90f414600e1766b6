"""The surface of a character: fields of flesh and cloth in the rest pose.

What lies under cloth is cut away, so that no limb can poke through it; thighs are part of the shirt's field, so that
trousers stay inside its hem.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from samples.dancer.characters import FINGERS, Character, hand_axes, hand_size, head_frame, rest_joints
from samples.dancer.geometry import (
    Array,
    Field,
    chain,
    common,
    cone,
    ellipsoid,
    mix,
    smoothstep,
    union,
    unit,
    vec,
)
from samples.dancer.head import hair_field, head_field, mirrored


@dataclass(frozen=True)
class Part:
    """One field to be meshed in a box, its material, and the bones that move it."""

    material: str
    bones: list[str]
    voxel: float
    low: Array
    high: Array
    field: Field
    falloff: float = 7.0
    """How sharply a vertex belongs to the nearest bone; cloth is softer than flesh."""


class Figure:
    """The fields of one character's body and clothes; every method takes points (..., 3) in the rest pose."""

    def __init__(self, who: Character) -> None:
        self.who, self.rest = who, rest_joints(who)
        self.k = who.height / 1.76
        self.g = who.girth * self.k
        self.waist, self.hip = float(self.rest["pelvis"][1]), float(self.rest["hipL"][0])
        upper_arm = float(np.linalg.norm(self.rest["elbowL"] - self.rest["shoulderL"]))
        self.sleeve = who.sleeve * upper_arm
        self.shirt_hem = self.waist - (0.085 if who.bottom != "skirt" else 0.035) * self.k
        self.hem = float(mix(self.rest["hipL"], self.rest["ankleL"], who.length)[1])

    def torso(self, p: Array, e: float | Array = 0.0) -> Array:
        """Pelvis, waist, chest, shoulders, bust; `e` metres thicker."""
        who, g, k, j, c = self.who, self.g, self.k, self.rest, self.who.curves
        chest, neck, pelvis = j["chest"], j["neck"], j["pelvis"]
        rib, hip, waist = 0.105 * g * (0.55 + 0.45 * who.shoulders), 0.084 * g * who.hips, (0.103 - 0.016 * c) * g
        y = self.waist + 0.15 * who.height * (1 - who.legs)
        d = union(
            0.07,
            cone(p, pelvis + vec(-0.055, -0.01, 0), pelvis + vec(0.055, -0.01, 0), hip, hip, (1, 0.95, 0.98)) - e,
            cone(p, vec(-0.03, y, -0.005), vec(0.03, y, -0.005), waist, waist, (1, 1.1, 0.92)) - e,
            cone(p, chest + vec(-0.055 * k, 0.05, 0), chest + vec(0.055 * k, 0.05, 0), rib, rib, (1, 1.15, 0.92)) - e,
            cone(p, j["shoulderL"] + vec(-0.05, -0.035, 0), j["shoulderR"] + vec(0.05, -0.035, 0), 0.068 * g, 0.068 * g)
            - e,
        )
        if c:
            d = union(
                0.03,
                d,
                ellipsoid(mirrored(p), chest + vec(0.068, 0.055, 0.075), np.array((0.058, 0.058, 0.052)) * c * g) - e,
            )
        slopes = [
            cone(p, neck + vec(0, -0.015, -0.01), j["shoulder" + n] + vec(0, 0.005, -0.01), 0.042 * g, 0.040 * g) - e
            for n in "LR"
        ]
        return union(0.05, d, *slopes)

    def arm(self, p: Array, n: str, e: float = 0.0) -> Array:
        """One arm without its hand."""
        a, b, w = (self.rest[x + n] for x in ("shoulder", "elbow", "wrist"))
        radii = np.array([0.058, 0.049, 0.038, 0.043, 0.0265]) * self.g * (1 - 0.10 * self.who.curves)
        if self.who.sleeve > 1:  # a long sleeve hangs straight to a wide cuff
            radii = radii + (np.array([0, 0.002, 0.006, 0.003, 0.010]) if e else 0)
        return chain(p, [a, mix(a, b, 0.45), b, mix(b, w, 0.28), w], radii + e)

    def bare_arm(self, p: Array, n: str) -> Array:
        """What of an arm its sleeve does not hide."""
        return common(0.004, self.arm(p, n), -0.03 - self.along_arm(p, n))

    def along_arm(self, p: Array, n: str) -> Array:
        """Metres beyond the end of the sleeve."""
        return (p - self.rest["shoulder" + n]) @ unit(self.rest["wrist" + n] - self.rest["shoulder" + n]) - self.sleeve

    def leg(self, p: Array, n: str, e: float = 0.0, loose: float = 0.0) -> Array:
        """One leg without its foot; `loose` widens it towards the ankle as trousers do."""
        h, q, a = (self.rest[x + n] for x in ("hip", "knee", "ankle"))
        s = 1 if n == "L" else -1
        shin = mix(q, a, 0.3) + vec(0, 0, -0.012 + loose * 0.4)
        radii = [0.090, 0.075, 0.056 + loose * 0.25, 0.056 + loose * 0.35, 0.036 + loose]
        points = [h + vec(s * 0.004, -0.03, -0.005), mix(h, q, 0.5), q, shin, a]
        return chain(p, points, np.array(radii) * self.g + e, 0.016)

    def legs(self, p: Array, e: float = 0.0) -> Array:
        """Both legs, bare."""
        return np.minimum(self.leg(p, "L", e), self.leg(p, "R", e))

    def shirt(self, p: Array) -> Array:
        """Torso and sleeves, with folds, collar and hem."""
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        chest = self.rest["chest"][1]
        e = 0.012 + 0.010 * smoothstep(self.waist + 0.12, self.shirt_hem, y)
        fold = 0.0030 * np.sin(y * 48 + 3 * np.sin(x * 13 + z * 9) + 2 * x) * smoothstep(chest + 0.12, chest - 0.1, y)
        d = union(0.06, self.torso(p, e), self.legs(p) - e + 0.010)
        for n in "LR":
            cloth = self.arm(p, n, 0.013 if self.who.sleeve < 1 else 0.010)
            d = union(0.035, d, common(0.006, cloth, self.along_arm(p, n)))
        collar = ellipsoid(p, self.rest["neck"] + vec(0, 0.035, 0.012), np.array((0.066, 0.062, 0.075)) * self.k)
        d = common(0.008, d + fold, -collar)
        return common(0.008, d, self.shirt_hem + 0.005 * np.sin(x * 20) - y)

    def trousers(self, p: Array) -> Array:
        """Trousers or shorts, with folds at the knee and above the shoe."""
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        d = common(0.01, self.torso(p, -0.002), y - self.waist - 0.06)
        knee = np.exp(-(((y - self.rest["kneeL"][1]) / 0.13) ** 2))
        fold = 0.0022 * np.sin(y * 75 + 5 * np.sin(x * 22 + z * 17)) * knee
        fold = fold + 0.0028 * np.sin(y * 120 + x * 30) * smoothstep(0.26, 0.12, y)
        left, right = self.leg(p, "L", 0.007, 0.022), self.leg(p, "R", 0.007, 0.022)
        if self.who.bottom == "shorts":  # they stand off the thigh
            flare = 0.016 * smoothstep(self.waist - 0.1, self.hem, y)
            left, right = left - flare, right - flare
        return common(0.008, union(0.03, union(0.012, left, right), d) + fold, self.hem - y)

    def skirt(self, p: Array) -> Array:
        """A flared, pleated skirt: a solid body, from whose underside the legs come out."""
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        down = np.clip((self.waist + 0.05 - y) / (self.waist + 0.05 - self.hem), 0, 1)
        pleat = 0.010 * down * np.sin(14 * np.arctan2(x, z))
        half = mix(0.080, 0.240, down) * self.g * (0.7 + 0.3 * self.who.hips) + pleat
        d = (np.hypot(x, z * 1.25 + 0.01) - half) * 0.8
        d = union(0.03, d, self.torso(p, -0.006), self.legs(p, 0.012))
        return common(0.010, d, self.hem + 0.004 * np.sin(x * 35) - y, y - self.waist + 0.002)

    def shoe(self, p: Array, n: str) -> Array:
        """One shoe with its sole on the floor and a sock at the ankle."""
        a, c = self.rest["ankle" + n], self.k * (1 - 0.08 * self.who.curves)
        upper = cone(
            p, a + vec(0, -0.045, -0.035) * c, a + vec(0, -0.055, 0.09) * c, 0.036 * c, 0.034 * c, (1.05, 1, 1)
        )
        toe = ellipsoid(p, a + vec(0, -0.058, 0.135) * c, np.array((0.043, 0.027, 0.052)) * c)
        d = union(0.03, upper, toe, cone(p, a + vec(0, -0.03, 0), a + vec(0, 0.02, -0.005), 0.038 * c, 0.036 * c))
        sole = ellipsoid(p, a * vec(1, 0, 1) + vec(0, 0.012, 0.05 * c), np.array((0.052, 0.03, 0.145)) * c)
        return common(0.004, union(0.01, d, np.maximum(sole, p[..., 1] - 0.020)), 0.002 - p[..., 1])

    def hand(self, p: Array, n: str) -> Array:
        """Palm, four fingers and a thumb: without separate fingers no detector sees a hand."""
        size, j = hand_size(self.who), self.rest
        axes = hand_axes(n)

        def at(x: float, y: float, z: float = 0.0) -> Array:
            return j["wrist" + n] + axes @ vec(x, y, z) * size

        palm = union(
            0.018,
            cone(p, at(-0.03, 0), at(0.015, 0), 0.024 * size, 0.024 * size),
            cone(p, at(0.02, 0.014), at(0.082, 0.026, 0.002), 0.016 * size, 0.014 * size),
            cone(p, at(0.02, -0.012), at(0.075, -0.026, 0.002), 0.016 * size, 0.013 * size),
            cone(p, at(0.03, 0), at(0.08, 0), 0.016 * size, 0.014 * size),
        )
        fingers = {
            f: chain(p, [j[f"{f}{i}{n}"] for i in (1, 2, 3, 4)], np.array((1.12, 1.0, 0.92, 0.78)) * r * size, 0.005)
            for f, (_, _, _, r) in FINGERS.items()
        }
        thumb = fingers.pop("thumb")
        return union(0.014, union(0.008, palm, np.minimum.reduce(list(fingers.values()))), thumb)

    def neck(self, p: Array) -> Array:
        """Neck, and the skin that a collar shows."""
        c, low, high = self.who.curves, self.rest["neck"], self.rest["head"] + vec(0, 0.06, -0.015)
        d = cone(p, low + vec(0, -0.06, -0.015), high, 0.060 * self.g, 0.054 * self.g, (1 - 0.1 * c, 1, 1))
        return union(0.03, d, ellipsoid(p, low + vec(0, -0.075, 0.012), np.array((0.12, 0.05, 0.055)) * self.g))

    def parts(self) -> list[Part]:
        """Everything to be meshed."""
        j, who = self.rest, self.who
        both = [b + s for s in "LR" for b in ("hip", "knee")]
        sleeves = [
            b + s for s in "LR" for b in ("clavicle", "shoulder", "elbow", *(["forearm"] if who.sleeve > 1 else []))
        ]
        trunk = ["pelvis", "spine", "chest", "neck"]
        wide = abs(float(j["wristL"][0])) + 0.08
        out = [
            Part("top", [*trunk, *sleeves, "hipL", "hipR"], 0.0095, vec(-wide, self.shirt_hem - 0.03, -0.27),
                 vec(wide, j["neck"][1] + 0.08, 0.27), self.shirt, 5.0),
            Part("bottom", ["pelvis", "spine", *both], 0.0095, vec(-0.36, self.hem - 0.03, -0.28),
                 vec(0.36, self.waist + 0.10, 0.28), self.skirt if who.bottom == "skirt" else self.trousers),
        ]  # fmt: skip
        if who.bottom != "trousers":

            def bare(p: Array) -> Array:
                return common(0.004, self.legs(p), p[..., 1] - self.hem - 0.025)

            out.append(Part("skin", both, 0.009, vec(-0.3, 0.02, -0.2), vec(0.3, self.hem + 0.06, 0.2), bare))
        for n in "LR":
            out += self.limb_parts(n)
        origin, k = head_frame(who, j)
        out.append(Part("skin", ["chest", "neck", "head"], 0.008, vec(-0.15, j["neck"][1] - 0.15, -0.12),
                        vec(0.15, origin[1] - 0.02, 0.12), self.neck))  # fmt: skip
        out.append(Part("head", ["head"], 0.0044, origin + vec(-0.12, -0.17, -0.15), origin + vec(0.12, 0.18, 0.17),
                        lambda p: head_field(who, (p - origin) / k) * k))  # fmt: skip
        loose = ["head", "neck", "chest"] if who.hairstyle == "long" else ["head"]
        out.append(Part("hair", loose, 0.0055, origin + vec(-0.17, -0.30, -0.24), origin + vec(0.17, 0.22, 0.18),
                        lambda p: hair_field(who, (p - origin) / k) * k, 5.0))  # fmt: skip
        return out

    def limb_parts(self, n: str) -> list[Part]:
        """Shoe, hand and bare arm of one side."""
        ankle, shoulder, wrist, size = *(self.rest[b + n] for b in ("ankle", "shoulder", "wrist")), hand_size(self.who)
        ground = ankle * vec(1, 0, 1)
        tip = wrist + hand_axes(n) @ vec(0.19, 0, 0) * size
        digits = [f"{f}{i}{n}" for f in FINGERS for i in (1, 2, 3)]
        arm = [b + n for b in ("shoulder", "elbow", "forearm", "wrist")]
        return [
            Part("shoe", ["ankle" + n, "toe" + n], 0.0075, ground + vec(-0.08, -0.02, -0.13),
                 ground + vec(0.08, ankle[1] + 0.07, 0.25), partial(self.shoe, n=n)),
            Part("skin", [*arm[2:], *digits], 0.0042, np.minimum(wrist, tip) - 0.085 * size,
                 np.maximum(wrist, tip) + 0.085 * size, partial(self.hand, n=n), 9.0),
            Part("skin", arm, 0.008, np.minimum(shoulder, wrist) - 0.07, np.maximum(shoulder, wrist) + 0.07,
                 partial(self.bare_arm, n=n)),
        ]  # fmt: skip
