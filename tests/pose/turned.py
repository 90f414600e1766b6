"""A person who turns in space."""

from fractions import Fraction

import numpy as np

from motion_transfer.pose import OPENPOSE_137, PoseSequence

SIZE, FPS = (640, 480), Fraction(25)

# Right of the middle (the person's left), up, ahead; in heights from nose to ankles.
_SOLID = {
    "nose": (0, 1, 0.07),
    "left_eye": (0.02, 1.02, 0.06),
    "left_ear": (0.04, 1.01, 0),
    "neck": (0, 0.86, 0),
    "mid_hip": (0, 0.52, 0),
    "left_shoulder": (0.11, 0.86, 0),
    "left_elbow": (0.14, 0.67, 0),
    "left_wrist": (0.15, 0.5, 0.03),
    "left_hip": (0.06, 0.52, 0),
    "left_knee": (0.06, 0.26, 0.01),
    "left_ankle": (0.06, 0, 0),
}
LEFT_RIGHT = [
    [OPENPOSE_137.index(f"{side}_{name[5:]}") for name in _SOLID if name.startswith("left")]
    for side in ("left", "right")
]


def turned(degrees, *, depth=True, place=(320.0, 440.0), height=380.0):
    """A person who turns: +90 shows its left side."""
    solid = np.full((len(OPENPOSE_137), 3), np.nan)
    for name, at in _SOLID.items():
        solid[OPENPOSE_137.index(name)] = at
        if name.startswith("left"):
            solid[OPENPOSE_137.index(name.replace("left", "right"))] = np.multiply(at, (-1, 1, 1))
    solid[OPENPOSE_137.face] = (0, 1, 0.07)
    angle = -np.radians(np.atleast_1d(degrees))[:, None]
    x = solid[:, 0] * np.cos(angle) + solid[:, 2] * np.sin(angle)
    ahead = solid[:, 2] * np.cos(angle) - solid[:, 0] * np.sin(angle)
    xy = np.stack([x, np.broadcast_to(-solid[:, 1], x.shape)], axis=2) * height + place
    score = np.where(np.isnan(x), 0, 1)
    behind = -3 * height * ahead[:, OPENPOSE_137.body] if depth else None
    return PoseSequence(xy.astype(np.float32), score.astype(np.float32), SIZE, FPS, depth=behind)


def apart(a, b):
    """How many degrees lie between."""
    return np.abs((np.asarray(a) - b + 180) % 360 - 180)
