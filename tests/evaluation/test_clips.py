"""Views of a video's frames."""

import pickle

import numpy as np
import pytest

from motion_transfer.evaluation.clips import ClipView
from motion_transfer.pose.estimation.parallel import Clip
from motion_transfer.video import VideoReader


@pytest.fixture(scope="module")
def reader(dance):
    return VideoReader(dance.video)


def test_frames_are_left_out_and_repeated_as_the_indices_say(reader):
    frames = list(reader)
    view = ClipView(reader, [3, 5, 5, 9])
    assert len(view) == 4
    np.testing.assert_array_equal(list(view), [frames[index] for index in (3, 5, 5, 9)])


def test_a_mirrored_view_exchanges_left_and_right(reader):
    frame = next(iter(reader))
    np.testing.assert_array_equal(next(iter(ClipView(reader, range(4), mirrored=True))), frame[:, ::-1])


def test_several_processes_can_read_it_in_parts(reader):
    view = ClipView(reader, range(2, 12), mirrored=True)
    assert isinstance(view, Clip)  # so pose estimation uses workers, and can follow several people
    part = pickle.loads(pickle.dumps(view.part(4, 7)))
    np.testing.assert_array_equal(list(part), list(view)[4:7])
