"""Whether it still looks like the same person."""

from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.evaluation import clothes_colours, colour_distance, face_colours
from motion_transfer.pose import OPENPOSE_137, PoseSequence

SIZE = (64, 96)


@pytest.fixture
def poses():
    """A trunk from (16, 40) to (48, 80) and a face around (32, 16), in two frames."""
    xy = np.full((2, 137, 2), np.nan, np.float32)
    for joint, place in {
        "right_shoulder": (16, 40),
        "left_shoulder": (48, 40),
        "left_hip": (48, 80),
        "right_hip": (16, 80),
    }.items():
        xy[:, OPENPOSE_137.index(joint)] = place
    angles = np.linspace(0, 2 * np.pi, 70)
    xy[:, OPENPOSE_137.face] = np.stack([32 + 8 * np.cos(angles), 16 + 8 * np.sin(angles)], axis=1)
    return PoseSequence(xy, np.where(np.isnan(xy[..., 0]), 0, 1).astype(np.float32), SIZE, Fraction(25))


def dressed(colour, skin=(200, 150, 130)):
    frame = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    frame[32:] = colour
    frame[:32] = skin
    return [frame, frame]


def test_the_same_clothes_are_at_no_distance_and_others_at_one(poses):
    red, blue = (clothes_colours(dressed(colour), poses) for colour in ((200, 30, 30), (30, 30, 200)))
    assert colour_distance(red, red) == 0
    assert colour_distance(red, blue) == pytest.approx(1)
    assert red.sum() == pytest.approx(1)


def test_light_matters_little(poses):
    bright, dark = (clothes_colours(dressed(colour), poses) for colour in ((150, 150, 150), (90, 90, 90)))
    assert colour_distance(bright, dark) == 0


def test_face_and_clothes_are_told_apart(poses):
    pale, tanned = (dressed((200, 30, 30), skin) for skin in ((240, 240, 240), (150, 90, 40)))
    assert colour_distance(face_colours(pale, poses), face_colours(tanned, poses)) == pytest.approx(1)
    assert colour_distance(clothes_colours(pale, poses), clothes_colours(tanned, poses)) == 0


def test_who_is_never_seen_has_no_distance(poses):
    nobody = face_colours([], poses[:0])
    assert np.isnan(colour_distance(nobody, nobody))
