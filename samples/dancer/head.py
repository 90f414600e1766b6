"""Head, hair and the 70 points of the face, in the head's own coordinates.

The origin lies in the middle of the head at the height of the eyes; x to the dancer's left, y up, z out of the face;
a unit is one metre on an average head (`characters.head_frame` gives place and scale).
"""

from functools import partial

import numpy as np

from samples.dancer.characters import Character
from samples.dancer.geometry import Array, Field, common, cone, ellipsoid, smoothstep, union, vec


def mirrored(q: Array) -> Array:
    """Points with their x made positive: shapes drawn on the left appear on both sides."""
    return np.concatenate([np.abs(q[..., :1]), q[..., 1:]], -1)


def head_field(who: Character, q: Array) -> Array:
    """Skull, jaw, brow ridge, eye sockets and lids, nose, lips, ears: a detector needs the relief, not only paint."""
    fine = 1 - 0.12 * who.curves
    m = mirrored(q)
    d = union(
        0.035,
        ellipsoid(q, vec(0, 0.038, -0.012), (0.077, 0.092, 0.096)),
        ellipsoid(q, vec(0, -0.035, 0.022), (0.060 * fine, 0.082, 0.073)),
        ellipsoid(m, vec(0.036, -0.022, 0.062), (0.027, 0.024, 0.024)),
        ellipsoid(q, vec(0, -0.104, 0.066), (0.021 * fine, 0.017, 0.018)),
        cone(m, vec(0.035, -0.07, 0.02), vec(0.056, -0.04, -0.02), 0.022 * fine, 0.022),
    )
    d = union(0.02, d, cone(m, vec(0, 0.031, 0.078), vec(0.036, 0.033, 0.069), 0.011, 0.009))
    d = common(0.018, d, -ellipsoid(m, vec(0.032, 0.008, 0.097), (0.017, 0.0125, 0.017)))
    d = union(0.010, d, ellipsoid(m, vec(0.0315, 0.008, 0.0705), (0.0145, 0.0115, 0.0135)))
    bridge = cone(q, vec(0, 0.022, 0.083), vec(0, -0.022, 0.106), 0.0075, 0.0105)
    d = union(0.010, d, bridge, ellipsoid(m, vec(0.0115, -0.0275, 0.093), (0.009, 0.0075, 0.010)))
    upper_lip = ellipsoid(m, vec(0.008, -0.060, 0.0895), (0.017, 0.0055, 0.008))
    d = union(0.008, d, upper_lip, ellipsoid(q, vec(0, -0.0695, 0.0875), (0.018, 0.0065, 0.009)))
    return union(0.008, d, ellipsoid(m, vec(0.079, -0.004, -0.008), (0.009, 0.031, 0.018)))


def hair_field(who: Character, q: Array) -> Array:
    """Hair as a body around the skull with the face cut out of it; its strands are a matter of shading."""
    m, style = mirrored(q), who.hairstyle
    grow = {"afro": 0.030, "beanie": 0.004}.get(style, 0.0)
    cap = ellipsoid(q, vec(0, 0.043, -0.020), np.array((0.088, 0.101, 0.103)) + grow)
    waves = 0.0016 * np.sin(q[..., 0] * 90 + 4 * np.sin(q[..., 1] * 40)) * np.sin(q[..., 2] * 70 + q[..., 1] * 30)
    face = ellipsoid(q, vec(0, -0.045, 0.095), (0.074, 0.125, 0.088))
    if style in ("long", "bob"):
        end = -0.16 if style == "long" else -0.075
        sides = cone(m, vec(0.060, 0.0, -0.035), vec(0.058, end, -0.050), 0.034, 0.026, (1, 1, 0.9))
        back = cone(q, vec(0, 0, -0.065), vec(0, end - 0.02, -0.070), 0.062, 0.052, (1, 1, 0.6))
        return common(0.008, union(0.04, cap, sides, back) + waves, -face)
    if style == "beanie":
        rim = cone(m, vec(0, 0.058, -0.018), vec(0.0, 0.075, -0.020), 0.100, 0.098, (0.95, 1, 1.06)) + 0.001
        hat = union(0.006, cap - 0.004 * smoothstep(0.02, 0.12, q[..., 1]), common(0.006, rim, 0.045 - q[..., 1]))
        return common(0.006, hat, 0.042 + 0.15 * q[..., 2] - q[..., 1])
    low = -0.045 if style != "afro" else -0.065
    line = low + np.maximum(q[..., 2], 0) * 0.9 - q[..., 1]
    ears = -ellipsoid(m, vec(0.084, -0.012, -0.006), (0.022, 0.036, 0.024))
    d = common(0.010, cap + waves, line, -face, ears)
    if style == "afro":
        d = common(0.012, cap + 2 * waves, line, -ellipsoid(q, vec(0, -0.045, 0.105), (0.082, 0.118, 0.105)))
    if style == "crop":
        close = ellipsoid(q, vec(0, 0.040, -0.013), (0.0815, 0.0965, 0.1005))
        d = common(0.005, close, line, -ellipsoid(q, vec(0, -0.045, 0.095), (0.070, 0.116, 0.086)), ears)
    if style == "bun":
        d = union(0.012, d, ellipsoid(q, vec(0, 0.075, -0.140), (0.042, 0.040, 0.038)) + waves)
    return d


def face_points(who: Character) -> Array:
    """The 70 points of the face on the head's surface (70, 3): the usual 68 (jaw, brows, nose, eyes, mouth), pupils.

    Points 1-17 run along the jaw from the dancer's right ear to the left, as in the 68-point scheme; "right" is
    the dancer's own and has negative x. OpenPose appends the right pupil, then the left.
    """
    field = partial(head_field, who)
    turn = np.linspace(-1.25, 1.25, 17)  # about the vertical, 0 is forward
    height = -0.110 + 0.108 * (np.abs(turn) / 1.25) ** 1.6
    outward = np.stack([np.sin(turn), 0 * turn, np.cos(turn)], 1)
    jaw = _surface(field, np.stack([0 * turn, height, 0 * turn], 1) + 0.005 * outward, outward)
    inner, lift = np.linspace(0.012, 0.054, 5), np.array((0.031, 0.0345, 0.0355, 0.0345, 0.031))
    brow = np.stack([inner, lift], 1)
    bridge = [(0.0, y) for y in (0.010, 0.0, -0.011, -0.022)]
    nostrils = [(x, -0.034 + 0.12 * abs(x)) for x in (-0.014, -0.0075, 0.0, 0.0075, 0.014)]
    eye = np.array(
        [(0.0465, 0.0075), (0.037, 0.0135), (0.027, 0.0135), (0.0175, 0.0075), (0.027, 0.0025), (0.037, 0.0025)]
    )  # from the outer corner over the upper lid
    left_eye = eye[[3, 2, 1, 0, 5, 4]]  # from the inner corner
    lips = [(-0.0275, -0.063), (-0.017, -0.0578), (-0.0075, -0.0555), (0, -0.0570), (0.0075, -0.0555),
            (0.017, -0.0578), (0.0275, -0.063), (0.017, -0.0722), (0.0075, -0.0745), (0, -0.0750),
            (-0.0075, -0.0745), (-0.017, -0.0722)]  # fmt: skip
    inside = [(-0.023, -0.0640), (-0.0085, -0.0642), (0, -0.0645), (0.0085, -0.0642), (0.023, -0.0640),
              (0.0085, -0.0650), (0, -0.0652), (-0.0085, -0.0650)]  # fmt: skip
    flip = np.array((-1, 1))
    pupils = [(-0.0318, 0.0082), (0.0318, 0.0082)]
    flat = np.concatenate([brow[::-1] * flip, brow, bridge, nostrils, eye * flip, left_eye, lips, inside, pupils])
    start = np.column_stack([flat, np.full(len(flat), 0.02)])
    return np.concatenate([jaw, _surface(field, start, np.broadcast_to(vec(0, 0, 1), start.shape))])


def ear_point(side: str) -> Array:
    """The outer end of an ear."""
    return vec(0.084 if side == "L" else -0.084, -0.004, -0.008)


def _surface(field: Field, start: Array, direction: Array) -> Array:
    """Where rays from inside the body leave it for good."""
    reach = np.linspace(0, 0.12, 481)
    along = field((start[:, None] + direction[:, None] * reach[:, None]).astype(np.float32)) < 0
    last = along.shape[1] - 1 - np.argmax(along[:, ::-1], axis=1)
    return (start + direction * reach[last][:, None]).astype(np.float32)
