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


EVERYWHERE = np.ones(MOVING[0].shape[:2], bool)


def motions(frames, **options):
    tracker = MotionTracker(**options)
    first, *others = [tracker.update(frame) for frame in frames]
    assert first is None
    return others


def flickers(frames):
    """What a video's own motion does not explain, from frame to frame."""
    return np.array([motion.error(EVERYWHERE) for motion in motions(frames)])


def warping_errors(frames):
    """What the true motion does not explain in a video, where both true frames show the same."""
    pairs = zip(motions(MOVING, validate=True), motions(frames), strict=True)
    return np.array([truth.error(truth.valid, own) for truth, own in pairs])


def motion_distances(frames):
    return np.array([a.distance(b, EVERYWHERE) for a, b in zip(motions(frames), motions(MOVING), strict=True)])


@pytest.mark.parametrize("errors", [flickers, warping_errors])
def test_motion_alone_is_no_error_and_the_noisier_the_larger_the_error(errors):
    found = [errors(noisy(MOVING, strength)).mean() for strength in (0, 2, 4, 8)]
    assert found[0] < 1.2
    assert found == sorted(found)
    assert found[3] > 3 * found[1]


def test_a_video_beside_its_place_flickers_no_more_than_one_in_it():
    """Its motion lies elsewhere, too: by the true motion it would seem to flicker."""
    aside = [np.roll(frame, 16, axis=0) for frame in MOVING]
    assert flickers(aside).mean() == pytest.approx(flickers(MOVING).mean(), rel=0.3)


@pytest.mark.parametrize("change", [4, 12])
def test_a_brightness_that_comes_and_goes_is_flicker_in_full(change):
    bright = [frame + np.uint8(change * (t % 2)) for t, frame in enumerate(MOVING)]
    assert flickers(bright).mean() == pytest.approx(change, abs=1)


def test_what_changes_at_once_is_flicker():
    """A place that no motion explains counts, although the flow does not lead back from it."""
    changed = [frame.copy() for frame in MOVING]
    changed[6][20:50, 20:50] = np.random.default_rng(3).integers(0, 255, (30, 30, 3))
    found = flickers(changed) - flickers(MOVING)
    assert set(np.argsort(found)[-2:]) == {5, 6}
    assert found[5:7].min() > 3 * flickers(MOVING).max()


def test_a_trembling_video_moves_otherwise_than_the_truth():
    jitter = [np.roll(frame, (-1) ** t, axis=0) for t, frame in enumerate(MOVING)]
    assert motion_distances(MOVING).max() == 0
    assert motion_distances(jitter).mean() == pytest.approx(2, rel=0.2)
    assert warping_errors(jitter).mean() > 3 > 1.5 > warping_errors(MOVING).mean()


def test_a_dropped_frame_shows_where_it_is_missing():
    dropped = [*MOVING[:6], MOVING[5], *MOVING[7:]]  # frame 6 shows frame 5 again
    for found in (warping_errors(dropped), motion_distances(dropped)):
        assert found.argmax() in (5, 6)
        assert found.max() > 4 * np.median(found)


def test_the_error_inside_a_mask_is_that_of_its_pixels():
    left = np.zeros_like(EVERYWHERE)
    left[:, :64] = True
    noise = np.where(left[..., None], noisy(MOVING[1:2], 8)[0], MOVING[1])
    (truth,), (own,) = motions(MOVING[:2]), motions([MOVING[0], noise])
    assert truth.error(left, own) > truth.error(EVERYWHERE, own) > truth.error(~left, own) == truth.error(~left)
    for measured in (own.error, lambda where: own.distance(truth, where)):
        assert math.isnan(measured(left & ~left))
