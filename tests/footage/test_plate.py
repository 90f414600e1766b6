"""The background without the person."""

import numpy as np
import pytest

from motion_transfer.footage.plate import background_plate, person_mask
from motion_transfer.pose import OPENPOSE_137

BONES = [*OPENPOSE_137.body_bones]


def background(height=96, width=128):
    rows, columns = np.indices((height, width))
    return np.stack([rows + 60, columns + 40, 200 - rows], axis=2).astype(np.uint8)


def test_noisy_frames_of_a_person_walking_through_give_the_background():
    rng = np.random.default_rng(0)
    truth, frames, persons = background(), [], []
    for step in range(24):
        frame = truth + rng.normal(0, 4, truth.shape)
        person = np.zeros(truth.shape[:2], bool)
        person[10:90, 5 * step : 5 * step + 30] = True
        frame[person] = (250, 20, 20)
        frames.append(frame.clip(0, 255).round().astype(np.uint8))
        persons.append(person)
    plate = background_plate(frames, persons)
    error = np.abs(plate.astype(int) - truth)
    assert error.mean() < 1.5
    assert error.max() < 16


def there(truth, rows, columns):
    """The truth with a person who covers a rectangle, and the mask of it."""
    person = np.zeros(truth.shape[:2], bool)
    person[rows, columns] = True
    return np.where(person[..., None], np.uint8(0), truth), person


def test_a_person_who_stands_still_most_of_the_time_does_not_become_the_background():
    frame, person = there(background(), slice(20, 80), slice(40, 70))
    plate = background_plate([frame] * 9 + [background()], [person] * 9 + [np.zeros_like(person)])
    assert (plate == background()).all()


def test_what_is_never_seen_is_filled_in_from_around_it():
    frame, person = there(np.full((64, 64, 3), 120, np.uint8), slice(20, 40), slice(20, 40))
    assert np.abs(background_plate([frame] * 3, [person] * 3).astype(int) - 120).max() <= 4


def test_frames_are_not_changed():
    frame, person = there(background(), slice(10), slice(None))
    kept = frame.copy()
    background_plate([frame, background()], [person, ~person])
    assert (frame == kept).all()


def standing():
    xy = np.full((137, 2), np.nan, np.float32)
    for joint, place in {"nose": (60, 20), "neck": (60, 30), "mid_hip": (60, 60)}.items():
        xy[OPENPOSE_137.index(joint)] = place
    return xy


def test_the_outline_covers_the_joints_and_the_bones_between_them():
    mask = person_mask(standing(), BONES, (128, 96))
    assert mask.shape == (96, 128)
    assert mask[[20, 45, 45, 90], [60, 60, 10, 60]].tolist() == [True, True, False, False]
    assert not person_mask(np.full((137, 2), np.nan, np.float32), BONES, (32, 16)).any(), "no person, no outline"


@pytest.mark.parametrize("far", [1e5, -1e7, 1e9])
def test_a_joint_far_outside_does_not_harm(far):
    xy = standing()
    xy[OPENPOSE_137.index("right_wrist")] = (far, 30)
    assert person_mask(xy, BONES, (128, 96))[20, 60]
