"""The file of the exemplars: what comes back from it, and what is refused."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from motion_transfer.errors import SubjectError
from motion_transfer.exemplars.bank_file import FILE, load_exemplars, save_exemplars
from motion_transfer.limits import EXEMPLAR_PIXELS


@pytest.fixture
def saved(bank, tmp_path):
    save_exemplars(tmp_path, bank)
    return tmp_path


def edited(folder, **changes):
    """The file with some of its arrays changed by functions."""
    arrays = dict(np.load(folder / FILE))
    np.savez(folder / FILE, **arrays | {name: change(arrays[name]) for name, change in changes.items()})


def with_images(folder, *encoded):
    """The file with other images in it."""
    pad = dict(np.load(folder / FILE))
    count = len(pad["lengths"])
    images = [*encoded, *[encoded[-1]] * (count - len(encoded))]
    joined = np.frombuffer(b"".join(images), np.uint8)
    edited(folder, images=lambda _: joined, lengths=lambda _: np.array([len(each) for each in images]))


def test_places_come_back_exactly_and_pixels_as_webp_keeps_them(bank, saved):
    again = load_exemplars(saved, bank.canvas)
    assert np.array_equal(again.instants, bank.instants)
    assert np.array_equal(again.shadow, bank.shadow)
    for one, other in zip(again.segments, bank.segments, strict=True):
        assert np.array_equal(one, other.astype(np.float32), equal_nan=True)
    for one, other in zip(again.cutouts, bank.cutouts, strict=True):
        assert np.array_equal(one.scale, other.scale)
        assert np.array_equal(one.origin, other.origin)
        assert np.array_equal(one.image[..., 3], other.image[..., 3]), "opacity is kept without loss"
        assert np.abs(one.image.astype(int) - other.image).mean() < 4
        assert (one.image[..., :3] <= one.image[..., 3:]).all()


def test_a_small_cutout_covers_the_same_place_with_a_pixel_to_one_of_the_canvas(bank):
    for large, small in zip(bank.cutouts, bank.small, strict=True):
        assert np.allclose(small.scale, 1, atol=0.1)
        for corner in (0, 1):
            places = [
                (each.origin + corner * np.array(each.image.shape[1::-1])) / each.scale for each in (large, small)
            ]
            assert np.allclose(*places)
        assert np.allclose(small.image.mean(axis=(0, 1)), large.image.mean(axis=(0, 1)), atol=0.5)


HARM = {
    "missing": (lambda folder: (folder / FILE).unlink(), "does not exist"),
    "no archive": (lambda folder: (folder / FILE).write_bytes(b"PK"), "is damaged or of another kind"),
    "with code in it": (lambda folder: edited(folder, instants=lambda _: np.array([{}])), "Python objects"),
    "without views": (lambda folder: np.savez(folder / FILE, lengths=np.ones(1, int)), "is damaged"),
    "of no exemplars": (lambda folder: edited(folder, lengths=lambda each: each[:0]), "is damaged"),
    "cut in the last image": (lambda folder: edited(folder, images=lambda each: each[:-9]), "is damaged"),
    "a length below 0": (lambda folder: edited(folder, lengths=lambda each: each * [-1, *[1] * (len(each) - 1)]), ""),
    "no image": (lambda folder: with_images(folder, b"RIFF"), "is damaged or of another kind"),
    "of wide numbers": (lambda folder: edited(folder, images=lambda each: each.astype(int)), "is damaged"),
    "beyond the canvas": (
        lambda folder: edited(folder, origin=lambda each: each + 60),
        "holds a cutout that lies outside the canvas of 64 x 96 pixels",
    ),
    "with a shadow of another size": (lambda folder: edited(folder, shadow=lambda each: each[:5]), "is damaged"),
    "at no frame": (lambda folder: edited(folder, instants=lambda each: each * np.nan), "is damaged"),
    "before the first frame": (lambda folder: edited(folder, instants=lambda each: each - 99), "is damaged: numbers"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_file_that_is_missing_damaged_or_of_others_is_refused_in_one_sentence(saved, bank, harm):
    damage, says = HARM[harm]
    damage(saved)
    with pytest.raises(SubjectError, match=rf"{FILE} .*{says}.* Copy the subject's folder again") as refusal:
        load_exemplars(saved, bank.canvas)
    assert "\n" not in str(refusal.value)


def test_exemplars_of_another_canvas_are_refused(saved):
    with pytest.raises(SubjectError, match="outside the canvas of 32 x 32 pixels"):
        load_exemplars(saved, (32, 32))


@pytest.mark.parametrize("name", ["axes", "head", "views", "depth", "scale", "origin"])
@pytest.mark.parametrize("value", [math.nan, math.inf, 1e30])
def test_one_number_that_is_none_is_refused(saved, bank, name, value):
    def spoilt(array):
        array.reshape(-1)[array.size // 2] = value
        return array

    edited(saved, **{name: spoilt})
    with pytest.raises(SubjectError, match=rf"{FILE} (is damaged: numbers in it|holds a cutout that lies outside)"):
        load_exemplars(saved, bank.canvas)


def test_more_pixels_than_are_read_are_refused_by_the_headers(saved, bank, monkeypatch):
    """Each image is within the limits, all together are not."""
    blank = cv2.imencode(".webp", np.zeros((48, 64, 4), np.uint8))[1].tobytes()
    with_images(saved, blank)
    monkeypatch.setattr("motion_transfer.exemplars.bank_file.EXEMPLAR_PIXELS", 3 * 48 * 64 - 1)
    with pytest.raises(SubjectError, match=rf"{FILE} has .* more than .* 3,071 in all"):
        load_exemplars(saved, bank.canvas)
    assert EXEMPLAR_PIXELS * 4 < 1e9, "what is read fits the memory"


def test_a_bank_that_was_saved_over_another_is_the_new_one(saved, bank):
    one = replace(
        bank, cutouts=bank.cutouts[1:2], segments=bank.segments.at(np.array([1])), instants=bank.instants[1:2]
    )
    save_exemplars(saved, one)
    assert len(load_exemplars(saved, bank.canvas)) == 1
