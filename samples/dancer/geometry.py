"""Vectors, rotations, and signed distances of points (..., 3) from bodies in metres, negative inside."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Point = Array | tuple[float, ...]
X, Y, Z = np.eye(3)


def vec(*values: float) -> Array:
    """A float32 vector."""
    return np.array(values, np.float32)


def unit(v: Array) -> Array:
    """Scale vectors (..., 3) to length one."""
    return v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9)


def mix(a: Any, b: Any, t: Any) -> Any:
    """`a` at t = 0, `b` at t = 1, a straight line between."""
    return a + (b - a) * t


def smoothstep(start: Any, end: Any, x: Any) -> Any:
    """0 before `start`, 1 after `end` (which may be the smaller one), smooth between."""
    u = np.clip((x - start) / (end - start), 0, 1)
    return u * u * (3 - 2 * u)


def _crossed_with(v: Array) -> Array:
    return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]], float)


def turn(axis: Array, angle: float) -> Array:
    """The right-handed rotation (3, 3) about a unit vector (Rodrigues' formula)."""
    axis, c, s = axis.astype(float), math.cos(angle), math.sin(angle)
    return (np.outer(axis, axis) * (1 - c) + c * np.eye(3) + s * _crossed_with(axis)).astype(np.float32)


def swing(a: Array, b: Array) -> Array:
    """The smallest rotation that takes the unit vector `a` to the unit vector `b`; it adds no twist."""
    k = _crossed_with(np.cross(a, b))
    return (np.eye(3) + k + k @ k / max(1 + float(a @ b), 1e-3)).astype(np.float32)


def cone(p: Array, a: Point, b: Point, ra: float, rb: float, flat: Point = (1, 1, 1)) -> Array:
    """A cone from `a` to `b` with round ends of radius `ra` and `rb`; `flat` stretches it along x, y, z."""
    p, a, b = (np.asarray(q, np.float32) / vec(*flat) for q in (p, a, b))
    ab = b - a
    h = np.clip((p - a) @ ab / (ab @ ab + 1e-9), 0, 1)
    return (np.linalg.norm(p - a - h[..., None] * ab, axis=-1) - (ra + (rb - ra) * h)) * min(flat)


def ellipsoid(p: Array, centre: Point, radii: Point) -> Array:
    """An ellipsoid with half axes `radii` (the distance is exact at the surface only)."""
    c, r = np.asarray(centre, np.float32), np.asarray(radii, np.float32)
    return (np.linalg.norm((p - c) / r, axis=-1) - 1) * float(r.min())


def union(radius: float, *fields: Array) -> Array:
    """All of the bodies, the creases between them filled to about `radius`."""
    out = fields[0]
    for d in fields[1:]:
        h = np.maximum(radius - np.abs(out - d), 0) / radius
        out = np.minimum(out, d) - h * h * radius * 0.25
    return out


def common(radius: float, *fields: Array) -> Array:
    """What lies in all of the bodies, its edges rounded to about `radius`."""
    return -union(radius, *[-d for d in fields])


def chain(p: Array, points: list[Array], radii: Any, radius: float = 0.012) -> Array:
    """Cones along a polyline. A small `radius` keeps its joints from bulging."""
    links = zip(pairwise(points), pairwise(radii), strict=True)
    return union(radius, *[cone(p, a, b, ra, rb) for (a, b), (ra, rb) in links])


def mirrored(p: Array) -> Array:
    """Points with their x made positive: shapes drawn on the left appear on both sides."""
    return np.concatenate([np.abs(p[..., :1]), p[..., 1:]], -1)


def ripple(p: Array, f: float) -> Array:
    """A smooth, irregular pattern in -1 to 1 with about `f` radians a metre."""
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    a = np.sin(x * f + 2.1 * np.sin(y * f * 0.7 + 1))
    return a * np.sin(y * f * 0.9 + 1.7 * np.sin(z * f * 0.8 + 2)) * np.sin(z * f + 1.9 * np.sin(x * f * 0.6) + 0.7)
