"""Training samples."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.config import DrawSettings
from motion_transfer.pose import draw_pose
from motion_transfer.subject import FramePairs, split_footage


@given(st.integers(20, 20000), st.floats(0, 0.5))
def test_the_end_of_the_footage_is_held_out_and_every_frame_is_on_one_side(frames, share):
    known, unseen = split_footage(frames, share)
    assert [*known, *unseen] == list(range(frames))
    assert len(unseen) == pytest.approx(frames * share, abs=0.5 + 1e-6)


def test_a_pair_is_two_consecutive_frames_and_their_pose_images(studied):
    pair = FramePairs(studied, DrawSettings(), frames=range(24))[5]
    poses = studied.poses
    for image, t in ((pair.pose_now, 5), (pair.pose_next, 6)):
        drawn = draw_pose(poses.xy[t], poses.score[t], studied.canvas, frame_size=poses.size)
        assert np.array_equal(image.permute(1, 2, 0), drawn)
    for image, t in ((pair.frame_now, 5), (pair.frame_next, 6)):
        assert image.dtype == torch.uint8
        assert np.array_equal(image.permute(1, 2, 0), studied.frame(t))


def test_only_frames_of_the_stretch_are_paired(studied):
    assert FramePairs(studied, DrawSettings(), frames=range(4, 9)).starts == [4, 5, 6, 7]


def test_a_frame_without_the_person_is_in_no_pair(studied):
    score = studied.poses.score.copy()
    score[[3, 10]] = 0
    gappy = replace(studied, poses=replace(studied.poses, score=score))
    starts = FramePairs(gappy, DrawSettings(), frames=range(14)).starts
    assert starts == [0, 1, 4, 5, 6, 7, 8, 11, 12]
