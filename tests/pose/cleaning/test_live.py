import doctest
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.pose.cleaning.live import LiveFilter
from motion_transfer.pose.detection.detection import Detection

FPS = Fraction(25)


def detection(x, score=1.0):
    seen = np.full(137, score, np.float32)
    return Detection(np.full((137, 2), x, np.float32), seen, np.full(25, x, np.float32))


NOBODY = Detection(np.full((137, 2), np.nan, np.float32), np.zeros(137, np.float32), np.full(25, np.nan, np.float32))


def smoothed(detections, **settings):
    smooth = LiveFilter((640, 480), FPS, **settings)
    return [smooth(found) for found in detections]


def test_rest_stays_and_depth_with_it():
    for found in smoothed([detection(7.0, score) for score in (1, 0.1, 0.5, 1)]):
        assert found.xy == pytest.approx(7)
        assert found.depth == pytest.approx(7)


def test_steady_motion_is_followed_closely():
    x = 5.0 * np.arange(60)
    lag = [(x[i] - found.xy[0, 0]) / 5 for i, found in enumerate(smoothed(map(detection, x)))]
    assert min(lag) >= 0
    assert max(lag) < 1  # a frame


def test_a_faster_joint_lags_for_a_shorter_time():
    lags = []
    for speed in (1.0, 50.0):
        x = speed * np.arange(60)
        lags.append((x[-1] - smoothed(map(detection, x), cutoff=1.0)[-1].xy[0, 0]) / speed)
    assert lags[1] < 0.5 * lags[0]


def test_jitter_becomes_less():
    x = np.random.default_rng(0).normal(100, 1, 200)
    out = [found.xy[0, 0] for found in smoothed(map(detection, x))]
    assert np.std(np.diff(out, 2)) < 0.7 * np.std(np.diff(x, 2))


def test_a_frame_with_a_low_score_counts_little():
    calm = [detection(0.0)] * 10
    sure, unsure = (smoothed([*calm, detection(30.0, score)])[-1].xy[0, 0] for score in (1.0, 0.05))
    assert unsure < 0.25 * sure


def test_missing_joints_stay_missing_and_their_past_counts_for_half_a_second():
    short = smoothed([detection(0.0)] * 10 + [NOBODY] * 3 + [detection(10.0)])
    assert np.isnan(short[11].xy).all()
    assert np.isnan(short[11].depth).all()
    assert 0 < short[-1].xy[0, 0] < 10
    long = smoothed([detection(0.0)] * 10 + [NOBODY] * 20 + [detection(10.0)])
    assert long[-1].xy == pytest.approx(10)


def test_a_frame_changes_nothing_in_those_before_it():
    x = np.random.default_rng(1).normal(100, 5, 30)
    full = smoothed(map(detection, x))
    part = smoothed(map(detection, x[:20]))
    assert all(np.array_equal(a.xy, b.xy) for a, b in zip(full, part, strict=False))


def test_a_frame_without_a_person_counts_like_one_whose_joints_are_all_missing():
    frames = [detection(0.0)] * 10 + [None] * 3 + [detection(10.0)] + [None] * 20 + [detection(30.0)]
    without = smoothed(frames)
    missing = smoothed([NOBODY if found is None else found for found in frames])
    assert [found is None for found in without] == [found is None for found in frames]
    for one, other in zip(without, missing, strict=True):
        assert one is None or np.array_equal(one.xy, other.xy)


def test_the_documented_example_runs_on_frames_with_and_without_a_person():
    shown = []
    example = {
        "Fraction": Fraction,
        "camera": range(6),
        "estimate": lambda frame: [] if frame in (2, 3) else [detection(float(frame))],
        "show": lambda frame, person: shown.append((frame, person)),
    }
    tests = doctest.DocTestFinder().find(LiveFilter, globs=example | {"LiveFilter": LiveFilter})
    failed, tried = map(sum, zip(*(doctest.DocTestRunner().run(test) for test in tests), strict=True))
    assert (failed, tried) == (0, 2)
    assert [frame for frame, _ in shown] == [0, 1, 4, 5]
