"""Similarity of frames to the true ones."""

import math

import cv2
import kornia.metrics
import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from motion_transfer.evaluation.metrics.similarity import Reference, Structure, psnr
from tests.drawn_world import texture


def noise(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3)).astype(np.uint8)


def grey(value):
    return np.full((48, 64, 3), value, np.uint8)


@pytest.mark.parametrize("difference", [1, 10, 51, 255])
def test_psnr_by_hand(difference):
    assert psnr(grey(0), grey(difference)) == pytest.approx(20 * math.log10(255 / difference), abs=1e-3)


def test_structure_counts_for_ssim_and_identical_frames_are_as_near_as_can_be_in_finite_numbers():
    reference = Reference(noise())
    near = pytest.approx(1, abs=1e-5)
    assert reference.compare(noise()) == {
        "psnr": 100,
        "ssim": near,
        "ms_ssim": near,
        "gmsd": pytest.approx(0, abs=1e-5),
    }
    assert reference.compare(noise(5))["ssim"] < 0.1
    assert reference.compare((noise() // 2 + 60).astype(np.uint8))["ssim"] > 0.5


def test_of_some_pixels_the_others_do_not_count():
    where = np.zeros((48, 64), bool)
    where[10:40, 10:50] = True
    made = np.where(where[..., None], grey(51), grey(255)).astype(np.uint8)
    assert psnr(made, grey(0), where) == pytest.approx(20 * math.log10(5))
    assert psnr(grey(0), grey(0), where) == 100


def test_the_map_of_ssim_has_its_mean_and_shows_where_it_is_low():
    made = noise()
    made[:, 40:] = noise(5)[:, 40:]
    structure, unit = Structure(noise().astype(np.float32) / 255), made.astype(np.float32) / 255
    similarity = structure.similarity(unit)
    assert similarity.shape == (48, 64)
    assert similarity.mean() == pytest.approx(structure.compare(unit)[0], abs=1e-6)
    assert similarity[:, :34] == pytest.approx(1, abs=1e-4)
    assert similarity[:, 46:].mean() < 0.1


@pytest.mark.parametrize("metric", ["psnr", "ssim", "ms_ssim", "gmsd"])
def test_blur_and_shift_cost_the_more_the_stronger_they_are(metric):
    truth = texture((64, 48), 2)
    reference = Reference(truth)
    for worse in (
        [cv2.GaussianBlur(truth, (0, 0), strength) for strength in (0.5, 1, 2, 4)],
        [np.roll(truth, shift, axis=1) for shift in (1, 2, 4)],
    ):
        scores = [reference.compare(frame)[metric] for frame in worse]
        assert (np.diff(scores) * (-1 if metric == "gmsd" else 1) < 0).all()


@pytest.mark.parametrize("size", [(130, 97), (401, 250)])  # enlarged for MS-SSIM, and not
def test_the_metrics_are_those_of_kornia_torchmetrics_and_opencv(size):
    true = texture(size, 3)
    made = cv2.addWeighted(true, 0.8, texture(size, 3, seed=1), 0.2, 0)
    a, b = (torch.from_numpy(image).permute(2, 0, 1)[None] / 255 for image in (made, true))
    values = Reference(true).compare(made)
    assert values["psnr"] == pytest.approx(float(kornia.metrics.psnr(a, b, 1.0)), rel=1e-5)
    assert values["ssim"] == pytest.approx(float(kornia.metrics.ssim(a, b, 11).mean()), rel=1e-5)
    assert values["gmsd"] == pytest.approx(np.mean(cv2.quality.QualityGMSD_compute(true, made)[0][:3]))
    factor = max(1, 192 / min(size))
    a, b = (interpolate(image, scale_factor=factor, mode="bicubic").clamp(0, 1) for image in (a, b))
    expected = multiscale_structural_similarity_index_measure(a, b, data_range=1.0)
    assert values["ms_ssim"] == pytest.approx(float(expected), rel=1e-5)
