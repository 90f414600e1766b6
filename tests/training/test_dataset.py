"""Training samples, and the order in which they come."""

import os
from itertools import chain, islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.exemplars.candidates import CandidateWarper
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.footage.preprocess import split_footage
from motion_transfer.pose import draw_frame
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.training.candidates import CandidateStore, candidate_store
from motion_transfer.training.dataset import ClipDataset, Sample, batch_order, sample_order
from motion_transfer.training.stages import stages_of
from tests.trained import drawing, with_poses, with_train


@pytest.fixture(scope="module")
def bank(preprocessed, tiny):
    return select_exemplars(preprocessed, tiny)


def clips_of(footage, pipeline, stage=0, *, frames=range(24), length=2, **options):
    return ClipDataset(stages_of(pipeline)[stage], footage, frames=frames, length=length, **options)


@given(st.integers(20, 20000), st.floats(0, 0.5))
def test_the_end_of_the_footage_is_held_out_and_every_frame_is_on_one_side(frames, share):
    known, unseen = split_footage(frames, share)
    assert [*known, *unseen] == list(range(frames))
    assert len(unseen) == pytest.approx(frames * share, abs=0.5 + 1e-6)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_clip_is_so_many_consecutive_frames_and_their_pose_images(preprocessed, tiny, length):
    clip = clips_of(preprocessed, tiny, length=length)[5]
    assert clip.poses.shape == clip.frames.shape == (length, 3, 96, 64)
    poses = preprocessed.poses
    for offset in range(length):
        drawn = draw_frame(poses, 5 + offset, preprocessed.canvas)
        assert np.array_equal(clip.poses[offset].permute(1, 2, 0), drawn)
        assert np.array_equal(clip.frames[offset].permute(1, 2, 0), preprocessed.frame(5 + offset))
    assert clip.poses.dtype == clip.frames.dtype == torch.uint8


def test_on_a_smaller_canvas_pose_frame_and_boxes_are_scaled_alike(preprocessed, tiny_stages):
    small, large = (clips_of(preprocessed, tiny_stages, stage)[5] for stage in (0, 1))
    for before, after in ((large.poses, small.poses), (large.frames, small.frames)):
        assert after.shape == (2, 3, 48, 32)
        scaled = to_canvas(before[0].permute(1, 2, 0).numpy(), (32, 48))
        assert np.array_equal(after[0].permute(1, 2, 0), scaled)
    boxes = part_boxes(preprocessed.poses)
    assert np.allclose(small.boxes, boxes[5:7] * np.tile([32 / 96, 48 / 160], 2), equal_nan=True)


@pytest.mark.parametrize(("length", "starts"), [(2, [4, 5, 6, 7]), (5, [4]), (6, [])])
def test_only_frames_of_the_clip_are_used(preprocessed, tiny, length, starts):
    assert clips_of(preprocessed, tiny, frames=range(4, 9), length=length).starts == starts


@pytest.mark.parametrize(("length", "starts"), [(2, [0, 1, 4, 5, 6, 7, 8, 11, 12]), (4, [4, 5, 6])])
def test_a_frame_without_the_person_is_in_no_clip(preprocessed, tiny, length, starts):
    score = preprocessed.poses.score.copy()
    score[[3, 10]] = 0
    assert clips_of(with_poses(preprocessed, score=score), tiny, frames=range(14), length=length).starts == starts


def test_where_a_part_is_wanted_a_clip_shows_it_in_some_frame(preprocessed, tiny_stages):
    xy = preprocessed.poses.xy.copy()
    xy[4:, preprocessed.poses.skeleton.index("nose")] = np.nan
    assert clips_of(with_poses(preprocessed, xy=xy), tiny_stages, 2, frames=range(12)).starts == [0, 1, 2, 3]


def test_candidates_are_warped_once_and_come_from_the_disk_bit_for_bit(preprocessed, tiny, bank, tmp_path, monkeypatch):
    with candidate_store(tmp_path) as store:
        warped = clips_of(preprocessed, tiny, exemplars=bank)
        kept = clips_of(preprocessed, tiny, exemplars=bank, store=store)
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
def test_candidates_that_cannot_be_kept_are_warped_every_time(preprocessed, tiny, bank, tmp_path, monkeypatch, trouble):
    if trouble == "too large":
        monkeypatch.setattr("motion_transfer.training.candidates.DISK_BYTES", 0)
    store = CandidateStore(tmp_path / "gone" if trouble == "the disk is full" else tmp_path)
    clips = clips_of(preprocessed, tiny, exemplars=bank, store=store)
    assert torch.equal(clips[5].candidates, clips[5].candidates)
    assert os.listdir(tmp_path) == []


def drawn(length, seed, start, count):
    return list(islice(sample_order(length, seed, start), count))


@given(st.integers(1, 40), st.integers(0, 2**31), st.integers(0, 200))
def test_the_order_is_the_same_wherever_it_was_interrupted(length, seed, start):
    assert drawn(length, seed, start, 50) == drawn(length, seed, 0, start + 50)[start:]


@given(st.integers(1, 60), st.integers(0, 2**31), st.integers(0, 5))
def test_every_epoch_holds_each_sample_once(length, seed, epoch):
    assert sorted(drawn(length, seed, epoch * length, length)) == list(range(length))


def test_epochs_and_seeds_differ():
    first, second, other = drawn(50, 0, 0, 50), drawn(50, 0, 50, 50), drawn(50, 1, 0, 50)
    assert first != second
    assert first != other


@given(st.integers(1, 30), st.integers(1, 4), st.integers(1, 4), st.integers(0, 100))
def test_processes_divide_the_batches_of_one(length, batch, processes, start):
    def first(batch, rank, processes):
        return list(islice(batch_order(sample_order(length, 3, start), batch, rank, processes), 3))

    each = [first(batch, rank, processes) for rank in range(processes)]
    assert first(batch * processes, 0, 1) == [list(chain.from_iterable(parts)) for parts in zip(*each, strict=True)]


def detail_of(clip):
    """The parts of a clip that are in detail."""
    return {name: each for name, each in clip._asdict().items() if name.startswith("detail")}


@given(st.integers(0, 2**40), st.integers(0, 21))
@settings(max_examples=15)
def test_the_detail_is_a_crop_of_the_last_frame_around_the_person(preprocessed, tiny, bank, draw, index):
    clip = clips_of(preprocessed, tiny, exemplars=bank)[Sample(index, draw)]
    x, y, scale = clip.detail_place.tolist()
    assert scale == preprocessed.detail_scale == 2
    (height, width), (canvas_width, canvas_height) = clip.detail_frame.shape[1:], preprocessed.canvas
    assert (width, height) == (canvas_width // scale * scale, canvas_height // scale * scale), "the canvas's size"
    assert 0 <= x <= canvas_width - width // scale
    assert 0 <= y <= canvas_height - height // scale
    last = to_canvas(preprocessed.detail(index + 1), (scale * canvas_width, scale * canvas_height))
    crop = np.s_[scale * y : scale * y + height, scale * x : scale * x + width]
    assert np.array_equal(clip.detail_frame.permute(1, 2, 0), last[crop])
    shown = slice(y, y + height // scale), slice(x, x + width // scale)
    # Averaged, what is rendered in detail is what the network sees of it.
    for detail, small in zip(clip.detail_candidates.float(), clip.candidates[-1, :, :4].float(), strict=True):
        coarse = torch.nn.functional.avg_pool2d(detail, scale)
        assert (coarse - small[:, shown[0], shown[1]]).abs().mean() < 6


def test_where_the_detail_is_cropped_depends_on_the_number_of_the_sample_alone(preprocessed, tiny, bank):
    clips = clips_of(preprocessed, tiny, exemplars=bank)
    one, again, other = (detail_of(clips[Sample(4, draw)]) for draw in (7, 7, 8))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["detail_place"], other["detail_place"])


@pytest.mark.parametrize("without", ["weight", "exemplars"])
def test_without_need_there_is_no_detail(preprocessed, tiny, bank, without):
    pipeline = with_train(tiny, detail_weight=0.0) if without == "weight" else drawing(tiny)
    clip = clips_of(preprocessed, pipeline, exemplars=bank if without == "weight" else None)[4]
    assert not any(each.numel() for name, each in detail_of(clip).items() if name != "detail_place")
    assert len(clip.candidates[0]) == (3 if without == "weight" else 0)


def test_a_clip_uses_no_exemplars_of_its_own_time(preprocessed, tiny, bank, monkeypatch):
    """Half a second are six frames; where all are nearer, the farthest are left."""
    asked = []
    choose = CandidateWarper.choose
    monkeypatch.setattr(CandidateWarper, "choose", lambda self, t, absent: (asked.append(absent), choose(self, t))[1])
    clips = clips_of(preprocessed, tiny, exemplars=bank)
    for index in (0, 11, 21):
        clips[index]
        away = np.abs(bank.instants - (index + 0.5))
        assert (asked[-1] == ((away < 7) & (away < away.max()))).all()
        assert not asked[-1].all()
