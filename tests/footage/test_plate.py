"""The background without the person."""

from contextlib import nullcontext
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.errors import SubjectError
from motion_transfer.footage import plate as module
from motion_transfer.footage.masks import UNKNOWN
from motion_transfer.footage.plate import background_plate, clip_plates, load_plates, save_plates
from motion_transfer.loading import Expected
from motion_transfer.pose import PoseSequence

EXPECTED = Expected("plates", SubjectError, "Train again.")
SIZE = (128, 96)


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
    plate, times = background_plate(frames, persons)
    error = np.abs(plate.astype(int) - truth)
    assert error.mean() < 1.5
    assert error.max() < 16
    assert (times == 24 - np.sum(persons, axis=0)).all()


def there(truth, rows, columns):
    """The truth with a person who covers a rectangle, and the mask of it."""
    person = np.zeros(truth.shape[:2], bool)
    person[rows, columns] = True
    return np.where(person[..., None], np.uint8(0), truth), person


def test_a_person_who_stands_still_most_of_the_time_does_not_become_the_background():
    frame, person = there(background(), slice(20, 80), slice(40, 70))
    plate, times = background_plate([frame] * 9 + [background()], [person] * 9 + [np.zeros_like(person)])
    assert (plate == background()).all()
    assert times.min() == 1


def test_what_was_free_in_hardly_any_frame_counts_as_never_seen():
    frame, person = there(background(), slice(20, 80), slice(40, 70))
    persons = [person] * 63 + [np.zeros_like(person)]  # the last of which is a mask that failed
    assert (background_plate([frame] * 64, persons)[1] == np.where(person, 0, 64)).all()


def test_of_an_even_number_of_frames_both_in_the_middle_count():
    frames = [np.full((1, 1, 3), level, np.uint8) for level in (10, 20, 40, 255)]
    nobody = np.zeros((1, 1), bool)
    assert background_plate(frames, [nobody] * 4)[0].tolist() == [[[30, 30, 30]]]


def test_frames_are_not_changed():
    frame, person = there(background(), slice(10), slice(None))
    kept = frame.copy()
    background_plate([frame, background()], [person, ~person])
    assert (frame == kept).all()


@pytest.fixture
def clip(monkeypatch):
    """A function that gives a clip of several views, each with a person walking through, and its poses."""

    def mask_of(frame, xy):
        mask = np.zeros(frame.shape[:2], np.float32)
        if np.isfinite(xy).all():
            mask[20:, int(xy[0, 0]) : int(xy[0, 0]) + 30] = 1
        return mask

    monkeypatch.setattr(module, "open_masks", lambda size: nullcontext(mask_of))

    def clip(*views, walk=1.0, frames=24):
        xy = np.zeros((frames * len(views), 137, 2), np.float32)
        xy[..., 0] = np.tile(40 + walk * 2 * np.arange(frames), len(views))[:, None]
        poses = PoseSequence(xy, np.ones(xy.shape[:2], np.float32), SIZE, Fraction(12))
        shown = [
            there(view, slice(20, None), slice(int(x), int(x) + 30))[0] for view in views for x in xy[:frames, 0, 0]
        ]
        return shown, poses

    return clip


def test_a_cut_starts_another_plate_and_the_longest_scene_is_the_first(clip):
    hall, yard = background(), 255 - background()
    frames, poses = clip(yard, hall, yard, hall, hall[:, ::-1], hall)
    plates = clip_plates(frames, poses)
    assert [
        np.abs(image.astype(int) - view).mean() < 2 for image, view in zip(plates.images, (hall, yard), strict=False)
    ]
    assert plates.scenes.tolist() == [scene for scene in (1, 0, 1, 0, 2, 0) for _ in range(24)]
    assert len(plates.images) == 3


def test_shots_of_one_view_show_each_other_what_stands_behind_the_person(clip):
    hall, yard = background(), 255 - background()
    left, right = (clip(hall, walk=0) for _ in range(2))
    beside = right[1].xy + np.float32([60, 0])
    xy = np.concatenate([left[1].xy, np.full_like(beside, np.nan), beside])
    frames = left[0] + [yard] * 24 + [there(hall, slice(20, None), slice(100, 130))[0]] * 24
    poses = PoseSequence(xy, np.ones(xy.shape[:2], np.float32), SIZE, Fraction(12))
    plates = clip_plates(frames, poses)
    assert plates.unseen == 0
    assert np.abs(plates.images[0].astype(int) - hall).max() <= 1


def test_what_is_never_seen_is_filled_and_counted(clip):
    frames, poses = clip(np.full((96, 128, 3), 120, np.uint8), walk=0)
    plates = clip_plates(frames, poses)
    assert 30 * 76 / (96 * 128) < plates.unseen < 0.25
    assert np.abs(plates.images[0].astype(int) - 120).max() <= 2
    assert not plates.seen[0][50, 50]


def test_long_shots_keep_few_frames(clip, monkeypatch):
    monkeypatch.setattr(module, "FRAMES", (4, 6))
    kept = []
    monkeypatch.setattr(module, "background_plate", lambda *what: kept.append(len(what[0])) or background_plate(*what))
    frames, poses = clip(background(), frames=200, walk=0.2)
    assert np.abs(clip_plates(frames, poses).images[0].astype(int) - background()).mean() < 1
    assert 3 <= kept[0] <= 6


def test_plates_are_read_back_as_they_were_saved(clip, tmp_path):
    frames, poses = clip(background(), 255 - background(), walk=0)
    plates = clip_plates(frames, poses)
    save_plates(tmp_path, plates)
    again = load_plates(tmp_path, len(poses), EXPECTED)
    for name in ("images", "seen", "scenes"):
        assert np.array_equal(getattr(again, name), getattr(plates, name))
    for damage in (np.full(48, 60), np.zeros(3, int), np.array(["a"] * 48)):
        np.save(tmp_path / "scenes.npy", damage)
        with pytest.raises(SubjectError, match=r"scenes\.npy is damaged"):
            load_plates(tmp_path, len(poses), EXPECTED)


def test_frames_whose_mask_is_a_guess_are_used_only_if_all_are(clip, monkeypatch):
    frames, poses = clip(background())
    xy = poses.xy.copy()
    xy[::6] = np.nan  # the person is there, the detector missed them
    poses = PoseSequence(xy, poses.score, SIZE, poses.fps)

    def guess(frame, xy):
        return np.full(frame.shape[:2], np.isfinite(xy).all() * UNKNOWN, np.float32)

    used = []
    monkeypatch.setattr(module, "background_plate", lambda *what: used.append(len(what[0])) or background_plate(*what))
    clip_plates(frames, poses)
    monkeypatch.setattr(module, "open_masks", lambda size: nullcontext(guess))
    clip_plates(frames, poses)
    assert used == [24, 24]
    found = iter([True] * 12 + [False] * 12)
    monkeypatch.setattr(
        module, "open_masks", lambda size: nullcontext(lambda *what: guess(*what) * (2 if next(found) else 1))
    )
    clip_plates(frames, poses)
    assert used[2] == 12 + 2, "of the second half only those without a person"
