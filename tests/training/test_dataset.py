"""Training samples."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.config import DrawSettings
from motion_transfer.exemplars.bank import select_exemplars
from motion_transfer.exemplars.warping import CandidateWarper
from motion_transfer.footage.preprocess import split_footage
from motion_transfer.pose import draw_frame, drawable
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.training.candidates import CandidateStore, candidate_store
from motion_transfer.training.dataset import ClipDataset


@given(st.integers(20, 20000), st.floats(0, 0.5))
def test_the_end_of_the_footage_is_held_out_and_every_frame_is_on_one_side(frames, share):
    known, unseen = split_footage(frames, share)
    assert [*known, *unseen] == list(range(frames))
    assert len(unseen) == pytest.approx(frames * share, abs=0.5 + 1e-6)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_clip_is_so_many_consecutive_frames_and_their_pose_images(preprocessed, length):
    clip = ClipDataset(preprocessed, DrawSettings(), frames=range(24), length=length)[5]
    assert clip.poses.shape == clip.frames.shape == (length, 3, 96, 64)
    poses = drawable(preprocessed.poses)
    for offset in range(length):
        drawn = draw_frame(poses, 5 + offset, preprocessed.canvas)
        assert np.array_equal(clip.poses[offset].permute(1, 2, 0), drawn)
        assert np.array_equal(clip.frames[offset].permute(1, 2, 0), preprocessed.frame(5 + offset))
    assert clip.poses.dtype == clip.frames.dtype == torch.uint8


def test_on_a_smaller_canvas_pose_and_frame_are_scaled_alike(preprocessed):
    canvas = (32, 48)
    large = ClipDataset(preprocessed, DrawSettings(), frames=range(24), length=2)[5]
    small = ClipDataset(preprocessed, DrawSettings(), frames=range(24), length=2, canvas=canvas)[5]
    for before, after in ((large.poses, small.poses), (large.frames, small.frames)):
        assert after.shape == (2, 3, 48, 32)
        scaled = to_canvas(before[0].permute(1, 2, 0).numpy(), canvas)
        assert np.array_equal(after[0].permute(1, 2, 0), scaled)


def test_boxes_of_face_and_hands_are_in_pixels_of_the_canvas(preprocessed):
    clip = ClipDataset(preprocessed, DrawSettings(), frames=range(24), length=2, canvas=(48, 80))[5]
    boxes = part_boxes(preprocessed.poses)
    assert np.allclose(clip.boxes, boxes[5:7] / 2, equal_nan=True)


def test_only_frames_of_the_clip_are_used(preprocessed):
    assert ClipDataset(preprocessed, DrawSettings(), frames=range(4, 9), length=2).starts == [4, 5, 6, 7]
    assert ClipDataset(preprocessed, DrawSettings(), frames=range(4, 9), length=5).starts == [4]
    assert ClipDataset(preprocessed, DrawSettings(), frames=range(4, 9), length=6).starts == []


def test_a_frame_without_the_person_is_in_no_clip(preprocessed):
    score = preprocessed.poses.score.copy()
    score[[3, 10]] = 0
    gappy = replace(preprocessed, poses=replace(preprocessed.poses, score=score))
    starts = ClipDataset(gappy, DrawSettings(), frames=range(14), length=2).starts
    assert starts == [0, 1, 4, 5, 6, 7, 8, 11, 12]
    assert ClipDataset(gappy, DrawSettings(), frames=range(14), length=4).starts == [4, 5, 6]


def test_where_a_part_is_wanted_a_clip_shows_it_in_some_frame(preprocessed):
    xy = preprocessed.poses.xy.copy()
    xy[4:, preprocessed.poses.skeleton.index("nose")] = np.nan
    turned = replace(preprocessed, poses=replace(preprocessed.poses, xy=xy))
    assert ClipDataset(turned, DrawSettings(), frames=range(12), length=2, parts=(0,)).starts == [0, 1, 2, 3]


def test_candidates_are_warped_once_and_come_from_the_disk_bit_for_bit(preprocessed, tiny, tmp_path, monkeypatch):
    bank = select_exemplars(preprocessed, tiny)
    where = {"frames": range(24), "length": 2, "exemplars": bank}
    with candidate_store(tmp_path) as store:
        warped = ClipDataset(preprocessed, DrawSettings(), **where)
        kept = ClipDataset(preprocessed, DrawSettings(), **where, store=store)
        first = [kept[index].candidates for index in range(len(kept))]
        with monkeypatch.context() as patched:
            patched.delattr(CandidateWarper, "warp")
            again = [kept[index].candidates for index in range(len(kept))]
        assert os.listdir(tmp_path)
    for index, candidates in enumerate(first):
        assert torch.equal(candidates, warped[index].candidates)
        assert torch.equal(candidates, again[index])
    assert os.listdir(tmp_path) == [], "the folder goes with the run"


@pytest.mark.parametrize("trouble", ["the disk is full", "too large"])
def test_candidates_that_cannot_be_kept_are_warped_every_time(preprocessed, tiny, tmp_path, monkeypatch, trouble):
    if trouble == "too large":
        monkeypatch.setattr("motion_transfer.training.candidates.DISK_BYTES", 0)
    bank = select_exemplars(preprocessed, tiny)
    clips = ClipDataset(
        preprocessed,
        DrawSettings(),
        frames=range(24),
        length=2,
        exemplars=bank,
        store=CandidateStore(tmp_path / "gone" if trouble == "the disk is full" else tmp_path),
    )
    assert torch.equal(clips[5].candidates, clips[5].candidates)
    assert os.listdir(tmp_path) == []
