"""Rooms without a person: walls, floors and furniture by formula, for the benchmark of what is found in them."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from samples.dancer.clip import Clip
from samples.dancer.scene import SCENES

Frame = npt.NDArray[np.uint8]
Random = np.random.Generator
Colour = tuple[int, int, int]


def empty_room(seed: int, size: tuple[int, int] = (512, 512)) -> Frame:
    """A furnished room, RGB (H, W, 3); the same seed gives the same room."""
    random = np.random.default_rng([seed, 77])
    scene = list(SCENES)[int(random.integers(len(SCENES)))]
    room = Clip(scene=scene, size=size).room().background.copy()
    pieces: list[Callable[[Frame, Random, float, float, float], None]]
    pieces = [_table, _table, _chair, _chair, _lamp, _coat_stand, _shelf, _plant, _easel, _stool]
    count = int(random.integers(1, 5))
    width, height = size
    feet = np.sort(random.uniform(0.68, 0.97, count))  # from the back to the front
    for foot in feet:
        piece = pieces[int(random.integers(len(pieces)))]
        tall = float(random.uniform(0.25, 0.75)) * height
        piece(room, random, float(random.uniform(0.15, 0.85)) * width, float(foot) * height, tall)
    return cv2.GaussianBlur(room, (3, 3), 0.8)


def noisy(room: Frame, seed: int, deviation: float = 2.0) -> Frame:
    """The room as one frame of a film shows it, with the sensor's noise."""
    noise = np.random.default_rng(seed).normal(0, deviation, room.shape)
    return np.clip(room + noise, 0, 255).astype(np.uint8)


def _colour(random: Random) -> Colour:
    """Wood mostly, else anything."""
    if random.random() < 0.6:
        light = random.uniform(0.3, 1.1)
        return int(170 * light), int(115 * light), int(70 * light)
    red, green, blue = random.integers(20, 235, 3).tolist()
    return red, green, blue


def _shade(colour: Colour, by: float) -> Colour:
    red, green, blue = (int(np.clip(c * by, 0, 255)) for c in colour)
    return red, green, blue


def _quad(room: Frame, corners: list[tuple[float, float]], colour: Colour) -> None:
    cv2.fillPoly(room, [np.round(np.array(corners) * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def _trapezoid(room: Frame, x: float, low: tuple[float, float], high: tuple[float, float], colour: Colour) -> None:
    """Symmetric about x; `low` and `high` are y and half the width there."""
    (y0, w0), (y1, w1) = low, high
    _quad(room, [(x - w0, y0), (x + w0, y0), (x + w1, y1), (x - w1, y1)], colour)


def _oval(room: Frame, x: float, y: float, radii: tuple[float, float], colour: Colour, turned: float = 0.0) -> None:
    axes = max(1, round(radii[0])), max(1, round(radii[1]))
    cv2.ellipse(room, (round(x), round(y)), axes, turned, 0, 360, colour, -1, cv2.LINE_AA)


def _bar(room: Frame, a: tuple[float, float], b: tuple[float, float], thick: float, colour: Colour) -> None:
    ends = [(round(x), round(y)) for x, y in (a, b)]
    cv2.line(room, ends[0], ends[1], colour, max(1, round(thick)), cv2.LINE_AA)


def _legs(room: Frame, x: float, top: float, foot: float, wide: float, deep: float, leg: float, colour: Colour) -> None:
    """Two behind, then two in front, splayed a little."""
    for side, back in ((-1, 1), (1, 1), (-1, 0), (1, 0)):
        at = x + side * wide / 2 * (0.85 if back else 1)
        _bar(room, (at, top), (at + side * leg, foot - back * deep), leg, _shade(colour, 0.6 if back else 0.85))


def _table(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    """A top seen from a little above, four legs, perhaps a vase on it."""
    colour, wide, deep = _colour(random), tall * random.uniform(0.5, 1.6), tall * random.uniform(0.08, 0.3)
    top, leg = foot - tall * random.uniform(0.5, 0.9), tall * random.uniform(0.03, 0.09)
    _legs(room, x, top, foot, wide - 2 * leg, deep, leg, colour)
    if random.random() < 0.4:
        _oval(room, x, top, (wide / 2, deep / 2), colour)
    else:
        _trapezoid(room, x, (top, wide / 2), (top - deep, wide * 0.42), colour)
        _bar(room, (x - wide / 2, top), (x + wide / 2, top), leg, _shade(colour, 0.75))
    if random.random() < 0.6:
        _vase(room, random, x + random.uniform(-0.3, 0.3) * wide, top - deep / 2, tall * random.uniform(0.15, 0.4))


def _vase(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    _oval(room, x, foot - tall * 0.35, (tall * 0.2, tall * 0.35), _colour(random))
    for _ in range(int(random.integers(0, 6))):
        tip = x + random.uniform(-0.4, 0.4) * tall, foot - tall * random.uniform(0.8, 1.2)
        _bar(room, (x, foot - tall * 0.6), tip, tall * 0.03, (60, 110, 50))
        _oval(room, *tip, (tall * 0.1, tall * 0.1), _colour(random))


def _chair(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    """Four legs, a seat, a back of slats; perhaps a jacket hung over it."""
    colour, wide = _colour(random), tall * random.uniform(0.35, 0.55)
    seat, leg, deep, top = foot - tall * 0.47, tall * 0.045, tall * 0.12, foot - tall
    _legs(room, x, seat, foot, wide, deep, leg, colour)
    for side in (-1, 1):
        _bar(room, (x + side * wide * 0.42, seat - deep), (x + side * wide * 0.4, top), leg, _shade(colour, 0.8))
    for at in np.linspace(0.1, 0.45, int(random.integers(1, 5))):
        y = top + tall * at
        _bar(room, (x - wide * 0.4, y), (x + wide * 0.4, y), leg * 1.3, _shade(colour, 0.9))
    _trapezoid(room, x, (seat, wide / 2), (seat - deep, wide * 0.42), colour)
    if random.random() < 0.35:
        _trapezoid(room, x, (seat, wide * 0.52), (top, wide * 0.4), _colour(random))


def _lamp(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    colour, shade = _colour(random), tall * random.uniform(0.1, 0.2)
    _bar(room, (x, foot), (x, foot - tall), tall * 0.025, _shade(colour, 0.5))
    _oval(room, x, foot, (shade * 0.8, shade * 0.25), _shade(colour, 0.5))
    top = foot - tall
    _trapezoid(room, x, (top + shade * 0.5, shade), (top - shade, shade * 0.6), _shade(colour, 1.5))


def _coat_stand(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    """A pole with a hat and a coat: the hardest of all."""
    wood, cloth = _colour(random), _colour(random)
    for side in (-1, 0, 1):
        _bar(room, (x, foot - tall * 0.12), (x + side * tall * 0.15, foot), tall * 0.025, wood)
    _bar(room, (x, foot), (x, foot - tall), tall * 0.03, wood)
    for side in (-1, 1):
        _bar(room, (x, foot - tall * 0.88), (x + side * tall * 0.1, foot - tall * 0.95), tall * 0.02, wood)
    if random.random() < 0.7:
        wide, low = tall * random.uniform(0.1, 0.16), foot - tall * random.uniform(0.3, 0.5)
        _trapezoid(room, x, (low, wide), (foot - tall * 0.87, wide * 0.6), cloth)
        for side in (-1, 1):
            shoulder, cuff = (x + side * wide * 0.6, foot - tall * 0.84), (x + side * wide * 1.1, low)
            _bar(room, shoulder, cuff, wide * 0.45, _shade(cloth, 0.85))
    if random.random() < 0.5:
        _oval(room, x, foot - tall * 0.97, (tall * 0.07, tall * 0.05), _colour(random))


def _shelf(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    colour, wide = _colour(random), tall * random.uniform(0.4, 0.9)
    _trapezoid(room, x, (foot, wide / 2), (foot - tall, wide / 2), _shade(colour, 0.55))
    for y in np.linspace(foot - tall, foot, int(random.integers(3, 6)))[1:]:
        left = x - wide * 0.45
        while left < x + wide * 0.4:
            w, h = tall * random.uniform(0.03, 0.07), tall * random.uniform(0.1, 0.17)
            if random.random() < 0.7:
                _quad(room, [(left, y), (left + w, y), (left + w, y - h), (left, y - h)], _colour(random))
            left += w * 1.1
        _bar(room, (x - wide / 2, y), (x + wide / 2, y), tall * 0.02, colour)


def _plant(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    pot = tall * 0.15
    for _ in range(int(random.integers(8, 30))):
        tip = x + random.normal(0, 0.18) * tall, foot - tall * random.uniform(0.4, 1.0)
        _bar(room, (x, foot - pot), tip, tall * 0.015, (70, 90, 40))
        turned = float(random.uniform(0, 180))
        green = int(random.integers(30, 90)), int(random.integers(90, 160)), 40
        _oval(room, *tip, (tall * 0.08, tall * 0.03), green, turned)
    _trapezoid(room, x, (foot, pot * 0.7), (foot - pot * 1.4, pot), _colour(random))


def _easel(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    colour = _colour(random)
    for side in (-1, 0, 1):
        _bar(room, (x, foot - tall), (x + side * tall * 0.25, foot), tall * 0.03, colour)
    _trapezoid(room, x, (foot - tall * 0.4, tall * 0.22), (foot - tall * 0.85, tall * 0.22), (230, 225, 215))


def _stool(room: Frame, random: Random, x: float, foot: float, tall: float) -> None:
    """A bar stool, perhaps with something round on it."""
    colour, wide = _colour(random), tall * 0.13
    seat = foot - tall * 0.7
    for side in (-1, 1, -0.4, 0.4):
        _bar(room, (x + side * wide * 0.7, seat), (x + side * wide * 1.2, foot), tall * 0.03, _shade(colour, 0.8))
    _bar(room, (x - wide, foot - tall * 0.25), (x + wide, foot - tall * 0.25), tall * 0.02, colour)
    _oval(room, x, seat, (wide * 1.1, wide * 0.35), colour)
    if random.random() < 0.6:
        _oval(room, x, seat - wide * 0.8, (wide * 0.8, wide * 0.8), _colour(random))
