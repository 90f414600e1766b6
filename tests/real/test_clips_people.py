"""Who is who in real footage of two and of three dancers, a few seconds each; the facts were seen by eye."""

import numpy as np
import pytest

from motion_transfer.pose import OPENPOSE_137, estimate_people
from motion_transfer.video import VideoReader

HIPS = OPENPOSE_137.index("mid_hip")


def piece(path, first, stop):
    """Frames `first` up to, without, `stop`, and who is in them."""
    with VideoReader(path) as reader:
        frames = list(reader.part(first, stop))
        people = estimate_people(frames, size=reader.size, fps=reader.fps)
    return frames, people


def x_of(poses):
    """Where the hips are, (T,)."""
    return poses.xy[:, HIPS, 0]


@pytest.fixture(scope="module")
def duo(clips):
    """Two dancers in black who pass each other; from 5.1 to 5.9 s the one who comes from the right hides the other."""
    return piece(clips / "awkward/A01_two_dancers.mp4", 118, 212)[1]


def test_two_dancers_keep_their_numbers_when_one_passes_behind_the_other(duo):
    assert len(duo) == 2
    from_left, from_right = sorted(duo, key=lambda poses: x_of(poses)[4])
    assert (x_of(from_left)[2:24] < x_of(from_right)[2:24]).all()
    assert (x_of(from_left)[74:] > x_of(from_right)[74:]).all()
    assert x_of(from_left)[6] == pytest.approx(265, abs=8)
    assert x_of(from_left)[84] == pytest.approx(356, abs=8)
    assert x_of(from_right)[6] == pytest.approx(353, abs=8)
    assert x_of(from_right)[84] == pytest.approx(270, abs=8)


def test_the_one_in_front_is_seen_meanwhile_and_the_one_behind_is_not(duo):
    from_left, from_right = sorted(duo, key=lambda poses: x_of(poses)[4])
    assert not from_left.present[42:50].any()
    assert from_right.present[42:50].mean() > 0.5


@pytest.fixture(scope="module")
def trio(clips):
    """Three dancers close together, in black, white and black; arms and legs of neighbours overlap."""
    return piece(clips / "awkward/A02_three_dancers_portrait_audio.mp4", 606, 660)


def test_three_dancers_side_by_side_are_three_all_the_time(trio):
    _, people = trio
    assert len(people) == 3
    left, middle, right = sorted(people, key=lambda poses: np.nanmedian(x_of(poses)))
    for poses, low, high in ((left, 70, 110), (middle, 165, 210), (right, 250, 305)):
        assert poses.present.mean() > 0.9
        assert ((x_of(poses) > low) & (x_of(poses) < high))[poses.present].all()


def test_only_the_number_in_the_middle_wears_white(trio):
    frames, people = trio
    white = [np.mean([chest(frames[t], poses.xy[t]) > 110 for t in np.flatnonzero(poses.present)]) for poses in people]
    middle = int(np.argmin([abs(np.nanmedian(x_of(poses)) - 180) for poses in people]))
    assert white[middle] > 0.9
    assert max(np.delete(white, middle)) < 0.1


def chest(frame, xy):
    """The median brightness of the upper trunk, beside its middle line, for one of them wears a dark shirt inside."""
    shoulders = xy[[OPENPOSE_137.index("left_shoulder"), OPENPOSE_137.index("right_shoulder")]]
    hips = xy[[OPENPOSE_137.index("left_hip"), OPENPOSE_137.index("right_hip")]]
    down, in_from = np.linspace(0.2, 0.6, 7)[:, None, None], 0.2
    sides = shoulders + down * (hips - shoulders)
    places = sides + in_from * (sides[:, ::-1] - sides)
    x, y = places.reshape(-1, 2).round().astype(int).T
    height, width = frame.shape[:2]
    return np.median(frame[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)].mean(axis=1))
