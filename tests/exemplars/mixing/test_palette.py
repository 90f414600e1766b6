import numpy as np
import pytest

from motion_transfer.exemplars.mixing.palette import find_palette, unmultiplied

SKIN, HAIR, CLOTHES = (224, 172, 150), (60, 40, 30), (40, 60, 180)


def pixels(colour, count=400):
    noise = np.random.default_rng(0).normal(0, 4, (count, 3))
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)


def one(colour, opacity=255):
    colour = np.array(colour) * opacity // 255
    return np.array([[[*colour, opacity]]], np.uint8)


@pytest.fixture(scope="module")
def palette():
    bare = pixels(SKIN, 100)  # of the face beside the hair, of arms before the clothes
    return find_palette(pixels(SKIN), *(np.concatenate([pixels(each), bare]) for each in (HAIR, CLOTHES)))


@pytest.mark.parametrize("light", [1.0, 0.8, 0.5])
def test_skin_is_known_in_light_and_shade(palette, light):
    hair, clothes, skin = palette.of(one(np.array(SKIN) * light))[:, 0, 0]
    assert skin > 0.9
    assert max(hair, clothes) < 1e-3


def test_hair_and_clothes_have_their_colours_and_are_no_skin(palette):
    hair, clothes, skin = palette.of(one(HAIR))[:, 0, 0]
    assert hair > 100 * clothes
    assert skin < 0.1
    hair, clothes, skin = palette.of(one(CLOTHES))[:, 0, 0]
    assert clothes > 100 * hair
    assert skin == 0


def test_a_colour_is_the_same_at_half_the_opacity(palette):
    assert palette.of(one(CLOTHES, 128)) == pytest.approx(palette.of(one(CLOTHES)), rel=0.3)
    assert unmultiplied(one(CLOTHES, 128))[0, 0] == pytest.approx(CLOTHES, abs=2)


def test_the_tone_is_the_usual_one_of_the_face_without_eyes():
    eyes = np.zeros((80, 3), np.uint8)
    tone = find_palette(np.concatenate([pixels(SKIN), eyes]), pixels(HAIR), pixels(CLOTHES)).tone
    assert tone == pytest.approx(SKIN, abs=3)


def test_who_is_never_seen_from_the_front_has_no_known_skin():
    palette = find_palette(np.empty((0, 3), np.uint8), pixels(HAIR), pixels(CLOTHES))
    assert palette.tone is None
    assert palette.of(one(SKIN))[2] == 0
