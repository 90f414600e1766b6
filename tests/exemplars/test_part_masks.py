"""What an exemplar shows of each segment."""

from dataclasses import replace

import numpy as np

from motion_transfer.exemplars import part_masks
from motion_transfer.exemplars.bank import FINER
from motion_transfer.exemplars.cutout import shrink
from motion_transfer.exemplars.grid import Grid
from motion_transfer.pose.geometry.segments import ARMS, TRUNK


def test_what_lies_beside_an_arm_before_the_trunk_is_not_surely_the_trunks(bank):
    fewer, masks = 0, bank.masks
    for k in range(len(bank)):
        there, surely = masks.shown(k, TRUNK), masks.shown(k, TRUNK, surely=True)
        assert (surely <= there).all()
        fewer += int((surely < there).any())
        assert (masks.shown(k, ARMS[0], surely=True) <= masks.shown(k, ARMS[0])).all()
    assert fewer


def test_labels_found_all_at_once_are_those_found_one_by_one(bank):
    together, alone = replace(bank.masks), replace(bank.masks)
    together.label_all()
    assert all(np.array_equal(together.labels(k), alone.labels(k)) for k in range(len(bank)))


def test_masks_are_finer_than_the_canvas_where_the_footage_is_and_show_the_same_places(bank):
    coarse, finer = (
        replace(bank, cutouts=tuple(shrink(each, n / each.scale) for each in bank.cutouts)).masks for n in (1, 4)
    )
    assert (coarse.finer, finer.finer) == (1, FINER)
    assert finer.shown(0, TRUNK).shape == tuple(FINER * side for side in bank.canvas[::-1])
    x, y = np.broadcast_arrays(*Grid(bank.canvas).points())
    for k in range(len(bank)):
        one, other = (masks.look_up(masks.shown(k, TRUNK), x, y) for masks in (coarse, finer))
        assert np.abs(one - other).mean() < 0.05


def test_masks_that_are_found_again_are_the_same(bank, monkeypatch):
    monkeypatch.setattr(part_masks, "LEAST_MASKS", 1)
    monkeypatch.setattr(part_masks, "MOST_BYTES", 0)
    bounded = replace(bank.masks)
    for _ in range(2):
        assert all(np.array_equal(bounded.shown(k, TRUNK), bank.masks.shown(k, TRUNK)) for k in range(len(bank)))
