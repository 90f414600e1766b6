"""Candidates for the poses of a clip."""

from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.exemplars.candidates import CandidateWarper
from motion_transfer.exemplars.grid import Grid
from motion_transfer.footage.preprocess import split_footage
from motion_transfer.pose.geometry.segments import SEGMENTS, TRUNK


@pytest.fixture(scope="module")
def warper(bank, preprocessed):
    return CandidateWarper(bank, preprocessed.poses, preprocessed.viewport, 4)


def over(candidate, plate):
    """A candidate (H, W, 4 or more) before a background."""
    return candidate[..., :3] + (1 - candidate[..., 3:4] / 255) * plate


def test_every_candidate_is_nearer_to_the_truth_than_the_background(warper, preprocessed, tiny):
    """Also in the held-out frames: parts lie where the pose wants them."""
    held_out = split_footage(len(preprocessed.poses), tiny.train.held_out)[1]
    for t in (*warper.bank.instants[:3].tolist(), *held_out):
        truth, plate = preprocessed.frame(t).astype(float), preprocessed.plate(t)
        person = np.abs(truth - plate).max(axis=2) > 60
        without = np.abs(plate - truth)[person].mean()
        errors = [np.abs(over(each, plate) - truth)[person].mean() for each in warper.warp(t, warper.choose(t))]
        assert max(errors) < 0.75 * without
        assert errors[0] < (0.6 if t in held_out else 0.35) * without


def test_a_candidate_has_colours_opacity_and_how_well_it_fits(warper):
    for t in range(0, 24, 4):
        candidates = warper.warp(t, warper.choose(t))
        assert candidates.shape == (4, 96, 64, 5)
        assert candidates.dtype == np.uint8
        opacity = candidates[..., 3:4].astype(int)
        assert (candidates[..., :3] <= opacity + 1).all()
        assert (candidates[..., 4:] <= opacity).all()


def test_an_exemplar_of_the_very_pose_fits_perfectly(warper):
    t = int(warper.bank.instants[0])
    first = warper.warp(t, warper.choose(t))[0]
    shown, fits = first[..., 3] > 0, first[..., 4] >= 0.98 * first[..., 3]
    assert (fits | (first[..., 4] < 0.3 * first[..., 3]))[shown].mean() > 0.98, "itself, or a guess"
    assert fits[shown].mean() > 0.9


def test_a_candidate_looks_the_same_on_the_canvas_and_painted_in_detail(warper):
    grid = Grid(warper.bank.canvas)
    for t in (2, 23):
        chosen = warper.steady(t)
        for index, candidate in enumerate(warper.warp(t, chosen)):
            assert np.abs(candidate[..., :4].astype(int) - warper.renderer(t, chosen, grid)(index)).mean() < 3


def test_the_steady_choice_is_that_of_the_clip_and_the_same_in_any_order(warper, bank, preprocessed):
    again = CandidateWarper(bank, preprocessed.poses, preprocessed.viewport, 4)
    for t in (20, 3, 11):
        assert all(np.array_equal(*each) for each in zip(again.steady(t), warper.steady(t), strict=True))


def test_where_no_person_is_and_without_any_exemplar_candidates_are_empty(warper, bank, preprocessed):
    nothing = warper.choose(5, np.ones(len(bank), bool))
    assert not warper.warp(5, nothing).any()
    gone = replace(preprocessed.poses, score=np.zeros_like(preprocessed.poses.score))
    lost = CandidateWarper(bank, gone, preprocessed.viewport, 4)
    assert not lost.warp(5, lost.steady(5)).any()


def test_parts_that_the_footage_never_shows_so_are_named(warper, bank, preprocessed, recwarn):
    warper.warn_of_unseen()
    assert not recwarn.list, "of its own poses it has seen enough"
    views = bank.segments.views.copy()
    views[:, TRUNK] += 2.0
    elsewhere = replace(bank, segments=bank.segments._replace(views=views))
    strange = CandidateWarper(elsewhere, preprocessed.poses, preprocessed.viewport, 4)
    with pytest.warns(UserWarning, match=rf"{SEGMENTS[TRUNK].name} \(100%\)\. The nearest view stands in their place"):
        strange.warn_of_unseen()
