"""What is seen of frames: points, crops, and crops pasted back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose.geometry.viewport import Viewport, to_canvas

BACKGROUND = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
SIDE = st.integers(8, 90)
BOXES = st.tuples(st.integers(-30, 70), st.integers(-30, 50), SIDE, SIDE).filter(
    lambda box: box[0] + box[2] > 0 and box[1] + box[3] > 0
)


def seen(left, top, width, height, canvas=None):
    """One frame seen through a box."""
    return Viewport(np.array([[left, top, left + width, top + height]], np.int32), canvas or (width, height))


@settings(max_examples=40)
@given(BOXES)
def test_a_crop_of_its_own_size_pasted_back_is_the_frame(box):
    viewport = seen(*box)
    crop = viewport.crop(BACKGROUND, 0).astype(np.float32)
    pasted = viewport.paste(np.zeros_like(BACKGROUND), 0, crop, np.ones(crop.shape[:2], np.float32))
    left, top, right, bottom = viewport.boxes[0]
    inside = np.zeros(BACKGROUND.shape[:2], bool)
    inside[max(top, 0) : bottom, max(left, 0) : right] = True
    assert np.array_equal(pasted[inside], BACKGROUND[inside])
    assert not pasted[~inside].any()


@settings(max_examples=40)
@given(BOXES, st.integers(8, 40))
def test_where_the_opacity_is_0_the_background_stays_exactly_as_it_is(box, side):
    before = BACKGROUND.copy()
    colour, nothing = np.full((side, side, 3), 300, np.float32), np.zeros((side, side), np.float32)
    assert np.array_equal(seen(*box, canvas=(side, side)).paste(BACKGROUND, 0, colour, nothing), before)
    solid = seen(*box, canvas=(side, side)).paste(BACKGROUND, 0, colour, nothing + 1)
    assert not np.array_equal(solid, before)
    assert np.array_equal(BACKGROUND, before), "and it is never painted on itself"


def test_beyond_the_frame_its_border_is_repeated():
    crop = seen(-10, -10, 30, 30).crop(BACKGROUND, 0)
    assert (crop[:11, :11] == BACKGROUND[0, 0]).all()
    assert np.array_equal(crop[10:, 10:], BACKGROUND[:20, :20])
    grey = seen(-10, -10, 30, 30).crop(BACKGROUND[..., 0], 0)
    assert np.array_equal(grey, crop[..., 0])


def test_a_box_that_is_the_frame_only_scales():
    viewport = seen(0, 0, 80, 60, canvas=(40, 15))
    assert np.array_equal(viewport.crop(BACKGROUND, 0), to_canvas(BACKGROUND, (40, 15)))
    points = np.array([[[0, 0], [80, 60], [np.nan, 8]]])
    assert np.array_equal(viewport.points(points), points * [0.5, 0.25], equal_nan=True)
    boxes = np.array([[[4, 8, 20, 40]]], np.float32)
    assert viewport.points(boxes).tolist() == [[[2, 2, 10, 10]]]


@given(BOXES, BOXES)
def test_a_point_that_stands_still_moves_on_the_canvas_as_its_box_does(before, after):
    both = Viewport(np.concatenate([seen(*before).boxes, seen(*after).boxes]), (64, 32))
    points = np.array([[[30.0, 20.0], [50.0, 45.0]]] * 2)
    old, new = both.points(points) - 0.5  # pixel indices
    matrix = both.move(0, 1)
    assert np.allclose(old @ matrix[:, :2].T + matrix[:, 2], new, atol=0.01)
    assert np.array_equal(both.move(1, 1), np.eye(2, 3))


@pytest.mark.parametrize("frames", [slice(1, 3), np.array([1, 2])])
def test_part_of_a_clip_has_its_own_boxes(frames):
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [2, 2, 12, 12]], np.int32)
    viewport = Viewport(boxes, (64, 64))[frames]
    assert viewport.boxes.tolist() == boxes[1:3].tolist()
    assert not viewport.still
    assert viewport[:1].still
