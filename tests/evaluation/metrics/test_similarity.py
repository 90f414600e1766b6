"""Similarity of frames to the true ones."""

import math

import cv2
import kornia.metrics
import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from motion_transfer.evaluation.metrics.similarity import (
    Reference,
    Similarity,
    compare_region,
    person_similarity,
    references_of,
)
from tests.drawn_world import texture

BOX = np.array([[10, 10, 50, 40]], np.float32)
FULL = np.array([[0, 0, 64, 48]], np.float32)


def noise(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3)).astype(np.uint8)


def grey(value):
    return np.full((48, 64, 3), value, np.uint8)


def similarity(made, true, boxes=FULL):
    return person_similarity({"made": made}, true, boxes)["made"]


@pytest.mark.parametrize("difference", [1, 10, 51, 255])
def test_psnr_by_hand(difference):
    psnr = Reference(grey(difference)).compare(grey(0))["psnr"]
    assert psnr == pytest.approx(20 * math.log10(255 / difference), abs=1e-3)


def test_structure_counts_for_ssim_and_identical_frames_are_as_near_as_can_be_in_finite_numbers():
    reference = Reference(noise())
    assert reference.compare(noise()) == {"psnr": 100, "ssim": pytest.approx(1, abs=1e-5)}
    assert reference.compare(noise(5))["ssim"] < 0.1
    assert reference.compare((noise() // 2 + 60).astype(np.uint8))["ssim"] > 0.5


def test_frames_are_averaged_in_decibels_and_those_without_a_person_left_out():
    boxes = np.array([FULL[0], [np.nan] * 4, FULL[0]], np.float32)
    found = similarity([grey(0)] * 3, [grey(255), grey(9), grey(51)], boxes)
    assert found.psnr == pytest.approx(20 * math.log10(5) / 2, abs=1e-3)
    assert found.frames == 2
    assert similarity([grey(0)], [grey(9)], boxes[1:2]) == Similarity(None, None, 0)


def test_several_videos_of_as_many_frames_as_there_are_boxes_are_compared_in_one_pass():
    found = person_similarity({"same": iter([noise()]), "other": iter([noise(1)])}, iter([noise()]), FULL)
    assert found["same"].psnr == 100
    assert found["other"] == similarity([noise(1)], [noise()])
    with pytest.raises(ValueError, match="zip"):
        similarity([grey(0)], [grey(0)] * 2, FULL.repeat(2, 0))


def test_what_lies_outside_the_box_does_not_count():
    other = noise(1)
    other[10:40, 10:50] = noise(0)[10:40, 10:50]
    assert similarity([noise(0)], [other], BOX).psnr == 100
    assert similarity([noise(0)], [other]).psnr < 20


@pytest.mark.parametrize("box", [(3, 3, 3, 3), (64, 48, 64, 48), (0, 0, 0, 0), (60.2, 2, 64, 4), (-9, -9, 80, 90)])
def test_a_box_at_the_border_or_without_extent_still_holds_ssims_kernel(box):
    assert similarity([noise()], [noise()], np.array([box], np.float32)).psnr == 100


def test_several_boxes_of_a_frame_count_as_one_and_those_out_of_sight_not_at_all():
    made = grey(0)
    made[:, 32:] = 255
    halves = np.array([[0, 0, 32, 48], [32, 0, 64, 48], [np.nan] * 4], np.float32)
    dark, bright = 20 * math.log10(5), 20 * math.log10(255 / 204)
    found = compare_region(made, references_of(grey(51), halves))
    assert found["psnr"] == pytest.approx((dark + bright) / 2, abs=1e-3)
    assert compare_region(made, references_of(grey(51), halves[2:])) == {}


@pytest.mark.parametrize("metric", ["psnr", "ssim", "ms_ssim", "gmsd"])
def test_blur_and_shift_cost_the_more_the_stronger_they_are(metric):
    truth = texture((64, 48), 2)
    reference = Reference(truth, detailed=True)
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
    values = Reference(true, detailed=True).compare(made)
    assert values["psnr"] == pytest.approx(float(kornia.metrics.psnr(a, b, 1.0)), rel=1e-5)
    assert values["ssim"] == pytest.approx(float(kornia.metrics.ssim(a, b, 11).mean()), rel=1e-5)
    assert values["gmsd"] == pytest.approx(np.mean(cv2.quality.QualityGMSD_compute(true, made)[0][:3]))
    factor = max(1, 192 / min(size))
    a, b = (interpolate(image, scale_factor=factor, mode="bicubic").clamp(0, 1) for image in (a, b))
    expected = multiscale_structural_similarity_index_measure(a, b, data_range=1.0)
    assert values["ms_ssim"] == pytest.approx(float(expected), rel=1e-5)
