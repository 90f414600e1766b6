"""Views of a video's frames, and poses in the mirror."""

import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.evaluation.clips import ClipView
from motion_transfer.evaluation.detector import mirrored
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.estimation.parallel import Clip
from motion_transfer.video import VideoReader
from tests.drawn_world import sequence


@pytest.fixture(scope="module")
def reader(dance):
    return VideoReader(dance.video)


def test_frames_are_left_out_repeated_and_mirrored_as_the_view_says(reader):
    frames = np.stack(list(reader))
    view = ClipView(reader, [3, 5, 5, 9])
    assert len(view) == 4
    np.testing.assert_array_equal(list(view), frames[[3, 5, 5, 9]])
    np.testing.assert_array_equal(list(replace(view, mirrored=True)), frames[[3, 5, 5, 9], :, ::-1])


def test_several_processes_can_read_it_in_parts(reader):
    view = ClipView(reader, range(2, 12), mirrored=True)
    assert isinstance(view, Clip)  # so pose estimation uses workers, and can follow several people
    part = pickle.loads(pickle.dumps(view.part(4, 7)))
    np.testing.assert_array_equal(list(part), list(view)[4:7])


POSES = sequence(np.random.default_rng(0).uniform(0, 100, (3, 137, 2)).astype(np.float32), (100, 80), Fraction(25))


def test_mirrored_twice_is_what_it_was():
    poses = replace(POSES, score=np.random.default_rng(1).uniform(0.1, 1, (3, 137)).astype(np.float32))
    twice = mirrored(mirrored(poses))
    np.testing.assert_allclose(twice.xy, poses.xy, atol=1e-4)
    np.testing.assert_array_equal(twice.score, poses.score)


def test_left_becomes_right_and_the_middle_stays():
    order, index = OPENPOSE_137.mirrored, OPENPOSE_137.index
    assert sorted(order) == list(range(137))
    assert order[index("left_wrist")] == index("right_wrist")
    assert order[index("right_hand_thumb_2")] == index("left_hand_thumb_2")
    assert all(order[index(name)] == index(name) for name in ("nose", "neck", "mid_hip", "face_8", "face_30"))
    eyes_and_mouth = ((36, 45), (37, 44), (41, 46), (48, 54), (68, 69))
    assert all(order[index(f"face_{one}")] == index(f"face_{other}") for one, other in eyes_and_mouth)
    mirror_image = mirrored(POSES).xy[1, index("left_knee"), 0]
    assert mirror_image == np.float32(100) - POSES.xy[1, index("right_knee"), 0]
