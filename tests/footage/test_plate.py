"""The background without the person."""

import numpy as np

from motion_transfer.footage.plate import background_plate


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
