"""A scene before a camera: where the camera stands, what it sees of the empty room, and how it develops light."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from samples.dancer.geometry import Array, mix, unit, vec
from samples.dancer.scene import WALL_Z, Scene, paint_room


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


def develop(scene: Scene, linear: Array, noise: np.random.Generator | None = None) -> Array:
    """Linear light to an RGB image (H, W, 3) uint8: lens, exposure, a soft shoulder, gamma, the sensor's noise."""
    if scene.soft:
        linear = cv2.GaussianBlur(linear, (0, 0), scene.soft * len(linear) / 256)
    image = np.clip(linear * np.float32(scene.gains), 0, 1.3)
    image = (image / (1 + 0.12 * image)) ** (1 / 2.2) * 255
    if noise is not None:
        image = image + scene.noise * noise.standard_normal(image.shape, np.float32)
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
        self.background = develop(scene, self.lit(1.0, np.ones(len(self.points), np.float32)))

    def lit(self, seen: Any, open_sky: Array) -> Array:
        """The picture (H, W, 3), linear light, if these shares of the lamp's and of all other light reach `points`."""
        direct = np.clip(self.normals @ self.lamp, 0, 1) * seen
        light = direct[:, None] * self.lamp_colour + ((self.scene.ambient + 0.12) * open_sky)[:, None]
        soft = cv2.GaussianBlur(light.reshape(*self.half[::-1], 3), (0, 0), max(min(self.camera.size) / 512, 0.3))
        return self.colour * cv2.resize(soft, self.camera.size)
