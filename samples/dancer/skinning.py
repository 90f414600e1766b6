"""The mesh of a character, and how it follows the skeleton: linear blend skinning."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from samples.dancer.body import Figure, Part
from samples.dancer.characters import JOINTS, Character, hand_axes
from samples.dancer.geometry import Array, cone, mesh_of, mix, smoothstep, unit, vec
from samples.dancer.motion import Pose

MATERIALS = ["skin", "head", "hair", "top", "bottom", "shoe"]
BONE_END = {
    "pelvis": "spine", "spine": "chest", "chest": "neck", "neck": "head", "clavicle": "shoulder", "shoulder": "elbow",
    "elbow": "forearm", "forearm": "wrist", "wrist": "middle1", "hip": "knee", "knee": "ankle", "ankle": "toe",
}  # fmt: skip
BONE_RADIUS = {
    "pelvis": 0.14, "spine": 0.13, "chest": 0.16, "neck": 0.06, "head": 0.10, "clavicle": 0.075, "shoulder": 0.055,
    "elbow": 0.045, "forearm": 0.042, "wrist": 0.030, "hip": 0.085, "knee": 0.06, "ankle": 0.05, "toe": 0.05,
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
    material: Array  # (F,) index into MATERIALS


def _weights(part: Part, rest: dict[str, Array], v: Array) -> Array:
    """Share (V, bones) of each bone in moving each vertex: by distance, in units of the bone's thickness."""
    shares = []
    for bone in part.bones:
        name, n = (bone[:-1], bone[-1]) if bone[-1] in "LR" else (bone, "")
        start, radius = rest[bone], BONE_RADIUS.get(name, 0.0095)
        if name[-1].isdigit():
            end = rest[f"{name[:-1]}{int(name[-1]) + 1}{n}"]
        elif name in BONE_END:
            end = rest[BONE_END[name]] if BONE_END[name] in rest else rest[BONE_END[name] + n]
        else:
            end = start + (vec(0, 0.2, 0) if name == "head" else vec(0, 0, 0.08))
        shares.append((np.maximum(cone(v, start, end, 0, 0), 0.002) / radius) ** -part.falloff)
    w = np.stack(shares, 1)
    if part.material == "top":
        for n in "LR":  # a sleeve goes with the arm, not with the trunk
            mine = [i for i, bone in enumerate(part.bones) if bone in ("shoulder" + n, "elbow" + n, "forearm" + n)]
            from_shoulder = (v - rest["shoulder" + n]) @ hand_axes(n)[:, 0]
            near = smoothstep(0.13, 0.08, cone(v, rest["shoulder" + n], rest["wrist" + n], 0, 0))
            w[:, np.setdiff1d(np.arange(len(part.bones)), mine)] *= (1 - near * smoothstep(0.0, 0.11, from_shoulder))[
                :, None
            ]
    return w / w.sum(1, keepdims=True)


def _skirt_weights(figure: Figure, bones: list[str], v: Array) -> Array:
    """A skirt hangs from the pelvis and follows the thigh that is nearer, the more the lower."""
    low = 0.97 * smoothstep(figure.waist, mix(figure.waist, figure.hem, 0.75), v[:, 1])
    left = smoothstep(-0.12, 0.12, v[:, 0])
    w = np.zeros((len(v), len(bones)), np.float32)
    w[:, bones.index("pelvis")] = 1 - low
    w[:, bones.index("hipL")], w[:, bones.index("hipR")] = low * left, low * (1 - left)
    return w


@lru_cache(maxsize=4)
def build(who: Character, detail: float = 1.0) -> Mesh:
    """Mesh a character (about 60,000 vertices; `detail` below 1 makes voxels larger, for tests)."""
    figure = Figure(who)
    vertices, triangles, weights, material, count = [], [], [], [], 0
    for part in figure.parts():
        v, t = mesh_of(part.field, part.low, part.high, part.voxel / detail)
        skirt = part.material == "bottom" and who.bottom == "skirt"
        w = _skirt_weights(figure, part.bones, v) if skirt else _weights(part, figure.rest, v)
        full = np.zeros((len(v), len(JOINTS)), np.float32)
        full[:, [JOINTS.index(b) for b in part.bones]] = w
        vertices.append(v)
        triangles.append(t + count)
        weights.append(full)
        material.append(np.full(len(t), MATERIALS.index(part.material), np.uint8))
        count += len(v)
    v, t = np.concatenate(vertices), np.concatenate(triangles)
    face = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
    normal = np.stack([sum(np.bincount(t[:, k], face[:, a], len(v)) for k in range(3)) for a in range(3)], 1)
    return Mesh(
        who, figure.rest, v, unit(normal).astype(np.float32), np.concatenate(weights), t, np.concatenate(material)
    )


def skin(mesh: Mesh, posed: Pose) -> tuple[Array, Array]:
    """Move the mesh's vertices and normals (V, 3) into a pose, by linear blend skinning."""
    moves = [np.column_stack([posed[n][0], posed[n][1] - posed[n][0] @ mesh.rest[n]]) for n in JOINTS]
    m = (mesh.weights @ np.stack(moves).astype(np.float32).reshape(len(JOINTS), 12)).reshape(-1, 3, 4)
    vertices = (m[:, :, :3] * mesh.vertices[:, None]).sum(2) + m[:, :, 3]
    return vertices, unit((m[:, :, :3] * mesh.normals[:, None]).sum(2))
