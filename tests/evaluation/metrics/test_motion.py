"""What changes along time."""

import cv2
import numpy as np
import pytest

from motion_transfer.evaluation import colour_drift, colour_error, warping_error


def moving(frames=12, speed=2):
    """A soft texture that moves sideways by whole pixels."""
    texture = np.random.default_rng(0).integers(0, 256, (96, 200, 3)).astype(np.uint8)
    texture = cv2.GaussianBlur(texture, (0, 0), 4)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    return [np.ascontiguousarray(texture[:, t * speed : t * speed + 128]) for t in range(frames)]


def trembling(frames, strength):
    noise = np.random.default_rng(1)
    return [np.clip(f + noise.normal(0, strength, f.shape), 0, 255).astype(np.uint8) for f in frames]


def test_motion_alone_is_no_error_and_the_first_frame_has_none():
    errors = warping_error(moving())
    assert np.isnan(errors[0])
    assert np.nanmean(errors) < 1


def test_the_more_it_trembles_the_larger_the_error():
    true = moving()
    errors = [np.nanmean(warping_error(trembling(true, strength), true)) for strength in (0, 2, 4, 8)]
    assert errors == sorted(errors)
    assert errors[3] > 3 * errors[1]


def test_a_dropped_frame_shows_where_it_is_missing():
    true = moving()
    dropped = [*true[:6], true[5], *true[7:]]  # frame 6 shows frame 5 again
    errors = warping_error(dropped, true)
    assert np.nanargmax(errors) in (6, 7)
    assert np.nanmax(errors) > 4 * np.nanmedian(errors)


@pytest.mark.parametrize("size", [4, 8, 16])
def test_colours_that_wander_are_seen_from_the_first_fifth_to_the_last(size):
    true = [np.full((32, 32, 3), 128, np.uint8)] * 50
    warmer = [
        np.clip(f + np.array([1, 0, -1]) * round(size * t / 50), 0, 255).astype(np.uint8) for t, f in enumerate(true)
    ]
    boxes = np.tile(np.array([4, 4, 28, 28], np.float32), (50, 1))
    errors = colour_error(warmer, true, boxes)
    assert errors[0] == 0
    assert colour_drift(errors) == pytest.approx(errors[40:].mean() - errors[:10].mean())
    assert colour_drift(errors) > size / 4


def test_equal_colours_have_no_error_and_a_frame_without_a_person_no_figure():
    true = moving(3)
    boxes = np.array([[0, 0, 64, 64], [np.nan] * 4, [0, 0, 64, 64]], np.float32)
    np.testing.assert_array_equal(colour_error(true, true, boxes), [0, np.nan, 0])
    assert np.isnan(colour_drift(colour_error(true, true, boxes)))
