"""What is remembered of a person, and the collages that are made of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from motion_transfer.errors import SubjectError
from motion_transfer.exemplars import select_exemplars, warp_exemplars
from motion_transfer.exemplars.bank import ExemplarBank, load_exemplars, on_canvas, save_exemplars
from motion_transfer.exemplars.warping import EMPTY, MOST, CandidateWarper, _shares
from motion_transfer.footage import split_footage
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, segments_of


@pytest.fixture(scope="module")
def looks(preprocessed, tiny):
    return select_exemplars(preprocessed, tiny)


@pytest.fixture(scope="module")
def candidate(looks, preprocessed):
    return warp_exemplars(looks, preprocessed.poses, preprocessed.viewport)


def laid_over(candidate, plate):
    opacity = candidate[..., 3:] / 255
    return candidate[..., :3] * opacity + plate * (1 - opacity)


def test_frames_that_are_held_out_are_not_remembered(looks, preprocessed, tiny):
    known, unseen = split_footage(len(preprocessed.poses), tiny.train.held_out)
    assert len(looks) == tiny.model.exemplars
    assert set(looks.instants.tolist()) <= set(known)
    assert len(unseen)


def test_without_a_memory_nothing_is_remembered(preprocessed, tiny):
    assert select_exemplars(preprocessed, replace(tiny, model=replace(tiny.model, exemplars=0))) is None


def test_of_a_person_who_hardly_moves_there_is_less_to_remember_than_allowed(preprocessed, tiny):
    still = replace(preprocessed.poses, xy=np.repeat(preprocessed.poses.xy[:1], len(preprocessed.poses), axis=0))
    assert len(select_exemplars(replace(preprocessed, poses=still), tiny)) == 1


def test_the_room_is_transparent_and_the_person_is_not(looks, preprocessed):
    xy = preprocessed.poses.xy[looks.instants[0]] * preprocessed.canvas / preprocessed.poses.size
    x, y = xy[[preprocessed.poses.skeleton.index(name) for name in ("neck", "mid_hip")]].mean(axis=0).astype(int)
    assert looks.cutouts[0, y, x, 3] > 200
    assert looks.cutouts[0, :4, :4, 3].max() < 50


def test_a_remembered_pose_comes_back_as_it_was_filmed(candidate, looks, preprocessed):
    for instant in looks.instants[:3]:
        made = laid_over(candidate.warp(int(instant)), preprocessed.plate(int(instant)))
        seen = preprocessed.frame(int(instant)).astype(float)
        person = np.abs(seen - preprocessed.plate(int(instant))).max(axis=2) > 60
        assert (
            np.abs(made - seen)[person].mean() < 0.35 * np.abs(preprocessed.plate(int(instant)) - seen)[person].mean()
        )


def test_a_pose_that_is_not_remembered_comes_near(candidate, looks, preprocessed, tiny):
    """Nearer than the empty room, in every held-out frame: pieces lie where the pose wants them."""
    for t in split_footage(len(preprocessed.poses), tiny.train.held_out)[1]:
        seen = preprocessed.frame(t).astype(float)
        person = np.abs(seen - preprocessed.plate(t)).max(axis=2) > 60
        made = laid_over(candidate.warp(t), preprocessed.plate(t))
        assert np.abs(made - seen)[person].mean() < 0.6 * np.abs(preprocessed.plate(t) - seen)[person].mean()


@settings(max_examples=15, deadline=None)
@given(st.integers(-9, 9), st.integers(-9, 9))
def test_a_collage_moves_with_its_pose(looks, preprocessed, right, down):
    segments = on_canvas(segments_of(preprocessed.poses), preprocessed.viewport)
    moved = segments._replace(axes=segments.axes + np.array([right, down]))
    before, after = (CandidateWarper(looks, each).warp(4).astype(int) for each in (segments, moved))
    height, width = before.shape[:2]
    from_y, from_x = slice(max(0, -down), height - max(0, down)), slice(max(0, -right), width - max(0, right))
    to_y, to_x = slice(max(0, down), height - max(0, -down)), slice(max(0, right), width - max(0, -right))
    assert np.abs(before[from_y, from_x, 3] - after[to_y, to_x, 3]).max() <= 2


def test_an_absent_memory_is_not_used(candidate, looks):
    everything = np.ones(len(looks), bool)
    nothing = candidate.warp(5, everything)
    assert (nothing[..., 3] == 0).all()
    assert (nothing[..., :3] == EMPTY).all()
    one = everything.copy()
    one[2] = False
    alone = CandidateWarper(
        replace(looks, cutouts=np.where(one[:, None, None, None], np.uint8(0), looks.cutouts)), candidate.segments
    )
    assert np.array_equal(candidate.warp(5, one), alone.warp(5, one))


def test_where_nobody_is_the_collage_is_empty(looks, preprocessed):
    segments = on_canvas(segments_of(preprocessed.poses), preprocessed.viewport)
    gone = CandidateWarper(looks, segments._replace(axes=np.full_like(segments.axes, np.nan)))
    assert (gone.warp(0)[..., 3] == 0).all()


def test_far_limbs_are_covered_by_near_ones(looks, preprocessed):
    """The order in depth decides which of two crossing segments is seen."""
    segments = on_canvas(segments_of(preprocessed.poses), preprocessed.viewport)
    depth = np.zeros_like(segments.depth)
    trunk = 6
    depth[:, trunk] = 100
    behind = CandidateWarper(looks, segments._replace(depth=depth)).warp(3)
    before = CandidateWarper(looks, segments._replace(depth=-depth)).warp(3)
    assert not np.array_equal(behind, before)


def test_looks_come_back_from_their_files(looks, preprocessed, tmp_path):
    save_exemplars(tmp_path, looks)
    again = load_exemplars(tmp_path, preprocessed.canvas)
    assert np.array_equal(again.cutouts, looks.cutouts)
    assert np.array_equal(again.instants, looks.instants)
    for one, other in zip(again.segments, looks.segments, strict=True):
        assert np.allclose(one, other, rtol=1e-6, equal_nan=True)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("exemplars.png", None),
        ("exemplars.png", b"no picture"),
        ("exemplars.npz", None),
        ("exemplars.npz", b"no archive"),
    ],
)
def test_a_file_that_is_missing_or_damaged_is_named(looks, preprocessed, tmp_path, file, content):
    save_exemplars(tmp_path, looks)
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(SubjectError, match=f"{file}.* Get the folder anew"):
        load_exemplars(tmp_path, preprocessed.canvas)


def test_places_of_other_cutouts_are_refused(looks, preprocessed, tmp_path):
    save_exemplars(tmp_path, looks)
    fewer = replace(looks, segments=looks.segments.at(np.arange(2)), instants=looks.instants[:2])
    (tmp_path / "exemplars.npz").unlink()
    picture = (tmp_path / "exemplars.png").read_bytes()
    save_exemplars(tmp_path, fewer)
    (tmp_path / "exemplars.png").write_bytes(picture)
    with pytest.raises(SubjectError, match=r"exemplars\.npz"):
        load_exemplars(tmp_path, preprocessed.canvas)


def test_an_archive_with_code_in_it_is_refused(looks, preprocessed, tmp_path):
    save_exemplars(tmp_path, looks)
    np.savez(tmp_path / "exemplars.npz", instants=np.array([{}], dtype=object))
    with pytest.raises(SubjectError, match=r"exemplars\.npz"):
        load_exemplars(tmp_path, preprocessed.canvas)


def test_cutouts_have_the_colours_that_were_filmed_and_nothing_of_the_room(looks, preprocessed):
    for cutout, instant in zip(looks.cutouts, looks.instants, strict=True):
        opacity = cutout[..., 3:].astype(float) / 255
        assert np.abs(cutout[..., :3] - opacity * preprocessed.frame(int(instant))).max() <= 1
        assert (cutout[..., :3][cutout[..., 3] == 0] == 0).all()


@given(st.lists(st.floats(0, 2), min_size=1, max_size=40))
@example([0.0] * 6 + [1.0])
def test_few_pieces_make_a_segment_and_the_best_of_them_counts_most(apart):
    shares = _shares(np.array([apart]))[0]
    assert shares.sum() == pytest.approx(1)
    assert shares[np.argmin(apart)] == shares.max()
    counted = shares[shares > 0]
    assert len(counted) <= MOST or np.ptp(counted) == 0, "more than these only where all fit equally well"


def test_a_piece_that_comes_to_fit_does_not_leap_in():
    """The shares change little where views do, also when one of five is replaced by a sixth."""
    apart = np.linspace(0, 0.02, 12)
    steps = [_shares(np.array([np.append(apart, new)]))[0] for new in np.linspace(0.03, 0.0, 200)]
    assert np.abs(np.diff(steps, axis=0)).max() < 0.02


def test_what_lies_beside_a_limb_in_one_frame_is_not_carried_along():
    """Two frames of a red forearm; in the first a green thigh lies so near that the forearm's piece would show it."""
    forearm, thigh = (
        next(i for i, each in enumerate(SEGMENTS) if each.end == end) for end in ("right_wrist", "right_knee")
    )
    axes = np.full((2, len(SEGMENTS), 2, 2), np.nan)
    axes[:, forearm] = [(20, 20), (20, 40)]
    axes[0, thigh] = [(30, 20), (30, 40)]
    views = np.where(np.isnan(axes[..., 0]).any(axis=2)[..., None], np.nan, np.zeros(5))
    segments = Segments(axes, np.full(2, 16.0), views, np.zeros(views.shape[:2]))
    cutouts = np.zeros((2, 60, 50, 4), np.uint8)
    cutouts[:, 18:42, 18:22] = (255, 0, 0, 255)
    cutouts[0, 18:42, 24:36] = (0, 255, 0, 255)
    made = CandidateWarper(ExemplarBank(cutouts, segments, np.arange(2)), segments.at(np.array([1]))).warp(0)
    assert made[30, 20].tolist() == [255, 0, 0, 255]
    assert made[30, 24:26, 3].max() < 10
