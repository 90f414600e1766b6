"""Vectors, rotations, signed distance fields and the mesh of a field."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Field = Callable[[Array], Array]
"""A signed distance: maps points (..., 3) to metres, negative inside."""


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


def rotation(axis: str, angle: float) -> Array:
    """The right-handed rotation about "x", "y" or "z" as a 3 x 3 matrix."""
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m = np.eye(3, dtype=np.float32)
    m[i, i] = m[j, j] = np.cos(angle)
    m[i, j], m[j, i] = -np.sin(angle), np.sin(angle)
    return m


def turn_about(axis: Array, angle: float) -> Array:
    """The right-handed rotation about a unit vector (Rodrigues' formula)."""
    (x, y, z), c, s = axis.tolist(), math.cos(angle), math.sin(angle)
    d = 1 - c
    rows = (
        (c + x * x * d, x * y * d - z * s, x * z * d + y * s),
        (y * x * d + z * s, c + y * y * d, y * z * d - x * s),
        (z * x * d - y * s, z * y * d + x * s, c + z * z * d),
    )
    return np.array(rows, np.float32)


def swing(a: Array, b: Array) -> Array:
    """The smallest rotation that takes the unit vector `a` to the unit vector `b`; it adds no twist."""
    v, c = np.cross(a, b), float(a @ b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return (np.eye(3) + k + k @ k / max(1 + c, 1e-3)).astype(np.float32)


def frame(along: Array, towards: Array) -> Array:
    """Right-handed axes as columns: the first is `along`, the second leans to `towards` as far as it can."""
    second = unit(towards - along * (along @ towards))
    return np.stack([along, second, np.cross(along, second)], 1)


def cone(p: Array, a: Array, b: Array, ra: float, rb: float, flat: tuple[float, float, float] = (1, 1, 1)) -> Array:
    """A cone from `a` to `b` with round ends of radius `ra` and `rb`; `flat` stretches it along x, y, z."""
    f = vec(*flat)
    p, a, b = p / f, a / f, b / f
    ab = b - a
    h = np.clip((p - a) @ ab / (ab @ ab + 1e-9), 0, 1)
    return (np.linalg.norm(p - a - h[..., None] * ab, axis=-1) - (ra + (rb - ra) * h)) * min(flat)


def ellipsoid(p: Array, centre: Array, radii: Any) -> Array:
    """An ellipsoid with half axes `radii` (the distance is exact at the surface only)."""
    r = np.asarray(radii, np.float32)
    return (np.linalg.norm((p - centre) / r, axis=-1) - 1) * float(r.min())


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


def mesh_of(field: Field, low: Array, high: Array, voxel: float) -> tuple[Array, Array]:
    """The zero surface of a field inside a box, by naive surface nets.

    Returns:
        Vertices (V, 3) float32 and triangles (F, 3), counter-clockwise seen from outside.
    """
    n = np.ceil((high - low) / voxel).astype(int) + 1
    axes = [low[i] + voxel * np.arange(n[i], dtype=np.float32) for i in range(3)]
    value = field(np.stack(np.meshgrid(*axes, indexing="ij"), -1)).astype(np.float32)
    inside = value < 0

    def corner(o: Array) -> tuple[slice, ...]:
        return tuple(slice(o[i], n[i] - 1 + o[i]) for i in range(3))

    total, count = np.zeros((*(n - 1), 3), np.float32), np.zeros(n - 1, np.float32)
    for a in (np.array([(q >> 2) & 1, (q >> 1) & 1, q & 1]) for q in range(8)):
        for d in np.flatnonzero(a == 0):
            b = a.copy()
            b[d] = 1
            va, vb = value[corner(a)], value[corner(b)]
            crossed = (va < 0) != (vb < 0)
            total += crossed[..., None] * a
            total[..., d] += np.where(crossed, va / np.where(crossed, va - vb, 1), 0)
            count += crossed
    cell = count > 0
    index = np.full(n - 1, -1)
    index[cell] = np.arange(cell.sum())
    vertices = (np.argwhere(cell) + total[cell] / count[cell][:, None]) * voxel + low
    faces = []
    for d in range(3):
        e1, e2 = (np.eye(3, dtype=int)[(d + k) % 3] for k in (1, 2))
        here = [slice(1, n[i] - 1) for i in range(3)]
        here[d] = slice(0, n[d] - 1)
        a = inside[tuple(here)]
        here[d] = slice(1, n[d])
        b = inside[tuple(here)]
        for edges, outward in ((a & ~b, True), (~a & b, False)):
            o = np.argwhere(edges) + e1 + e2
            quad = [index[tuple(x.T)] for x in (o - e1 - e2, o - e2, o, o - e1)]
            q = np.stack(quad if outward else quad[::-1], 1)
            faces += [q[:, [0, 1, 2]], q[:, [0, 2, 3]]]
    return vertices.astype(np.float32), np.concatenate(faces)
