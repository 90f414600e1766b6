import numpy as np
import pytest

from motion_transfer.exemplars.mixing.heads import CHIN, head_frame, head_matte, head_measured, palette_of
from tests.exemplars.painted import paint

SKIN, HAIR, CLOTHES = (224, 172, 150), (150, 40, 30), (40, 60, 180)


@pytest.fixture(scope="module")
def person():
    return paint(SKIN, HAIR, CLOTHES, hair_length=0.9, scale=4)


@pytest.fixture(scope="module")
def seen(person):
    return head_frame(person, 0, person.cutouts[0])


def painted(person, colour):
    image = person.cutouts[0].image
    return (np.abs(image[..., :3].astype(int) - colour).max(axis=2) < 8) & (image[..., 3] == 255)


def test_pixels_know_their_place_from_the_head(person, seen):
    middle = np.unravel_index(seen.distance.argmin(), seen.distance.shape)
    assert seen.distance[middle] < 0.05
    above = middle[0] - round(float(person.segments.head[0] * person.cutouts[0].scale[1])), middle[1]
    assert seen.up[above] == pytest.approx(1, abs=0.05)
    assert seen.aside[above] == pytest.approx(0, abs=0.05)


def test_face_and_long_hair_are_the_heads_and_neck_arms_and_clothes_are_not(person, seen):
    cutout = person.cutouts[0]
    matte = head_matte(cutout.image, seen, palette_of(person), float(person.segments.head[0] * 4))
    skin, low = painted(person, SKIN), seen.up < -CHIN - 0.1
    assert matte[painted(person, HAIR)].mean() > 0.9
    assert matte[painted(person, HAIR) & low].mean() > 0.8
    assert matte[skin & (seen.distance < 0.4)].min() > 0.9
    assert matte[skin & low].max() < 0.5
    assert matte[skin & low].mean() < 0.05
    assert matte[painted(person, CLOTHES)].mean() < 0.01


def test_hair_of_the_clothes_colour_is_the_heads_above_the_chin_only():
    person = paint(SKIN, CLOTHES, CLOTHES, hair_length=0.9, scale=4)
    frame = head_frame(person, 0, person.cutouts[0])
    matte = head_matte(person.cutouts[0].image, frame, palette_of(person), float(person.segments.head[0] * 4))
    cloth = painted(person, CLOTHES)
    assert matte[cloth & (frame.up > -0.3) & (frame.distance < 0.5)].mean() > 0.9
    assert matte[cloth & (frame.up < -1)].mean() < 0.02


def test_a_head_without_an_axis_is_not_measured(person):
    segments = person.segments.at(np.array([0, 1]))
    segments.axes[1, 7] = np.nan
    assert head_measured(type(person)(person.cutouts, segments, person.instants, person.canvas)).tolist() == [
        True,
        False,
    ]
