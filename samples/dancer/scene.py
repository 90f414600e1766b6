"""Where the dance takes place: camera, room and light. Rooms are painted by formula, there is no asset."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from samples.dancer.characters import Colour
from samples.dancer.geometry import Array, mix, ripple, smoothstep, unit, vec

WALL_Z = -1.6
"""The wall stands this far behind the middle of the floor, in metres."""


@dataclass(frozen=True)
class Scene:
    """A room, its light, and how it is filmed."""

    angle: float  # degrees from bottom to top of a square frame: small for a long lens far away
    eye: float  # metres of the lens above the floor
    aside: float  # metres of the lens to the right of the middle
    wall: str  # pictures, brick, plain, panels or curtain
    wall_colour: Colour
    floor: str  # wood, tiles or plain
    floor_colour: Colour
    light: tuple[float, float, float]  # direction to the lamp
    warmth: float  # -1 (blue lamp) to 1 (orange lamp)
    ambient: float  # light from all around, relative to the lamp's
    noise: float  # standard deviation of the sensor's noise, of 255
    zoom: float = 1.0  # share of the frame's sides that the dancer's space fills; below 1 there is room around it


SCENES = {  # the fields of `Scene` in their order
    "parlour": Scene(27.5, 1.15, 0, "pictures", (.7, .72, .74), "wood", (.55, .38, .24), (-.45, .85, .65), 0, .52, 1.5),
    "loft": Scene(27.5, 1.3, .12, "brick", (.62, .60, .55), "tiles", (.42, .44, .46), (.5, .9, .55), 0, .52, 1.5),
    "studio": Scene(22, 1, 0, "plain", (.66, .66, .67), "plain", (.66, .66, .67), (-.35, .9, .8), 0, .62, 1),
    "gym": Scene(34, 1.5, -.2, "panels", (.80, .82, .80), "wood", (.70, .54, .34), (.25, 1, .5), 0, .6, 2.5),
    "stage": Scene(30, .8, 0, "curtain", (.15, .20, .40), "wood", (.36, .26, .19), (.55, .75, .95), .4, .6, 1.5),
    "terrace": Scene(25, 1.6, 0, "brick", (.72, .42, .32), "tiles", (.66, .60, .52), (-.75, .8, .5), -.25, .58, 1.5),
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


def place_camera(scene: Scene, size: tuple[int, int], tall: float) -> Camera:
    """Stand back so far that a dancer of this height stays in the frame: arms up, arms wide, near and aside."""
    width, height = (round(n * scene.zoom) for n in size)  # the part of the frame that is kept for the dancer
    edge, h = (np.array(size) - (width, height)) / 2, tall / 1.76
    focal = float(0.5 * min(width, height) / np.tan(np.radians(scene.angle) / 2))
    box = [(x, y, z) for x in (-1.16, 1.16) for y in (-0.06, 1.9) for z in (-0.3, 0.35)]
    corners = np.array([*box, (-0.75, 2.36, 0.3), (0.75, 2.36, 0.3)]) * h
    near, far = 1.0, 40.0
    for _ in range(40):
        distance = (near + far) / 2
        position = vec(scene.aside * h, scene.eye * h, distance)
        angles = np.arctan2(corners[:, 1] - position[1], position[2] - corners[:, 2])
        forward = unit(vec(0, np.tan((angles.max() + angles.min()) / 2), -1))  # equal room above and below
        turned = np.stack([vec(1, 0, 0), -np.cross(vec(1, 0, 0), forward), forward])
        centre = (size[0] / 2 + focal * scene.aside * h / distance, size[1] / 2)  # a shifted lens: the middle stays
        camera = Camera(position.astype(float), turned.astype(float), focal, centre, size)
        p = camera.project(corners)
        if (p[:, 2] > 0.3).all() and (p[:, :2] > edge).all() and (p[:, :2] < size - edge).all():
            far, best = distance, camera
        else:
            near = distance
    return best


def develop(linear: Array, noise: np.random.Generator | None = None, strength: float = 0.0) -> Array:
    """Linear light to an RGB image (H, W, 3) uint8: a soft shoulder, gamma, noise."""
    image = np.clip(linear, 0, 1.3)
    image = (image / (1 + 0.12 * image)) ** (1 / 2.2) * 255
    if noise is not None:
        image = image + strength * noise.standard_normal(image.shape, np.float32)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


class Room:
    """A scene before a camera.

    Attributes:
        camera: where it is filmed from.
        background: the picture (H, W, 3) uint8 RGB of nobody there, without noise.
    """

    def __init__(self, scene: Scene, size: tuple[int, int], tall: float) -> None:
        self.scene, self.camera = scene, place_camera(scene, size, tall)
        self.lamp = unit(vec(*scene.light))
        self.lamp_colour = vec(1 + 0.10 * scene.warmth, 1, 1 - 0.16 * scene.warmth)
        (w, h), cam = size, self.camera
        y, x = np.mgrid[:h, :w] + 0.5
        rays = np.stack([(x - cam.centre[0]) / cam.focal, (y - cam.centre[1]) / cam.focal, np.ones((h, w))], -1)
        rays = rays @ cam.rotation
        to_floor = np.where(rays[..., 1] < -1e-4, -cam.position[1] / np.minimum(rays[..., 1], -1e-4), np.inf)
        to_wall = (WALL_Z - cam.position[2]) / rays[..., 2]
        points = (cam.position + rays * np.minimum(to_floor, to_wall)[..., None]).astype(np.float32)
        is_floor = to_floor < to_wall
        self.colour = np.clip(paint_room(scene, points, is_floor), 0, 1).astype(np.float32) ** 2.2
        self.half = half = (max(w // 2, 1), max(h // 2, 1))  # light is soft: half the resolution is enough
        small = cv2.resize(points, half, interpolation=cv2.INTER_AREA)
        flat = cv2.resize(is_floor.astype(np.uint8), half, interpolation=cv2.INTER_NEAREST).astype(bool)
        normals = np.where(flat[..., None], vec(0, 1, 0), vec(0, 0, 1))
        if scene.wall == scene.floor == "plain":  # a studio's backdrop runs into the floor in a curve
            bend = np.clip((small[..., 1] - (small[..., 2] - WALL_Z)) / 0.5 * 0.5 + 0.5, 0, 1)[..., None]
            normals = unit(mix(vec(0, 1, 0), vec(0, 0, 1), bend))
        self.points, self.normals = small.reshape(-1, 3), normals.reshape(-1, 3).astype(np.float32)
        self.background = develop(self.lit(1.0, np.ones(len(self.points), np.float32)))

    def lit(self, seen: Any, open_sky: Array) -> Array:
        """The picture (H, W, 3), linear light, if these shares of the lamp's and of all other light reach `points`."""
        direct = np.clip(self.normals @ self.lamp, 0, 1) * seen
        light = direct[:, None] * self.lamp_colour + ((self.scene.ambient + 0.12) * open_sky)[:, None]
        soft = cv2.GaussianBlur(light.reshape(*self.half[::-1], 3), (0, 0), max(min(self.camera.size) / 512, 0.3))
        return self.colour * cv2.resize(soft, self.camera.size)


def paint_room(scene: Scene, points: Array, is_floor: Array) -> Array:
    """Colours (..., 3) of points of the wall and the floor."""
    mottle = 0.5 + 0.25 * ripple(points, 3.1) + 0.15 * ripple(points, 11) + 0.10 * ripple(points, 60)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.where(is_floor[..., None], _floor(scene, x, z, mottle), _wall(scene, x, y, mottle))


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
    return c


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
    return np.array(scene.floor_colour) * shade[..., None]
