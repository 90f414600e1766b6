"""The mesh of a character, and how it follows the skeleton: naive surface nets, linear blend skinning."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from samples.dancer.body import BOTTOM, TOP, Figure, Part
from samples.dancer.characters import JOINTS, Character, Pose, hand_axes
from samples.dancer.geometry import Array, cone, mix, smoothstep, unit, vec

BONES = {  # where each ends (a joint, or an offset), and its radius
    "pelvis": ("spine", 0.14), "spine": ("chest", 0.13), "chest": ("neck", 0.16), "neck": ("head", 0.06),
    "head": (vec(0, 0.2, 0), 0.10), "clavicle": ("shoulder", 0.075), "shoulder": ("elbow", 0.055),
    "elbow": ("forearm", 0.045), "forearm": ("wrist", 0.042), "wrist": ("middle1", 0.030), "hip": ("knee", 0.085),
    "knee": ("ankle", 0.06), "ankle": ("toe", 0.05), "toe": (vec(0, 0, 0.08), 0.05),
}  # fmt: skip


@dataclass(frozen=True)
class Mesh:
    """A character in the rest pose: V vertices, F triangles, J joints as `characters.JOINTS` lists them."""

    who: Character
    rest: dict[str, Array]
    vertices: Array  # (V, 3) float32
    normals: Array  # (V, 3) float32
    weights: Array  # (V, J) float32, rows sum to 1
    triangles: Array  # (F, 3)
    material: Array  # (F,) of `body.SKIN` to `body.SHOE`


def mesh_of(field: Callable[[Array], Array], low: Array, high: Array, voxel: float) -> tuple[Array, Array]:
    """The zero surface of a field inside a box: a vertex in every cell that it crosses, a quad across every edge.

    Returns:
        Vertices (V, 3) float32 and triangles (F, 3), counter-clockwise seen from outside.
    """
    n, steps = np.ceil((high - low) / voxel).astype(int) + 1, np.eye(3, dtype=int)
    axes = [low[i] + voxel * np.arange(n[i], dtype=np.float32) for i in range(3)]
    value = field(np.stack(np.meshgrid(*axes, indexing="ij"), -1)).astype(np.float32)
    total, count = np.zeros((*(n - 1), 3), np.float32), np.zeros(n - 1, np.float32)
    for a in np.argwhere(np.ones((2, 2, 2))):  # the mean of the places where the cell's twelve edges are crossed
        for d in np.flatnonzero(a == 0):
            va, vb = (value[tuple(slice(c, m - 1 + c) for c, m in zip(o, n, strict=True))] for o in (a, a + steps[d]))
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
        e1, e2 = steps[(d + 1) % 3], steps[(d + 2) % 3]
        a, b = (value[tuple(slice(o, m - 1 + o) if i == d else slice(1, m - 1) for i, m in enumerate(n))] < 0
                for o in (0, 1))  # fmt: skip
        for edges, order in ((a & ~b, (0, 1, 2, 3)), (~a & b, (3, 2, 1, 0))):
            o = np.argwhere(edges)
            quad = [index[tuple((o + corner).T)] for corner in (0 * e1, e1, e1 + e2, e2)]
            q = np.stack([quad[i] for i in order], 1)
            faces += [q[:, [0, 1, 2]], q[:, [0, 2, 3]]]
    return vertices.astype(np.float32), np.concatenate(faces)


def _weights(figure: Figure, part: Part, v: Array) -> Array:
    """Share (V, bones) of each bone in moving each vertex: by distance, in units of the bone's thickness."""
    rest = figure.rest
    if part.material == BOTTOM and figure.who.bottom == "skirt":
        # It hangs from the pelvis and follows the thigh that is nearer, the more the lower.
        low = 0.97 * smoothstep(figure.waist, mix(figure.waist, figure.hem, 0.75), v[:, 1])
        left = smoothstep(-0.12, 0.12, v[:, 0])
        shares = {"pelvis": 1 - low, "hipL": low * left, "hipR": low * (1 - left)}
        return np.stack([shares.get(bone, 0 * low) for bone in part.bones], 1).astype(np.float32)
    shares = []
    for bone in part.bones:
        name, n = (bone[:-1], bone[-1]) if bone[-1] in "LR" else (bone, "")
        end, radius = BONES.get(name) or (f"{name[:-1]}{int(name[-1]) + 1}", 0.0095)  # a finger's ends at the next
        to = rest[bone] + end if not isinstance(end, str) else rest[end if end in rest else end + n]
        shares.append((np.maximum(cone(v, rest[bone], to, 0, 0), 0.002) / radius) ** -part.falloff)
    w = np.stack(shares, 1)
    if part.material == TOP:
        for n in "LR":  # a sleeve goes with the arm, not with the trunk
            other = [i for i, bone in enumerate(part.bones) if bone not in ("shoulder" + n, "elbow" + n, "forearm" + n)]
            out = smoothstep(0.0, 0.11, (v - rest["shoulder" + n]) @ hand_axes(n)[:, 0])
            near = smoothstep(0.13, 0.08, cone(v, rest["shoulder" + n], rest["wrist" + n], 0, 0))
            w[:, other] *= (1 - near * out)[:, None]
    return w / w.sum(1, keepdims=True)


@lru_cache(maxsize=4)
def build(who: Character, detail: float = 1.0) -> Mesh:
    """Mesh a character (about 60,000 vertices; `detail` below 1 makes voxels larger, for tests)."""
    figure = Figure(who)
    vertices, triangles, weights, material, count = [], [], [], [], 0
    for part in figure.parts():
        v, t = mesh_of(part.field, part.low, part.high, part.voxel / detail)
        full = np.zeros((len(v), len(JOINTS)), np.float32)
        full[:, [JOINTS.index(b) for b in part.bones]] = _weights(figure, part, v)
        vertices.append(v)
        triangles.append(t + count)
        weights.append(full)
        material.append(np.full(len(t), part.material, np.uint8))
        count += len(v)
    v, t = np.concatenate(vertices), np.concatenate(triangles)
    face = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
    normal = np.stack([sum(np.bincount(t[:, k], face[:, a], len(v)) for k in range(3)) for a in range(3)], 1)
    normal = unit(normal).astype(np.float32)
    return Mesh(who, figure.rest, v, normal, np.concatenate(weights), t, np.concatenate(material))


def skin(mesh: Mesh, posed: Pose) -> tuple[Array, Array]:
    """Move the mesh's vertices and normals (V, 3) into a pose, by linear blend skinning."""
    moves = [np.column_stack([posed[n][0], posed[n][1] - posed[n][0] @ mesh.rest[n]]) for n in JOINTS]
    m = (mesh.weights @ np.stack(moves).astype(np.float32).reshape(len(JOINTS), 12)).reshape(-1, 3, 4)
    vertices = (m[:, :, :3] * mesh.vertices[:, None]).sum(2) + m[:, :, 3]
    return vertices, unit((m[:, :, :3] * mesh.normals[:, None]).sum(2))
