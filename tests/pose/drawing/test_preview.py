"""Poses over their frames."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from motion_transfer.pose import PoseSequence, empty
from motion_transfer.pose.drawing.preview import draw_preview, person_color

FRAME = np.full((480, 640, 3), 90, np.uint8)


def changed(image):
    return (image != FRAME).any(axis=2)


def test_everybody_in_the_frame_is_drawn_in_their_own_colour(person):
    people = [person(160, 440, 300), person(480, 440, 300)]
    image = draw_preview(FRAME, people, 0)
    assert (FRAME == 90).all()
    for half, number in ((image[:, :320], 1), (image[:, 320:], 2)):
        assert (half == person_color(number)).all(axis=2).any()
        assert not (half == person_color(3 - number)).all(axis=2).any()


def test_a_frame_without_people_stays_as_it_is(person):
    assert not changed(draw_preview(FRAME, [empty(1, (640, 480), person(0, 0, 1).fps)], 0)).any()
    assert not changed(draw_preview(FRAME, [], 0)).any()


def test_the_surer_the_detector_the_thicker_the_bones_and_the_greener_the_joints(person):
    sure = person(320, 440, 380)
    unsure = replace(sure, score=np.where(sure.score > 0, 0.2, 0).astype(np.float32))
    bold, thin = (draw_preview(FRAME, [poses], 0) for poses in (sure, unsure))
    assert changed(bold).sum() > 1.1 * changed(thin).sum()
    assert (bold == (0, 255, 0)).all(axis=2).any()
    assert (thin[..., 0] > 200).sum() > (thin == (0, 255, 0)).all(axis=2).sum()


def test_numbers_of_ten_people_have_colours_that_differ():
    colors = np.array([person_color(number) for number in range(1, 11)], int)
    distance = np.abs(colors[:, None] - colors).sum(axis=2) + 1000 * np.eye(10, dtype=int)
    assert distance.min() > 30


@given(xy=hnp.arrays(np.float32, (1, 137, 2), elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))))
def test_joints_anywhere_can_be_shown(xy, person):
    poses = PoseSequence(xy, np.ones((1, 137), np.float32), (640, 480), person(0, 0, 1).fps)
    assert draw_preview(FRAME, [poses], 0).shape == FRAME.shape
