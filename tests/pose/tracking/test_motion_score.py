from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from motion_transfer.pose import OPENPOSE_137, Detection
from motion_transfer.pose.tracking.motion_score import MOVES, Stillness

SIZE = (320, 240)
FPS = Fraction(24)
RANDOM = np.random.default_rng(5)
ROOM = cv2.resize(RANDOM.integers(0, 255, (12, 16, 3)).astype(np.uint8), SIZE)


def somebody(x, y, height=150.0):
    xy = np.full((137, 2), np.nan, np.float32)
    xy[OPENPOSE_137.body] = np.linspace((x - 25, y - height), (x + 25, y), 25)
    return Detection(xy, np.ones(137, np.float32), np.zeros(25, np.float32))


def film(place, frames=48, noise=0.0, light=0.0, camera=0.0):
    """A figure stands at `place(t)` in a room; the light changes, the camera pans (pixels a frame)."""
    for t in range(frames):
        picture = np.roll(ROOM, round(camera * t), axis=1).copy()
        x = place(t)
        cv2.rectangle(picture, (round(x) - 20, 60), (round(x) + 20, 210), (90, 60, 40), -1)
        cv2.circle(picture, (round(x), 50), 15, (200, 160, 140), -1)
        picture = picture + light * t + (RANDOM.normal(0, noise, picture.shape) if noise else 0)
        yield np.clip(picture, 0, 255).astype(np.uint8)


def most(frames, body, first=0, fps=FPS):
    measure = Stillness(fps)
    changes = [measure(number, frame, [body])[0] for number, frame in enumerate(frames, first)]
    return max(change for change in changes if change is not None)


STILL = somebody(160, 215)


@pytest.mark.parametrize("noise", [0, 2, 8])
def test_furniture_is_still_in_any_noise_and_changing_light(noise):
    assert most(film(lambda t: 160, noise=noise, light=0.2), STILL) < MOVES


def test_who_sways_by_two_pixels_lives():
    assert most(film(lambda t: 160 + 2 * (t % 24 < 12), noise=2), STILL) > MOVES


def test_what_moves_elsewhere_does_not_count():
    assert most(film(lambda t: 60 + t, noise=2), somebody(250, 215)) < MOVES


def test_with_a_moving_camera_nothing_is_called_still():
    assert most(film(lambda t: 160, noise=2, camera=4), STILL) > MOVES


def test_nothing_is_known_in_the_first_half_second_nor_between_the_pictures_compared():
    measure = Stillness(FPS)
    known = [measure(n, frame, [STILL])[0] is not None for n, frame in enumerate(film(lambda t: 160, frames=21))]
    assert [n for n, yes in enumerate(known) if yes] == [12, 15, 18]


def test_a_body_partly_or_wholly_outside_the_picture_can_be_measured():
    low = replace(STILL, xy=STILL.xy + np.float32(200))
    for body in (low, somebody(-500, -300), somebody(160, 2000, 1990)):
        assert np.isfinite(most(film(lambda t: 160, frames=24), body))


def test_a_part_of_a_clip_looks_at_the_same_frames_as_the_whole():
    frames = list(film(lambda t: 100 + t, noise=2))
    whole, part = Stillness(FPS), Stillness(FPS)
    expected = [whole(n, frame, [STILL]) for n, frame in enumerate(frames)]
    got = [part(n, frame, [STILL]) for n, frame in enumerate(frames[10:], 10)]
    assert got[14:] == expected[24:]
