"""Cutting windows out of frames and laying them back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.config import ModelSettings
from motion_transfer.footage import cut, footage_canvas, paste, to_canvas, windows_of

ROOM = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
CORNERS = st.tuples(st.integers(-30, 70), st.integers(-30, 50), st.integers(8, 90), st.integers(8, 90)).filter(
    lambda w: w[0] + w[2] > 0 and w[1] + w[3] > 0
)


def window(corner):
    left, top, width, height = corner
    return left, top, left + width, top + height


@settings(max_examples=40)
@given(CORNERS)
def test_what_is_cut_and_laid_back_in_its_own_size_is_the_frame(corner):
    size = corner[2:]
    piece = cut(ROOM, window(corner), size).astype(np.float32)
    laid = paste(np.zeros_like(ROOM), window(corner), piece, np.ones(size[::-1], np.float32))
    left, top, right, bottom = window(corner)
    inside = np.zeros(ROOM.shape[:2], bool)
    inside[max(top, 0) : bottom, max(left, 0) : right] = True
    assert np.array_equal(laid[inside], ROOM[inside])
    assert not laid[~inside].any()


@settings(max_examples=40)
@given(CORNERS, st.integers(8, 40))
def test_where_the_mask_is_nothing_the_room_stays_exactly_as_it_is(corner, side):
    colour = np.full((side, side, 3), 300, np.float32)
    assert np.array_equal(paste(ROOM, window(corner), colour, np.zeros((side, side), np.float32)), ROOM)


def test_beyond_the_frame_its_border_is_repeated():
    piece = cut(ROOM, (-10, -10, 20, 20), (30, 30))
    assert (piece[:11, :11] == ROOM[0, 0]).all()
    assert np.array_equal(piece[10:, 10:], ROOM[:20, :20])


def test_a_window_that_is_the_frame_is_scaled_like_the_frame():
    assert np.array_equal(cut(ROOM, (0, 0, 80, 60), (40, 30)), to_canvas(ROOM, (40, 30)))


def test_what_is_laid_over_leaves_the_room_as_it_was():
    before = ROOM.copy()
    paste(ROOM, (10, 10, 30, 30), np.zeros((20, 20, 3), np.float32), np.ones((20, 20), np.float32))
    assert np.array_equal(ROOM, before)


@pytest.mark.parametrize("size", [64, 80, 128, 192, 512])
def test_the_persons_canvas_has_about_the_area_asked_for(footage, size):
    width, height = footage_canvas(footage.poses, ModelSettings(size=size, crop="person"))
    assert width % 32 == height % 32 == 0
    assert min(width, height) >= 64
    assert width * height == pytest.approx(size**2, rel=0.4 if size < 128 else 0.15)
    assert 1 / 3 <= width / height <= 3


def test_the_frames_canvas_has_the_frames_aspect(footage):
    assert footage_canvas(footage.poses, ModelSettings(size=64, crop="frame")) == (64, 96)
    windows = windows_of(footage.poses, "frame", (64, 96))
    assert (windows == [0, 0, *footage.poses.size]).all()
