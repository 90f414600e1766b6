"""Change of a background that should stand still."""

import math

import numpy as np
import pytest

from motion_transfer.evaluation.metrics.flicker import StillBackground
from motion_transfer.evaluation.metrics.warping import mean_difference

NOBODY = np.zeros((60, 80), bool)


def scene(seed=0):
    return np.random.default_rng(seed).integers(40, 200, (60, 80, 3)).astype(np.uint8)


def flicker(frames, persons):
    background = StillBackground()
    still = [background.update(person) for person in persons]
    assert still[0] is None
    return np.mean([mean_difference(frames[t], frames[t - 1], still[t]) for t in range(1, len(frames))])


def test_noise_flickers_by_its_known_mean_difference():
    rng = np.random.default_rng(0)
    sigma = 4.0
    frames = [np.clip(scene() + rng.normal(0, sigma, (60, 80, 3)), 0, 255).round().astype(np.uint8) for _ in range(20)]
    rounded = math.hypot(sigma, 1 / math.sqrt(12))  # rounding to whole grey levels is noise too
    assert flicker(frames, [NOBODY] * 20) == pytest.approx(2 * rounded / math.sqrt(math.pi), rel=0.01)


def test_a_person_who_moves_is_no_flicker():
    frames, persons = [], []
    for x in (10, 30, 50):
        person = NOBODY.copy()
        person[20:50, x : x + 12] = True
        frame = scene()
        frame[person] = 255 - frame[person]
        frames.append(frame)
        persons.append(person)
    assert flicker(frames, persons) == 0
    assert flicker(frames, [NOBODY] * 3) > 1


@pytest.mark.parametrize("change", [0, 7])
def test_a_change_of_brightness_counts_in_full(change):
    assert flicker([scene(), scene() + np.uint8(change)], [NOBODY] * 2) == pytest.approx(change)


def test_where_nothing_stands_still_there_is_no_flicker():
    assert math.isnan(flicker([scene()] * 2, [~NOBODY] * 2))
