"""Cuts of a clip whose frames come one after the other."""

import numpy as np
import pytest

from motion_transfer.footage.cuts import CutFinder


def shots(*lengths):
    """Frames of flat shots with a little noise."""
    rng = np.random.default_rng(0)
    for number, length in enumerate(lengths):
        for _ in range(length):
            yield np.clip(60 + 50 * number + rng.normal(0, 2, (54, 96, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("lengths", [(9, 3), (4, 6, 5), (12,)])
def test_a_cut_is_told_two_frames_after_it(lengths):
    finder = CutFinder()
    told = [index - 2 for index, frame in enumerate(shots(*lengths)) if finder.add(frame)]
    assert told == finder.cuts == np.cumsum(lengths)[:-1].tolist()
