"""Colours of the person beside the true ones."""

from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.evaluation.metrics.color import (
    TRUNK,
    clothes_corners,
    color_distance,
    color_drift,
    color_histogram,
    face_corners,
    mean_color,
)
from motion_transfer.pose import OPENPOSE_137, empty
from tests.drawn_world import sequence

SIZE = (64, 96)


@pytest.fixture
def poses():
    """A trunk from (16, 40) to (48, 80) and a face around (32, 16)."""
    xy = np.full((1, 137, 2), np.nan, np.float32)
    trunk = [OPENPOSE_137.index(joint) for joint in TRUNK]
    xy[:, trunk] = [(16, 40), (48, 40), (48, 80), (16, 80)]
    angles = np.linspace(0, 2 * np.pi, 70)
    xy[:, OPENPOSE_137.face] = np.stack([32 + 8 * np.cos(angles), 16 + 8 * np.sin(angles)], axis=1)
    return sequence(xy, SIZE, Fraction(25))


def dressed(color, skin=(200, 150, 130)):
    frame = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    frame[32:] = color
    frame[:32] = skin
    return frame


def distance(first, second, corners):
    return color_distance(*(color_histogram(frame, corners[0]) for frame in (first, second)))


def test_the_same_clothes_are_at_no_distance_and_others_at_one_and_light_matters_little(poses):
    red, blue = dressed((200, 30, 30)), dressed((30, 30, 200))
    assert distance(red, red, clothes_corners(poses)) == 0
    assert distance(red, blue, clothes_corners(poses)) == pytest.approx(1)
    assert distance(dressed((150, 150, 150)), dressed((90, 90, 90)), clothes_corners(poses)) == 0


def test_face_and_clothes_are_measured_apart(poses):
    pale, tanned = (dressed((200, 30, 30), skin) for skin in ((240, 240, 240), (150, 90, 40)))
    assert distance(pale, tanned, face_corners(poses)) == pytest.approx(1)
    assert distance(pale, tanned, clothes_corners(poses)) == 0
    assert np.isnan(distance(pale, pale, face_corners(empty(1, SIZE, Fraction(25))))), "a person who is never shown"


def test_the_mean_is_of_the_pixels_that_are_asked_for():
    frame = np.zeros((8, 8, 3), np.uint8)
    frame[:4] = 255
    assert mean_color(frame, frame[..., 0] > 0) == pytest.approx([100, 0, 0], abs=0.01)


@pytest.mark.parametrize("size", [4, 8, 16])
def test_colors_that_drift_differ_more_in_the_last_fifth_than_in_the_first(size):
    true = np.full((32, 32, 3), 128, np.uint8)
    drifting = [(true + np.array([1, 0, -1]) * round(size * t / 50)).astype(np.uint8) for t in range(50)]
    every = np.ones((32, 32), bool)
    errors = np.array([np.linalg.norm(mean_color(frame, every) - mean_color(true, every)) for frame in drifting])
    assert errors[0] == 0
    assert color_drift(errors) == pytest.approx(errors[40:].mean() - errors[:10].mean())
    assert color_drift(errors) > size / 4
    assert np.isnan(color_drift(np.array([0, np.nan, 0]))), "less than five measured frames"
