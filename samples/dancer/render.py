"""From a mesh, a pose and a scene to pixels: z-buffer, shadow map, shading, noise."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from samples.dancer import truth
from samples.dancer.body import HEAD, SKIN
from samples.dancer.characters import Character, Pose
from samples.dancer.geometry import Array, mix, unit, vec
from samples.dancer.mesh import build, skin
from samples.dancer.motion import Choreography, pose
from samples.dancer.paint import surface
from samples.dancer.scene import WALL_Z, Scene, paint_room, place_camera

OVERSAMPLING = 2
"""The person is drawn this much larger and averaged down: smooth outlines, an alpha in between."""
SHADOW_PIXELS, SHADOW_METRES = 448, 2.9
FAINT = np.float32(0.01)
"""A sphere that fills less of the sky than this darkens nothing: the room far from the dancer stays as it is."""


@dataclass(frozen=True)
class Frame:
    """One rendered frame and what is true of it; H and W are its height and width."""

    image: Array  # (H, W, 3) uint8 RGB
    alpha: Array  # (H, W) float32, 1 where the person covers the pixel
    xyz: Array  # (137, 3) joints, metres
    xy: Array  # (137, 2) joints, pixels; the first pixel's middle is (0.5, 0.5)
    occluded: Array  # (137,) bool


def raster(points: Array, triangles: Array, width: int, height: int) -> tuple[Array, Array, Array, Array]:
    """Find the nearest of the `triangles` (F, 3) between `points` (V, 3), x and y in pixels and depth, for every pixel.

    Only triangles that run clockwise in the picture (y down) are drawn. They are sorted by size, and all pixels of all
    boxes of one size are tested at once: fast as long as triangles cover few pixels.

    Returns:
        The covered pixels' indices (N,), their triangles (N,), the weights (N, 3) of its corners, and the
        depth of all pixels (height * width,), infinite where nothing is.
    """
    t = points[triangles]
    x, y = t[..., 0], t[..., 1]
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    x0, y0 = (np.maximum(np.ceil(c.min(1) - 0.5), 0).astype(int) for c in (x, y))
    x1, y1 = (np.minimum(np.floor(c.max(1) - 0.5), n - 1).astype(int) for c, n in ((x, width), (y, height)))
    extent = np.where((area < -1e-9) & (x1 >= x0) & (y1 >= y0), np.maximum(x1 - x0, y1 - y0) + 1, 0)
    found = []
    for smaller, box in pairwise((0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128)):
        i = np.flatnonzero((extent > smaller) & (extent <= box))
        oy, ox = (g.ravel() for g in np.mgrid[:box, :box])
        px, py = x0[i, None] + ox, y0[i, None] + oy
        xs, ys, full = x[i], y[i], area[i, None]
        dx, dy = px + np.float32(0.5) - xs[:, :1], py + np.float32(0.5) - ys[:, :1]
        b1 = (dx * (ys[:, 2:] - ys[:, :1]) - dy * (xs[:, 2:] - xs[:, :1])) / full
        b2 = (dy * (xs[:, 1:2] - xs[:, :1]) - dx * (ys[:, 1:2] - ys[:, :1])) / full
        hit = (b1 >= 0) & (b2 >= 0) & (b1 + b2 <= 1) & (px < width) & (py < height)
        row, _ = np.nonzero(hit)
        b1, b2, z = b1[hit], b2[hit], t[i, :, 2][row]
        depth = (z[:, 0] * (1 - b1 - b2) + z[:, 1] * b1 + z[:, 2] * b2).astype(np.float32)
        found.append((py[hit] * width + px[hit], i[row], b1, b2, depth))
    pixel, triangle, b1, b2, depth = (np.concatenate(a) for a in zip(*found, strict=True))
    nearest = np.full(width * height, np.inf, np.float32)
    np.minimum.at(nearest, pixel, depth)
    front = np.flatnonzero(depth == nearest[pixel])
    front = front[np.unique(pixel[front], return_index=True)[1]]
    b1, b2 = b1[front], b2[front]
    return pixel[front], triangle[front], np.stack([1 - b1 - b2, b1, b2], 1).astype(np.float32), nearest


class Stage:
    """A character in a scene before a camera, ready to be drawn in any pose.

    Attributes:
        camera: where it is filmed from.
        background: the empty room (H, W, 3) uint8 RGB, without noise.
    """

    def __init__(self, who: Character, scene: Scene, size: tuple[int, int], detail: float = 1.0) -> None:
        self.who, self.scene, self.mesh = who, scene, build(who, detail)
        self.camera = place_camera(scene, size, who.height)
        self.lamp = unit(vec(*scene.light))
        across = unit(np.cross(vec(0, 1, 0), self.lamp))
        self.lamp_axes = np.stack([across, np.cross(across, self.lamp), -self.lamp])
        self.lamp_colour = vec(1 + 0.10 * scene.warmth, 1, 1 - 0.16 * scene.warmth)
        self._lay_out_room()
        self.background = self._develop(self._room_light(None))

    def render(self, dance: Choreography, beat: float, noise: np.random.Generator | None = None) -> Frame:
        """Draw the dancer at a beat of the dance; sensor noise is drawn from `noise`, or left out."""
        posed = pose(self.mesh.rest, dance, beat)
        vertices, normals = skin(self.mesh, posed)
        shadow = _Shadow(vertices, self.mesh.triangles, self.lamp_axes, _balls(self.who, posed))
        layer, nearest = self._person(vertices, normals, shadow)
        alpha = layer[..., 3]
        image = self._develop(self._room_light(shadow) * (1 - alpha[..., None]) + layer[..., :3], noise)
        xyz = truth.joints(self.who, posed, self.mesh.rest)
        seen = self.camera.project(xyz)
        return Frame(image, alpha, xyz, seen[:, :2], truth.occluded(self.who, seen, nearest, OVERSAMPLING))

    def _lay_out_room(self) -> None:
        """Which point of wall or floor each pixel shows, and its colour."""
        (w, h), cam = self.camera.size, self.camera
        y, x = np.mgrid[:h, :w] + 0.5
        rays = np.stack([(x - cam.centre[0]) / cam.focal, (y - cam.centre[1]) / cam.focal, np.ones((h, w))], -1)
        rays = rays @ cam.rotation
        to_floor = np.where(rays[..., 1] < -1e-4, -cam.position[1] / np.minimum(rays[..., 1], -1e-4), np.inf)
        to_wall = (WALL_Z - cam.position[2]) / rays[..., 2]
        points = (cam.position + rays * np.minimum(to_floor, to_wall)[..., None]).astype(np.float32)
        is_floor = to_floor < to_wall
        self.room_colour = np.clip(paint_room(self.scene, points, is_floor), 0, 1).astype(np.float32) ** 2.2
        self.room_half = half = (max(w // 2, 1), max(h // 2, 1))  # light is soft: half the resolution is enough
        small = cv2.resize(points, half, interpolation=cv2.INTER_AREA)
        flat = cv2.resize(is_floor.astype(np.uint8), half, interpolation=cv2.INTER_NEAREST).astype(bool)
        normals = np.where(flat[..., None], vec(0, 1, 0), vec(0, 0, 1))
        if self.scene.wall == self.scene.floor == "plain":  # a studio's backdrop runs into the floor in a curve
            bend = np.clip((small[..., 1] - (small[..., 2] - WALL_Z)) / 0.5 * 0.5 + 0.5, 0, 1)[..., None]
            normals = unit(mix(vec(0, 1, 0), vec(0, 0, 1), bend))
        self.room_points, self.room_normals = small.reshape(-1, 3), normals.reshape(-1, 3).astype(np.float32)

    def _room_light(self, shadow: "_Shadow | None") -> Array:
        """The empty room (H, W, 3), linear, in the dancer's shadow if there is one."""
        direct = np.clip(self.room_normals @ self.lamp, 0, 1)
        seen, open_sky = shadow.at(self.room_points, self.room_normals) if shadow else (1.0, np.ones_like(direct))
        lit = (direct * seen)[:, None] * self.lamp_colour + ((self.scene.ambient + 0.12) * open_sky)[:, None]
        plane, size = lit.reshape(*self.room_half[::-1], 3), self.camera.size
        return self.room_colour * cv2.resize(cv2.GaussianBlur(plane, (0, 0), max(min(size) / 512, 0.3)), size)

    def _person(self, vertices: Array, normals: Array, shadow: "_Shadow") -> tuple[Array, Array]:
        """The person as a layer (H, W, 4), linear and premultiplied, and the oversampled depth (2H, 2W)."""
        w, h = (n * OVERSAMPLING for n in self.camera.size)
        mesh, scene = self.mesh, self.scene
        points = self.camera.project(vertices) * (OVERSAMPLING, OVERSAMPLING, 1)
        pixel, triangle, weights, nearest = raster(points.astype(np.float32), mesh.triangles, w, h)
        corners, material = mesh.triangles[triangle], mesh.material[triangle]

        def at(values: Array) -> Array:
            return sum(weights[:, k : k + 1] * values[corners[:, k]] for k in range(3))

        place = at(vertices)
        colour, gloss, push = surface(mesh, at(mesh.vertices), material)
        n = unit(unit(at(normals)) + push).astype(np.float32)
        seen, open_sky = shadow.at(place, n)
        to_eye, facing = unit(self.camera.position.astype(np.float32) - place), n @ self.lamp
        fleshy = (material == SKIN) | (material == HEAD)
        soft = np.where(fleshy, 0.25, 0.05)  # light creeps round the edge of skin
        direct = np.clip((facing + soft) / (1 + soft), 0, 1) * seen
        around = scene.ambient * (0.62 + 0.38 * n[:, 1]) * open_sky
        around = around + 0.22 * np.clip(n @ unit(vec(-self.lamp[0], 0.2, 0.8)), 0, 1) * open_sky
        light = direct[:, None] * self.lamp_colour + around[:, None]
        light = light * np.where(fleshy[:, None], vec(1.03, 1, 0.97), vec(1, 1, 1))
        half = np.clip((n * unit(to_eye + self.lamp)).sum(1), 0, 1)
        rim = (1 - np.abs((n * to_eye).sum(1))) ** 4
        shine = gloss * seen * half**28 + 0.25 * gloss * open_sky * rim
        large = np.zeros((h * w, 4), np.float32)
        large[pixel, :3] = np.clip(colour, 0, 1) ** 2.2 * light + shine[:, None]
        large[pixel, 3] = 1
        layer = cv2.resize(large.reshape(h, w, 4), self.camera.size, interpolation=cv2.INTER_AREA)
        return layer, nearest.reshape(h, w)

    def _develop(self, linear: Array, noise: np.random.Generator | None = None) -> Array:
        """Linear light to an RGB image (H, W, 3) uint8: a soft shoulder, gamma, noise."""
        image = np.clip(linear, 0, 1.3)
        image = (image / (1 + 0.12 * image)) ** (1 / 2.2) * 255
        if noise is not None:
            image = image + self.scene.noise * noise.standard_normal(image.shape, np.float32)
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)


class _Shadow:
    """What keeps light from a point: the lamp's by a depth map, the surrounding light by spheres in the body."""

    def __init__(self, vertices: Array, triangles: Array, axes: Array, balls: list[tuple[Array, float]]) -> None:
        q = vertices @ axes.T
        self.axes = axes
        self.middle = np.append((q[:, :2].max(0) + q[:, :2].min(0)) / 2, 0).astype(np.float32)
        back = triangles[:, ::-1] if np.linalg.det(axes) > 0 else triangles
        self.depth = raster(self._on_map(q), back, SHADOW_PIXELS, SHADOW_PIXELS)[3]
        self.centres = np.array([c for c, _ in balls], np.float32)
        self.squares = np.array([r * r for _, r in balls], np.float32)
        self.taps = (np.random.default_rng(1).normal(size=(10, 2)) * 2.4).astype(np.float32)

    def _on_map(self, q: Array) -> Array:
        scale, half = SHADOW_PIXELS / SHADOW_METRES, SHADOW_PIXELS / 2
        return ((q - self.middle) * vec(scale, scale, 1) + vec(half, half, 0)).astype(np.float32)

    def at(self, points: Array, normals: Array) -> tuple[Array, Array]:
        """The shares (N,) of the lamp's and of the surrounding light that reach points with these normals."""
        q = self._on_map((points + normals * 0.012) @ self.axes.T)
        seen = np.zeros(len(points), np.float32)
        for tap in self.taps:
            ij = np.clip(q[:, :2] + tap, 0, SHADOW_PIXELS - 1).astype(np.int32)
            seen += self.depth[ij[:, 1] * SHADOW_PIXELS + ij[:, 0]] > q[:, 2] - np.float32(0.012)
        open_sky, c = np.empty(len(points), np.float32), self.centres
        for k in range(0, len(points), 4096):  # pieces that stay in the cache
            p, n = points[k : k + 4096], normals[k : k + 4096]
            square = np.maximum((c * c).sum(1) - 2 * p @ c.T + (p * p).sum(1, keepdims=True), np.float32(1e-4))
            cosine = np.maximum(n @ c.T - (n * p).sum(1, keepdims=True), 0) / np.sqrt(square)
            hidden = np.float32(0.85) * cosine * np.clip(self.squares / square - FAINT, 0, 1)
            open_sky[k : k + 4096] = np.prod(1 - hidden, 1)
        return seen / len(self.taps), open_sky


def _balls(who: Character, posed: Pose) -> list[tuple[Array, float]]:
    """Spheres that fill the body roughly: centre and radius."""
    g = who.girth * who.height / 1.76

    def at(joint: str, y: float = 0, z: float = 0) -> Array:
        return posed[joint][1] + posed[joint][0] @ vec(0, y, z)

    out = [(at("pelvis"), 0.13 * g), (at("spine"), 0.12 * g), (at("chest", 0.05), 0.14 * g), (at("head", 0.11), 0.10)]
    bones = (("shoulder", "elbow", 0.055), ("elbow", "wrist", 0.045), ("hip", "knee", 0.085), ("knee", "ankle", 0.06))
    for n in "LR":
        out += [(mix(posed[a + n][1], posed[b + n][1], t), r * g) for a, b, r in bones for t in (0.25, 0.75)]
        out += [(at("ankle" + n, -0.05), 0.055), (at("ankle" + n, -0.05, 0.10), 0.05), (at("wrist" + n), 0.04)]
    return out
