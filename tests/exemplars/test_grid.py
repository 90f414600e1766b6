"""Grids of points over the canvas."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.exemplars.grid import Grid, extent_of

grids = st.builds(
    Grid,
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.floats(0.3, 9), st.floats(0.3, 9)),
    st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
)


def same_points(one, other):
    return all(a.shape == b.shape and np.allclose(a, b, atol=1e-3) for a, b in zip(one, other, strict=True))


@given(grids, st.data())
def test_a_part_of_a_grid_shows_the_same_points(grid, data):
    x, y = grid.points()
    left, right = sorted(data.draw(st.tuples(st.integers(0, grid.size[0]), st.integers(0, grid.size[0]))))
    top, bottom = sorted(data.draw(st.tuples(st.integers(0, grid.size[1]), st.integers(0, grid.size[1]))))
    region = slice(top, bottom), slice(left, right)
    assert same_points(grid.part(region).points(), (x[:, left:right], y[top:bottom]))


@given(grids, st.integers(1, 6))
def test_a_coarser_grid_shows_the_middles_of_blocks(grid, step):
    x, y = Grid((step * 5, step * 3), grid.scale, grid.offset).points()
    coarse = Grid((step * 5, step * 3), grid.scale, grid.offset).coarser(step)
    assert coarse.size == (5, 3)
    assert same_points(coarse.points(), (x.reshape(1, 5, step).mean(axis=2), y.reshape(3, step, 1).mean(axis=1)))
    width, height = grid.coarser(step).size
    assert 0 <= step * width - grid.size[0] < step
    assert 0 <= step * height - grid.size[1] < step


@given(grids, st.tuples(*[st.floats(-60, 60)] * 4))
def test_the_region_of_a_box_has_all_of_its_points_and_hardly_others(grid, box):
    low, high = np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])
    for axis, places, where in zip((0, 1), grid.points(), grid.region(low, high)[::-1], strict=True):
        within = (places.ravel() > low[axis] + 1e-3) & (places.ravel() < high[axis] - 1e-3)
        inside = np.zeros(len(within), bool)
        inside[where] = True
        assert inside[within].all()
        assert inside.sum() <= within.sum() + 2


def test_the_extent_of_a_mask_holds_all_of_it_and_some_around_but_nothing_beyond():
    mask = np.zeros((9, 12), bool)
    assert extent_of(mask) is None
    mask[3, 4] = mask[5, 10] = True
    assert extent_of(mask) == (slice(3, 6), slice(4, 11))
    assert extent_of(mask, 2) == (slice(1, 8), slice(2, 12))
