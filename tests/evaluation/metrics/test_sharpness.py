"""How much fine detail an image holds."""

import cv2
import numpy as np
import pytest

from motion_transfer.evaluation.metrics.sharpness import detail
from tests.drawn_world import texture

IMAGE = texture((96, 80), 1)


def test_of_a_step_and_of_a_plain_image_by_hand():
    step = np.zeros((8, 8, 3), np.uint8)
    step[:, 4:] = 30
    assert detail(step)[4].tolist() == [0, 0, 0, 900, 900, 0, 0, 0]
    assert not detail(np.full((8, 8, 3), 77, np.uint8)).any()


@pytest.mark.parametrize("worsen", ["blur", "enlarge"])
def test_what_is_soft_or_blown_up_has_less_of_it(worsen):
    if worsen == "blur":
        images = [IMAGE, *(cv2.GaussianBlur(IMAGE, (0, 0), sigma) for sigma in (1, 2, 4))]
    else:
        small = [cv2.resize(IMAGE, None, fx=1 / n, fy=1 / n, interpolation=cv2.INTER_AREA) for n in (1, 2, 4, 8)]
        images = [cv2.resize(each, IMAGE.shape[1::-1], interpolation=cv2.INTER_CUBIC) for each in small]
    energies = [detail(image).mean() for image in images]
    assert energies == sorted(energies, reverse=True)
    assert energies[0] > 2 * energies[1]


def test_noise_has_more_of_it():
    noise = np.random.default_rng(0).normal(0, 8, IMAGE.shape)
    assert detail(np.clip(IMAGE + noise, 0, 255).astype(np.uint8)).mean() > detail(IMAGE).mean()
