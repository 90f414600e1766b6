"""What is seen of frames: points, crops, crops pasted back; and the boxes and the canvas that suit a person."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose import empty
from motion_transfer.pose.geometry.viewport import Viewport, best_canvas, person_boxes, to_canvas, viewport_of
from tests.drawn_world import turning, without

SIZE, FPS = (640, 480), Fraction(25)
ASPECTS = st.sampled_from([0.4, 0.7, 1.0, 1.6])
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


@given(BOXES)
def test_beyond_a_frame_its_border_is_repeated_or_nothing_is(box):
    viewport, (left, top, width, height) = seen(*box), box
    rows, columns = np.arange(top, top + height), np.arange(left, left + width)
    repeated = BACKGROUND[rows.clip(0, 59)][:, columns.clip(0, 79)]
    inside = np.outer(rows == rows.clip(0, 59), columns == columns.clip(0, 79))[..., None]
    assert np.array_equal(viewport.cut(BACKGROUND, 0), repeated)
    assert np.array_equal(viewport.cut(BACKGROUND, 0, empty=True), repeated * inside)


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


def walking(seed=0, frames=60, height=200.0):
    """A person who walks to and fro and swings both arms, each by chance."""
    random = np.random.default_rng(seed)
    swing = np.cumsum(random.normal(0, 12, (frames, 2)), axis=0) % 180
    way = 0.3 * height * np.sin(np.arange(frames) / 9)
    return turning(frames, SIZE, FPS, height=height, arms=swing, x=way)


@settings(max_examples=20)
@given(st.integers(0, 1000), ASPECTS)
def test_a_box_holds_every_joint_at_its_aspect(seed, aspect):
    poses = walking(seed)
    boxes = person_boxes(poses, aspect)
    places = Viewport(boxes, (1, 1)).points(poses.xy)
    seen = places[~np.isnan(places)]
    assert seen.min() > 0
    assert seen.max() < 1
    sides = boxes[:, 2:] - boxes[:, :2]
    assert np.abs(sides[:, 0] - aspect * sides[:, 1]).max() <= 2


@settings(max_examples=20)
@given(st.integers(-40, 40), st.integers(-30, 0), ASPECTS)
def test_the_box_of_a_moved_pose_moves_with_it(x, y, aspect):
    poses = walking()
    moved = replace(poses, xy=poses.xy + np.array([x, y], np.float32))
    shift = person_boxes(moved, aspect) - person_boxes(poses, aspect)
    assert np.abs(shift - [x, y, x, y]).max() <= 1, "but for rounding"


def test_the_box_of_a_larger_person_is_larger_alike():
    small, large = (person_boxes(walking(height=height), 0.7) for height in (100.0, 150.0))
    ratio = (large[:, 3] - large[:, 1]) / (small[:, 3] - small[:, 1])
    assert np.allclose(ratio, 1.5, rtol=0.02)


def test_a_box_stands_still_with_the_person_and_does_not_follow_what_trembles():
    still = turning(50, SIZE, FPS, height=200)
    assert len(np.unique(person_boxes(still, 0.7), axis=0)) == 1
    tremble = np.random.default_rng(1).normal(0, 2, still.xy.shape).astype(np.float32)
    steps = np.abs(np.diff(person_boxes(replace(still, xy=still.xy + tremble), 0.7), axis=0))
    assert steps.mean() < 0.5, "joints move by 2 pixels and more"


def test_nothing_lags():
    poses = walking()
    backwards = replace(poses, xy=poses.xy[::-1].copy(), score=poses.score[::-1].copy())
    assert np.abs(person_boxes(backwards, 0.7)[::-1] - person_boxes(poses, 0.7)).max() <= 1


def test_where_nobody_is_found_the_box_moves_on_evenly():
    boxes = person_boxes(without(walking(), frames=slice(20, 40)), 0.7).astype(float)
    jumps = np.abs(np.diff(boxes, axis=0))
    assert jumps.max() < 15
    assert np.abs(np.diff(boxes[28:32], 2, axis=0)).max() <= 1


@pytest.mark.parametrize("frames", [0, 1, 2, 30])
def test_without_any_person_the_box_is_the_complete_frame(frames):
    boxes = person_boxes(empty(frames, SIZE, FPS), SIZE[0] / SIZE[1])
    assert boxes.shape == (frames, 4)
    if frames:
        assert (boxes[:, :2] <= 0).all()
        assert (boxes[:, 2:] >= SIZE).all()


def test_a_person_cut_off_by_the_frame_needs_no_box_beyond_it():
    close = turning(30, SIZE, FPS, height=700, floor=1.5)
    boxes = person_boxes(close, 0.75)
    assert (boxes[:, 3] - boxes[:, 1]).max() < 1.3 * SIZE[1]


def test_a_crouch_is_not_seen_from_nearer():
    poses = turning(60, SIZE, FPS, height=200)
    xy = poses.xy.copy()
    feet = 0.92 * SIZE[1]
    xy[20:40, :, 1] = feet + 0.5 * (xy[20:40, :, 1] - feet)
    heights = np.diff(person_boxes(replace(poses, xy=xy), 0.7)[:, 1::2], axis=1)
    assert heights.min() > 0.7 * heights.max()


def test_the_canvas_that_is_chosen_has_the_persons_shape():
    canvases = [(64, 256), (128, 128), (256, 64)]
    assert best_canvas(turning(30, SIZE, FPS, height=200), canvases) == (64, 256)
    wide = turning(30, SIZE, FPS, height=200, arms=90)
    assert best_canvas(replace(wide, xy=wide.xy * np.float32([2, 0.5])), canvases) != (64, 256)


def test_a_crop_of_the_frame_shows_complete_frames():
    viewport = viewport_of(walking(frames=3), "frame", (64, 96))
    assert viewport.still
    assert (viewport.boxes == [0, 0, *SIZE]).all()
    assert len(viewport) == 3
