"""The one pass over the truth and the videos beside it."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from motion_transfer.evaluation.measure import measure
from tests.drawn_world import sequence

SIZE = (96, 128)
MEASURED = ("perceptual", "sharpness", "psnr", "ssim")


def poses(frames):
    xy = np.random.default_rng(0).uniform(30, 70, (1, 137, 2)).astype(np.float32).repeat(frames, 0)
    return sequence(xy, SIZE, Fraction(25))


def videos(count, frames=3):
    rng = np.random.default_rng(1)
    return [[rng.integers(0, 256, (128, 96, 3)).astype(np.uint8) for _ in range(frames)] for _ in range(count)]


def test_every_film_is_read_once_and_in_step():
    truth, one, other = videos(3)
    read = []

    def counted(name, frames):
        for t, frame in enumerate(frames):
            read.append((t, name))
            yield frame

    beside = {"one": counted("one", one), "other": counted("other", other)}
    reports = []
    series, clip = measure(
        beside, counted("truth", truth), poses(3), [poses(3)], progress=lambda *report: reports.append(report)
    )
    assert reports == [("measuring", done, 3) for done in range(4)]
    assert read == [(t, name) for t in range(3) for name in ("truth", "one", "other")]
    assert list(series) == ["one", "other", "truth"]
    assert {len(values) for metrics in series.values() for values in metrics.values()} == {3}
    assert set(series["truth"]) == {"warping", "flicker", "person_flicker"}
    assert set(series["one"]) >= {f"{part}_{name}" for part in ("person", "face", "hands") for name in MEASURED}
    assert set(clip["one"]) == {"color_drift", "identity_face", "identity_clothes"}


def test_a_film_is_measured_as_if_it_were_alone():
    truth, one, other = videos(3)
    beside, _ = measure({"one": one, "other": other}, truth, poses(3), [poses(3)])
    alone, _ = measure({"one": one}, truth, poses(3), [poses(3)])
    for name, values in alone["one"].items():
        np.testing.assert_array_equal(values, beside["one"][name])


def test_where_the_person_is_not_shown_there_is_no_value():
    truth, one = videos(2)
    hidden = replace(poses(3), score=poses(3).score * np.float32([[1], [0], [1]]))
    series, _ = measure({"one": one}, truth, hidden, [hidden])
    assert np.isfinite(series["one"]["frame_psnr"]).all()
    for name in ("person_psnr", "face_ssim", "hands_perceptual", "person_sharpness", "color"):
        assert np.isnan(series["one"][name]).tolist() == [False, True, False]


def test_a_result_is_as_sharp_as_the_truth_over_the_clip_and_not_frame_by_frame():
    """Of a truth that motion blurs in one frame, the others say how sharp the person is."""
    (truth,) = videos(1)
    truth[1] = cv2.GaussianBlur(truth[1], (0, 0), 3)
    series, _ = measure({"same": truth}, truth, poses(3), [poses(3)])
    sharpness = series["same"]["person_sharpness"]
    assert sharpness.mean() == pytest.approx(1)
    assert sharpness[1] < 0.1 < 1 < sharpness[0]


def test_of_the_person_only_nothing_else_is_measured():
    truth, one = videos(2)
    series, clip = measure({"result": one}, truth, poses(3), [poses(3)], person_only=True)
    assert set(series["result"]) == {
        *(f"{part}_{name}" for part in ("person", "face", "hands") for name in MEASURED),
        *("person_flicker", "person_motion", "flicker", "warping", "color"),
    }
    assert clip == {"result": {}, "truth": {}}
    complete, _ = measure({"one": one}, truth, poses(3), [poses(3)])
    for name, values in series["result"].items():
        np.testing.assert_array_equal(values, complete["one"][name])
