"""The colour of the skin, the face and the clothes, as formulas of the place in the rest pose."""

import numpy as np

from samples.dancer.body import BOTTOM, HAIR, HEAD, SHOE, TOP
from samples.dancer.characters import hand_axes, head_frame
from samples.dancer.geometry import Array, mirrored, mix, ripple, smoothstep
from samples.dancer.mesh import Mesh


def surface(mesh: Mesh, p: Array, material: Array) -> tuple[Array, Array, Array]:
    """How places `p` (N, 3) of the rest pose look, which are of a `material` (N,), `body.SKIN` to `body.SHOE`.

    Returns:
        Colour (N, 3), strength of the gloss (N,), and a push (N, 3) to the normal: cloth's crumple, hair's strands.
    """
    who = mesh.who
    colour = np.array([who.skin, who.skin, who.hair, who.top, who.cloth, who.shoe], np.float32)[material]
    shine = {"beanie": 0.02, "crop": 0.05, "afro": 0.05}.get(who.hairstyle, 0.20)
    gloss = np.array([0.10, 0.12, shine, 0.02, 0.02, 0.12], np.float32)[material]
    push = np.zeros_like(p)
    head, hair, top, bottom, shoe = (material == i for i in (HEAD, HAIR, TOP, BOTTOM, SHOE))
    colour[head] = _face(mesh, p[head])
    colour[hair], push[hair] = _hair(mesh, p[hair])
    colour[top] = _top(mesh, p[top])
    q = p[bottom]
    seam = np.exp(-((q[:, 2] / 0.006) ** 2)) * (np.abs(q[:, 0]) > mesh.rest["hipL"][0]) * (who.bottom != "skirt")
    colour[bottom] *= (1 - 0.3 * seam + 0.06 * ripple(q, 45))[:, None]
    y, ankle = p[shoe][:, 1], mesh.rest["ankleL"][1]
    colour[shoe] = mix(colour[shoe], np.array(who.sole), smoothstep(0.026, 0.022, y)[:, None])
    colour[shoe] = mix(colour[shoe], np.array((0.82, 0.82, 0.80)), smoothstep(ankle + 0.004, ankle + 0.007, y)[:, None])
    push[top | bottom] = 0.2 * _crumple(p[top | bottom], 38)
    return colour, gloss, push


def _crumple(p: Array, f: float) -> Array:
    return np.stack([ripple(p + o, f) for o in ((0, 0, 0), (0.3, 0.1, 0.2), (0.7, 0.4, 0.9))], 1)


def _top(mesh: Mesh, q: Array) -> Array:
    who, chest = mesh.who, mesh.rest["chest"][1]
    x, y, z = q.T
    if who.pattern == "stripes":  # they run round the trunk, and round the sleeves
        shoulder = mesh.rest["shoulderL"]
        down = (mirrored(q) - shoulder) @ hand_axes("L")[:, 0]
        s = smoothstep(0.1, 0.35, np.sin(np.where(np.abs(x) - shoulder[0] > 0.02, down, y) * 2 * np.pi / 0.075))
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
    if who.hairstyle in ("afro", "crop"):
        f = 170 if who.hairstyle == "afro" else 420
        return np.array(who.hair) * (1 + 0.25 * ripple(p, f))[:, None], 0.55 * _crumple(p, f)
    push = np.zeros_like(p)
    if who.hairstyle == "beanie":
        around = np.arctan2(x, z)
        rib = np.sin(np.arctan2(x, z + 0.02) * 46)
        push[:, 0], push[:, 2] = 0.35 * rib * np.cos(around), -0.35 * rib * np.sin(around)
        return np.array(who.accent) * (0.94 + 0.08 * rib)[:, None], push
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
    x, y, z = mirrored((p - origin) / k).T
    skin, hair, lip, soft = np.array(who.skin), np.array(who.hair), np.array(who.lips), 0.0016
    colour = np.tile(skin, (len(p), 1)).astype(np.float32)
    front = smoothstep(0.04, 0.06, z)

    def paint(amount: Array, with_colour: Array | tuple[float, ...], where: Array = front) -> None:
        nonlocal colour
        colour = mix(colour, np.array(with_colour), (np.clip(amount, 0, 1) * where)[:, None])

    def spot(cx: float, cy: float, rx: float, ry: float) -> Array:
        return np.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2)

    paint(0.30 * spot(0.040, -0.028, 0.018, 0.018), skin * (1.05, 0.62, 0.58))  # cheek, eye socket, side of the nose
    paint(0.40 * spot(0.032, 0.013, 0.019, 0.012), skin * 0.55)
    paint(0.25 * spot(0.016, -0.02, 0.004, 0.018), skin * 0.6)
    if who.beard:  # along the jaw, round the mouth and on the upper lip
        edge = -0.052 + 0.75 * np.maximum(x - 0.030, 0) - 0.3 * np.maximum(0.02 - x, 0)
        jaw = smoothstep(edge + 0.006, edge - 0.006, y)
        jaw = jaw * smoothstep(0.85, 1.15, np.hypot(x / 0.030, (y + 0.0650) / 0.0125))
        moustache = smoothstep(0.030, 0.024, x) * smoothstep(-0.042, -0.047, y) * smoothstep(-0.062, -0.058, y)
        grain = 0.85 + 0.15 * np.sin(x * 1900 + 40 * np.sin(y * 300)) * np.sin(y * 1500)
        paint(0.85 * who.beard * np.maximum(jaw, moustache) * grain, hair * 1.1, smoothstep(-0.004, 0.010, z))
    eye_x = (x - 0.0318) / 0.0150
    eye = smoothstep(1.12, 0.88, np.hypot(eye_x, (y - 0.0075) / (0.0064 - 0.0012 * (x > 0.0318))))
    paint(0.9 * smoothstep(1.55, 1.25, np.hypot(eye_x, (y - 0.0075) / 0.0064 - 0.12)) * (y > 0), skin * 0.18)  # lid
    paint(eye, (0.84, 0.82, 0.80))
    r = np.hypot(x - 0.0318, y - 0.0082)
    paint(eye * smoothstep(0.0068 + soft, 0.0068 - soft, r), who.iris)
    paint(eye * smoothstep(0.0033 + soft, 0.0033 - soft, r), (0.01, 0.01, 0.01))
    arch = 0.0300 + 0.0055 * (1 - ((x - 0.040) / 0.030) ** 2) + 0.002 * who.curves
    half = 0.0039 - 0.0012 * who.curves
    brow = smoothstep(half + 2.5 * soft, half - 2.5 * soft, np.abs(y - arch)) * smoothstep(0.009, 0.014, x)
    paint(0.92 * brow * smoothstep(0.056, 0.048, x), hair * 0.9)
    bow = np.where(y > -0.0645, 0.0072 + 0.002 * np.exp(-(((x - 0.008) / 0.006) ** 2)), 0.0092)
    paint(0.85 * smoothstep(1.12, 0.85, np.hypot(x / 0.0275, (y + 0.0645) / bow)), lip)
    line = smoothstep(0.0020 + soft, 0.0006, np.abs(y + 0.0645 - 1.7 * x * x)) * smoothstep(0.0275, 0.0235, x)
    paint(0.85 * line, lip * 0.25)
    paint(0.8 * smoothstep(0.0048, 0.0022, np.hypot(x - 0.0078, (y + 0.0340) * 1.3)), skin * 0.15)  # nostrils
    paint(0.25 * np.exp(-(((y + 0.082) / 0.004) ** 2) - (x / 0.02) ** 2), skin * 0.5)  # under the lip
    return colour
