"""What tells a person from a thing: verifications of a track, and how much the picture moves."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137, Detection
from motion_transfer.pose.detection.detection import MAIN
from motion_transfer.pose.tracking.plausibility import MOVES, MotionMeter, plausible_frames
from motion_transfer.pose.tracking.tracklets import ObservedPerson, Track

FPS = Fraction(20)
BODY = np.array([(0, 0), (10, 50), (-10, 100)], np.float32)
FAR = BODY + np.float32(500)


def kept(verified, frames=None, scores=None, bodies=None):
    """Which frames are kept of a track with these verifications and motion scores."""
    track = Track()
    for i, sure in enumerate(verified):
        xy = np.full((137, 2), np.nan, np.float32)
        xy[MAIN[: len(BODY)]] = bodies[i] if bodies else BODY
        detection = Detection(xy, np.ones(137, np.float32), np.zeros(25, np.float32))
        person = ObservedPerson(detection, verified=sure, motion_score=scores[i] if scores else None)
        track.add(frames[i] if frames else i, person)
    return plausible_frames(track, FPS).tolist()


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        pytest.param({"verified": [None, None, True, None, None, False, None]}, [True] * 7, id="verified around"),
        pytest.param({"verified": [False, None, None, False, None]}, [False] * 5, id="never verified"),
        pytest.param({"verified": [True] + [False] * 9}, [False] * 10, id="one lucky verification of ten"),
        pytest.param({"verified": [True] + [False] * 4}, [True] * 5, id="one verification of five"),
        pytest.param(
            {"verified": [False, None, None, True, None, None], "frames": [0, 1, 2, 30, 31, 32]},
            [False] * 3 + [True] * 3,
            id="a chair seen before the dancer comes is decided by itself",
        ),
        pytest.param({"verified": [True, None, False], "frames": [0, 1, 9]}, [True] * 3, id="lost for a moment"),
        pytest.param(
            {"verified": [True, None, False, None], "bodies": [BODY, BODY, FAR, FAR]},
            [True, True, False, False],
            id="a body that leaps across the picture is another one",
        ),
        pytest.param({"verified": [None] * 3}, [True] * 3, id="a body without verification is accepted"),
        pytest.param({"verified": [True]}, [True], id="a clip of one verified frame"),
        pytest.param({"verified": [False]}, [False], id="a clip of one frame that is not verified"),
        pytest.param({"verified": [True] * 20, "scores": [1.5] * 20}, [False] * 20, id="what never moves is a thing"),
        pytest.param({"verified": [True] * 60, "scores": [1.5] * 55 + [40.0] * 5}, [True] * 60, id="a held pose"),
        pytest.param({"verified": [True] * 19, "scores": [1.5] * 19}, [True] * 19, id="under a second none need move"),
        pytest.param({"verified": [True] * 40}, [True] * 40, id="motion is not measured"),
        pytest.param(
            {"verified": [True] * 60, "frames": [*range(30), *range(50, 80)], "scores": [50.0] * 30 + [2.0] * 30},
            [True] * 30 + [False] * 30,
            id="a thing seen after the dancer left does not move",
        ),
    ],
)
def test_people_are_kept_and_things_are_not(track, expected):
    assert kept(**track) == expected


@given(st.lists(st.sampled_from([None, True, False]), max_size=40))
def test_every_frame_is_decided_and_more_agreement_never_hurts(verified):
    before, after = kept(verified), kept([True if sure is False else sure for sure in verified])
    assert len(before) == len(verified)
    assert all(better or not worse for worse, better in zip(before, after, strict=True))


RATE = Fraction(24)
SIZE = (320, 240)
RANDOM = np.random.default_rng(5)
BACKGROUND = cv2.resize(RANDOM.integers(0, 255, (12, 16, 3)).astype(np.uint8), SIZE)


def person_at(x, y, height=150.0):
    xy = np.full((137, 2), np.nan, np.float32)
    xy[OPENPOSE_137.body] = np.linspace((x - 25, y - height), (x + 25, y), 25)
    return Detection(xy, np.ones(137, np.float32), np.zeros(25, np.float32))


def clip(place, frames=48, noise=0.0, light=0.0, camera=0.0):
    """A person stands at `place(t)` before a background; the light changes, the camera pans (pixels a frame)."""
    for t in range(frames):
        picture = np.roll(BACKGROUND, round(camera * t), axis=1).copy()
        x = place(t)
        cv2.rectangle(picture, (round(x) - 20, 60), (round(x) + 20, 210), (90, 60, 40), -1)
        cv2.circle(picture, (round(x), 50), 15, (200, 160, 140), -1)
        picture = picture + light * t + (RANDOM.normal(0, noise, picture.shape) if noise else 0)
        yield np.clip(picture, 0, 255).astype(np.uint8)


def most(frames, body, first=0, fps=RATE):
    measure = MotionMeter(fps)
    changes = [measure(number, frame, [body])[0] for number, frame in enumerate(frames, first)]
    return max(change for change in changes if change is not None)


STILL = person_at(160, 215)


@pytest.mark.parametrize("noise", [0, 2, 8])
def test_furniture_is_still_in_any_noise_and_changing_light(noise):
    assert most(clip(lambda t: 160, noise=noise, light=0.2), STILL) < MOVES


def test_a_person_who_sways_by_two_pixels_moves():
    assert most(clip(lambda t: 160 + 2 * (t % 24 < 12), noise=2), STILL) > MOVES


def test_what_moves_elsewhere_does_not_count():
    assert most(clip(lambda t: 60 + t, noise=2), person_at(250, 215)) < MOVES


def test_with_a_moving_camera_nothing_is_still():
    assert most(clip(lambda t: 160, noise=2, camera=4), STILL) > MOVES


def test_nothing_is_measured_in_the_first_half_second_nor_between_the_pictures_compared():
    measure = MotionMeter(RATE)
    known = [measure(n, frame, [STILL])[0] is not None for n, frame in enumerate(clip(lambda t: 160, frames=21))]
    assert [n for n, yes in enumerate(known) if yes] == [12, 15, 18]


def test_a_body_partly_or_entirely_outside_the_picture_can_be_measured():
    low = replace(STILL, xy=STILL.xy + np.float32(200))
    for body in (low, person_at(-500, -300), person_at(160, 2000, 1990)):
        assert np.isfinite(most(clip(lambda t: 160, frames=24), body))


def test_a_part_of_a_clip_compares_the_same_frames_as_the_entire_clip():
    frames = list(clip(lambda t: 100 + t, noise=2))
    entire, part = MotionMeter(RATE), MotionMeter(RATE)
    expected = [entire(n, frame, [STILL]) for n, frame in enumerate(frames)]
    got = [part(n, frame, [STILL]) for n, frame in enumerate(frames[10:], 10)]
    assert got[14:] == expected[24:]
