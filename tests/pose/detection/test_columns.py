"""The columns and squares of a frame in which one person is detected."""

from itertools import pairwise

import numpy as np
import pytest

from motion_transfer.pose.detection.mediapipe.columns import (
    BESIDE,
    CLEAR,
    cut_square,
    own_column,
    paste_square,
    scan_edges,
)

BODY = np.array([(80, 0), (120, 0), (100, 100), (90, 200), (110, 200)], np.float32)
LENGTH = 200.0


def test_the_column_of_a_body_by_itself_has_a_margin():
    assert own_column(BODY, 100, LENGTH, []) == (80 - BESIDE * LENGTH, 120 + BESIDE * LENGTH)


def test_a_missing_joint_does_not_matter():
    assert own_column(np.vstack([BODY, [[np.nan, np.nan]]]), 100, LENGTH, []) == own_column(BODY, 100, LENGTH, [])


@pytest.mark.parametrize("away", [1, -1])
def test_a_column_ends_at_the_hips_of_a_neighbour(away):
    stretched = BODY + np.array([(0, 0), (300 * away, 0), (0, 0), (0, 0), (0, 0)])
    beside = 100 + away * 90
    edge = own_column(stretched, 100, LENGTH, [beside])[away == 1]
    assert edge == beside


def test_people_in_front_or_behind_do_not_narrow_the_column():
    near = 100 + 0.9 * CLEAR * LENGTH
    assert own_column(BODY, 100, LENGTH, [100, near]) == own_column(BODY, 100, LENGTH, [])


@pytest.mark.parametrize("size", [(320, 240), (360, 640), (1920, 1080), (64, 64)])
def test_the_columns_that_are_scanned_cover_the_frame_and_overlap(size):
    edges = sorted(scan_edges(size))
    assert edges[0][0] == 0
    assert edges[-1][1] == size[0]
    assert all(b[0] < a[1] for a, b in pairwise(edges))


@pytest.mark.parametrize("corner", [(5, 3), (-4, -2), (25, 15), (-40, 5), (5, 60)])
def test_a_square_is_black_beyond_the_frame_and_goes_back_to_its_place(corner):
    frame = np.random.default_rng(0).integers(1, 255, (20, 30, 3)).astype(np.uint8)
    x, y = corner
    padded = np.pad(frame, ((60, 60), (60, 60), (0, 0)))
    square = cut_square(frame, corner, 10)
    np.testing.assert_array_equal(square, padded[60 + y :, 60 + x :][:10, :10])
    pasted = np.zeros_like(frame)
    paste_square(pasted, square, corner)
    assert pasted.sum() == square.sum()
    np.testing.assert_array_equal(pasted[pasted > 0], frame[pasted > 0])


def test_a_square_shows_only_the_column():
    square = cut_square(np.full((20, 30, 3), 9, np.uint8), (5, 0), 10, (8, 12))
    assert np.flatnonzero(square[0, :, 0]).tolist() == [3, 4, 5, 6]
