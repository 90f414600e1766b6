"""Boxes around face and hands, and the person inside them."""

from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.evaluation.metrics.regions import face_regions, hand_regions, inside, part_regions
from motion_transfer.pose import OPENPOSE_137, PoseSequence


def one_frame(part, points, scores=1.0):
    xy, score = np.full((1, 137, 2), np.nan, np.float32), np.zeros((1, 137), np.float32)
    xy[0, part][: len(points)] = points
    score[0, part][: len(points)] = scores
    return PoseSequence(xy, score, (200, 100), Fraction(25))


def test_a_box_holds_its_joints_and_the_margin_and_ends_at_the_frame():
    poses = one_frame(OPENPOSE_137.face, [(60, 20), (80, 60)])
    assert part_regions(poses, OPENPOSE_137.face, 0.0)[0].tolist() == [60, 20, 80, 60]
    assert face_regions(poses, margin=0.25)[0].tolist() == [50, 10, 90, 70]
    left, right = hand_regions(one_frame(OPENPOSE_137.right_hand, [(-10, 5), (15, 99)]))[0]
    assert np.isnan(left).all()
    assert right[[0, 1, 3]].tolist() == [0, 0, 100]
    assert np.isnan(face_regions(one_frame(OPENPOSE_137.face, [(400, 40), (410, 50)]))).all(), "outside the frame"


@pytest.mark.parametrize(("scores", "shown"), [((1, 1, 0.25, 0.25), True), ((1, 0.25, 0.25, 0.25), False)])
def test_a_part_that_is_mostly_hidden_has_no_box(scores, shown):
    poses = one_frame(OPENPOSE_137.face, [(50, 50), (60, 50), (60, 60), (50, 60)], scores)
    assert np.isfinite(face_regions(poses)).all() == shown
    if shown:  # and the box goes around the hidden joints too
        assert part_regions(poses, OPENPOSE_137.face, 0.0)[0].tolist() == [50, 50, 60, 60]


def test_a_part_is_the_person_in_its_boxes():
    person = np.zeros((20, 30), bool)
    person[5:15, 5:25] = True
    boxes = np.array([[0, 0, 8, 8], [np.nan] * 4, [20.4, -9, 99, 7.6]], np.float32)
    rows, columns = np.nonzero(inside(person, boxes))
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {
        (row, column) for row in range(5, 8) for column in (*range(5, 8), *range(20, 25))
    }
    assert not inside(person, boxes[1:2]).any()
