import tracemalloc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.config import PoseSettings
from motion_transfer.errors import ConfigError
from motion_transfer.pose import OPENPOSE_137, PoseSequence, clean_poses, empty

FPS = Fraction(10)
SMOOTHINGS = ["adaptive", "gentle", "median", "savgol", "none"]


def fill_gaps(poses):
    return clean_poses(poses, PoseSettings(outliers=False, smoothing="none"))


def smooth(poses, window=7):
    return clean_poses(poses, PoseSettings(outliers=False, max_gap=0, smoothing="median", window=window))


def track(x, found=None):
    """Poses whose joints all share the places x (T,) on a diagonal, found in the frames `found`."""
    x = np.asarray(x, np.float32)
    xy = np.repeat(np.stack([x, 2 * x], axis=-1)[:, None], 137, axis=1)
    score = np.ones((len(x), 137), np.float32)
    if found is not None:
        score[~np.asarray(found, bool)] = 0
    return PoseSequence(xy, score, (640, 480), FPS)


def places(poses):
    return poses.xy[:, 0, 0]


def test_a_gap_of_half_a_second_is_filled_on_a_straight_line():
    poses = fill_gaps(track([0, 9, 9, 9, 9, 9, 60], [1, 0, 0, 0, 0, 0, 1]))
    assert places(poses) == pytest.approx([0, 10, 20, 30, 40, 50, 60])
    assert poses.score.min() == 1


def test_a_longer_gap_and_the_clips_ends_stay_missing():
    found = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    poses = fill_gaps(track(np.arange(10), found))
    assert poses.present.tolist() == [bool(frame) for frame in found]


def test_each_joint_is_filled_from_its_own_track():
    poses = track(np.arange(5) * 10.0)
    score = poses.score.copy()
    score[2, 7] = 0
    score[1:4, 9] = 0
    score[0, 9] = 0.5
    filled = fill_gaps(PoseSequence(poses.xy, score, poses.size, FPS))
    assert filled.xy[2, 7].tolist() == [20, 40]
    assert np.isnan(filled.xy[0:1, 9]).sum() == 0
    assert filled.score[2, 9] == pytest.approx(0.75)


def test_a_lost_hand_stays_at_its_wrist_and_a_lost_face_at_its_nose():
    x = 100 * np.sin(np.arange(12.0))
    poses = track(x)
    xy, score = poses.xy.copy(), poses.score.copy()
    for part, joint in ((OPENPOSE_137.right_hand, "right_wrist"), (OPENPOSE_137.face, "nose")):
        xy[:, part] = xy[:, [OPENPOSE_137.index(joint)]] + (3 + np.arange(12.0))[:, None, None]
        score[4:8, part] = 0
    filled = fill_gaps(PoseSequence(xy, score, poses.size, FPS))
    assert filled.xy == pytest.approx(xy, abs=1e-3)
    score[4:8, OPENPOSE_137.index("right_wrist")] = 0
    score[3, OPENPOSE_137.index("nose")] = 0
    assert np.isfinite(fill_gaps(PoseSequence(xy, score, poses.size, FPS)).xy).all()


def test_a_single_wrong_frame_vanishes_in_the_median():
    x = np.full(15, 100.0)
    x[7] = 500
    assert places(smooth(track(x))).tolist() == [100] * 15


def test_a_sudden_move_stays_in_its_frame():
    x = np.repeat([0.0, 100.0], 20)
    assert places(smooth(track(x))).tolist() == x.tolist()


def test_what_was_missing_is_missing_after_smoothing_and_scores_stay():
    poses = track(np.arange(20), [1] * 8 + [0] * 6 + [1] * 6)
    smoothed = smooth(poses)
    assert np.array_equal(smoothed.score, poses.score)
    assert np.array_equal(np.isnan(smoothed.xy), np.isnan(poses.xy))


@settings(max_examples=40)
@given(
    start=st.integers(-1000, 1000),
    step=st.integers(-50, 50),
    found=st.lists(st.booleans(), min_size=1, max_size=40),
    half=st.integers(0, 6),
    smoothing=st.sampled_from(SMOOTHINGS),
)
def test_rest_and_steady_motion_pass_through_all_filters_unchanged(start, step, found, half, smoothing):
    x = start + step * np.arange(len(found), dtype=np.float64)
    poses = replace(track(x, found), depth=np.repeat(x[:, None], 25, axis=1))
    cleaned = clean_poses(poses, PoseSettings(smoothing=smoothing, window=2 * half + 1, span=0.3 * (half + 1)))
    there = cleaned.present
    assert there[found].all()
    assert places(cleaned)[there] == pytest.approx(x[there], abs=1e-3)
    assert cleaned.depth[there, 3] == pytest.approx(x[there], abs=1e-3)


def test_smoothing_none_only_fills():
    x = [0, 100, 0, 100, 0, 100, 0]
    poses = clean_poses(track(x, [1, 1, 1, 0, 1, 1, 1]), PoseSettings(smoothing="none"))
    assert places(poses).tolist() == [0, 100, 0, 0, 0, 100, 0]


@pytest.mark.parametrize("window", [0, 4, -1])
def test_a_window_without_a_middle_is_refused(window):
    with pytest.raises(ConfigError, match=r"`pose\.window` is .* odd number"):
        smooth(track(np.arange(5)), window)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("frames", [0, 1, 2])
def test_very_short_clips_can_be_cleaned(frames, smoothing):
    poses = track(np.arange(frames))
    assert places(clean_poses(poses, PoseSettings(smoothing=smoothing))) == pytest.approx(places(poses))


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_a_clip_without_a_person_stays_empty(smoothing):
    nobody = replace(empty(30, (64, 48), FPS), depth=np.full((30, 25), np.nan))
    cleaned = clean_poses(nobody, PoseSettings(smoothing=smoothing))
    assert not cleaned.present.any()
    assert np.isnan(cleaned.depth).all()


def test_a_wrong_frame_is_removed_and_filled_before_it_can_spoil_its_neighbours():
    x = 3.0 * np.arange(40)
    x[20] = 500
    poses = replace(track(x), depth=np.repeat(x[:, None], 25, axis=1))
    cleaned = clean_poses(poses)
    assert places(cleaned) == pytest.approx(3.0 * np.arange(40), abs=1e-3)
    assert cleaned.depth[:, 0] == pytest.approx(3.0 * np.arange(40), abs=1e-3)
    assert clean_poses(poses, PoseSettings(outliers=False)).xy[19, 0, 0] != pytest.approx(57, abs=1)


def test_gaps_in_depth_are_filled_and_its_jitter_smoothed():
    depth = np.random.default_rng(0).normal(0, 5, (60, 25))
    depth[10:12] = np.nan
    depth[30:45] = np.nan
    cleaned = clean_poses(replace(track(np.zeros(60)), depth=depth)).depth
    assert np.isfinite(cleaned[10:12]).all()
    assert np.isnan(cleaned[30:45]).all()
    assert np.std(np.diff(cleaned[45:], 2, axis=0)) < 0.5 * np.std(np.diff(depth[45:], 2, axis=0))


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_a_long_clip_needs_little_more_memory_than_its_poses(smoothing):
    x = np.random.default_rng(0).normal(300, 50, 4000)
    poses = replace(track(x, np.arange(4000) % 10 > 0), depth=np.zeros((4000, 25)))
    tracemalloc.start()
    clean_poses(poses, PoseSettings(smoothing=smoothing))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * (poses.xy.nbytes + poses.score.nbytes)
