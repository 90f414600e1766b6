"""Pixels of exemplars on a finer grid."""

import cv2
import numpy as np
import pytest

from motion_transfer.exemplars.pixels import cut_spikes, extrapolate, torn_points


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


@pytest.mark.parametrize("step", [1, 4])
def test_what_sticks_out_thinly_is_cut_off_and_nothing_else(step):
    """A square with a spike three pixels wide and a limb that is nine."""
    opacity = np.zeros((60, 80), np.uint8)
    opacity[20:50, 20:50], opacity[5:20, 30:33], opacity[30:39, 50:75] = 255, 255, 255
    image = np.repeat(np.repeat(opacity, step, axis=0), step, axis=1)[..., None].repeat(4, axis=2)
    kept, before = np.zeros((60, 80), bool), image.copy()
    cut_spikes(image, 3, ~kept)
    assert np.array_equal(image, before), "where all is kept"
    cut_spikes(image, 3, kept)
    spike = np.zeros_like(kept)
    spike[:19, 29:34] = True
    spike = np.repeat(np.repeat(spike, step, axis=0), step, axis=1)
    assert image[: 17 * step][spike[: 17 * step]].max() == 0
    assert np.abs(image[~spike].astype(int) - before[~spike]).mean() < 2


def test_scraps_beside_a_person_are_cut_off_and_larger_pieces_stay():
    opacity = np.zeros((60, 80), np.uint8)
    opacity[20:50, 10:40], opacity[5:15, 60:70], opacity[30:33, 60:63] = 255, 255, 255
    image = cv2.GaussianBlur(opacity, (0, 0), 0.7)[..., None].repeat(4, axis=2)
    before = image.copy()
    cut_spikes(image, 1, np.ones((60, 80), bool), least=50)
    assert not image[27:36, 57:66].any()
    assert np.array_equal(image[:25], before[:25]), "a hand, perhaps"
    assert np.array_equal(image[:, :50], before[:, :50])


def test_what_the_border_cuts_off_is_no_scrap_for_that():
    opacity = np.zeros((60, 80), np.uint8)
    opacity[20:50, 10:40], opacity[50:, 60:70] = 255, 255
    image = opacity[..., None].repeat(4, axis=2)
    before = image.copy()
    cut_spikes(image, 1, np.ones((60, 80), bool), least=500)
    assert np.array_equal(image, before)
