"""VMAF, through ffmpeg."""

import cv2
import pytest

from motion_transfer.errors import EvaluationError
from motion_transfer.evaluation.metrics.vmaf import run_vmaf
from tests.drawn_world import texture


def frames(blur=0):
    """12 frames of a moving texture."""
    moving = texture((320, 257), 2)
    for t in range(12):
        frame = moving[:, 4 * t : 4 * t + 255]
        yield cv2.GaussianBlur(frame, (0, 0), blur) if blur else frame


def scores(made, true):
    with run_vmaf((255, 257)) as vmaf:
        for pair in zip(made, true, strict=True):
            vmaf.update(*pair)
        return vmaf.result()


def test_a_video_beside_itself_is_nearly_perfect_and_blur_costs():
    found = [scores(frames(blur), frames()) for blur in (0, 1, 2)]
    assert [len(each) for each in found] == [12, 12, 12]
    assert found[0].mean() > 95
    assert found[0].mean() > found[1].mean() + 5 > found[2].mean() + 10


def test_an_ffmpeg_without_libvmaf_is_named(monkeypatch, tmp_path):
    other = tmp_path / "ffmpeg"
    other.write_text("#!/bin/sh\necho 'libavutil 60. 1.100'; echo \"No such filter: 'libvmaf'\" >&2\nexit 1\n")
    other.chmod(0o755)
    monkeypatch.setenv("MOTION_TRANSFER_FFMPEG", str(other))
    with pytest.raises(EvaluationError, match="has no libvmaf"):
        scores(frames(), frames())
