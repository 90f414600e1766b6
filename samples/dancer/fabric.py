"""What is woven into cloth or printed on it: how much of the second colour each place shows."""

import numpy as np

from samples.dancer.body import Figure
from samples.dancer.characters import hand_axes
from samples.dancer.geometry import Array, mirrored, ripple, smoothstep

ON_THE_CHEST = ("badge", "yoke", "letters")
WOVEN = ("stripes", "pinstripes", "checks", "dots", "flowers", "zigzag", "blotches", "buttons")


def pattern(figure: Figure, name: str, p: Array, *, top: bool) -> Array:
    """How much of the accent cloth shows at places `p` (N, 3) of the rest pose, 0 to 1.

    Args:
        figure: who wears it.
        name: "plain", one of `ON_THE_CHEST` or of `WOVEN`.
        p: in metres.
        top: whether it is the upper garment, whose stripes run round the sleeves.
    """
    chest, shoulder, size = figure.rest["chest"][1], figure.rest["shoulderL"], figure.who.pattern_size
    x, y, z = p.T
    if top:
        down = (mirrored(p) - shoulder) @ hand_axes("L")[:, 0]
        y_cloth = np.where(np.abs(x) - shoulder[0] > 0.02, down, y)
    else:
        y_cloth = y
    if name == "stripes":
        return smoothstep(0.1, 0.35, np.sin(y_cloth * 2 * np.pi / (0.075 * size)))
    if name == "badge":
        r = np.hypot(x, y - chest - 0.045)
        return smoothstep(0.078, 0.074, r) * (1 - smoothstep(0.062, 0.058, r) * smoothstep(0.040, 0.044, r)) * (z > 0)
    if name == "yoke":
        return smoothstep(chest + 0.068, chest + 0.072, y)
    if name == "letters":
        i, j = np.floor((x + 0.12) / 0.03), np.floor((y - chest + 0.03) / 0.028)
        inside = (i >= 0) & (i < 8) & (j >= 0) & (j < 5) & (z > 0)
        return inside * (_random(i * 7.3 + j * 3.1 + 50 * size) > 0.45)
    if name == "buttons":
        strip = smoothstep(0.024, 0.020, np.abs(x)) * (z > 0)
        return strip * (1 - 0.8 * smoothstep(0.009, 0.006, np.hypot(x, (y / 0.085 % 1 - 0.5) * 0.085)))
    across = x + z  # goes round the body without stretching
    u, v = across / (0.07 * size), y_cloth / (0.07 * size)
    if name == "pinstripes":
        return smoothstep(0.75, 0.95, np.cos(2 * np.pi * u))
    if name == "checks":
        return 0.5 * (np.sin(2 * np.pi * u) > 0.2) + 0.5 * (np.sin(2 * np.pi * v) > 0.2)
    if name == "zigzag":
        return smoothstep(-0.1, 0.1, np.sin(2 * np.pi * (v + np.abs(u % 1 - 0.5))))
    if name == "blotches":
        return smoothstep(-0.02, 0.02, ripple(p, 28 / size))
    if name in ("dots", "flowers"):
        row = np.floor(v)
        a, b = (u + 0.5 * (row % 2)) % 1 - 0.5, v % 1 - 0.5
        petals = 0.20 + (0.10 * np.cos(5 * np.arctan2(a, b) + 6 * _random(row)) if name == "flowers" else 0.06)
        return smoothstep(petals + 0.04, petals - 0.04, np.hypot(a, b))
    return np.zeros(len(p), np.float32)


def _random(cell: Array) -> Array:
    return np.modf(np.abs(np.sin(cell * 12.99)) * 43758.5)[0]
