"""The person of a frame beside the true one: pixels inside the mask, and no others."""

import math

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.evaluation.metrics import person
from motion_transfer.evaluation.metrics.person import PersonReference
from motion_transfer.evaluation.metrics.similarity import Structure
from motion_transfer.features import feature_distance
from tests.drawn_world import texture

SIZE = (160, 240)
TRUTH = texture(SIZE, 1)


@pytest.fixture(scope="module")
def distance():
    return feature_distance()


@pytest.fixture(scope="module")
def masks():
    """A person of an ellipse, its face at the upper end, no hands."""
    body = cv2.ellipse(np.zeros(TRUTH.shape[:2], np.uint8), (80, 120), (30, 80), 0, 0, 360, 1, -1).astype(bool)
    face = body & (np.arange(SIZE[1]) < 70)[:, None]
    return {"person": body, "face": face, "hands": np.zeros_like(body)}


@pytest.fixture(scope="module")
def reference(masks, distance):
    return PersonReference(TRUTH, masks, distance)


def changed(where, change):
    frame = TRUTH.copy()
    frame[where] = change(TRUTH)[where]
    return frame


def soft(frame):
    return cv2.GaussianBlur(frame, (0, 0), 3)


def test_the_truth_agrees_with_itself_and_a_part_out_of_sight_is_not_measured(reference):
    found = reference.compare(TRUTH)
    assert {name.partition("_")[0] for name in found} == {"person", "face", "color"}
    for region in ("person", "face"):
        assert found[f"{region}_perceptual"] == 0
        assert found[f"{region}_psnr"] == 100
        assert found[f"{region}_ssim"] == pytest.approx(1, abs=1e-5)
        assert found[f"{region}_detail"] == reference.detail[region]
    assert found["color"] == 0


def test_psnr_ssim_and_colour_inside_the_mask_by_hand(reference, masks):
    frame = changed(masks["person"], lambda truth: np.clip(truth.astype(int) + 9, 0, 255).astype(np.uint8))
    inside = frame[masks["person"]].astype(float), TRUTH[masks["person"]].astype(float)
    found = reference.compare(frame)
    assert found["person_psnr"] == pytest.approx(
        20 * math.log10(255 / math.sqrt(((inside[0] - inside[1]) ** 2).mean()))
    )
    similarity = Structure(TRUTH.astype(np.float32) / 255).similarity(frame.astype(np.float32) / 255)
    assert found["person_ssim"] == pytest.approx(similarity[masks["person"]].mean(), abs=1e-5)
    assert 1 < found["color"] < 9


def test_the_room_does_not_count(reference, masks):
    elsewhere = cv2.dilate(masks["person"].astype(np.uint8), np.ones((13, 13), np.uint8)) == 0
    found = reference.compare(changed(elsewhere, lambda truth: 255 - truth))
    assert found["person_psnr"] == 100
    assert found["person_ssim"] == pytest.approx(1, abs=1e-5)
    assert found["person_detail"] == reference.detail["person"]
    # A network sees a pixel with what is around it, so of the room something is left.
    inside = reference.compare(changed(masks["person"], lambda truth: 255 - truth))
    assert found["person_perceptual"] < 0.4 * inside["person_perceptual"]


def test_a_spoiled_face_costs_the_face_most(reference, masks):
    found = reference.compare(changed(masks["face"], soft))
    assert found["face_psnr"] < found["person_psnr"] - 3
    assert found["face_perceptual"] > 2 * found["person_perceptual"]
    assert found["face_detail"] / reference.detail["face"] < 0.3 < found["person_detail"] / reference.detail["person"]


def test_softness_costs_more_the_stronger_it_is(reference):
    blurred = [reference.compare(cv2.GaussianBlur(TRUTH, (0, 0), sigma)) for sigma in (0.5, 1, 2, 4)]
    for name, sign in (("person_perceptual", 1), ("person_detail", -1), ("person_ssim", -1)):
        assert (sign * np.diff([each[name] for each in blurred]) > 0).all()


def test_a_person_too_large_for_the_networks_is_shown_to_them_scaled_down(masks, distance, monkeypatch):
    seen = []
    monkeypatch.setattr(person, "MOST_PIXELS", 5000)
    monkeypatch.setattr(distance, "features", lambda images: seen.append(images.shape) or [images])
    found = PersonReference(TRUTH, masks, distance).compare(soft(TRUTH))
    assert all(4000 < shape[2] * shape[3] <= 5100 for shape in seen)
    assert 0 < found["person_perceptual"] < 12


def test_lpips_is_of_the_person_too(masks, distance):
    class Lpips:
        def features(self, image):
            return image

        def distance(self, first, second, where):
            return abs(first.astype(float) - second)[where[0, 0].numpy() > 0].mean()

    frame = changed(masks["person"], lambda truth: np.full_like(truth, 128))
    found = PersonReference(TRUTH, masks, distance, Lpips()).compare(frame)
    assert found["person_lpips"] == pytest.approx(abs(TRUTH[masks["person"]] - 128.0).mean())
    assert torch.is_inference_mode_enabled() is False
