"""What a detector that follows one person sees of the frame."""

from itertools import pairwise

import numpy as np
import pytest

from motion_transfer.pose.detection.mediapipe.columns import BESIDE, CLEAR, own_column, search_edges

BODY = np.array([(80, 0), (120, 0), (100, 100), (90, 200), (110, 200)], np.float32)
LENGTH = 200.0


def test_a_body_by_itself_is_seen_with_a_margin():
    assert own_column(BODY, 100, LENGTH, []) == (80 - BESIDE * LENGTH, 120 + BESIDE * LENGTH)


def test_a_missing_joint_does_not_matter():
    assert own_column(np.vstack([BODY, [[np.nan, np.nan]]]), 100, LENGTH, []) == own_column(BODY, 100, LENGTH, [])


@pytest.mark.parametrize("away", [1, -1])
def test_who_stands_beside_is_seen_to_the_middle_at_most(away):
    stretched = BODY + np.array([(0, 0), (300 * away, 0), (0, 0), (0, 0), (0, 0)])
    beside = 100 + away * 90
    edge = own_column(stretched, 100, LENGTH, [beside])[away == 1]
    assert edge == beside


def test_who_stands_before_or_behind_hides_nothing():
    near = 100 + 0.9 * CLEAR * LENGTH
    assert own_column(BODY, 100, LENGTH, [100, near]) == own_column(BODY, 100, LENGTH, [])


@pytest.mark.parametrize("size", [(320, 240), (360, 640), (1920, 1080), (64, 64)])
def test_the_columns_that_are_searched_cover_the_frame_and_overlap(size):
    edges = sorted(search_edges(size))
    assert edges[0][0] == 0
    assert edges[-1][1] == size[0]
    assert all(b[0] < a[1] for a, b in pairwise(edges))
