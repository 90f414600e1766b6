"""The colour of the skin, the face and the clothes, as formulas of the place in the rest pose."""

import numpy as np

from samples.dancer.characters import Character, hand_axes, head_frame
from samples.dancer.geometry import Array, mix, smoothstep
from samples.dancer.scene import ripple
from samples.dancer.skinning import MATERIALS, Mesh

SKIN, HEAD, HAIR, TOP, BOTTOM, SHOE = range(len(MATERIALS))


def surface(mesh: Mesh, p: Array, material: Array) -> tuple[Array, Array, Array]:
    """How points of a character's surface look.

    Args:
        mesh: the character.
        p: (N, 3) places in the rest pose.
        material: (N,) indices into `body.MATERIALS`.

    Returns:
        Colour (N, 3), strength of the gloss (N,), and a push (N, 3) to the normal: cloth's crumple, hair's strands.
    """
    who = mesh.who
    colour = np.array([who.skin, who.skin, who.hair, who.top, who.cloth, who.shoe], np.float32)[material]
    gloss = np.array([0.10, 0.12, 0.0, 0.02, 0.02, 0.12], np.float32)[material]
    push = np.zeros_like(p)
    at = [material == i for i in range(len(MATERIALS))]
    colour[at[HEAD]] = _face(mesh, p[at[HEAD]])
    colour[at[HAIR]], push[at[HAIR]] = _hair(mesh, p[at[HAIR]])
    colour[at[TOP]] = _top(mesh, p[at[TOP]])
    q = p[at[BOTTOM]]
    seam = np.exp(-((q[:, 2] / 0.006) ** 2)) * (np.abs(q[:, 0]) > mesh.rest["hipL"][0]) * (who.bottom != "skirt")
    colour[at[BOTTOM]] *= (1 - 0.3 * seam + 0.06 * ripple(q, 45))[:, None]
    q = p[at[SHOE]]
    height = mesh.rest["ankleL"][1]
    colour[at[SHOE]] = mix(colour[at[SHOE]], np.array(who.sole), smoothstep(0.026, 0.022, q[:, 1])[:, None])
    sock = smoothstep(height + 0.004, height + 0.007, q[:, 1])[:, None]
    colour[at[SHOE]] = mix(colour[at[SHOE]], np.array((0.82, 0.82, 0.80)), sock)
    cloth = at[TOP] | at[BOTTOM]
    q = p[cloth]
    push[cloth] = 0.2 * np.stack([ripple(q + o, 38) for o in ((0, 0, 0), (0.3, 0.1, 0.2), (0.7, 0.4, 0.9))], 1)
    gloss[at[HAIR]] = {"beanie": 0.02, "crop": 0.05, "afro": 0.05}.get(who.hairstyle, 0.20)
    return colour, gloss, push


def _top(mesh: Mesh, q: Array) -> Array:
    who, chest = mesh.who, mesh.rest["chest"][1]
    x, y, z = q.T
    if who.pattern == "stripes":  # they run round the trunk, and round the sleeves
        shoulder, axes = mesh.rest["shoulderL"], hand_axes("L")
        arm = np.abs(x) - shoulder[0] > 0.02
        down = (np.column_stack([np.abs(x), y, z]) - shoulder) @ axes[:, 0]
        s = smoothstep(0.1, 0.35, np.sin(np.where(arm, down, y) * 2 * np.pi / 0.075))
    elif who.pattern == "badge":
        r = np.hypot(x, y - chest - 0.045)
        s = smoothstep(0.078, 0.074, r) * (1 - smoothstep(0.062, 0.058, r) * smoothstep(0.040, 0.044, r)) * (z > 0)
    elif who.pattern == "yoke":
        s = smoothstep(chest + 0.068, chest + 0.072, y)
    else:
        s = np.zeros_like(x)
    return mix(np.array(who.top), np.array(who.accent), s[:, None])


def _hair(mesh: Mesh, p: Array) -> tuple[Array, Array]:
    who = mesh.who
    origin, k = head_frame(who, mesh.rest)
    x, y, z = ((p - origin) / k).T
    push = np.zeros_like(p)
    if who.hairstyle == "beanie":
        rib = np.sin(np.arctan2(x, z + 0.02) * 46)
        push[:, 0], push[:, 2] = 0.35 * rib * np.cos(np.arctan2(x, z)), -0.35 * rib * np.sin(np.arctan2(x, z))
        return np.array(who.accent) * (0.94 + 0.08 * rib)[:, None], push
    if who.hairstyle in ("afro", "crop"):
        f = 170 if who.hairstyle == "afro" else 420
        push = 0.55 * np.stack([ripple(p + o, f) for o in ((0, 0, 0), (0.3, 0.1, 0.2), (0.7, 0.4, 0.9))], 1)
        return np.array(who.hair) * (1 + 0.25 * ripple(p, f))[:, None], push
    around = np.arctan2(x, z + 0.03)  # strands run down from the crown
    strand = np.sin(around * 55 + 3 * np.sin(y * 30) + 1.5 * np.sin(around * 13))
    fine = np.sin(around * 140 + 5 * np.sin(y * 22 + 2 * around))
    tilt = 0.22 * strand + 0.16 * fine
    push[:, 0], push[:, 2] = tilt * np.cos(around), -tilt * np.sin(around)
    parting = np.exp(-(((x - 0.022) / 0.004) ** 2)) * smoothstep(0.11, 0.13, y) * (who.hairstyle in ("long", "bob"))
    colour = np.array(who.hair) * (1 + 0.22 * strand + 0.18 * fine)[:, None]
    return mix(colour, np.array(who.skin) * 0.8, 0.6 * parting[:, None]), push


def _face(mesh: Mesh, p: Array) -> Array:
    """Skin, blush, eyes with lids, iris and pupil, brows, lips, nostrils, beard."""
    who = mesh.who
    origin, k = head_frame(who, mesh.rest)
    q = (p - origin) / k
    x, y, z = np.abs(q[:, 0]), q[:, 1], q[:, 2]
    skin, soft = np.array(who.skin), 0.0016
    colour = np.tile(skin, (len(p), 1)).astype(np.float32)
    front = smoothstep(0.04, 0.06, z)

    def paint(amount: Array, with_colour: Array | tuple[float, ...], where: Array = front) -> None:
        nonlocal colour
        colour = mix(colour, np.array(with_colour), (np.clip(amount, 0, 1) * where)[:, None])

    paint(0.30 * np.exp(-(((x - 0.040) / 0.018) ** 2) - ((y + 0.028) / 0.018) ** 2), skin * (1.05, 0.62, 0.58))
    paint(0.40 * np.exp(-(((x - 0.032) / 0.019) ** 2) - ((y - 0.013) / 0.012) ** 2), skin * 0.55)
    paint(0.25 * np.exp(-(((x - 0.016) / 0.004) ** 2) - ((y + 0.02) / 0.018) ** 2), skin * 0.6)
    if who.beard:
        _beard(who, paint, x, y, z)
    eye_x = (x - 0.0318) / 0.0150
    eye = smoothstep(1.12, 0.88, np.hypot(eye_x, (y - 0.0075) / (0.0064 - 0.0012 * (x > 0.0318))))
    lid = smoothstep(1.55, 1.25, np.hypot(eye_x, (y - 0.0075) / 0.0064 - 0.12)) * (y > 0)
    paint(0.9 * lid, skin * 0.18)
    paint(eye, (0.84, 0.82, 0.80))
    r = np.hypot(x - 0.0318, y - 0.0082)
    paint(eye * smoothstep(0.0068 + soft, 0.0068 - soft, r), who.iris)
    paint(eye * smoothstep(0.0033 + soft, 0.0033 - soft, r), (0.01, 0.01, 0.01))
    arch = 0.0300 + 0.0055 * (1 - ((x - 0.040) / 0.030) ** 2) + 0.002 * who.curves
    half = 0.0039 - 0.0012 * who.curves
    brow = smoothstep(half + 2.5 * soft, half - 2.5 * soft, np.abs(y - arch)) * smoothstep(0.009, 0.014, x)
    paint(0.92 * brow * smoothstep(0.056, 0.048, x), np.array(who.hair) * 0.9)
    bow = np.where(y > -0.0645, 0.0072 + 0.002 * np.exp(-(((x - 0.008) / 0.006) ** 2)), 0.0092)
    lips = smoothstep(1.12, 0.85, np.hypot(x / 0.0275, (y + 0.0645) / bow))
    paint(0.85 * lips, who.lips)
    line = smoothstep(0.0020 + soft, 0.0006, np.abs(y + 0.0645 - 1.7 * x * x)) * smoothstep(0.0275, 0.0235, x)
    paint(0.85 * line, np.array(who.lips) * 0.25)
    paint(0.8 * smoothstep(0.0048, 0.0022, np.hypot(x - 0.0078, (y + 0.0340) * 1.3)), skin * 0.15)
    paint(0.25 * np.exp(-(((y + 0.082) / 0.004) ** 2) - (x / 0.02) ** 2), skin * 0.5)
    return colour


def _beard(who: Character, paint, x: Array, y: Array, z: Array) -> None:  # type: ignore[no-untyped-def]
    """Along the jaw, round the mouth and on the upper lip."""
    edge = -0.052 + 0.75 * np.maximum(x - 0.030, 0) - 0.3 * np.maximum(0.02 - x, 0)
    cheek = smoothstep(edge + 0.006, edge - 0.006, y)
    around_mouth = smoothstep(0.85, 1.15, np.hypot(x / 0.030, (y + 0.0650) / 0.0125))
    moustache = smoothstep(0.030, 0.024, x) * smoothstep(-0.042, -0.047, y) * smoothstep(-0.062, -0.058, y)
    side = smoothstep(-0.004, 0.010, z)
    grain = 0.85 + 0.15 * np.sin(x * 1900 + 40 * np.sin(y * 300)) * np.sin(y * 1500)
    paint(0.85 * who.beard * np.maximum(cheek * around_mouth, moustache) * grain, np.array(who.hair) * 1.1, side)
