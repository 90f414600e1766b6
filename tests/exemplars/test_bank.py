"""What an exemplar shows of each segment."""

from dataclasses import replace

import numpy as np

from motion_transfer.pose.geometry.segments import ARMS, TRUNK


def test_what_lies_beside_an_arm_before_the_trunk_is_not_surely_the_trunks(bank):
    fewer = 0
    for k in range(len(bank)):
        there, surely = bank.shown(k, TRUNK), bank.shown(k, TRUNK, surely=True)
        assert (surely <= there).all()
        fewer += int((surely < there).any())
        assert (bank.shown(k, ARMS[0], surely=True) <= bank.shown(k, ARMS[0])).all()
    assert fewer


def test_labels_found_all_at_once_are_those_found_one_by_one(bank):
    together = replace(bank)
    together.label_all()
    alone = replace(bank)
    assert all(np.array_equal(together.labels(k), alone.labels(k)) for k in range(len(bank)))
