"""Refined masks, on a drawn person whose true opacity is known."""

from typing import NamedTuple

import cv2
import numpy as np
import pytest

from motion_transfer.footage.matting import foreground, refine_mask
from motion_transfer.types import FloatArray, Frame

HEIGHT, WIDTH = 400, 300
TORSO, LEG, SOCK, SHADE = (
    np.s_[60:220, 110:190],
    np.s_[220:300, 120:160],
    np.s_[300:340, 120:160],
    np.s_[345:370, 130:240],
)
SLIP = 2  # pixels by which the coarse mask is off


class Scene(NamedTuple):
    """A person in a red shirt with bare legs and white socks before a white wall that is grey above."""

    frame: Frame
    plate: Frame
    opacity: FloatArray
    mask: FloatArray


@pytest.fixture(scope="module")
def scene():
    rng = np.random.default_rng(0)
    plate = np.full((HEIGHT, WIDTH, 3), 235, np.float32)
    plate[:200] = 120 + 40 * (np.arange(WIDTH)[:, None] // 12 % 2)
    person, opacity = np.zeros_like(plate), np.zeros((HEIGHT, WIDTH), np.float32)
    for part, color in ((TORSO, (190, 40, 50)), (LEG, (200, 150, 120)), (SOCK, (238, 238, 236))):
        person[part], opacity[part] = color, 1
    coarse = cv2.GaussianBlur(np.roll(opacity, SLIP, axis=1), (0, 0), 2.5)
    person, opacity = (cv2.GaussianBlur(each, (0, 0), 0.8) for each in (person, opacity))
    room = plate.copy()
    room[SHADE] *= 0.7
    frame = room * (1 - opacity[..., None]) + person
    noisy = (each + rng.normal(0, 1.5, plate.shape) for each in (frame, plate))
    return Scene(*(each.clip(0, 255).round().astype(np.uint8) for each in noisy), opacity, coarse)


@pytest.fixture(scope="module")
def refined(scene):
    return refine_mask(scene.frame, scene.mask, scene.plate)


def test_the_outline_is_found_where_the_mask_misses_it_by_some_pixels(scene, refined):
    rows = np.s_[60:290]  # of shirt and legs, which differ from the wall
    before, after = (np.abs(each - scene.opacity)[rows].sum() for each in (scene.mask, refined))
    assert after < 0.1 * before
    edge = refined[100, 90:130]
    assert ((edge > 0.05) & (edge < 0.95)).sum() <= 4, "an edge is as wide as in the frame"


def test_what_has_the_colour_of_the_wall_is_kept_where_the_mask_is_sure(scene, refined):
    middle = np.s_[300:335, 130:155]
    assert np.abs(scene.frame[middle].astype(int) - scene.plate[middle]).mean() < 6
    assert refined[middle].min() > 0.95


def test_a_shadow_on_the_floor_is_not_the_person(scene, refined):
    assert not refined[350:, :].any()
    with_shadow = scene.mask.copy()
    with_shadow[SHADE] = 0.3  # as near the joints of a foot
    assert refine_mask(scene.frame, with_shadow, scene.plate)[352:368, 170:230].max() < 0.2


def test_limbs_that_are_only_guessed_are_found_by_their_difference_from_the_plate(scene):
    guess = np.where(cv2.dilate(scene.opacity, np.ones((25, 25))) > 0.5, np.float32(0.3), np.float32(0))
    shown = refine_mask(scene.frame, guess, scene.plate)
    assert np.abs(shown - scene.opacity)[60:290].mean() < 0.01


def test_over_another_background_no_rim_of_the_wall_remains(scene, refined):
    colours = foreground(scene.frame, refined, scene.plate)
    assert colours.min() >= 0
    assert (colours <= 255 * refined[..., None] + 1e-3).all()
    green = np.array([20, 160, 60], np.float32)
    person = np.array([190, 40, 50], np.float32)
    over = colours + (1 - refined[..., None]) * green
    truth = person * scene.opacity[..., None] + green * (1 - scene.opacity[..., None])
    assert np.abs(over - truth)[70:210].mean() < 2


def test_nobody_is_nowhere(scene):
    assert not refine_mask(scene.frame, np.zeros_like(scene.mask), scene.plate).any()


def test_a_person_may_fill_the_frame(scene):
    whole = np.ones_like(scene.mask)
    assert refine_mask(scene.frame, whole, 255 - scene.frame)[2:-2, 2:-2].min() == 1


@pytest.mark.parametrize("colour", [(200, 140, 110), (250, 250, 250)], ids=["skin", "the wall's own"])
def test_between_limbs_it_is_the_plate_that_shows_unless_a_limb_is_as_the_plate(colour):
    """Two bars before a white wall, and a mask that has what is between them, too."""
    plate = np.full((300, 200, 3), 250, np.uint8)
    frame, mask, limbs = plate.copy(), np.zeros((300, 200), np.float32), np.zeros((300, 200), bool)
    mask[40:260, 50:150] = 1
    frame[40:260, 50:90], frame[40:260, 110:150] = colour, colour
    limbs[40:260, 68:72] = limbs[40:260, 128:132] = True
    opacity = refine_mask(frame, mask, plate, limbs)
    assert opacity[60:240, 55:85].min() > 0.9 < opacity[60:240, 115:145].min()
    assert (opacity[60:240, 93:107].max() < 0.1) == (colour != (250, 250, 250))
    assert refine_mask(frame, mask, plate)[60:240, 93:107].min() > 0.9, "who knows no limbs believes the mask"
