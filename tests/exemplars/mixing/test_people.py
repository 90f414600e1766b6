import numpy as np
import pytest

from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.bank_file import load_exemplars, save_exemplars
from motion_transfer.exemplars.mixing.people import mix_exemplars
from motion_transfer.pose.geometry.segments import HEAD_SEGMENT
from tests.exemplars.painted import paint, share_of

PALE, DARK = (224, 172, 150), (110, 70, 52)
BLACK, RED = (30, 30, 34), (150, 40, 30)
GREEN, BLUE = (40, 120, 60), (40, 60, 180)


@pytest.fixture(scope="module")
def face():
    return paint(DARK, BLACK, GREEN, angles=(0, 10, -10, 175, -175), scale=4)


@pytest.fixture(scope="module")
def clothes():
    """Another canvas, another resolution, another size; long hair."""
    return paint(PALE, RED, BLUE, angles=(0, 5), canvas=(128, 160), height=110, hair_length=0.9)


@pytest.fixture(scope="module")
def mixed(face, clothes):
    return mix_exemplars(face, clothes)


def test_a_mix_has_the_hair_and_the_skin_of_one_and_the_clothes_of_the_other(mixed, face, clothes):
    assert len(mixed) == 2
    for k in range(2):
        assert share_of(mixed, RED, k) == 0
        assert share_of(mixed, PALE, k) < 0.002
        assert share_of(mixed, GREEN, k) == 0
        assert share_of(mixed, BLUE, k) == pytest.approx(share_of(clothes, BLUE, k), rel=0.15)
        assert share_of(mixed, DARK, k) == pytest.approx(share_of(face, DARK), rel=0.25)
        assert share_of(mixed, BLACK, k) == pytest.approx(share_of(face, BLACK), rel=0.35)


def test_it_is_on_the_canvas_and_at_the_resolution_of_the_clothes(mixed, clothes, tmp_path):
    assert mixed.canvas == clothes.canvas
    assert mixed.cutouts[0].scale.tolist() == clothes.cutouts[0].scale.tolist()
    assert np.array_equal(mixed.segments.axes, clothes.segments.axes, equal_nan=True)
    save_exemplars(tmp_path, mixed)
    assert len(load_exemplars(tmp_path, mixed.canvas)) == 2


def test_clothes_hidden_by_long_hair_are_filled_in_and_hair_beside_them_is_gone(mixed, clothes):
    whole = mixed.cutouts[0].image
    assert (whole[..., 3] > 128).sum() < (clothes.cutouts[0].image[..., 3] > 128).sum()
    middle = whole.shape[1] // 2
    body = np.flatnonzero(whole[:, middle, 3] > 250)
    assert (np.diff(body) == 1).all()  # no hole from the crown down


def test_a_head_is_as_large_as_asked_for(face, clothes):
    crowns = [mix_exemplars(face, clothes, enlarge).cutouts[0].origin[1] for enlarge in (1.0, 1.3)]
    assert crowns[0] - crowns[1] == pytest.approx(0.3 * 0.5 * clothes.segments.head[0] * 2, abs=2)


def test_the_mix_of_a_person_with_themselves_is_that_person(clothes):
    again = mix_exemplars(clothes, clothes)
    for k in range(2):
        for colour, edges in ((PALE, 0.1), (RED, 0.35), (BLUE, 0.1)):  # strands of hair are mostly edges
            assert share_of(again, colour, k) == pytest.approx(share_of(clothes, colour, k), rel=edges)


def test_heads_come_from_the_same_side_and_exemplars_without_one_are_left_out(face):
    clothes = paint(PALE, RED, BLUE, angles=(0, 0, 170, 170, 90, 90))
    mixed = mix_exemplars(face, clothes)
    assert mixed.instants.tolist() == [0, 1, 2, 3]
    assert share_of(mixed, DARK, 0) > share_of(mixed, DARK, 2)  # from behind there is no face
    turns = mixed.segments.views[:, HEAD_SEGMENT, 2:4]
    known = face.segments.views[:, HEAD_SEGMENT, 2:4]
    assert all((np.abs(known - turn).max(axis=1) < 1e-6).any() for turn in turns)


def test_who_is_never_seen_from_the_front_keeps_the_tone_of_the_clothes_skin(clothes):
    behind = paint(DARK, BLACK, GREEN, angles=(180, 180))
    seen = paint(PALE, RED, BLUE, angles=(180, 180))
    mixed = mix_exemplars(behind, seen)
    assert len(mixed) == 2
    assert share_of(mixed, PALE) > 0.02


def test_exemplars_without_a_head_neither_give_nor_take_one(face, clothes):
    for bank, kept in ((clothes, [1]), (face, [0, 1])):
        segments = bank.segments.at(np.arange(len(bank)))
        segments.axes[0, HEAD_SEGMENT], segments.views[0, HEAD_SEGMENT, :2] = np.nan, np.nan
        lacking = ExemplarBank(bank.cutouts, segments, bank.instants, bank.canvas)
        mixed = mix_exemplars(face, lacking) if bank is clothes else mix_exemplars(lacking, clothes)
        assert mixed.instants.tolist() == kept
        assert share_of(mixed, BLACK) > 0.01
