"""Pixels of exemplars on a finer grid."""

import cv2
import numpy as np

from motion_transfer.exemplars.pixels import extrapolate, torn_points


def test_between_places_of_an_exemplar_that_lie_apart_nothing_is_interpolated():
    """A map with a tear that has a corner, on a grid eight times as fine: all is of one side or of the other."""
    y, x = np.mgrid[:12, :12].astype(np.float32)
    sx, sy = np.where((x > 5) & (y > 5), x + 60, x), y
    torn = torn_points(sx, sy, 8)
    size = (96, 96)
    fine = cv2.resize(sx, size, interpolation=cv2.INTER_LINEAR)
    fine[torn] = extrapolate(sx, torn, 8)
    assert not ((fine > 12) & (fine < 65)).any()
    assert {0, 1} == set((fine > 30).ravel().tolist())
