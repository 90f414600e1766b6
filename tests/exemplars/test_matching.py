"""Which exemplars fit a pose, by itself and steadily over a clip."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.exemplars.matching import (
    FARTHEST,
    JOINED,
    SWITCH,
    _paths,
    choose_at,
    choose_steadily,
    view_distances,
)
from motion_transfer.exemplars.parts.labels import LAYER_OF, LAYERS
from motion_transfer.pose.geometry.segments import SEGMENTS, VIEW, Segments


def distances(frames, segments, exemplars):
    """(T, S, K) squared distances, some of them infinite."""
    value = st.floats(0, 3) | st.just(np.inf)
    row = st.lists(value, min_size=frames * segments * exemplars, max_size=frames * segments * exemplars)
    return row.map(lambda values: np.array(values).reshape(frames, segments, exemplars))


tables = st.tuples(st.integers(1, 12), st.integers(1, 3), st.integers(1, 9)).flatmap(lambda sizes: distances(*sizes))


def paths(table, count):
    """(count, T, S)"""
    return _paths(lambda: iter(table), len(table), count, np.ones(table.shape[1])).swapaxes(0, 1)


def cost(table, path, switch=SWITCH):
    """Of a path (T,) through the distances (T, K) of one segment, where instants without any exemplar cost nothing."""
    seen = np.flatnonzero(np.isfinite(table).any(axis=1))
    return table[seen, path[seen]].sum() + switch * (np.diff(path[seen]) != 0).sum()


@given(tables)
@settings(max_examples=60)
def test_the_steady_choice_never_costs_more_than_a_constant_one_or_the_best_of_each_instant(table):
    chosen = paths(table, 1)[0]
    for segment in range(table.shape[1]):
        rows = table[:, segment]
        seen = np.isfinite(rows).any(axis=1)
        assert ((chosen[:, segment] >= 0) == seen).all(), "an exemplar where there is one, else -1"
        if not seen.any():
            continue
        least = cost(rows, chosen[:, segment])
        constants = [cost(rows, np.full(len(rows), k)) for k in range(rows.shape[1])]
        assert least <= min(constants) + 1e-9
        assert least <= cost(rows, rows.argmin(axis=1)) + 1e-9


@given(tables, st.integers(2, 4))
@settings(max_examples=60)
def test_no_path_takes_what_another_takes_at_that_instant(table, count):
    found = paths(table, count)
    for one in range(count):
        for other in range(one):
            assert not ((found[one] == found[other]) & (found[one] >= 0)).any()
    assert np.array_equal(found[:1], paths(table, 1)), "the first is the best, however many are asked for"
    chosen = np.where(found >= 0, found, 0)
    fits = np.isfinite(np.take_along_axis(table[None], chosen[..., None], axis=3)[..., 0])
    assert fits[found >= 0].all()


@given(st.integers(0, 2**31))
def test_a_pose_that_trembles_changes_no_exemplar(seed):
    """Two exemplars fit about equally well; which fits better changes from frame to frame."""
    tremor = np.random.default_rng(seed).uniform(0, SWITCH / 200, (100, 1, 2))
    assert len(np.unique(paths(tremor, 1)[0])) == 1
    assert len(np.unique(tremor.argmin(axis=2))) == 2


def test_where_the_pose_really_changes_so_does_the_exemplar():
    table = np.zeros((20, 1, 2))
    table[:10, 0, 1] = table[10:, 0, 0] = 1.0
    assert paths(table, 1)[0, :, 0].tolist() == [0] * 10 + [1] * 10


def test_of_its_own_frame_an_exemplar_fits_best(bank, segments):
    for k, instant in enumerate(bank.instants.tolist()):
        pose = segments.at(np.array([instant]))
        chosen = choose_at(pose, bank.segments, parts=2, layers=3)
        own = view_distances(pose, bank.segments)[0]
        seen, anywhere = np.isfinite(own[:, k]), np.isfinite(own).any(axis=1)
        sure = np.array([seen[layer].sum() == anywhere[layer].sum() for layer in LAYERS])[LAYER_OF]  # nothing guessed
        assert np.allclose(own[seen & sure, chosen.layers[0, LAYER_OF][seen & sure]], 0)
        assert np.allclose(own[seen, k], 0)
        assert np.allclose(own[seen, chosen.parts[0, seen]], 0), "itself, or one that looks the same"
        assert all(len(set(each)) == 3 for each in chosen.layers.T.tolist())


@given(st.data())
@settings(max_examples=30)
def test_absent_exemplars_are_never_chosen(bank, segments, data):
    absent = np.array(data.draw(st.lists(st.booleans(), min_size=len(bank), max_size=len(bank))))
    t = data.draw(st.integers(0, len(segments.head) - 1))
    chosen = choose_at(segments.at(np.array([t])), bank.segments, 3, 3, absent)
    for found in (chosen.parts, chosen.layers):
        assert not absent[found[found >= 0]].any()
    assert ((chosen.layers >= 0).sum(axis=0) == min(3, (~absent).sum())).all()


def test_a_segment_that_is_not_measured_has_no_exemplar_and_keeps_no_body_away(bank, segments):
    gone = np.full_like(segments.views, np.nan)
    chosen = choose_at(segments._replace(views=gone).at(np.array([0])), bank.segments, 2, 2)
    assert (chosen.parts == -1).all()
    assert (chosen.layers >= 0).all()


class Track:
    """Segments that are known for every frame."""

    def __init__(self, segments):
        self.at = segments.at


def test_a_steady_choice_has_an_entry_for_each_pose_that_fits_about_as_well_as_its_own_best(bank, segments):
    count = len(segments.head)
    steady = choose_steadily(Track(segments), count, bank.segments, 2, 2)
    assert (steady.parts.shape, steady.layers.shape) == ((count, 2, len(SEGMENTS)), (count, 2, len(LAYERS)))
    first = steady.parts[:, 0]
    own = np.array([choose_at(segments.at(np.array([t])), bank.segments, 1, 1).parts[0] for t in range(count)])

    def total(parts):
        table = np.minimum(view_distances(segments, bank.segments), FARTHEST)
        return np.take_along_axis(table, np.maximum(parts, 0)[..., None], axis=2)[..., 0][parts >= 0].sum()

    def changes(parts):
        return (parts[1:] != parts[:-1]).sum()

    assert changes(first) <= changes(own)
    assert total(own) <= total(first) + 1e-9
    assert total(first) + SWITCH * changes(first) <= total(own) + SWITCH * changes(own) + 1e-9


def test_a_clip_of_no_frames_has_no_choice(bank, segments):
    assert len(choose_steadily(Track(segments), 0, bank.segments, 2, 2).parts) == 0


def test_a_long_clip_is_chosen_in_blocks_like_a_short_one(bank, segments, monkeypatch):
    whole = choose_steadily(Track(segments), len(segments.head), bank.segments, 2, 2)
    monkeypatch.setattr("motion_transfer.exemplars.matching.BLOCK", 5)
    blocks = choose_steadily(Track(segments), len(segments.head), bank.segments, 2, 2)
    assert all(np.array_equal(*each) for each in zip(whole, blocks, strict=True))


@given(arm=st.sampled_from([layer[0] for layer in LAYERS[1:]]), other=st.integers(1, 3))
def test_of_bodies_that_fit_alike_the_one_whose_arms_lie_as_the_poses_is_shown(arm, other):
    views = np.zeros((4, len(SEGMENTS), VIEW))
    views[[k for k in range(4) if k != other], arm, 0] = 0.5  # an arm that lies otherwise
    exemplars = Segments(np.zeros((4, len(SEGMENTS), 2, 2)), np.ones(4), views, np.zeros((4, len(SEGMENTS))))
    pose = Segments(*(each[:1] for each in exemplars))._replace(views=np.zeros((1, len(SEGMENTS), VIEW)))
    assert choose_at(pose, exemplars, 1, 1).layers[0, 0] == other


@given(arm=st.sampled_from([1, 2]), farther=st.floats(0, 1).filter(lambda value: abs(value - JOINED) > 1e-6))
def test_an_arm_of_the_trunks_exemplar_is_shown_if_it_is_hardly_farther(arm, farther):
    """Two exemplars with the same trunk, of which the second has the pose's arm, and the first one farther from it."""
    views = np.zeros((2, len(SEGMENTS), VIEW))
    views[1, LAYERS[0], 0] = 1.0
    views[0, LAYERS[arm], 0] = np.sqrt(farther)
    exemplars = Segments(np.zeros((2, len(SEGMENTS), 2, 2)), np.ones(2), views, np.zeros((2, len(SEGMENTS))))
    poses = Segments(*(each[:1].repeat(3, axis=0) for each in exemplars))._replace(
        views=np.zeros((3, *views.shape[1:]))
    )
    shown = 0 if farther < JOINED else 1
    assert choose_at(Track(poses).at(np.array([0])), exemplars, 1, 1).layers[0, arm] == shown
    steady = choose_steadily(Track(poses), 3, exemplars, 1, 1).layers[:, 0]
    assert steady.tolist() == [[0, *(shown if layer == arm else 0 for layer in (1, 2))]] * 3
