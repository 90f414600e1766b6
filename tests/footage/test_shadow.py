"""Shadows on the floor: measured around the feet in several frames, and laid on a background."""

import numpy as np
import pytest

from motion_transfer.footage.shadow import (
    ABOVE,
    BELOW,
    CELLS,
    LEFT,
    RIGHT,
    SIZE,
    floor_places,
    join_shades,
    lay_shadow,
    no_shadow,
    shade_around,
)
from motion_transfer.pose import OPENPOSE_137 as SKELETON
from motion_transfer.pose.geometry.viewport import Viewport
from tests.drawn_world import without

HEAD = 20.0
PLACE = np.array([150.0, 120.0, HEAD, HEAD])


def plate():
    """A textured floor."""
    return np.random.default_rng(0).integers(120, 200, (180, 320, 3)).astype(np.uint8)


def shade(frame, x=150, y=120, light=0.6):
    """A frame with a shadow to the left of the feet at (x, y)."""
    dark = frame.copy()
    dark[y - 5 : y + 5, x - 50 : x] = np.rint(light * dark[y - 5 : y + 5, x - 50 : x])
    return dark


def seen(frame, place=PLACE, person=(150, 120)):
    """The shade around a person of 16 x 80 pixels who stands there."""
    mask = np.zeros(frame.shape[:2], np.float32)
    mask[person[1] - 80 : person[1] + 2, person[0] - 8 : person[0] + 8] = 1
    return shade_around(frame, plate(), mask, place)


def cell(x, y):
    """Row and column of a shadow's cell, from pixels beside the feet."""
    return int((y / HEAD - ABOVE) * CELLS), int((x / HEAD - LEFT) * CELLS)


def test_a_shadow_is_as_dark_as_it_is_seen_and_where():
    found = join_shades([seen(shade(plate()))])
    assert found.shape == SIZE[::-1] == (int((BELOW - ABOVE) * CELLS), int((RIGHT - LEFT) * CELLS))
    assert found[cell(-30, 0)] == pytest.approx(255 * 0.62, abs=8)
    assert found[cell(40, 0)] == found[cell(-30, -25)] == 255


def test_laid_on_the_background_it_makes_what_was_seen():
    frame = shade(plate())
    made = lay_shadow(plate(), join_shades([seen(frame)]), PLACE)
    beside = np.s_[100:140, 90:140]
    assert (
        np.abs(made[beside].astype(int) - frame[beside]).mean()
        < 6
        < np.abs(plate()[beside].astype(int) - frame[beside]).mean()
    )
    outside = np.ones(made.shape[:2], bool)
    outside[105:135, 90:160] = False
    assert np.abs(made.astype(int) - plate())[outside].max() <= 3


def test_it_goes_with_the_feet_and_with_the_size_of_the_person():
    shadow = join_shades([seen(shade(plate()))])
    grey = np.full((180, 320, 3), 200, np.uint8)
    there = lay_shadow(grey, shadow, PLACE) < 180
    moved = lay_shadow(grey, shadow, np.add(PLACE, (40, -10, 0, 0))) < 180
    assert np.array_equal(np.roll(there, (-10, 40), axis=(0, 1)), moved)
    large = lay_shadow(grey, shadow, PLACE * [1, 1, 2, 2]) < 180
    assert large.sum() == pytest.approx(4 * there.sum(), rel=0.15)


def test_what_the_person_hides_is_as_what_is_beside_it():
    found = join_shades([seen(shade(plate()))])
    assert found[cell(-30, 0)] < found[cell(-6, 0)] < 235, "under the shoe it ends softly"


def test_the_light_of_a_frame_is_no_shadow():
    bright = np.rint(plate() * 0.9).astype(np.uint8)
    assert join_shades([seen(bright)]).min() == 255
    found = join_shades([seen(shade(bright))])
    assert found[cell(-30, 0)] == pytest.approx(255 * 0.62, abs=8)


def test_what_passes_in_one_frame_of_many_is_no_shadow():
    shades = [seen(plate()) for _ in range(4)]
    assert join_shades([*shades, seen(shade(plate()))]).min() == 255
    assert join_shades([]).min() == no_shadow().min() == 255


def test_without_a_shadow_or_a_place_the_background_is_unchanged():
    shadow = join_shades([seen(shade(plate()))])
    for one, place in ((no_shadow(), PLACE), (shadow, PLACE * np.nan), (shadow, np.add(PLACE, (2000, 0, 0, 0)))):
        assert np.array_equal(lay_shadow(plate(), one, place), plate())
    assert shade_around(plate(), plate(), np.zeros((180, 320), np.float32), PLACE * np.nan) is None


def test_a_person_stands_between_the_feet_as_low_as_the_lower_one(footage):
    poses = footage.poses
    feet = [[SKELETON.index(f"{side}_{joint}") for joint in ("ankle", "big_toe")] for side in ("right", "left")]
    places = floor_places(poses)
    middles = poses.xy[:, feet].mean(axis=2)
    assert np.allclose(places[:, 0], middles[..., 0].mean(axis=1), atol=1e-3)
    assert np.allclose(places[:, 1], middles[..., 1].max(axis=1), atol=1e-3)
    one = floor_places(without(poses, "right_ankle", "right_big_toe"))
    assert np.allclose(one[:, :2], middles[:, 1], atol=1e-3)
    none = floor_places(without(poses, "right_ankle", "right_big_toe", "left_ankle", "left_big_toe"))
    assert np.isnan(none[:, :2]).all()


def test_on_a_canvas_a_person_stands_where_the_viewport_shows_them(footage):
    poses = footage.poses
    width, height = poses.size
    boxes = np.tile(np.array([4, 8, width - 4, height]), (len(poses), 1))
    places = floor_places(poses)
    seen_on = floor_places(poses, Viewport(boxes, (64, 96)))
    scale = np.array([64 / (width - 8), 96 / (height - 8)])
    assert np.allclose(seen_on[:, :2], (places[:, :2] - (4, 8)) * scale)
    assert np.allclose(seen_on[:, 2:], places[:, 2:] * scale)
