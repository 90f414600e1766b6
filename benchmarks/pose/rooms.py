"""Rooms without a person: walls, floors and furniture by formula, for the benchmark of what is found in them."""

from collections.abc import Callable

import cv2
import numpy as np

from motion_transfer.types import Color, Frame, Size
from samples.dancer.clip import Clip
from samples.dancer.scene import SCENES

Random = np.random.Generator
Painter = Callable[[Frame, Random, float, float, float], None]
"""Paints a piece of furniture: its place across, its foot's place downwards, and its height in pixels."""


def empty_room(seed: int, size: Size = (512, 512)) -> Frame:
    """A furnished room, RGB (H, W, 3); the same seed gives the same room."""
    random = np.random.default_rng([seed, 77])
    room = Clip(scene=list(SCENES)[int(random.integers(len(SCENES)))], size=size).room().background.copy()
    painters: list[Painter] = [_table, _chair, _coat_stand]
    width, height = size
    feet = np.sort(random.uniform(0.68, 0.97, int(random.integers(1, 5))))  # from the back to the front
    for foot in feet:
        paint, tall = painters[int(random.integers(len(painters)))], float(random.uniform(0.25, 0.75)) * height
        paint(room, random, float(random.uniform(0.15, 0.85)) * width, float(foot) * height, tall)
    return cv2.GaussianBlur(room, (3, 3), 0.8)


def noisy(room: Frame, seed: int, deviation: float = 2.0) -> Frame:
    """The room as one frame of a video shows it, with the sensor's noise."""
    noise = np.random.default_rng(seed).normal(0, deviation, room.shape)
    return np.clip(room + noise, 0, 255).astype(np.uint8)


def _color(random: Random) -> Color:
    """Wood mostly, else anything."""
    if random.random() < 0.6:
        light = random.uniform(0.3, 1.1)
        return int(170 * light), int(115 * light), int(70 * light)
    red, green, blue = random.integers(20, 235, 3).tolist()
    return red, green, blue


def _shade(color: Color, by: float) -> Color:
    red, green, blue = (int(np.clip(c * by, 0, 255)) for c in color)
    return red, green, blue


def _trapezoid(room: Frame, x: float, low: tuple[float, float], high: tuple[float, float], color: Color) -> None:
    """Symmetric about x; `low` and `high` are y and half the width there."""
    (y0, w0), (y1, w1) = low, high
    corners = np.array([(x - w0, y0), (x + w0, y0), (x + w1, y1), (x - w1, y1)])
    cv2.fillPoly(room, [np.round(corners * 16).astype(np.int32)], color, cv2.LINE_AA, 4)


def _oval(room: Frame, x: float, y: float, radii: tuple[float, float], color: Color) -> None:
    axes = max(1, round(radii[0])), max(1, round(radii[1]))
    cv2.ellipse(room, (round(x), round(y)), axes, 0, 0, 360, color, -1, cv2.LINE_AA)


def _bar(room: Frame, a: tuple[float, float], b: tuple[float, float], thick: float, color: Color) -> None:
    ends = [(round(x), round(y)) for x, y in (a, b)]
    cv2.line(room, ends[0], ends[1], color, max(1, round(thick)), cv2.LINE_AA)


def _legs(room: Frame, x: float, top: float, foot: float, wide: float, deep: float, leg: float, color: Color) -> None:
    """Two behind, then two in front, splayed a little."""
    for side, back in ((-1, 1), (1, 1), (-1, 0), (1, 0)):
        at = x + side * wide / 2 * (0.85 if back else 1)
        _bar(room, (at, top), (at + side * leg, foot - back * deep), leg, _shade(color, 0.6 if back else 0.85))


def _table(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    """A top seen from a little above, four legs, perhaps a vase on it."""
    color, wide, deep = _color(random), tall * random.uniform(0.5, 1.6), tall * random.uniform(0.08, 0.3)
    top, leg = foot - tall * random.uniform(0.5, 0.9), tall * random.uniform(0.03, 0.09)
    _legs(room, x, top, foot, wide - 2 * leg, deep, leg, color)
    _trapezoid(room, x, (top, wide / 2), (top - deep, wide * 0.42), color)
    if random.random() < 0.6:
        vase = tall * random.uniform(0.15, 0.4)
        _oval(room, x, top - deep / 2 - vase * 0.35, (vase * 0.2, vase * 0.35), _color(random))
        _oval(room, x, top - deep / 2 - vase * 0.9, (vase * 0.3, vase * 0.3), _color(random))


def _chair(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    """Four legs, a seat, a back of slats; perhaps a jacket hung over it."""
    color, wide = _color(random), tall * random.uniform(0.35, 0.55)
    seat, leg, deep, top = foot - tall * 0.47, tall * 0.045, tall * 0.12, foot - tall
    _legs(room, x, seat, foot, wide, deep, leg, color)
    for side in (-1, 1):
        _bar(room, (x + side * wide * 0.42, seat - deep), (x + side * wide * 0.4, top), leg, _shade(color, 0.8))
    for at in np.linspace(0.1, 0.45, int(random.integers(1, 5))):
        y = top + tall * at
        _bar(room, (x - wide * 0.4, y), (x + wide * 0.4, y), leg * 1.3, _shade(color, 0.9))
    _trapezoid(room, x, (seat, wide / 2), (seat - deep, wide * 0.42), color)
    if random.random() < 0.35:
        _trapezoid(room, x, (seat, wide * 0.52), (top, wide * 0.4), _color(random))


def _coat_stand(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    """A pole with a hat and a coat: the hardest of all."""
    wood, cloth = _color(random), _color(random)
    for side in (-1, 0, 1):
        _bar(room, (x, foot - tall * 0.12), (x + side * tall * 0.15, foot), tall * 0.025, wood)
    _bar(room, (x, foot), (x, foot - tall), tall * 0.03, wood)
    if random.random() < 0.7:
        wide, low = tall * random.uniform(0.1, 0.16), foot - tall * random.uniform(0.3, 0.5)
        _trapezoid(room, x, (low, wide), (foot - tall * 0.87, wide * 0.6), cloth)
        for side in (-1, 1):
            shoulder, cuff = (x + side * wide * 0.6, foot - tall * 0.84), (x + side * wide * 1.1, low)
            _bar(room, shoulder, cuff, wide * 0.45, _shade(cloth, 0.85))
    if random.random() < 0.5:
        _oval(room, x, foot - tall * 0.97, (tall * 0.07, tall * 0.05), _color(random))
