"""Cleaning of poses found in real footage."""

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137, clean_poses, estimate_poses, load_poses, save_poses
from motion_transfer.video import VideoReader

WRISTS = [OPENPOSE_137.index(f"{side}_wrist") for side in ("left", "right")]


@pytest.fixture(scope="module")
def raw(clips):
    with VideoReader(clips / "sources/S3_unianimate_dance_portrait.mp4", end=3) as reader:
        return estimate_poses(reader, size=reader.size, fps=reader.fps)


def lag(raw, clean):
    """Frames by which the wrists' velocity is behind."""
    a, b = (np.nan_to_num(np.diff(poses.xy[:, WRISTS], axis=0)) for poses in (raw, clean))
    return int(np.argmax([(a[4:-4] * b[4 + k : len(b) - 4 + k]).sum() for k in range(-4, 5)])) - 4


@pytest.mark.parametrize("smoothing", ["adaptive", "savgol", "median"])
def test_a_dancers_arms_are_calmer_and_not_later(raw, smoothing):
    clean = clean_poses(raw, PoseSettings(smoothing=smoothing))
    assert lag(raw, clean) == 0
    shaking = [np.nanstd(np.diff(poses.xy[:, :25], 2, axis=0)) for poses in (raw, clean)]
    assert shaking[1] < 0.8 * shaking[0]
    assert (clean.present | ~raw.present).all()


def test_found_poses_come_back_exactly_from_other_tools_format(raw, tmp_path):
    save_poses(tmp_path / "dance", raw)
    again = load_poses(tmp_path / "dance")
    assert np.array_equal(again.xy, raw.xy, equal_nan=True)
    assert np.array_equal(again.score, raw.score)
    assert np.array_equal(again.depth, raw.depth, equal_nan=True)
    (tmp_path / "dance" / "clip.json").unlink()
    bare = load_poses(tmp_path / "dance", size=raw.size, fps=raw.fps)
    assert np.array_equal(bare.xy, raw.xy, equal_nan=True)
