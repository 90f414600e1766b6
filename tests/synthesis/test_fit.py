"""The subject's frame made larger, and the option that says whether."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import SubjectError
from motion_transfer.pose.normalisation.fit import pad_poses
from motion_transfer.synthesis.fit import extend_plate, extend_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.video import VideoReader, probe
from motion_transfer.workflows.frames import transfer_frames
from motion_transfer.workflows.transfer import transfer
from tests.drawn_world import standing, texture

sides = st.integers(1, 90)
paddings = st.tuples(*[st.integers(0, 120)] * 4)


@given(st.tuples(sides, sides), paddings, st.integers(0, 9))
def test_the_larger_plate_keeps_every_pixel_of_the_plate(size, padding, seed):
    plate = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    left, top, right, bottom = padding
    larger = extend_plate(plate, padding)
    assert larger.dtype == np.uint8
    assert larger.shape == (size[1] + top + bottom, size[0] + left + right, 3)
    assert np.array_equal(larger[top : top + size[1], left : left + size[0]], plate)


def test_a_wall_stays_a_wall_and_a_floor_a_floor():
    plate = np.full((120, 160, 3), 200, np.uint8)
    plate[80:] = 60
    plate[20:40, 70:90] = 0  # a picture on the wall
    larger = extend_plate(plate, (50, 40, 50, 30)).astype(int)
    assert np.abs(larger[:40] - 200).max() <= 1
    assert np.abs(larger[150:] - 60).max() <= 1
    assert np.abs(larger[40:120, :50] - 200).max() <= 1
    assert np.abs(larger[120:, 210:] - 60).max() <= 1


def test_a_rough_wall_stays_rough():
    plate = texture((160, 120), 1.5)
    beyond = extend_plate(plate, (0, 60, 0, 0))[:60]
    assert beyond.std(axis=0).mean() > 0.5 * plate.std(axis=0).mean()


@pytest.fixture
def subject(learned):
    """A subject whose canvas follows the person."""
    return with_crop(learned[1], "person")


def with_crop(subject, crop):
    return replace(subject, pipeline=replace(subject.pipeline, model=replace(subject.pipeline.model, crop=crop)))


def test_in_the_larger_frame_the_person_is_the_same(subject):
    """A person in the middle, who is far from what the frame cuts off."""
    poses = standing([48] * 4, 120, 50, size=subject.size)
    poses = replace(poses, xy=np.round(poses.xy * 64) / 64)  # exact in both frames: two exemplars fit nearly as well
    padding = (20, 10, 0, 4)
    moved = pad_poses(poses, padding)
    for plain, frame in zip(
        synthesise(subject, poses), synthesise(extend_subject(subject, padding), moved), strict=True
    ):
        assert frame.shape == (174, 116, 3)
        assert np.array_equal(frame[10:170, 20:], plain)


def test_the_result_grows_by_what_would_be_cut_off(subject, dance, tmp_path):
    options = TransferOptions(fit="extend")
    with pytest.warns(UserWarning, match="the frame was extended to"):
        done = transfer(dance.video, subject, tmp_path / "a.mp4", options, poses=dance.poses)
    width, height = done.size
    assert probe(done.output).size == done.size
    assert width > 96  # the figure is about as tall as the frame is wide, and stretches its arms
    assert height == 160
    with VideoReader(done.output) as reader:
        empty = list(reader)[30]  # no person is there
    found = cv2.matchTemplate(empty, subject.background, cv2.TM_SQDIFF_NORMED)
    assert found.min() < 0.01
    wide = replace(options, side_by_side=True)
    with pytest.warns(UserWarning, match="the frame was extended to"):
        done = transfer(dance.video, subject, tmp_path / "wide.mp4", wide, poses=dance.poses)
    assert done.size == (214 + 2 * width, 160)


def test_a_figure_is_made_smaller_in_the_frame_as_it_is(subject, dance):
    with VideoReader(dance.video) as reader:
        frames = list(reader)
    options = TransferOptions(fit="smaller")
    with pytest.warns(UserWarning, match="times as large"):
        made = list(transfer_frames(frames, dance.poses.fps, subject, options, poses=dance.poses))
    assert {frame.shape for frame in made} == {(160, 96, 3)}


def test_a_network_that_draws_the_entire_frame_cannot_have_it_extended(learned, dance, tmp_path):
    whole, options = with_crop(learned[1], "frame"), TransferOptions(fit="extend")
    with pytest.raises(SubjectError, match=r"`model.crop` is \"frame\""):
        transfer(dance.video, whole, tmp_path / "a.mp4", options, poses=dance.poses)
    assert not (tmp_path / "a.mp4").exists()
