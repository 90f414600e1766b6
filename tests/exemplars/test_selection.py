"""Which frames become exemplars, and how the person is cut out of them."""

from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.errors import SubjectError
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout
from motion_transfer.exemplars.selection import FEET, ON_PERSON, _mend_segments, _most_useful, select_exemplars
from motion_transfer.footage.preprocess import split_footage
from motion_transfer.pose.geometry.segments import ARMS, SEGMENTS, VIEW, Segments
from tests.trained import drawing

FOOT, SHIN = FEET[0], FEET[0] + 1


def test_exemplars_are_frames_to_learn_from_and_no_more_than_differ(bank, preprocessed, tiny):
    known, _ = split_footage(len(preprocessed.poses), tiny.train.held_out)
    assert 1 < len(bank) <= tiny.model.exemplars
    assert set(bank.instants.tolist()) <= set(known)
    assert select_exemplars(preprocessed, drawing(tiny)) is None
    still = replace(preprocessed.poses, xy=np.repeat(preprocessed.poses.xy[:1], len(preprocessed.poses), axis=0))
    assert len(select_exemplars(replace(preprocessed, poses=still), tiny)) == 1


def test_footage_without_any_measurable_segment_is_refused(preprocessed, tiny):
    unsure = replace(preprocessed.poses, score=np.minimum(preprocessed.poses.score, 0.05))
    with pytest.raises(SubjectError, match=r"no segment .* any of the 22 frames .* set `model.exemplars` to 0"):
        select_exemplars(replace(preprocessed, poses=unsure), tiny)


def test_a_rare_view_is_chosen_though_it_hides_an_arm():
    """Forty frames from the front and two from the side, of which one arm is hidden."""
    rng = np.random.default_rng(5)
    views = rng.normal(0, 0.1, (42, len(SEGMENTS), VIEW))
    views[40:] += 1
    views[40:, ARMS[:3]] = np.nan
    segments = Segments(np.zeros((42, len(SEGMENTS), 2, 2)), np.ones(42), views, np.zeros((42, len(SEGMENTS))))
    assert _most_useful(segments, 1)[0] < 40
    assert sum(_most_useful(segments, 4) >= 40) >= 1
    assert len(_most_useful(segments, 99)) == 42


def test_a_cutout_has_the_recorded_colours_of_the_person_and_nothing_of_the_background(bank, preprocessed):
    for cutout, instant in zip(bank.cutouts, bank.instants.tolist(), strict=True):
        (left, top), (height, width) = cutout.origin.astype(int), cutout.image.shape[:2]
        recorded = preprocessed.detail(instant)[top : top + height, left : left + width].astype(float)
        opacity = cutout.image[..., 3:] / 255
        assert np.abs(cutout.image[..., :3] - opacity * recorded)[opacity[..., 0] > 0.99].max() <= 1
        assert (cutout.image[..., :3] <= cutout.image[..., 3:]).all()
        edges = cutout.image[[0, -1]].max(axis=(1, 2)), cutout.image[:, [0, -1]].max(axis=(0, 2))
        assert all((edge > 0).all() for edge in edges), "tight"
        xy = preprocessed.viewport.points(preprocessed.poses.xy)[instant] * cutout.scale - cutout.origin
        x, y = xy[[preprocessed.poses.skeleton.index(name) for name in ("neck", "mid_hip")]].mean(axis=0).astype(int)
        assert cutout.image[y, x, 3] > 200


def test_of_frames_alike_the_sharpest_is_taken(bank, preprocessed, tiny, monkeypatch):
    """One in three is sharp; a tenth of a second of this footage is one frame to either side."""
    monkeypatch.setattr("motion_transfer.exemplars.selection._sharpness", lambda footage, index: float(index % 3 == 1))
    chosen = select_exemplars(preprocessed, tiny).instants
    assert (chosen % 3 == 1).all()
    assert len(np.unique(chosen)) == len(chosen) <= len(bank) + 1


def test_a_segment_beside_the_person_is_a_guess_and_a_foot_is_turned_onto_them():
    """Two exemplars of a leg with a foot to the right; in the second one the detector has it below."""
    image = np.zeros((60, 60, 4), np.uint8)
    image[10:42, 26:34] = 255
    image[34:42, 26:50] = 255
    axes = np.full((2, len(SEGMENTS), 2, 2), np.nan)
    axes[:, SHIN] = [(30, 12), (30, 38)]
    axes[0, FOOT], axes[1, FOOT] = [(30, 38), (46, 38)], [(30, 38), (38, 52)]
    segments = Segments(axes, np.full(2, 16.0), np.ones((2, len(SEGMENTS), VIEW)), np.zeros((2, len(SEGMENTS))))
    cutout = Cutout(image, np.ones(2), np.zeros(2))
    bank = ExemplarBank((cutout, cutout), segments, np.arange(2), (60, 60))
    _mend_segments(bank)
    assert np.isnan(bank.segments.views[1, FOOT]).all()
    assert not np.isnan(bank.segments.views[[0, 0, 1], [FOOT, SHIN, SHIN]]).any()
    assert bank.segments.axes[0, FOOT].tolist() == [[30, 38], [46, 38]]
    assert bank.seen_on(1, bank.segments.axes[1, [FOOT]]) > ON_PERSON
    assert np.linalg.norm(bank.segments.axes[1, FOOT, 1] - (30, 38)) == pytest.approx(np.hypot(8, 14))
