"""Hair and hats at rest, as signed distances of points (..., 3) in the head's coordinates, see `body`."""

import numpy as np

from samples.dancer.characters import Character
from samples.dancer.geometry import Array, common, cone, ellipsoid, mirrored, smoothstep, union

HANGING = ("long", "wavy", "bob")
"""Styles that fall over the ears."""
BEHIND = ("ponytail", "braids", "bun")
"""Styles that are short around the face."""


def hair(who: Character, q: Array) -> Array:
    """Hair as a body around the skull with the face cut out of it; its strands are a matter of shading."""
    m, y, style, long = mirrored(q), q[..., 1], who.hairstyle, who.hair_length
    cap = ellipsoid(q, (0, 0.043, -0.020), np.array((0.088, 0.101, 0.103)) + 0.030 * (style == "afro"))
    waves = 0.0016 * np.sin(q[..., 0] * 90 + 4 * np.sin(y * 40)) * np.sin(q[..., 2] * 70 + y * 30)
    face = ellipsoid(q, (0, -0.045 - 0.035 * who.fringe, 0.095), (0.074, 0.125, 0.088))
    ears = ellipsoid(m, (0.084, -0.012, -0.006), (0.022, 0.036, 0.024))
    line = (-0.045 if style != "afro" else -0.065) + np.maximum(q[..., 2], 0) * 0.9 - y
    if style in HANGING:
        end, full = (-0.075 if style == "bob" else -0.16) * long, 1 + 0.35 * (style == "wavy")
        sides = cone(m, (0.060, 0.0, -0.035), (0.058, end, -0.050), 0.034 * full, 0.026 * full, (1, 1, 0.9))
        back = cone(q, (0, 0, -0.065), (0, end - 0.02, -0.070), 0.062 * full, 0.052 * full, (1, 1, 0.6))
        curl = 0.006 * (full - 1) / 0.35 * np.sin(y * 75 + 3 * q[..., 0] * 20) * smoothstep(0.03, -0.05, y)
        return common(0.008, union(0.04, cap, sides, back) + waves + curl, -face)
    if style == "beanie":
        cap = ellipsoid(q, (0, 0.043, -0.020), (0.092, 0.105, 0.107))
        rim = cone(m, (0, 0.058, -0.018), (0.0, 0.075, -0.020), 0.100, 0.098, (0.95, 1, 1.06)) + 0.001
        hat = union(0.006, cap - 0.004 * smoothstep(0.02, 0.12, y), common(0.006, rim, 0.045 - y))
        return common(0.006, hat, 0.042 + 0.15 * q[..., 2] - y)
    if style == "afro":
        return common(0.012, cap + 2 * waves, line, -ellipsoid(q, (0, -0.045, 0.105), (0.082, 0.118, 0.105)))
    if style == "crop":
        cap = ellipsoid(q, (0, 0.040, -0.013), (0.0815, 0.0965, 0.1005))
        return common(0.005, cap, line, -ellipsoid(q, (0, -0.045, 0.095), (0.070, 0.116, 0.086)), -ears)
    d = common(0.010, cap + waves, line, -face, -ears)
    if style == "bun":
        d = union(0.012, d, ellipsoid(q, (0, 0.075, -0.140), (0.042, 0.040, 0.038)) + waves)
    elif style == "ponytail":
        knot, end = (0, 0.060, -0.135), (0, 0.06 - 0.25 * long, -0.125)
        d = union(0.012, d, cone(q, (0, 0.055, -0.10), knot, 0.022, 0.024), cone(q, knot, end, 0.030, 0.016) + waves)
    elif style == "braids":
        plait = cone(m, (0.066, -0.045, -0.030), (0.095, -0.05 - 0.20 * long, 0.035), 0.020, 0.013)
        d = union(
            0.008, d, cone(m, (0.05, 0, -0.07), (0.066, -0.045, -0.030), 0.03, 0.02), plait - 0.004 * np.sin(y * 190)
        )
    return d


def hat(who: Character, q: Array) -> Array:
    """A cap with a visor, a hat with a brim, or a scarf around head and neck."""
    y = q[..., 1]
    if who.hat == "scarf":
        around = ellipsoid(q, (0, 0.030, -0.018), (0.098, 0.118, 0.112))
        drape = cone(q, (0, -0.07, -0.015), (0, -0.165, -0.010), 0.080, 0.098, (1, 1, 0.9))
        fold = 0.003 * np.sin(y * 70 + 30 * q[..., 2])
        return common(
            0.008, union(0.05, around, drape) + fold, -ellipsoid(q, (0, -0.030, 0.110), (0.064, 0.100, 0.095))
        )
    crown = ellipsoid(q, (0, 0.045, -0.018), (0.096, 0.112, 0.110))
    crown = common(0.008, crown, 0.046 - 0.10 * q[..., 2] - y)
    if who.hat == "cap":
        return union(0.010, crown, ellipsoid(q, (0, 0.050, 0.115), (0.072, 0.009, 0.075)))
    tall = cone(q, (0, 0.06, -0.018), (0, 0.125, -0.018), 0.094, 0.080, (0.95, 1, 1.08))
    tall = common(0.010, tall, 0.050 - y, y - 0.165)
    curved = q - np.stack([0 * y, 1.6 * q[..., 0] ** 2, 0 * y], -1)
    return union(0.012, tall, ellipsoid(curved, (0, 0.055, -0.018), (0.165, 0.011, 0.175)))
