"""Poses in the mirror."""

from fractions import Fraction

import numpy as np

from motion_transfer.evaluation.detector import mirror_order, mirrored
from motion_transfer.pose import OPENPOSE_137, PoseSequence


def poses():
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 100, (3, 137, 2)).astype(np.float32)
    return PoseSequence(xy, rng.uniform(0.1, 1, (3, 137)).astype(np.float32), (100, 80), Fraction(25))


def test_mirrored_twice_is_what_it_was():
    twice = mirrored(mirrored(poses()))
    np.testing.assert_allclose(twice.xy, poses().xy, atol=1e-4)
    np.testing.assert_array_equal(twice.score, poses().score)


def test_left_becomes_right_and_the_middle_stays():
    order, index = mirror_order(OPENPOSE_137), OPENPOSE_137.index
    assert sorted(order) == list(range(137))
    assert order[index("left_wrist")] == index("right_wrist")
    assert order[index("right_hand_thumb_2")] == index("left_hand_thumb_2")
    assert all(order[index(name)] == index(name) for name in ("nose", "neck", "mid_hip", "face_8", "face_30"))
    eyes_and_mouth = ((36, 45), (37, 44), (41, 46), (48, 54), (68, 69))
    assert all(order[index(f"face_{one}")] == index(f"face_{other}") for one, other in eyes_and_mouth)
    found = mirrored(poses())
    assert found.xy[1, index("left_knee"), 0] == np.float32(100) - poses().xy[1, index("right_knee"), 0]
