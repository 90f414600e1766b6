from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose.cleaning.live import LiveFilter
from motion_transfer.pose.detection.detection import Detection

FPS = Fraction(25)


def detection(x, score=1.0):
    seen = np.full(137, score, np.float32)
    return Detection(np.full((137, 2), x, np.float32), seen, np.full(25, x, np.float32))


NOBODY = Detection(np.full((137, 2), np.nan, np.float32), np.zeros(137, np.float32), np.full(25, np.nan, np.float32))


def smoothed(detections, settings=PoseSettings()):
    smooth = LiveFilter((640, 480), FPS, settings)
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
        lags.append((x[-1] - smoothed(map(detection, x), PoseSettings(cutoff=1.0))[-1].xy[0, 0]) / speed)
    assert lags[1] < 0.5 * lags[0]


def test_trembling_becomes_less():
    x = np.random.default_rng(0).normal(100, 1, 200)
    out = [found.xy[0, 0] for found in smoothed(map(detection, x))]
    assert np.std(np.diff(out, 2)) < 0.7 * np.std(np.diff(x, 2))


def test_a_frame_that_nobody_is_sure_of_counts_little():
    calm = [detection(0.0)] * 10
    sure, unsure = (smoothed([*calm, detection(30.0, score)])[-1].xy[0, 0] for score in (1.0, 0.05))
    assert unsure < 0.25 * sure


def test_what_is_missing_stays_missing_and_is_remembered_for_a_while():
    short = smoothed([detection(0.0)] * 10 + [NOBODY] * 3 + [detection(10.0)])
    assert np.isnan(short[11].xy).all()
    assert np.isnan(short[11].depth).all()
    assert 0 < short[-1].xy[0, 0] < 10
    long = smoothed([detection(0.0)] * 10 + [NOBODY] * 20 + [detection(10.0)])
    assert long[-1].xy == pytest.approx(10)


def test_a_frame_changes_nothing_in_those_before_it():
    x = np.random.default_rng(1).normal(100, 5, 30)
    whole = smoothed(map(detection, x))
    part = smoothed(map(detection, x[:20]))
    assert all(np.array_equal(a.xy, b.xy) for a, b in zip(whole, part, strict=False))
