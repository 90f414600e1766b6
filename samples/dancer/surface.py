"""A character's mesh: naive surface nets of its body's parts, linear blend skinning, and colours by formula."""

from collections.abc import Callable

import numpy as np

from samples.dancer.body import BOTTOM, HAIR, HAT, HEAD, SHOE, TOP, Figure, Part
from samples.dancer.characters import JOINTS, Character, Pose, hand_axes
from samples.dancer.fabric import pattern
from samples.dancer.geometry import Array, cone, mirrored, mix, ripple, smoothstep, unit, vec
from samples.dancer.hair import HANGING

BONES = {  # where each ends (a joint, or an offset), and its radius
    "pelvis": ("spine", 0.14), "spine": ("chest", 0.13), "chest": ("neck", 0.16), "neck": ("head", 0.06),
    "head": (vec(0, 0.2, 0), 0.10), "clavicle": ("shoulder", 0.075), "shoulder": ("elbow", 0.055),
    "elbow": ("forearm", 0.045), "forearm": ("wrist", 0.042), "wrist": ("middle1", 0.030), "hip": ("knee", 0.085),
    "knee": ("ankle", 0.06), "ankle": ("toe", 0.05), "toe": (vec(0, 0, 0.08), 0.05),
}  # fmt: skip


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
    faces = []
    for d in range(3):
        e1, e2 = steps[(d + 1) % 3], steps[(d + 2) % 3]
        a, b = (value[tuple(slice(o, m - 1 + o) if i == d else slice(1, m - 1) for i, m in enumerate(n))] < 0
                for o in (0, 1))  # fmt: skip
        for edges, order in ((a & ~b, (0, 1, 2, 0, 2, 3)), (~a & b, (3, 2, 1, 3, 1, 0))):
            quad = [index[tuple((np.argwhere(edges) + corner).T)] for corner in (0 * e1, e1, e1 + e2, e2)]
            faces.append(np.stack([quad[i] for i in order], 1).reshape(-1, 3))
    vertices = (np.argwhere(cell) + total[cell] / count[cell][:, None]) * voxel + low
    return vertices.astype(np.float32), np.concatenate(faces)


def _weights(figure: Figure, part: Part, v: Array) -> Array:
    """Share (V, J) of each joint in moving each vertex: by distance, in units of the bone's thickness."""
    rest, shares = figure.rest, []
    for bone in part.bones:
        name, n = (bone[:-1], bone[-1]) if bone[-1] in "LR" else (bone, "")
        end, radius = BONES.get(name) or (f"{name[:-1]}{int(name[-1]) + 1}", 0.0095)  # a finger's ends at the next
        to = rest[bone] + end if not isinstance(end, str) else rest[end if end in rest else end + n]
        shares.append((np.maximum(cone(v, rest[bone], to, 0, 0), 0.002) / radius) ** -part.falloff)
    w = np.stack(shares, 1)
    for n in "LR" if part.material == TOP else "":  # a sleeve goes with the arm, not with the trunk
        trunk = [i for i, bone in enumerate(part.bones) if bone not in ("shoulder" + n, "elbow" + n, "forearm" + n)]
        out = smoothstep(0.0, 0.11, (v - rest["shoulder" + n]) @ hand_axes(n)[:, 0])
        near = smoothstep(0.13, 0.08, cone(v, rest["shoulder" + n], rest["wrist" + n], 0, 0))
        w[:, trunk] *= (1 - near * out)[:, None]
    skirt = part.material == BOTTOM and figure.who.bottom == "skirt"
    if skirt or (part.material == TOP and figure.who.over):
        # It hangs from the pelvis and follows the thigh that is nearer, the more the lower.
        low = 0.97 * smoothstep(
            figure.waist, mix(figure.waist, figure.hem if skirt else figure.shirt_hem, 0.75), v[:, 1]
        )
        left, hangs = smoothstep(-0.12, 0.12, v[:, 0]), np.zeros_like(w)
        for bone, share in (("pelvis", 1 - low), ("hipL", low * left), ("hipR", low * (1 - left))):
            hangs[:, part.bones.index(bone)] = share
        below = 1.0 if skirt else smoothstep(figure.waist + 0.04, figure.waist - 0.04, v[:, 1]) * (1 - _on_arm(rest, v))
        w = mix(w / w.sum(1, keepdims=True), hangs, np.reshape(below, (-1, 1)))
    every = np.zeros((len(v), len(JOINTS)), np.float32)
    every[:, [JOINTS.index(bone) for bone in part.bones]] = w / w.sum(1, keepdims=True)
    return every


def _on_arm(rest: dict[str, Array], v: Array) -> Array:
    """1 where a vertex (V, 3) is near an arm, 0 away from both."""
    near = [smoothstep(0.13, 0.08, cone(v, rest["shoulder" + n], rest["wrist" + n], 0, 0)) for n in "LR"]
    return np.maximum(*near)


class Mesh:
    """A character in the rest pose: V vertices, F triangles, J joints as `characters.JOINTS` lists them.

    At a `detail` of 1 it has about 60,000 vertices; below, voxels are larger, for tests.

    Attributes:
        figure: the body; vertices, normals: (V, 3) float32; triangles: (F, 3).
        weights: (V, J) float32, rows sum to 1.
        material: (F,) of `body.SKIN` to `body.SHOE`.
    """

    def __init__(self, who: Character, detail: float = 1.0) -> None:
        self.figure = Figure(who)
        parts = self.figure.parts()
        meshes = [mesh_of(part.field, part.low, part.high, part.voxel / detail) for part in parts]
        first = np.cumsum([0, *[len(v) for v, _ in meshes]])
        self.vertices = v = np.concatenate([v for v, _ in meshes])
        self.triangles = t = np.concatenate([t + start for (_, t), start in zip(meshes, first, strict=False)])
        self.material = np.repeat([part.material for part in parts], [len(t) for _, t in meshes])
        self.weights = np.concatenate([_weights(self.figure, p, v) for p, (v, _) in zip(parts, meshes, strict=True)])
        face = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
        normal = np.stack([sum(np.bincount(t[:, k], face[:, a], len(v)) for k in range(3)) for a in range(3)], 1)
        self.normals = unit(normal).astype(np.float32)

    def skin(self, posed: Pose) -> tuple[Array, Array]:
        """Vertices and normals (V, 3) moved into a pose."""
        rest = self.figure.rest
        moves = [np.column_stack([posed[n][0], posed[n][1] - posed[n][0] @ rest[n]]) for n in JOINTS]
        m = (self.weights @ np.stack(moves).astype(np.float32).reshape(len(JOINTS), 12)).reshape(-1, 3, 4)
        turned = m[:, :, :3]
        return (turned * self.vertices[:, None]).sum(2) + m[:, :, 3], unit((turned * self.normals[:, None]).sum(2))


def paint(figure: Figure, p: Array, material: Array) -> tuple[Array, Array, Array]:
    """How places `p` (N, 3) of the rest pose look, which are of a `material` (N,), `body.SKIN` to `body.SHOE`.

    Returns:
        Colour (N, 3), strength of the gloss (N,), and a push (N, 3) to the normal: cloth's crumple, hair's strands.
    """
    who, q = figure.who, (p - figure.head) / figure.head_size
    plain = [
        who.skin,
        who.skin,
        who.hair,
        who.top,
        who.cloth,
        who.shoe,
        who.legwear or who.skin,
        who.gloves or who.skin,
    ]
    colour = np.array([*plain, who.accent], np.float32)[material]
    shine = {"beanie": 0.02, "crop": 0.05, "afro": 0.05}.get(who.hairstyle, 0.20)
    gloss = np.array([0.10, 0.12, shine, 0.02, 0.02, 0.12, 0.05, 0.05, 0.03], np.float32)[material]
    push = np.zeros_like(p)
    head, hair, top, bottom, shoe = (material == i for i in (HEAD, HAIR, TOP, BOTTOM, SHOE))
    colour[head] = _face(who, q[head])
    colour[hair], push[hair] = _hair(who, p[hair], q[hair])
    accent = np.array(who.accent)
    colour[top] = mix(colour[top], accent, pattern(figure, who.pattern, p[top], top=True)[:, None])
    colour[bottom] = mix(colour[bottom], accent, pattern(figure, who.weave, p[bottom], top=False)[:, None])
    x, _, z = p[bottom].T
    seam = np.exp(-((z / 0.006) ** 2)) * (np.abs(x) > figure.rest["hipL"][0]) * (who.bottom != "skirt")
    colour[bottom] *= (1 - 0.3 * seam + 0.06 * ripple(p[bottom], 45))[:, None]
    y, ankle = p[shoe][:, 1:2], figure.rest["ankleL"][1]
    colour[shoe] = mix(colour[shoe], np.array((0.95, 0.95, 0.95)), smoothstep(0.026, 0.022, y))
    colour[shoe] = mix(colour[shoe], np.array((0.82, 0.82, 0.80)), smoothstep(ankle + 0.004, ankle + 0.007, y))
    cloth = top | bottom | (material == HAT)
    push[cloth] = 0.2 * _crumple(p[cloth], 38)
    return colour, gloss, push


def _crumple(p: Array, f: float) -> Array:
    return np.stack([ripple(p + o, f) for o in ((0, 0, 0), (0.3, 0.1, 0.2), (0.7, 0.4, 0.9))], 1)


def _hair(who: Character, p: Array, q: Array) -> tuple[Array, Array]:
    """Colour, and push to the normal."""
    x, y, z = q.T
    if who.hairstyle in ("afro", "crop"):
        f = 170 if who.hairstyle == "afro" else 420
        return np.array(who.hair) * (1 + 0.25 * ripple(p, f))[:, None], 0.55 * _crumple(p, f)
    if who.hairstyle == "beanie":
        around, rib = np.arctan2(x, z), np.sin(np.arctan2(x, z + 0.02) * 46)
        tilt, colour = 0.35 * rib, np.array(who.accent) * (0.94 + 0.08 * rib)[:, None]
    else:  # strands run down from the crown
        around = np.arctan2(x, z + 0.03)
        strand = np.sin(around * 55 + 3 * np.sin(y * 30) + 1.5 * np.sin(around * 13))
        fine = np.sin(around * 140 + 5 * np.sin(y * 22 + 2 * around))
        parting = np.exp(-(((x - 0.022) / 0.004) ** 2)) * smoothstep(0.11, 0.13, y) * (who.hairstyle in HANGING)
        colour = np.array(who.hair) * (1 + 0.22 * strand + 0.18 * fine)[:, None]
        tilt, colour = 0.22 * strand + 0.16 * fine, mix(colour, np.array(who.skin) * 0.8, 0.6 * parting[:, None])
    return colour, np.stack([tilt * np.cos(around), 0 * tilt, -tilt * np.sin(around)], 1)


def _face(who: Character, q: Array) -> Array:
    """Skin, blush, eyes with lids, iris and pupil, brows, lips, nostrils, beard."""
    x, y, z = mirrored(q).T
    skin, hair, lip, soft = np.array(who.skin), np.array(who.hair), np.array(who.lips), 0.0016
    front = smoothstep(0.04, 0.06, z)

    def spot(cx: float, cy: float, rx: float, ry: float) -> Array:
        return np.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2)

    # A beard runs along the jaw, round the mouth and on the upper lip.
    edge = -0.052 + 0.75 * np.maximum(x - 0.030, 0) - 0.3 * np.maximum(0.02 - x, 0)
    jaw = smoothstep(edge + 0.006, edge - 0.006, y) * smoothstep(0.85, 1.15, np.hypot(x / 0.030, (y + 0.0650) / 0.0125))
    moustache = smoothstep(0.030, 0.024, x) * smoothstep(-0.042, -0.047, y) * smoothstep(-0.062, -0.058, y)
    grain = 0.85 + 0.15 * np.sin(x * 1900 + 40 * np.sin(y * 300)) * np.sin(y * 1500)
    eye_x, r = (x - 0.0318) / 0.0150, np.hypot(x - 0.0318, y - 0.0082)
    eye = smoothstep(1.12, 0.88, np.hypot(eye_x, (y - 0.0075) / (0.0064 - 0.0012 * (x > 0.0318))))
    lid = smoothstep(1.55, 1.25, np.hypot(eye_x, (y - 0.0075) / 0.0064 - 0.12)) * (y > 0)
    arch = 0.0300 + 0.0055 * (1 - ((x - 0.040) / 0.030) ** 2) + 0.002 * who.curves
    half = 0.0039 - 0.0012 * who.curves
    brow = smoothstep(half + 2.5 * soft, half - 2.5 * soft, np.abs(y - arch)) * smoothstep(0.009, 0.014, x)
    bow = np.where(y > -0.0645, 0.0072 + 0.002 * np.exp(-(((x - 0.008) / 0.006) ** 2)), 0.0092)
    line = smoothstep(0.0020 + soft, 0.0006, np.abs(y + 0.0645 - 1.7 * x * x)) * smoothstep(0.0275, 0.0235, x)
    nostril = smoothstep(0.0048, 0.0022, np.hypot(x - 0.0078, (y + 0.0340) * 1.3))
    ring = np.hypot((x - 0.033) / 1.15, y - 0.004)
    rims = np.maximum(
        smoothstep(0.0035, 0.0015, np.abs(ring - 0.021)), smoothstep(0.003, 0.001, np.abs(y - 0.010)) * (x < 0.011)
    )
    rims = who.glasses * 0.9 * rims
    colour = np.tile(skin, (len(q), 1)).astype(np.float32)
    for amount, layer in (
        (0.30 * spot(0.040, -0.028, 0.018, 0.018) * front, skin * (1.05, 0.62, 0.58)),  # cheek
        (0.40 * spot(0.032, 0.013, 0.019, 0.012) * front, skin * 0.55),  # eye socket
        (0.25 * spot(0.016, -0.02, 0.004, 0.018) * front, skin * 0.6),  # side of the nose
        (0.85 * who.beard * np.maximum(jaw, moustache) * grain * smoothstep(-0.004, 0.010, z), hair * 1.1),
        (0.9 * lid * front, skin * 0.18),
        (eye * front, np.array((0.84, 0.82, 0.80))),
        (eye * smoothstep(0.0068 + soft, 0.0068 - soft, r) * front, np.array(who.iris)),
        (eye * smoothstep(0.0033 + soft, 0.0033 - soft, r) * front, np.array((0.01, 0.01, 0.01))),
        (0.92 * brow * smoothstep(0.056, 0.048, x) * front, hair * 0.9),
        (0.85 * smoothstep(1.12, 0.85, np.hypot(x / 0.0275, (y + 0.0645) / bow)) * front, lip),
        (0.85 * line * front, lip * 0.25),
        (0.8 * nostril * front, skin * 0.15),
        (0.25 * spot(0.0, -0.082, 0.02, 0.004) * front, skin * 0.5),  # under the lip
        (rims * front, np.array((0.05, 0.05, 0.06))),
    ):
        colour = mix(colour, layer, amount[:, None])
    return colour
