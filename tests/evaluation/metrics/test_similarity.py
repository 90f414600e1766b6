"""How near frames come to the truth."""

import math

import cv2
import numpy as np
import pytest

from motion_transfer.evaluation import (
    gradient_deviation,
    multiscale_similarity,
    person_similarity,
    region_scores,
    region_similarity,
)

BOX = np.array([[10, 10, 50, 40]], np.float32)
FURTHER = {"ms_ssim": multiscale_similarity, "gmsd": gradient_deviation}
WHOLE = np.array([[0, 0, 64, 48]], np.float32)


def noise(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3)).astype(np.uint8)


def grey(value):
    return np.full((48, 64, 3), value, np.uint8)


def test_identical_frames_are_as_near_as_can_be_in_finite_numbers():
    same = person_similarity([noise()], [noise()], BOX)
    assert same.psnr == 100
    assert same.ssim == pytest.approx(1, abs=1e-5)
    assert same.frames == 1


@pytest.mark.parametrize("difference", [1, 10, 51, 255])
def test_psnr_by_hand(difference):
    found = person_similarity([grey(0)], [grey(difference)], WHOLE)
    assert found.psnr == pytest.approx(20 * math.log10(255 / difference), abs=1e-3)


def test_frames_are_averaged_in_decibels():
    found = person_similarity([grey(0)] * 2, [grey(255), grey(51)], WHOLE.repeat(2, 0))
    assert found.psnr == pytest.approx(20 * math.log10(5) / 2, abs=1e-3)
    assert found.frames == 2


def test_what_lies_outside_the_box_does_not_count():
    other = noise(1)
    other[10:40, 10:50] = noise(0)[10:40, 10:50]
    assert person_similarity([noise(0)], [other], BOX).psnr == 100
    assert person_similarity([noise(0)], [other], WHOLE).psnr < 20


def test_structure_counts_for_ssim():
    truth = noise()
    brighter = (truth // 2 + 60).astype(np.uint8)
    assert person_similarity([noise(5)], [truth], WHOLE).ssim < 0.1
    assert person_similarity([brighter], [truth], WHOLE).ssim > 0.5


def test_frames_without_a_person_are_left_out_and_may_be_all():
    boxes = np.array([[np.nan] * 4, BOX[0]], np.float32)
    found = person_similarity([grey(0), noise()], [grey(9), noise()], boxes)
    assert (found.frames, found.psnr) == (1, 100)
    nobody = person_similarity([grey(0)], [grey(9)], boxes[:1])
    assert (nobody.frames, nobody.psnr, nobody.ssim) == (0, None, None)


@pytest.mark.parametrize("box", [(3, 3, 3, 3), (64, 48, 64, 48), (0, 0, 0, 0), (60.2, 2, 64, 4), (-9, -9, 80, 90)])
def test_a_box_at_the_border_or_without_extent_still_holds_ssims_window(box):
    found = person_similarity([noise()], [noise()], np.array([box], np.float32))
    assert found.psnr == 100
    assert found.ssim == pytest.approx(1, abs=1e-5)


def test_as_many_frames_as_boxes_are_expected():
    with pytest.raises(ValueError, match="zip"):
        person_similarity([grey(0)], [grey(0)] * 2, WHOLE.repeat(2, 0))


def test_several_boxes_of_a_frame_count_as_one_and_those_out_of_sight_not_at_all():
    made = grey(0)
    made[:, 32:] = 255
    halves = np.array([[[0, 0, 32, 48], [32, 0, 64, 48]], [[0, 0, 32, 48], [np.nan] * 4]], np.float32)
    found = region_similarity([made] * 2, [grey(51)] * 2, {"halves": halves, "never": np.full((2, 4), np.nan)})
    dark, bright = 20 * math.log10(5), 20 * math.log10(255 / 204)
    assert found["halves"].frames == 2
    assert found["halves"].psnr == pytest.approx(((dark + bright) / 2 + dark) / 2, abs=1e-3)
    assert found["never"].frames == 0


def test_the_more_a_frame_is_blurred_or_shifted_the_less_it_resembles_itself():
    truth = cv2.GaussianBlur(noise(), (0, 0), 1)
    blurred = [cv2.GaussianBlur(truth, (0, 0), sigma) for sigma in (0.5, 1, 2, 4)]
    shifted = [np.roll(truth, by, axis=1) for by in (1, 2, 3)]
    for worse in (blurred, shifted):
        found = [person_similarity([frame], [truth], WHOLE) for frame in worse]
        assert [f.psnr for f in found] == sorted((f.psnr for f in found), reverse=True)
        assert [f.ssim for f in found] == sorted((f.ssim for f in found), reverse=True)


def test_scores_come_frame_by_frame_with_a_gap_where_nothing_is_shown():
    boxes = np.stack([WHOLE[0], np.full(4, np.nan, np.float32), WHOLE[0]])
    frames = [noise(0), noise(1), noise(2)]
    scores = region_scores([noise(0), noise(1), noise(0)], frames, {"all": boxes}, further=FURTHER)["all"]
    assert scores["psnr"][0] == 100
    assert scores["ms_ssim"][0] == pytest.approx(1, abs=1e-4)
    assert all(np.isnan(series[1]) for series in scores.values())
    assert scores["psnr"][2] < 15
    assert scores["ms_ssim"][2] < 0.5


@pytest.mark.parametrize("metric", ["psnr", "ssim", "ms_ssim", "gmsd"])
def test_blur_and_shift_cost_the_more_the_stronger_they_are(metric):
    truth = cv2.normalize(cv2.GaussianBlur(noise(), (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)
    for worse in (
        [cv2.GaussianBlur(truth, (0, 0), strength) for strength in (0.5, 1, 2, 4)],
        [np.roll(truth, shift, axis=1) for shift in (1, 2, 4)],
    ):
        boxes = {"all": WHOLE.repeat(len(worse), 0)}
        scores = region_scores(worse, [truth] * len(worse), boxes, further=FURTHER)["all"][metric]
        assert (np.diff(scores) * (-1 if metric == "gmsd" else 1) < 0).all()
