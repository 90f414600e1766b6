"""Where the dance takes place: camera, room and light. Rooms are painted by formula, there is no asset."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from samples.dancer.characters import Colour
from samples.dancer.geometry import Array, mix, ripple, smoothstep, unit, vec

WALL_Z = -1.6
"""The wall stands this far behind the middle of the floor, in metres."""


@dataclass(frozen=True)
class Scene:
    """A room, its light, and how it is filmed."""

    angle: float = 27.5  # degrees from bottom to top of a square frame: small for a long lens far away
    eye: float = 1.15  # metres of the lens above the floor
    aside: float = 0.0  # metres of the lens to the right of the middle
    wall: Literal["pictures", "brick", "plain", "panels", "curtain"] = "pictures"
    wall_colour: Colour = (0.70, 0.72, 0.74)
    floor: Literal["wood", "tiles", "plain"] = "wood"
    floor_colour: Colour = (0.55, 0.38, 0.24)
    light: tuple[float, float, float] = (-0.45, 0.85, 0.65)  # direction to the lamp
    warmth: float = 0.0  # -1 (blue lamp) to 1 (orange lamp)
    ambient: float = 0.52  # light from all around, relative to the lamp's
    noise: float = 1.5  # standard deviation of the sensor's noise, of 255
    zoom: float = 1.0  # share of the frame's sides that the dancer's space fills; below 1 there is room around it


SCENES = {
    "parlour": Scene(),
    "loft": Scene(eye=1.3, aside=0.12, wall="brick", wall_colour=(0.62, 0.60, 0.55), floor="tiles",
                  floor_colour=(0.42, 0.44, 0.46), light=(0.5, 0.9, 0.55)),
    "studio": Scene(angle=22.0, eye=1.0, wall="plain", wall_colour=(0.66, 0.66, 0.67), floor="plain",
                    floor_colour=(0.66, 0.66, 0.67), light=(-0.35, 0.9, 0.8), ambient=0.62, noise=1.0),
    "gym": Scene(angle=34.0, eye=1.5, aside=-0.2, wall="panels", wall_colour=(0.80, 0.82, 0.80), floor="wood",
                 floor_colour=(0.70, 0.54, 0.34), light=(0.25, 1.0, 0.5), ambient=0.60, noise=2.5),
    "stage": Scene(angle=30.0, eye=0.8, wall="curtain", wall_colour=(0.15, 0.20, 0.40), floor="wood",
                   floor_colour=(0.36, 0.26, 0.19), light=(0.55, 0.75, 0.95), warmth=0.4, ambient=0.60, noise=1.5),
    "terrace": Scene(angle=25.0, eye=1.6, wall="brick", wall_colour=(0.72, 0.42, 0.32), floor="tiles",
                     floor_colour=(0.66, 0.60, 0.52), light=(-0.75, 0.8, 0.5), warmth=-0.25, ambient=0.58, noise=1.5),
}  # fmt: skip


@dataclass(frozen=True)
class Camera:
    """A pinhole: pixel = focal * (x, y) / depth + centre, with (x, y, depth) = rotation @ (point - position)."""

    position: Array  # (3,) metres
    rotation: Array  # (3, 3); rows: right, down and forward of the picture
    focal: float  # pixels
    centre: tuple[float, float]  # pixels; the first pixel's middle is (0.5, 0.5)
    size: tuple[int, int]  # (width, height)

    def project(self, points: Array) -> Array:
        """Points (..., 3) in metres to (..., 3): x, y in pixels and depth in metres."""
        q = (points - self.position) @ self.rotation.T
        return np.concatenate([q[..., :2] / q[..., 2:] * self.focal + np.array(self.centre), q[..., 2:]], -1)


def place_camera(scene: Scene, size: tuple[int, int], height: float) -> Camera:
    """Stand back so far that a dancer of this height stays in the frame: arms up, arms wide, near and aside."""
    room = np.array([round(n * scene.zoom) for n in size])  # the part of the frame that is kept for the dancer
    edge = (size - room) / 2
    focal = 0.5 * min(room) / np.tan(np.radians(scene.angle) / 2)
    h = height / 1.76
    box = [(x, y, z) for x in (-1.16, 1.16) for y in (-0.06, 1.9) for z in (-0.3, 0.35)]
    corners = np.array([*box, (-0.75, 2.36, 0.3), (0.75, 2.36, 0.3)]) * h

    def at(distance: float) -> Camera:
        position = vec(scene.aside * h, scene.eye * h, distance)
        angles = np.arctan2(corners[:, 1] - position[1], position[2] - corners[:, 2])
        middle = float(np.tan((angles.max() + angles.min()) / 2))  # equal room above and below
        right, forward = vec(1, 0, 0), unit(vec(0, middle, -1))
        turned = np.stack([right, -np.cross(right, forward), forward])
        shift = float(focal * scene.aside * h / distance)  # a shifted lens keeps the middle in the middle
        centre = (size[0] / 2 + shift, size[1] / 2)
        return Camera(position.astype(float), turned.astype(float), float(focal), centre, size)

    near, far = 1.0, 40.0
    for _ in range(40):
        distance = (near + far) / 2
        p = at(distance).project(corners)
        fits = (p[:, 2] > 0.3).all() and (p[:, :2] > edge).all() and (p[:, :2] < edge + room).all()
        near, far = (near, distance) if fits else (distance, far)
    return at(far)


def paint_room(scene: Scene, points: Array, is_floor: Array) -> Array:
    """Colours (..., 3) of points of the wall and the floor."""
    mottle = 0.5 + 0.25 * ripple(points, 3.1) + 0.15 * ripple(points, 11) + 0.10 * ripple(points, 60)
    return np.where(is_floor[..., None], _floor(scene, points, mottle), _wall(scene, points, mottle))


def _random(cell: Array) -> Array:
    """A number in [0, 1) for each whole-numbered cell, always the same."""
    return np.modf(np.abs(np.sin(cell * 12.99)) * 43758.5)[0]


def _inside(u: Array, v: Array, du: float, dv: float) -> Array:
    """1 inside a unit cell, 0 on its edges, which are `du` and `dv` wide."""
    return np.minimum(smoothstep(0, du, u) * smoothstep(1, 1 - du, u), smoothstep(0, dv, v) * smoothstep(1, 1 - dv, v))


def _wall(scene: Scene, p: Array, mottle: Array) -> Array:
    x, y = p[..., 0], p[..., 1]
    c = np.array(scene.wall_colour) * (1 + 0.10 * (mottle[..., None] - 0.5))
    if scene.wall == "brick":
        row = np.floor(y / 0.085)
        along = x / 0.26 + 0.5 * (row % 2)
        tone = 0.86 + 0.26 * _random(row + 17 * np.floor(along))
        brick = _inside(along % 1, (y / 0.085) % 1, 0.05, 0.12)
        return mix(np.array((0.52, 0.51, 0.49)), c * tone[..., None], brick[..., None])
    if scene.wall == "panels":
        c = mix(c, np.array((0.20, 0.36, 0.52)), (smoothstep(1.05, 1.045, y) * 0.9)[..., None])
        c = mix(c, np.array((0.86, 0.86, 0.84)), (smoothstep(0.028, 0.022, np.abs(y - 1.06)))[..., None])
        return c * (1 - 0.35 * smoothstep(0.012, 0.006, np.abs(x / 1.1 - np.round(x / 1.1)) * 1.1))[..., None]
    if scene.wall == "curtain":
        fold = np.sin(x * 21 + 1.2 * np.sin(x * 5.3 + 0.25 * np.sin(y * 1.3)))
        return c * (0.78 + 0.34 * fold + 0.10 * np.sin(x * 47 + 2))[..., None]
    if scene.wall == "pictures":
        frames = (-1.05, 1.55, 0.33, 0.45, (0.35, 0.47, 0.55)), (1.15, 1.7, 0.42, 0.30, (0.78, 0.66, 0.42))
        for cx, cy, half_w, half_h, colour in frames:
            d = np.maximum(np.abs(x - cx) - half_w, np.abs(y - cy) - half_h)
            c = mix(c, np.array(colour) * (0.8 + 0.5 * mottle[..., None]), smoothstep(0.005, -0.005, d)[..., None])
            c = mix(c, np.array((0.18, 0.15, 0.13)), smoothstep(0.006, 0.0, np.abs(d) - 0.018)[..., None])
        c = mix(c, np.array((0.88, 0.87, 0.84)), smoothstep(0.125, 0.12, y)[..., None])
    return c


def _floor(scene: Scene, p: Array, mottle: Array) -> Array:
    x, z = p[..., 0], p[..., 2]
    if scene.floor == "wood":
        row = np.floor(x / 0.14)
        along = z / 1.3 + 0.37 * row
        seam = np.minimum(smoothstep(0, 0.03, (x / 0.14) % 1), smoothstep(0, 0.004, along % 1))
        tone = 0.85 + 0.3 * _random(row + 3 * np.floor(along))
        shade = tone * (0.75 + 0.25 * seam) * (1 + 0.05 * np.sin(x * 130 + 2 * np.sin(z * 2 + row * 5)))
    elif scene.floor == "tiles":
        shade = (0.3 * _inside((x / 0.5) % 1, (z / 0.5) % 1, 0.02, 0.02) + 0.7) * (0.9 + 0.2 * mottle)
    else:
        shade = 0.96 + 0.08 * mottle
    return np.array(scene.floor_colour) * shade[..., None]
