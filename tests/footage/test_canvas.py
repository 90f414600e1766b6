"""The network's canvas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.config import ModelSettings
from motion_transfer.footage.canvas import canvas_size, footage_canvas, to_tensor
from motion_transfer.pose.geometry.viewport import to_canvas

SIDES = st.integers(120, 4000)


@given(SIDES, SIDES, st.integers(64, 1024))
def test_sides_are_multiples_of_32_as_near_the_footages_aspect_and_the_wanted_area_as_those_allow(width, height, size):
    canvas = canvas_size((width, height), size)
    assert all(side % 32 == 0 and side >= 64 for side in canvas)
    scale = size / (width * height) ** 0.5
    for side, wanted in zip(canvas, (width * scale, height * scale), strict=True):
        assert abs(side - wanted) <= 16 or side == 64


@given(st.integers(480, 4000), st.floats(0.4, 2.5), st.integers(256, 1024))
def test_the_area_is_near_size_squared_and_turning_the_footage_turns_the_canvas(width, aspect, size):
    w, h = canvas_size((width, round(width / aspect)), size)
    assert w * h == pytest.approx(size**2, rel=0.22)
    assert canvas_size((round(width / aspect), width), size) == (h, w)


@pytest.mark.parametrize("size", [(320, 240), (32, 64), (64, 64)])
def test_a_frame_fills_the_canvas_and_a_plain_colour_stays_itself(size):
    frame = np.full((64, 64, 3), (10, 200, 90), np.uint8)
    scaled = to_canvas(frame, size)
    assert scaled.shape == (size[1], size[0], 3)
    assert scaled.dtype == np.uint8
    assert (scaled == (10, 200, 90)).all()


def test_shrinking_averages():
    chequered = np.indices((128, 128)).sum(axis=0).astype(np.uint8) % 2 * 255
    assert np.abs(to_canvas(np.dstack([chequered] * 3), (64, 64)).astype(int) - 128).max() <= 1


def test_pixels_become_numbers_from_minus_one_to_one():
    frame = np.zeros((2, 3, 3), np.uint8)
    frame[0, 1] = (255, 0, 51)
    tensor = to_tensor(frame, frame)
    assert tensor.shape == (2, 3, 2, 3)
    assert tensor[0, :, 0, 1].tolist() == pytest.approx([1, -1, -0.6])
    assert tensor.min() == -1


@pytest.mark.parametrize("size", [64, 80, 128, 192, 512])
def test_the_persons_canvas_has_about_the_area_asked_for(footage, size):
    width, height = footage_canvas(footage.poses, ModelSettings(size=size, crop="person"))
    assert width % 32 == height % 32 == 0
    assert min(width, height) >= 64
    assert width * height == pytest.approx(size**2, rel=0.4 if size < 128 else 0.15)
    assert 1 / 3 <= width / height <= 3


def test_the_frames_canvas_has_the_frames_aspect(footage):
    assert footage_canvas(footage.poses, ModelSettings(size=64, crop="frame")) == (64, 96)
