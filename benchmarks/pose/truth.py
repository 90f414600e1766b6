"""What the pose benchmarks share: rendered clips, joints by name, and true directions in space."""

from fractions import Fraction

import numpy as np

from motion_transfer.pose import OPENPOSE_137
from motion_transfer.types import FloatArray, Numbers
from samples.dancer.clip import Clip

LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
BODY = [OPENPOSE_137.index(name) for name in ("nose", *(f"{s}_{joint}" for s in ("left", "right") for joint in LIMBS))]
"""The 13 joints by which bodies are scored."""
TURNS = tuple(
    Clip(who, "turns", scene, (384, 384), Fraction(15), 15.0, seed=seed)
    for who, scene, seed in (("chen", "gym", 5), ("dalia", "studio", 6), ("goran", "terrace", 7))
)
"""Dancers who turn all the way round."""
FREYA = Clip("freya", "travel", "gym", (384, 640), Fraction(30), 8.0, seed=6)
HANA = Clip("hana", "dance", "stage", (384, 384), Fraction(60), 4.0, seed=8)

FRONT, SIDE = 45.0, 135.0
"""Degrees from facing the camera up to which a person is seen from the front, and from the side."""


def degrees_from_camera(joints: FloatArray) -> Numbers:
    """How far the shoulders of (..., 137, 3) joints in space are turned from the camera's axis: 0 to 180 degrees."""
    across = joints[..., OPENPOSE_137.index("left_shoulder"), :] - joints[..., OPENPOSE_137.index("right_shoulder"), :]
    return np.abs(np.degrees(np.arctan2(-across[..., 2], across[..., 0])))
