"""A drawn-by-hand person, so that every test can say exactly where somebody stands."""

from collections.abc import Callable
from fractions import Fraction

import hypothesis
import numpy as np
import pytest

from motion_transfer.pose import OPENPOSE_137, PoseSequence

hypothesis.settings.register_profile("busy", deadline=None)  # the machine may be busy with other work
hypothesis.settings.load_profile("busy")

# Places in units of the height from nose to ankles; the ankles' middle is the origin, y points down.
_BODY = {
    "nose": (0, -1),
    "neck": (0, -0.86),
    "right_shoulder": (-0.11, -0.86),
    "right_elbow": (-0.14, -0.67),
    "right_wrist": (-0.15, -0.5),
    "left_shoulder": (0.11, -0.86),
    "left_elbow": (0.14, -0.67),
    "left_wrist": (0.15, -0.5),
    "mid_hip": (0, -0.52),
    "right_hip": (-0.06, -0.52),
    "right_knee": (-0.06, -0.26),
    "right_ankle": (-0.06, 0),
    "left_hip": (0.06, -0.52),
    "left_knee": (0.06, -0.26),
    "left_ankle": (0.06, 0),
    "right_eye": (-0.02, -1.02),
    "left_eye": (0.02, -1.02),
    "right_ear": (-0.05, -1.01),
    "left_ear": (0.05, -1.01),
    "left_big_toe": (0.08, 0.06),
    "left_small_toe": (0.1, 0.05),
    "left_heel": (0.06, 0.02),
    "right_big_toe": (-0.08, 0.06),
    "right_small_toe": (-0.1, 0.05),
    "right_heel": (-0.06, 0.02),
}


def _figure() -> np.ndarray:
    skeleton = OPENPOSE_137
    xy = np.zeros((len(skeleton), 2))
    for joint, place in _BODY.items():
        xy[skeleton.index(joint)] = place
    angles = np.linspace(0, 2 * np.pi, 70)
    xy[skeleton.face] = np.stack([0.06 * np.cos(angles), -1 + 0.07 * np.sin(angles)], axis=1)
    fingers = np.stack([np.linspace(0, 0.03, 21), np.linspace(0, 0.13, 21)], axis=1)
    xy[skeleton.left_hand] = fingers + xy[skeleton.index("left_wrist")]
    xy[skeleton.right_hand] = fingers + xy[skeleton.index("right_wrist")]
    return xy


MakePerson = Callable[..., PoseSequence]


@pytest.fixture(scope="session")
def person() -> MakePerson:
    """Poses of somebody upright: x of the feet, y of the floor, height and jump above it, numbers or (T,)."""

    def make(
        x: object,
        floor: object,
        height: object,
        *,
        jump: object = 0.0,
        size: tuple[int, int] = (640, 480),
        fps: Fraction = Fraction(25),
    ) -> PoseSequence:
        x, floor, height, jump = np.broadcast_arrays(*np.atleast_1d(x, floor, height, jump))
        feet = np.stack([x, floor - jump], axis=-1)
        xy = (feet[:, None] + height[:, None, None] * _figure()).astype(np.float32)
        return PoseSequence(xy, np.ones(xy.shape[:2], np.float32), size, fps)

    return make
