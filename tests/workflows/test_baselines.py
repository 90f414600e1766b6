"""The known frame whose pose is nearest."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from motion_transfer.pose import OPENPOSE_137
from motion_transfer.workflows.baselines import nearest_poses
from tests.drawn_world import sequence


def poses_at(*places):
    xy = np.full((len(places), 137, 2), np.nan, np.float32)
    for t, place in enumerate(places):
        if place is not None:
            xy[t, :20] = np.array(place) + np.arange(20)[:, None]
    return sequence(xy, (640, 480), Fraction(25))


def test_the_nearest_pose_is_that_of_the_nearest_joints_and_without_a_person_some_frames():
    known = poses_at((0, 0), (100, 0), (0, 100))
    assert nearest_poses(poses_at((90, 10), (1, 1), (0, 400)), known).tolist() == [1, 0, 2]
    assert nearest_poses(poses_at(None), poses_at((0, 0), None)).shape == (1,)


def test_a_pose_of_which_little_was_seen_is_not_near_for_that():
    known = poses_at((30, 0), (0, 0))
    xy = known.xy.copy()
    xy[1, OPENPOSE_137.index("neck") :] = np.nan  # only the nose, though exactly in place
    assert nearest_poses(poses_at((0, 0)), replace(known, xy=xy)).tolist() == [0]
