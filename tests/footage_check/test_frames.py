"""What the pixels of a clip say: made clips whose faults are known."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.footage_check.frames import FrameMeter
from motion_transfer.pose import empty
from tests.drawn_world import draw_person, turning

SIZE, FPS = (320, 240), Fraction(10)


def wall(seed=0, size=SIZE):
    """A wall with much to hold on to."""
    coarse = np.random.default_rng(seed).integers(60, 200, (size[1] // 8, size[0] // 8, 3)).astype(np.uint8)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def moved(image, x, y):
    return cv2.warpAffine(image, np.array([[1, 0, x], [0, 1, y]], float), SIZE, borderMode=cv2.BORDER_REFLECT)


def measure_frames(frames, poses, every=1):
    meter = FrameMeter(every)
    passed = list(meter.watch(frames, poses))
    assert all(one is other for one, other in zip(passed, frames, strict=True))
    return meter.result()


def nobody(frames):
    return empty(len(frames), SIZE, FPS)


def somebody(frames):
    return turning(frames, SIZE, FPS, height=160, arms=np.linspace(20, 120, frames), x=np.linspace(-30, 30, frames))


def test_a_still_camera_stands_still():
    frames = [wall()] * 12
    measured = measure_frames(frames, nobody(frames))
    assert measured.cuts == []
    assert measured.shift == pytest.approx(0, abs=1e-4)
    assert measured.noise == pytest.approx(0)
    assert len(measured.sampled) == 12


@settings(max_examples=8)
@given(x=st.integers(-9, 9), y=st.integers(-9, 9))
def test_the_shift_of_a_moving_camera_is_measured(x, y):
    frames = [moved(wall(), i * x / 5, i * y / 5) for i in range(6)]
    measured = measure_frames(frames, nobody(frames))
    middle = 3
    expected = np.hypot(x, y) / 5 * np.abs(np.arange(6) - middle) / SIZE[0]
    assert measured.shift == pytest.approx(expected, abs=0.002)


def test_a_plain_wall_cannot_tell_whether_the_camera_moves():
    frames = [np.full((240, 320, 3), 200, np.uint8)] * 6
    assert np.isnan(measure_frames(frames, nobody(frames)).shift).all()


def test_another_room_is_another_view():
    frames = [wall()] * 9 + [255 - wall(7)] * 3
    measured = measure_frames(frames, nobody(frames))
    assert np.isinf(measured.shift[9:]).all()
    assert not np.isinf(measured.shift[:9]).any()
    assert measured.cuts == [9]


@settings(max_examples=15)
@given(at=st.sets(st.integers(2, 17), max_size=3))
def test_cuts_are_found_where_they_are(at):
    at = {cut for cut in at if not at & {cut - 2, cut - 1}}  # apart, for two in a row are a flash
    views = np.cumsum([frame in at for frame in range(20)])
    frames = [np.full((240, 320, 3), 40 + 60 * view, np.uint8) for view in views]
    assert measure_frames(frames, nobody(frames)).cuts == sorted(at)


def test_steady_movement_is_no_cut():
    frames = [moved(wall(), 8 * i, 0) for i in range(12)]
    assert measure_frames(frames, nobody(frames)).cuts == []


def test_a_person_who_moves_is_not_taken_for_the_camera():
    poses = somebody(12)
    frames = [draw_person(wall(), xy, (200, 40, 60)) for xy in poses.xy]
    assert measure_frames(frames, poses).shift == pytest.approx(0, abs=0.001)


def test_blur_lowers_the_sharpness():
    poses = somebody(4)
    sharp = [draw_person(wall(), xy, (200, 40, 60)) for xy in poses.xy]
    sharpness = [
        np.median(measure_frames([cv2.GaussianBlur(f, (0, 0), s) if s else f for f in sharp], poses).sharpness)
        for s in (0, 1, 2, 4)
    ]
    assert sharpness[0] > sharpness[1] > max(sharpness[2:])
    assert sharpness[0] > 0.9
    assert max(sharpness[2:]) < 0.55


def test_noise_and_light_are_measured():
    poses = somebody(8)
    rng = np.random.default_rng(0)
    figure = [draw_person(wall(), xy, (120, 120, 120)) for xy in poses.xy]
    noisy = [np.clip(f + rng.normal(0, 6, f.shape[:2])[..., None], 0, 255).astype(np.uint8) for f in figure]
    measured = measure_frames(noisy, poses)
    assert np.median(measured.noise) == pytest.approx(6, abs=1)
    assert np.median(measured.light) == pytest.approx(120, abs=4)
    white = [draw_person(wall(), xy, (255, 255, 255)) for xy in poses.xy]
    assert np.median(measure_frames(white, poses).clipped) > 0.9
    brighter = [np.clip(f * (1 + i / 20), 0, 255).astype(np.uint8) for i, f in enumerate(figure)]
    assert np.ptp(measure_frames(brighter, poses).background) > 10


def test_poses_of_every_third_frame_are_matched_with_their_frames():
    poses = somebody(5)
    frames = [draw_person(wall(), poses.xy[i // 3], (120, 120, 120)) for i in range(14)]
    measured = measure_frames(frames, poses, every=3)
    assert measured.sampled.tolist() == [0, 1, 2, 3, 4]
    assert measured.light == pytest.approx(120, abs=4)


def test_a_clip_of_one_frame_can_be_measured():
    measured = measure_frames([wall()], nobody([0]))
    assert len(measured.shift) == 1
