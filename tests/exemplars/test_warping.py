"""Exemplars of a person, and the candidates that are made of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from motion_transfer.errors import SubjectError
from motion_transfer.exemplars.bank import ExemplarBank, load_exemplars, save_exemplars, select_exemplars
from motion_transfer.exemplars.warping import EMPTY, MOST, CandidateWarper, _weights, warp_exemplars
from motion_transfer.footage.preprocess import split_footage
from motion_transfer.pose.geometry.segments import SEGMENTS, TRUNK, Segments, SegmentTrack


@pytest.fixture(scope="module")
def exemplars(preprocessed, tiny):
    return select_exemplars(preprocessed, tiny)


@pytest.fixture(scope="module")
def warper(exemplars, preprocessed):
    return warp_exemplars(exemplars, preprocessed.poses, preprocessed.viewport)


@pytest.fixture(scope="module")
def segments(preprocessed):
    return SegmentTrack(preprocessed.poses, preprocessed.viewport).at(np.arange(len(preprocessed.poses)))


def over(candidate, plate):
    opacity = candidate[..., 3:] / 255
    return candidate[..., :3] * opacity + plate * (1 - opacity)


def test_exemplars_are_frames_to_learn_from_and_as_many_as_differ(exemplars, preprocessed, tiny):
    known, _ = split_footage(len(preprocessed.poses), tiny.train.held_out)
    assert len(exemplars) == tiny.model.exemplars
    assert set(exemplars.instants.tolist()) <= set(known)
    assert select_exemplars(preprocessed, replace(tiny, model=replace(tiny.model, exemplars=0))) is None
    still = replace(preprocessed.poses, xy=np.repeat(preprocessed.poses.xy[:1], len(preprocessed.poses), axis=0))
    assert len(select_exemplars(replace(preprocessed, poses=still), tiny)) == 1


def test_footage_without_any_measurable_segment_is_refused(preprocessed, tiny):
    unsure = replace(preprocessed.poses, score=np.minimum(preprocessed.poses.score, 0.05))
    with pytest.raises(SubjectError, match=r"no segment .* any of the 22 frames .* set `model.exemplars` to 0"):
        select_exemplars(replace(preprocessed, poses=unsure), tiny)


def test_a_candidate_needs_no_table_that_grows_with_the_clip(exemplars, preprocessed):
    """What a warper of an hour holds beside its poses: some numbers a frame, not a row for every segment."""
    hours = len(preprocessed.poses) * np.array([10, 20])
    held = []
    for count in hours:
        rows = np.arange(count) % len(preprocessed.poses)
        poses = replace(preprocessed.poses, xy=preprocessed.poses.xy[rows], score=preprocessed.poses.score[rows])
        warper = warp_exemplars(exemplars, poses, preprocessed.viewport[rows])
        warper.warp(0)
        arrays = [*vars(warper).values(), *vars(warper.segments).values()]
        held.append(sum(each.nbytes for each in arrays if isinstance(each, np.ndarray)))
    assert held[1] - held[0] <= 16 * (hours[1] - hours[0])


def test_cutouts_have_the_recorded_colours_of_the_person_and_nothing_of_the_background(exemplars, preprocessed):
    xy = preprocessed.poses.xy[exemplars.instants[0]] * preprocessed.canvas / preprocessed.poses.size
    x, y = xy[[preprocessed.poses.skeleton.index(name) for name in ("neck", "mid_hip")]].mean(axis=0).astype(int)
    assert exemplars.cutouts[0, y, x, 3] > 200
    assert exemplars.cutouts[0, :4, :4, 3].max() < 50
    for cutout, instant in zip(exemplars.cutouts, exemplars.instants, strict=True):
        opacity = cutout[..., 3:].astype(float) / 255
        assert np.abs(cutout[..., :3] - opacity * preprocessed.frame(int(instant))).max() <= 1
        assert (cutout[..., :3][cutout[..., 3] == 0] == 0).all()


def test_a_candidate_is_nearer_to_the_truth_than_the_background(warper, exemplars, preprocessed, tiny):
    """Of the pose of an exemplar much, but also in every held-out frame: parts lie where the pose wants them."""
    held_out = split_footage(len(preprocessed.poses), tiny.train.held_out)[1]
    for t, share in [*((int(t), 0.35) for t in exemplars.instants[:3]), *((t, 0.6) for t in held_out)]:
        truth, plate = preprocessed.frame(t).astype(float), preprocessed.plate(t)
        person = np.abs(truth - plate).max(axis=2) > 60
        error, without = (np.abs(image - truth)[person].mean() for image in (over(warper.warp(t), plate), plate))
        assert error < share * without


@settings(max_examples=15, deadline=None)
@given(st.integers(-9, 9), st.integers(-9, 9))
def test_a_candidate_moves_with_its_pose(exemplars, segments, right, down):
    moved = segments._replace(axes=segments.axes + np.array([right, down]))
    before, after = (CandidateWarper(exemplars, each).warp(4).astype(int) for each in (segments, moved))
    height, width = before.shape[:2]
    shown = np.s_[abs(down) : height - abs(down), abs(right) : width - abs(right), 3]
    assert np.abs(np.roll(before, (down, right), axis=(0, 1))[shown] - after[shown]).max() <= 2


def test_an_absent_exemplar_is_not_used_and_where_no_person_is_the_candidate_is_empty(warper, exemplars, segments):
    absent = np.ones(len(exemplars), bool)
    nothing = warper.warp(5, absent)
    assert (nothing[..., 3] == 0).all()
    assert (nothing[..., :3] == EMPTY).all()
    absent[2] = False
    cutouts = np.where(absent[:, None, None, None], np.uint8(0), exemplars.cutouts)
    alone = CandidateWarper(replace(exemplars, cutouts=cutouts), segments)
    assert np.array_equal(warper.warp(5, absent), alone.warp(5, absent))
    gone = CandidateWarper(exemplars, segments._replace(axes=np.full_like(segments.axes, np.nan)))
    assert (gone.warp(0)[..., 3] == 0).all()


def test_far_limbs_are_covered_by_near_ones(exemplars, segments):
    """The order in depth decides which of two crossing segments is visible."""
    depth = np.zeros_like(segments.depth)
    depth[:, TRUNK] = 100
    behind, before = (CandidateWarper(exemplars, segments._replace(depth=each)).warp(3) for each in (depth, -depth))
    assert not np.array_equal(behind, before)


def test_exemplars_come_back_from_their_files(exemplars, preprocessed, tmp_path):
    save_exemplars(tmp_path, exemplars)
    again = load_exemplars(tmp_path, preprocessed.canvas)
    assert np.array_equal(again.cutouts, exemplars.cutouts)
    assert np.array_equal(again.instants, exemplars.instants)
    for one, other in zip(again.segments, exemplars.segments, strict=True):
        assert np.allclose(one, other, rtol=1e-6, equal_nan=True)


@pytest.mark.parametrize("file", ["exemplars.png", "exemplars.npz"])
@pytest.mark.parametrize("harm", ["missing", "no image and no archive", "of two exemplars", "with code in it"])
def test_a_file_that_is_missing_damaged_or_of_others_is_named(exemplars, preprocessed, tmp_path, file, harm):
    save_exemplars(tmp_path, exemplars)
    if harm == "missing":
        (tmp_path / file).unlink()
    elif harm == "of two exemplars":
        two = replace(exemplars, segments=exemplars.segments.at(np.arange(2)), instants=np.arange(2))
        kept = (tmp_path / "exemplars.png").read_bytes()
        save_exemplars(tmp_path, two)
        (tmp_path / "exemplars.png").write_bytes(kept)
        file = "exemplars.npz"
    elif harm == "with code in it":
        with (tmp_path / file).open("wb") as archive:
            np.savez(archive, instants=np.array([{}], dtype=object))
    else:
        (tmp_path / file).write_bytes(harm.encode())
    with pytest.raises(SubjectError, match=f"{file}.* Copy the subject's folder again"):
        load_exemplars(tmp_path, preprocessed.canvas)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=40))
@example([0.0] * 6 + [1.0])
def test_few_exemplars_make_a_part_and_the_best_of_them_counts_most(apart):
    weights = _weights(np.array([apart]))[0]
    assert weights.sum() == pytest.approx(1)
    assert weights[np.argmin(apart)] == weights.max()
    counted = weights[weights > 0]
    assert len(counted) <= MOST or np.ptp(counted) == 0, "more than these only where all fit equally well"


def test_an_exemplar_that_comes_to_fit_does_not_appear_suddenly():
    """The weights change little where views do, also when one of five is replaced by a sixth."""
    apart = np.linspace(0, 0.02, 12)
    steps = [_weights(np.array([np.append(apart, new)]))[0] for new in np.linspace(0.03, 0.0, 200)]
    assert np.abs(np.diff(steps, axis=0)).max() < 0.02


def test_what_lies_beside_a_limb_in_one_frame_is_not_carried_along():
    """Two frames of a red forearm; in the first a green thigh lies so near that the forearm's part would show it."""
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
