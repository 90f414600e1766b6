"""Change from frame to frame: what the motion does not explain, and of a background that should stand still."""

import math

import numpy as np
import pytest

from motion_transfer.evaluation.metrics.temporal import MotionTracker, StillBackground, mean_difference
from tests.drawn_world import texture

NOBODY = np.zeros((60, 80), bool)


def noisy(frames, strength):
    noise = np.random.default_rng(1)
    return [np.clip(f + noise.normal(0, strength, f.shape), 0, 255).round().astype(np.uint8) for f in frames]


def flicker(frames, persons):
    background = StillBackground()
    still = [background.update(person) for person in persons]
    assert still[0] is None
    return np.mean([mean_difference(frames[t], frames[t - 1], still[t]) for t in range(1, len(frames))])


def scene():
    return np.random.default_rng(0).integers(40, 200, (60, 80, 3)).astype(np.uint8)


def test_noise_flickers_by_its_known_mean_difference():
    rounded = math.hypot(4, 1 / math.sqrt(12))  # rounding to whole grey levels is noise too
    found = flicker(noisy([scene()] * 20, 4), [NOBODY] * 20)
    assert found == pytest.approx(2 * rounded / math.sqrt(math.pi), rel=0.01)


def test_a_person_who_moves_is_no_flicker():
    frames, persons = [scene() for _ in range(3)], [NOBODY.copy() for _ in range(3)]
    for frame, person, x in zip(frames, persons, (10, 30, 50), strict=True):
        person[20:50, x : x + 12] = True
        frame[person] = 255 - frame[person]
    assert flicker(frames, persons) == 0
    assert flicker(frames, [NOBODY] * 3) > 1


@pytest.mark.parametrize("change", [0, 7])
def test_a_change_of_brightness_counts_in_full(change):
    assert flicker([scene(), scene() + np.uint8(change)], [NOBODY] * 2) == pytest.approx(change)


def test_where_nothing_stands_still_there_is_no_flicker():
    assert math.isnan(flicker([scene()] * 2, [~NOBODY] * 2))


MOVING = [np.ascontiguousarray(texture((200, 96), 4)[:, 2 * t : 2 * t + 128]) for t in range(12)]
"""A soft texture that moves sideways by whole pixels."""


def warping_errors(frames, truth=MOVING):
    tracker = MotionTracker()
    warps = [tracker.update(frame) for frame in truth]
    assert warps[0] is None
    return np.array([warps[t].errors(frames[t], frames[t - 1])[0] for t in range(1, len(frames))])


def test_motion_alone_is_no_error_and_the_noisier_the_larger_the_error():
    errors = [warping_errors(noisy(MOVING, strength)).mean() for strength in (0, 2, 4, 8)]
    assert errors[0] < 1
    assert errors == sorted(errors)
    assert errors[3] > 3 * errors[1]


def test_a_picture_beside_its_place_is_steady_and_one_that_jitters_is_not():
    aside = [np.roll(frame, 3, axis=0) for frame in MOVING]
    jitter = [np.roll(frame, (-1) ** t, axis=0) for t, frame in enumerate(MOVING)]
    assert warping_errors(aside).mean() < 1.5 < 3 < warping_errors(jitter).mean()


def test_a_dropped_frame_shows_where_it_is_missing():
    errors = warping_errors([*MOVING[:6], MOVING[5], *MOVING[7:]])  # frame 6 shows frame 5 again
    assert errors.argmax() in (5, 6)
    assert errors.max() > 4 * np.median(errors)


def test_the_error_inside_a_mask_is_that_of_its_pixels():
    tracker = MotionTracker()
    tracker.update(MOVING[0])
    warp = tracker.update(MOVING[1])
    left = np.zeros(MOVING[1].shape[:2], bool)
    left[:, :64] = True
    noise = np.where(left[..., None], noisy(MOVING[1:2], 8)[0], MOVING[1])
    everywhere, inside, outside = warp.errors(noise, MOVING[0], left, ~left)
    assert inside > everywhere > outside
    assert outside == warp.errors(MOVING[1], MOVING[0], ~left)[1]
    assert math.isnan(warp.errors(noise, MOVING[0], left & ~left)[1])
