"""Where the dance takes place: rooms, their light, how they are filmed. Painted by formula, there is no asset."""

import colorsys
from dataclasses import dataclass
from typing import Any

import numpy as np

from samples.dancer.characters import Colour
from samples.dancer.geometry import Array, mix, ripple, smoothstep

WALL_Z = -1.6
"""The wall stands this far behind the middle of the floor, in metres."""

WALLS = ("plain", "pictures", "brick", "panels", "curtain", "paper", "shelves", "window", "garden", "tiled")
FLOORS = ("plain", "wood", "tiles", "carpet", "checks", "lawn")


@dataclass(frozen=True)
class Scene:
    """A room, its light, and how it is filmed."""

    angle: float  # degrees from bottom to top of a square frame: small for a long lens far away
    eye: float  # metres of the lens above the floor
    aside: float  # metres of the lens to the right of the middle
    wall: str  # one of `WALLS`
    wall_colour: Colour
    floor: str  # one of `FLOORS`
    floor_colour: Colour
    light: tuple[float, float, float]  # direction to the lamp
    warmth: float  # -1 (blue lamp) to 1 (orange lamp)
    ambient: float  # light from all around, relative to the lamp's
    noise: float  # standard deviation of the sensor's noise, of 255
    zoom: float = 1.0  # share of the frame's sides that the dancer's space fills; below 1 there is room around it
    accent: Colour = (0.20, 0.36, 0.52)  # the second colour of wall and floor
    things: int = 0  # pieces of furniture and pictures before the wall
    seed: int = 0  # of the things, and of what shelves and windows show
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)  # exposure and white balance: factors of red, green and blue
    soft: float = 0.0  # radius of the lens's blur, in pixels of a frame of 256 lines
    shutter: float = 0.0  # share of the time between frames in which light is gathered: what moves is smeared


SCENES = {  # the fields of `Scene` in their order
    "parlour": Scene(27.5, 1.15, 0, "pictures", (.7, .72, .74), "wood", (.55, .38, .24), (-.45, .85, .65), 0, .52, 1.5),
    "loft": Scene(27.5, 1.3, .12, "brick", (.62, .60, .55), "tiles", (.42, .44, .46), (.5, .9, .55), 0, .52, 1.5),
    "studio": Scene(22, 1, 0, "plain", (.66, .66, .67), "plain", (.66, .66, .67), (-.35, .9, .8), 0, .62, 1),
    "gym": Scene(34, 1.5, -.2, "panels", (.80, .82, .80), "wood", (.70, .54, .34), (.25, 1, .5), 0, .6, 2.5),
    "stage": Scene(30, .8, 0, "curtain", (.15, .20, .40), "wood", (.36, .26, .19), (.55, .75, .95), .4, .6, 1.5),
    "terrace": Scene(25, 1.6, 0, "brick", (.72, .42, .32), "tiles", (.66, .60, .52), (-.75, .8, .5), -.25, .58, 1.5),
}  # fmt: skip


def find_scene(name: str) -> Scene:
    """A named scene; for a whole number one drawn at random, always the same."""
    return random_scene(int(name)) if name.isdigit() else SCENES[name]


def random_scene(seed: int) -> Scene:
    """Draw a room, its light, its camera and what the camera does to light: the same for the same seed."""
    rng = np.random.default_rng([seed, 78])
    wall, floor = (str(rng.choice(kinds)) for kinds in (WALLS, FLOORS))
    floor = "lawn" if wall == "garden" and rng.random() < 0.7 else floor
    balance = rng.uniform(0.82, 1.18, 3)
    return Scene(
        angle=rng.uniform(18, 42),
        eye=rng.uniform(0.35, 2.1),
        aside=rng.uniform(-0.3, 0.3),
        wall=wall,
        wall_colour=_paint(rng, 0.45),
        floor=floor,
        floor_colour=(0.25, 0.42, 0.16) if floor == "lawn" else _paint(rng, 0.5),
        light=(rng.uniform(-0.9, 0.9), rng.uniform(0.5, 1.1), rng.uniform(0.25, 1)),
        warmth=rng.uniform(-1, 1),
        ambient=rng.uniform(0.35, 0.85),
        noise=rng.uniform(0.5, 5),
        zoom=rng.uniform(0.75, 1),
        accent=_paint(rng, 0.8),
        things=int(rng.integers(0, 9)),
        seed=seed,
        gains=tuple((rng.uniform(0.6, 1.3) * balance / balance.mean()).tolist()),
        soft=float(rng.random() < 0.5) * rng.uniform(0.2, 0.8),
        shutter=float(rng.random() < 0.6) * rng.uniform(0.1, 0.6),
    )


def _paint(rng: np.random.Generator, saturated: float) -> Colour:
    return colorsys.hsv_to_rgb(*rng.uniform((0, 0, 0.18), (1, saturated, 0.92)))


def paint_room(scene: Scene, points: Array, is_floor: Array) -> Array:
    """Colours (..., 3) of points of the wall and the floor."""
    mottle = 0.5 + 0.25 * ripple(points, 3.1) + 0.15 * ripple(points, 11) + 0.10 * ripple(points, 60)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.where(is_floor[..., None], _floor(scene, x, z, mottle), _things(scene, x, y, _wall(scene, x, y, mottle)))


def _random(cell: Array) -> Array:
    return np.modf(np.abs(np.sin(cell * 12.99)) * 43758.5)[0]


def _inside(u: Array, v: Array, du: float, dv: float) -> Array:
    """1 inside a unit cell, 0 on its edges, which are `du` and `dv` wide."""
    return np.minimum(smoothstep(0, du, u) * smoothstep(1, 1 - du, u), smoothstep(0, dv, v) * smoothstep(1, 1 - dv, v))


def _wall(scene: Scene, x: Array, y: Array, mottle: Array) -> Array:
    c = np.array(scene.wall_colour) * (1 + 0.10 * (mottle[..., None] - 0.5))

    def paint(colour: Any, share: Array) -> None:
        nonlocal c
        c = mix(c, np.array(colour), share[..., None])

    if scene.wall == "brick":
        row = np.floor(y / 0.085)
        along = x / 0.26 + 0.5 * (row % 2)
        c = c * (0.86 + 0.26 * _random(row + 17 * np.floor(along)))[..., None]
        c = mix(np.array((0.52, 0.51, 0.49)), c, _inside(along % 1, (y / 0.085) % 1, 0.05, 0.12)[..., None])
    elif scene.wall == "panels":
        paint((0.20, 0.36, 0.52), smoothstep(1.05, 1.045, y) * 0.9)
        paint((0.86, 0.86, 0.84), smoothstep(0.028, 0.022, np.abs(y - 1.06)))
        c = c * (1 - 0.35 * smoothstep(0.012, 0.006, np.abs(x / 1.1 - np.round(x / 1.1)) * 1.1))[..., None]
    elif scene.wall == "curtain":
        fold = np.sin(x * 21 + 1.2 * np.sin(x * 5.3 + 0.25 * np.sin(y * 1.3)))
        c = c * (0.78 + 0.34 * fold + 0.10 * np.sin(x * 47 + 2))[..., None]
    elif scene.wall == "pictures":
        frames = (-1.05, 1.55, 0.33, 0.45, (0.35, 0.47, 0.55)), (1.15, 1.7, 0.42, 0.30, (0.78, 0.66, 0.42))
        for cx, cy, half_w, half_h, colour in frames:
            d = np.maximum(np.abs(x - cx) - half_w, np.abs(y - cy) - half_h)
            paint(np.array(colour) * (0.8 + 0.5 * mottle[..., None]), smoothstep(0.005, -0.005, d))
            paint((0.18, 0.15, 0.13), smoothstep(0.006, 0.0, np.abs(d) - 0.018))
        paint((0.88, 0.87, 0.84), smoothstep(0.125, 0.12, y))
    elif scene.wall == "paper":
        u, v = x / 0.22, y / 0.22 + 0.5 * (np.floor(x / 0.22) % 2)
        petals = 0.28 + 0.09 * np.cos(6 * np.arctan2(u % 1 - 0.5, v % 1 - 0.5))
        paint(scene.accent, 0.8 * smoothstep(petals + 0.03, petals, np.hypot(u % 1 - 0.5, v % 1 - 0.5)))
    elif scene.wall == "shelves":
        u, v = x / 0.045, y / 0.34
        book = np.floor(u + 3 * _random(np.floor(v) + scene.seed)) + 57 * np.floor(v)
        spine = np.stack([0.12 + 0.75 * _random(book + k + scene.seed % 97) for k in (0, 11, 23)], -1)
        paint(0.25 * np.array(scene.accent), np.ones_like(x))
        paint(spine, ((v % 1) < 0.55 + 0.3 * _random(book + 5)) & ((v % 1) > 0.06))
        paint(scene.wall_colour, smoothstep(0.06, 0.05, v % 1) + smoothstep(0.02, 0.01, np.abs(x / 0.9 % 1 - 0.5)))
    elif scene.wall == "window":
        u, v = np.abs((x + 0.5 * _random(np.array(float(scene.seed)))) / 1.3 % 1 - 0.5), (y - 0.8) / 1.4
        sky = mix(
            np.array((0.95, 0.97, 1.0)),
            np.array((0.30, 0.45, 0.20)),
            smoothstep(0.35, 0.3, v + 0.2 * mottle)[..., None],
        )
        pane = smoothstep(0.36, 0.35, u) * smoothstep(0, 0.01, v) * smoothstep(1, 0.99, v)
        paint((0.92, 0.92, 0.90), smoothstep(0.40, 0.39, u) * smoothstep(-0.05, -0.04, v) * smoothstep(1.05, 1.04, v))
        paint(sky, pane * smoothstep(0.008, 0.016, u) * smoothstep(0.008, 0.016, np.abs(v - 0.5)))
    elif scene.wall == "garden":
        leaves = np.stack([x, y, 0 * x], -1)
        top = 1.5 + 0.5 * np.sin(x * 1.7 + scene.seed) + 0.35 * ripple(leaves, 7)
        paint(
            mix(np.array((0.80, 0.87, 0.95)), np.array((0.45, 0.62, 0.88)), np.clip(y / 4, 0, 1)[..., None]),
            np.ones_like(x),
        )
        green = np.array((0.16, 0.30, 0.10)) * (1 + 0.6 * ripple(leaves, 24) + 0.4 * ripple(leaves, 70))[..., None]
        paint(green, smoothstep(0.04, -0.04, y - top))
        paint(0.5 * np.array(scene.accent), smoothstep(0.035, 0.025, np.abs(x / 1.1 % 1 - 0.5)) * (y < 1.3))
    elif scene.wall == "tiled":
        c = c * (0.94 + 0.10 * _random(np.floor(x / 0.2) + 31 * np.floor(y / 0.2)))[..., None]
        paint(scene.accent, (1 - _inside((x / 0.2) % 1, (y / 0.2) % 1, 0.03, 0.03)) * 0.7)
    return c


def _things(scene: Scene, x: Array, y: Array, behind: Array) -> Array:
    """The wall with furniture and pictures before it."""
    rng = np.random.default_rng([scene.seed, 79])
    for _ in range(scene.things):
        stands, half, high = rng.random() < 0.5, rng.uniform(0.06, 0.45), rng.uniform(0.15, 0.9)
        middle, low = rng.uniform(-2.2, 2.2), 0.0 if stands else rng.uniform(0.8, 1.8)
        d = np.maximum(np.abs(x - middle) - half, np.abs(y - low - high / 2) - high / 2)
        one, other = (np.array(_paint(rng, 0.9)) for _ in range(2))
        wave = np.sin(rng.uniform(10, 90) * (x * np.cos(angle := rng.uniform(0, np.pi)) + y * np.sin(angle)))
        colour = mix(one, other, rng.choice([0.0, 0.6]) * smoothstep(-0.2, 0.2, wave)[..., None])
        behind = mix(
            behind, colour * mix(0.55, 1, smoothstep(0, -0.02, d))[..., None], smoothstep(0.004, -0.004, d)[..., None]
        )
    return behind


def _floor(scene: Scene, x: Array, z: Array, mottle: Array) -> Array:
    shade = 0.96 + 0.08 * mottle
    if scene.floor == "wood":
        row = np.floor(x / 0.14)
        along = z / 1.3 + 0.37 * row
        seam = np.minimum(smoothstep(0, 0.03, (x / 0.14) % 1), smoothstep(0, 0.004, along % 1))
        shade = (0.85 + 0.3 * _random(row + 3 * np.floor(along))) * (0.75 + 0.25 * seam)
        shade = shade * (1 + 0.05 * np.sin(x * 130 + 2 * np.sin(z * 2 + row * 5)))
    elif scene.floor == "tiles":
        shade = (0.3 * _inside((x / 0.5) % 1, (z / 0.5) % 1, 0.02, 0.02) + 0.7) * (0.9 + 0.2 * mottle)
    elif scene.floor in ("carpet", "lawn"):
        rough = 0.45 if scene.floor == "lawn" else 0.2
        pile = np.stack([x, 0.3 + 0 * x, z], -1)
        shade = 0.9 + rough * (ripple(pile, 60) + ripple(pile, 190)) + 0.3 * (mottle - 0.5)
    elif scene.floor == "checks":
        dark = (np.floor(x / 0.4) + np.floor(z / 0.4)) % 2
        return mix(np.array(scene.floor_colour), np.array(scene.accent), dark[..., None]) * shade[..., None]
    return np.array(scene.floor_colour) * shade[..., None]
