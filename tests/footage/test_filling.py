"""Holes in pictures of rooms."""

import numpy as np
import pytest

from motion_transfer.footage.filling import fill_holes

HOLE = np.s_[20:90, 60:80]


def holed(shape=(120, 160)):
    known = np.ones(shape, bool)
    known[HOLE] = False
    return known


def error(room, known):
    """Mean error in the hole, after a stranger stood in it."""
    spoiled = np.where(known[..., None], room, np.uint8(0))
    filled = fill_holes(spoiled, known)
    assert (filled[known] == room[known]).all()
    return np.abs(filled.astype(int) - room)[~known].mean()


def test_a_wall_stays_a_wall_whatever_its_light():
    rows, columns = np.indices((120, 160))
    wall = np.stack([200 - columns / 2, 150 + rows / 4, 120 + columns / 4], axis=2).astype(np.uint8)
    assert error(wall, holed()) < 2


def test_what_runs_along_the_wall_runs_on_and_a_texture_too():
    room = np.full((120, 160, 3), 180, np.uint8)
    room[70:76] = 60  # a rail
    room[:70, ::10] = 140  # panels
    assert error(room, holed()) < 3


def test_a_thing_beside_the_hole_is_not_copied_into_it():
    rng = np.random.default_rng(0)
    room = np.full((120, 160, 3), 180, np.uint8)
    for side in (np.s_[30:80, :55], np.s_[30:80, 85:]):
        room[side] = rng.integers(0, 255, room[side].shape)
    assert error(room, holed()) < 10


def test_a_leaf_beside_the_hole_is_not_seen_again_in_it():
    columns = np.arange(160)[None, :, None]
    curtain = np.full((120, 160, 3), 150 + 20 * np.sin(columns / 5), np.float32).astype(np.uint8)
    leaves = curtain.copy()
    for left in (8, 28, 98, 118, 138):
        leaves[45:52, left : left + 6] = 30, 160, 30
    filled = fill_holes(np.where(holed()[..., None], leaves, np.uint8(0)), holed())
    assert np.abs(filled.astype(int) - curtain)[HOLE].max() < 25


def test_where_nothing_is_known_it_is_black_and_where_all_is_the_same():
    room = np.full((16, 24, 3), 99, np.uint8)
    assert not fill_holes(room, np.zeros((16, 24), bool)).any()
    assert (fill_holes(room, np.ones((16, 24), bool)) == room).all()


@pytest.mark.parametrize("hidden", [np.s_[:, :100], np.s_[:60], np.s_[:, 2:158], np.s_[1:]])
def test_holes_may_reach_the_border_and_be_larger_than_what_is_known(hidden):
    known = np.ones((120, 160), bool)
    known[hidden] = False
    assert error(np.full((120, 160, 3), 90, np.uint8), known) == 0
