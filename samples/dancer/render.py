"""From a mesh, a pose and a scene to pixels: z-buffer, shadow map, shading, noise."""

from typing import NamedTuple

import cv2
import numpy as np

from samples.dancer.body import HEAD, SKIN
from samples.dancer.characters import Character, Pose, Skeleton
from samples.dancer.dance import Choreography
from samples.dancer.geometry import Array, mix, unit, vec
from samples.dancer.pose import joints, occluded, pose
from samples.dancer.room import Room, develop
from samples.dancer.surface import Mesh, paint

OVERSAMPLING = 2
"""The person is drawn this much larger and averaged down: smooth outlines, an alpha in between."""
SHADOW_PIXELS, SHADOW_METRES = 448, 2.9
SMEARED = 7  # instants of an exposure
FAINT = np.float32(0.01)
"""A sphere that fills less of the sky than this darkens nothing: the room far from the dancer stays as it is."""


class Frame(NamedTuple):
    """One rendered frame and what is true of it; H and W are its height and width."""

    image: Array  # (H, W, 3) uint8 RGB
    alpha: Array  # (H, W) float32, 1 where the person covers the pixel
    xyz: Array  # (137, 3) joints, metres
    xy: Array  # (137, 2) joints, pixels; the first pixel's middle is (0.5, 0.5)
    occluded: Array  # (137,) bool


def raster(points: Array, triangles: Array, width: int, height: int) -> tuple[Array, Array, Array, Array]:
    """Find the nearest of the `triangles` (F, 3) between `points` (V, 3), x and y in pixels and depth, for every pixel.

    Only triangles that run clockwise in the picture (y down) are drawn. All pixels of all their boxes are tested at
    once: fast as long as triangles cover few pixels.

    Returns:
        The covered pixels' indices (N,), their triangles (N,), the weights (N, 3) of its corners, and the
        depth of all pixels (height * width,), infinite where nothing is.
    """
    x, y, z = np.moveaxis(points[triangles], -1, 0)
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    (x_low, y_low), (x_high, y_high) = (
        [f(f(c[:, 0], c[:, 1]), c[:, 2]) for c in (x, y)] for f in (np.minimum, np.maximum)
    )
    x0, y0 = (np.maximum(np.ceil(c - 0.5), 0).astype(int) for c in (x_low, y_low))
    wide, high = (np.minimum(np.floor(c + 0.5), n).astype(int) - low
                  for c, n, low in ((x_high, width, x0), (y_high, height, y0)))  # fmt: skip
    pixels = np.where((area < -1e-9) & (wide > 0) & (high > 0), wide * high, 0)
    i = np.repeat(np.arange(len(triangles)), pixels)  # a triangle for each pixel of its box
    down, across = np.divmod(np.arange(len(i)) - np.repeat(np.cumsum(pixels) - pixels, pixels), wide[i])
    px, py, full = x0[i] + across, y0[i] + down, area[i]
    dx, dy = px + np.float32(0.5) - x[i, 0], py + np.float32(0.5) - y[i, 0]
    b1 = (dx * (y[:, 2] - y[:, 0])[i] - dy * (x[:, 2] - x[:, 0])[i]) / full
    b2 = (dy * (x[:, 1] - x[:, 0])[i] - dx * (y[:, 1] - y[:, 0])[i]) / full
    hit = (b1 >= 0) & (b2 >= 0) & (b1 + b2 <= 1)
    pixel, i, b1, b2 = (py * width + px)[hit], i[hit], b1[hit], b2[hit]
    depth = (z[i, 0] * (1 - b1 - b2) + z[i, 1] * b1 + z[i, 2] * b2).astype(np.float32)
    nearest = np.full(width * height, np.inf, np.float32)
    np.minimum.at(nearest, pixel, depth)
    front = np.flatnonzero(depth == nearest[pixel])
    front = front[np.unique(pixel[front], return_index=True)[1]]
    b1, b2 = b1[front], b2[front]
    return pixel[front], i[front], np.stack([1 - b1 - b2, b1, b2], 1).astype(np.float32), nearest


class Stage:
    """A character in a room, ready to be drawn in any pose."""

    def __init__(self, who: Character, room: Room, detail: float = 1.0) -> None:
        self.room, self.mesh = room, Mesh(who, detail)
        across = unit(np.cross(vec(0, 1, 0), room.lamp))
        self.lamp_axes = np.stack([across, np.cross(across, room.lamp), -room.lamp])

    def render(
        self, dance: Choreography, beat: float, noise: np.random.Generator | None = None, exposure: float = 0.0
    ) -> Frame:
        """Draw the dancer at a beat of the dance.

        Sensor noise is drawn from `noise`, or left out; what moves is smeared over `exposure` beats around this one.
        """
        body, room = self.mesh.figure, self.room
        posed = pose(body, dance, beat)
        vertices, normals = self.mesh.skin(posed)
        shadow = _Shadow(vertices, self.mesh.triangles, self.lamp_axes, _balls(body, posed))
        moved = self.mesh.skin(pose(body, dance, beat + exposure))[0] if exposure else None
        layer, nearest = self._person(vertices, normals, shadow, moved)
        alpha = layer[..., 3]
        behind = room.lit(*shadow.at(room.points, room.normals))
        image = develop(room.scene, behind * (1 - alpha[..., None]) + layer[..., :3], noise)
        xyz = joints(body, posed)
        seen = room.camera.project(xyz)
        return Frame(image, alpha, xyz, seen[:, :2], occluded(body.who, seen, nearest, OVERSAMPLING))

    def _person(self, vertices: Array, normals: Array, shadow: "_Shadow", moved: Array | None) -> tuple[Array, Array]:
        """The person as a layer (H, W, 4), linear and premultiplied, and the oversampled depth (2H, 2W).

        `moved` are the vertices at the end of the exposure, if it takes time.
        """
        mesh, room, lamp = self.mesh, self.room, self.room.lamp
        w, h = (n * OVERSAMPLING for n in room.camera.size)
        points = room.camera.project(vertices) * (OVERSAMPLING, OVERSAMPLING, 1)
        pixel, triangle, weights, nearest = raster(points.astype(np.float32), mesh.triangles, w, h)
        corners, material = mesh.triangles[triangle], mesh.material[triangle]

        def at(values: Array) -> Array:
            return sum(weights[:, k : k + 1] * values[corners[:, k]] for k in range(3))

        place = at(vertices)
        colour, gloss, push = paint(mesh.figure, at(mesh.vertices), material)
        n = unit(unit(at(normals)) + push).astype(np.float32)
        seen, open_sky = shadow.at(place, n)
        to_eye, facing = unit(room.camera.position.astype(np.float32) - place), n @ lamp
        fleshy = (material == SKIN) | (material == HEAD)
        soft = np.where(fleshy, 0.25, 0.05)  # light creeps round the edge of skin
        direct = np.clip((facing + soft) / (1 + soft), 0, 1) * seen
        around = room.scene.ambient * (0.62 + 0.38 * n[:, 1]) * open_sky
        around = around + 0.22 * np.clip(n @ unit(vec(-lamp[0], 0.2, 0.8)), 0, 1) * open_sky
        light = direct[:, None] * room.lamp_colour + around[:, None]
        light = light * np.where(fleshy[:, None], vec(1.03, 1, 0.97), vec(1, 1, 1))
        half = np.clip((n * unit(to_eye + lamp)).sum(1), 0, 1)
        rim = (1 - np.abs((n * to_eye).sum(1))) ** 4
        shine = gloss * seen * half**28 + 0.25 * gloss * open_sky * rim
        large = np.zeros((h * w, 4), np.float32)
        large[pixel, :3] = np.clip(colour, 0, 1) ** 2.2 * light + shine[:, None]
        large[pixel, 3] = 1
        layer = cv2.resize(large.reshape(h, w, 4), room.camera.size, interpolation=cv2.INTER_AREA)
        if moved is not None:
            flow = np.zeros((h * w, 2), np.float32)
            flow[pixel] = at((room.camera.project(moved)[:, :2] - points[:, :2] / OVERSAMPLING).astype(np.float32))
            layer = smear(layer, cv2.resize(flow.reshape(h, w, 2), room.camera.size, interpolation=cv2.INTER_AREA))
        return layer, nearest.reshape(h, w)


def smear(layer: Array, flow: Array) -> Array:
    """Average a layer (H, W, 4) along its motion in the exposure: `flow` (H, W, 2) pixels, times the alpha."""
    reach = max(float(np.abs(flow).max()) / 2, 0.5)
    near, share = (cv2.GaussianBlur(np.ascontiguousarray(each), (0, 0), reach) for each in (flow, layer[..., 3]))
    inside = layer[..., 3:] > 0.5
    flow = np.where(inside, flow / np.maximum(layer[..., 3:], 0.5), near / np.maximum(share, 1e-3)[..., None])
    y, x = np.mgrid[: layer.shape[0], : layer.shape[1]].astype(np.float32)
    steps = np.linspace(-0.5, 0.5, SMEARED)
    shown = [cv2.remap(layer, x - t * flow[..., 0], y - t * flow[..., 1], cv2.INTER_LINEAR) for t in np.float32(steps)]
    return np.mean(shown, axis=0, dtype=np.float32)


class _Shadow:
    """What keeps light from a point: the lamp's by a depth map, the surrounding light by spheres in the body."""

    def __init__(self, vertices: Array, triangles: Array, axes: Array, balls: list[tuple[Array, float]]) -> None:
        self.axes, q = axes, vertices @ axes.T
        self.middle = np.append((q[:, :2].max(0) + q[:, :2].min(0)) / 2, 0).astype(np.float32)
        self.depth = raster(self._on_map(q), triangles[:, ::-1], SHADOW_PIXELS, SHADOW_PIXELS)[3]
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


def _balls(body: Skeleton, posed: Pose) -> list[tuple[Array, float]]:
    """Spheres that fill the body roughly: centre and radius."""
    g = body.girth

    def at(joint: str, y: float = 0, z: float = 0) -> Array:
        return posed[joint][1] + posed[joint][0] @ vec(0, y, z)

    out = [(at("pelvis"), 0.13 * g), (at("spine"), 0.12 * g), (at("chest", 0.05), 0.14 * g), (at("head", 0.11), 0.10)]
    bones = (("shoulder", "elbow", 0.055), ("elbow", "wrist", 0.045), ("hip", "knee", 0.085), ("knee", "ankle", 0.06))
    for n in "LR":
        out += [(mix(posed[a + n][1], posed[b + n][1], t), r * g) for a, b, r in bones for t in (0.25, 0.75)]
        out += [(at("ankle" + n, -0.05), 0.055), (at("ankle" + n, -0.05, 0.10), 0.05), (at("wrist" + n), 0.04)]
    return out
