"""What an exemplar shows of each segment."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.exemplars import bank as module
from motion_transfer.exemplars.cutout import shrink
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts import masks
from motion_transfer.exemplars.parts.labels import MIXED, widened
from motion_transfer.pose.geometry.segments import ARMS, SEGMENTS, TRUNK

FOREARM = next(part for part in ARMS if SEGMENTS[part].start.endswith("elbow"))


def test_what_lies_beside_an_arm_before_the_trunk_is_not_surely_the_trunks(bank):
    fewer = 0
    for each in map(bank.masks, range(len(bank))):
        there, surely = each.shown(TRUNK), each.shown(TRUNK, surely=True)
        assert (surely <= there).all()
        fewer += int((surely < there).any())
        assert (each.shown(ARMS[0], surely=True) <= each.shown(ARMS[0])).all()
    assert fewer


def test_the_outline_of_a_forearm_before_a_shoulder_is_none_of_it(bank):
    masks_of = [bank.masks(k) for k in range(len(bank))]
    exemplar = next(each for each in masks_of if each.shoulders().max() > 200)
    covered = copy(exemplar)
    covered._found, covered._head = {}, 40.0  # pixels: the drawn one's is too small for an outline
    rows, columns = np.indices(exemplar.labels.shape)
    covered.labels = np.where((rows + columns) % 9 < 2, MIXED, FOREARM).astype(np.uint8)
    assert covered.shoulders().max() < 100


def test_labels_found_all_at_once_are_those_found_one_by_one(bank):
    together, alone = replace(bank), replace(bank)
    together.label_all()
    assert all(np.array_equal(together.masks(k).labels, alone.masks(k).labels) for k in range(len(bank)))


def test_masks_are_finer_than_the_canvas_where_the_footage_is_and_show_the_same_places(bank):
    coarse, finer = (
        replace(bank, cutouts=tuple(shrink(each, n / each.scale) for each in bank.cutouts)) for n in (1, 4)
    )
    x, y = np.broadcast_arrays(*Grid(bank.canvas).points())
    for k in range(len(bank)):
        shown = [each.masks(k).shown(TRUNK) for each in (coarse, finer)]
        assert np.divide(*[each.shape for each in shown[::-1]]) == pytest.approx(module.FINER, rel=0.05)
        one, other = (each.masks(k).look_up(mask, x, y) for each, mask in zip((coarse, finer), shown, strict=True))
        person = bank._on_canvas(k)[..., 3] > 127
        assert np.abs(one - other)[person].mean() < 0.1


def test_masks_that_were_not_kept_are_found_again(bank, monkeypatch):
    monkeypatch.setattr(module, "LEAST_KEPT", 1)
    monkeypatch.setattr(module, "MOST_BYTES", 0)
    forgetful = replace(bank)
    for _ in range(2):
        assert all(
            np.array_equal(forgetful.masks(k).shown(TRUNK), bank.masks(k).shown(TRUNK)) for k in range(len(bank))
        )


def test_an_arm_that_lies_elsewhere_leaves_its_edge_beside_the_body_but_a_hand_does_not(bank, monkeypatch):
    monkeypatch.setattr(masks, "RIM", 0.15)
    fewer = 0
    for each in map(replace(bank).masks, range(len(bank))):
        beside = widened((each._cutout.image[..., 3] > 127) & ~np.isin(each.labels, ARMS), 1.0)
        for part in ARMS:
            there = (each.labels == part) & beside
            left = each.shown(part, surely=True)[there] > 127
            assert part in masks.HANDS or not left.any()
            fewer += int(there.any())
    assert fewer
