"""Where the person is: the detector's mask, and the outline of the joints."""

import sys
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.ahead import ahead
from motion_transfer.footage.masks import UNKNOWN, open_masks, person_mask
from motion_transfer.pose import OPENPOSE_137, load_poses
from motion_transfer.video import VideoReader

SAMPLES = Path(__file__).parents[2] / "samples"
BONES = [*OPENPOSE_137.body_bones]
TRUNK = [OPENPOSE_137.index(joint) for joint in ("neck", "mid_hip", "left_hip", "right_hip")]


@pytest.fixture(scope="module")
def amara():
    """The first frame of the sample footage, and its poses."""
    with VideoReader(SAMPLES / "footage.mp4") as frames:
        return next(iter(frames)), load_poses(SAMPLES / "footage.npz")


def test_a_mask_shows_the_person_and_not_the_room(amara):
    frame, poses = amara
    with open_masks(poses.size) as mask_of:
        mask = mask_of(frame, poses.xy[0])
    assert mask.shape == frame.shape[:2]
    assert 0 == mask.min() <= mask.max() <= 1
    x, y = poses.xy[0, TRUNK].astype(int).T
    assert (mask[y, x] > 0.9).all()
    assert 0.03 < (mask > 0.5).mean() < 0.15


def test_where_the_body_is_not_found_again_its_outline_is_unknown(amara):
    frame, poses = amara
    with open_masks(poses.size) as mask_of:
        mask = mask_of(np.zeros_like(frame), poses.xy[0])
        nobody = mask_of(frame, np.full_like(poses.xy[0], np.nan))
    x, y = poses.xy[0, TRUNK].astype(int).T
    assert (mask[y, x] == UNKNOWN).all()
    assert set(np.unique(mask)) == {0, UNKNOWN}
    assert not nobody.any()


def test_a_limb_that_the_mask_lacks_is_unknown(amara):
    frame, poses = amara
    xy = poses.xy[0].copy()
    elbow, wrist = OPENPOSE_137.index("left_elbow"), OPENPOSE_137.index("left_wrist")
    xy[OPENPOSE_137.left_hand] = np.nan
    xy[wrist] = xy[elbow] + (0.3 * poses.size[0], 0)
    x, y = ((xy[elbow] + xy[wrist]) / 2).astype(int)
    with open_masks(poses.size) as mask_of:
        assert mask_of(frame, xy)[y, x] == UNKNOWN


def test_in_several_threads_at_once_the_masks_are_those_found_one_by_one():
    poses = load_poses(SAMPLES / "footage.npz")
    with VideoReader(SAMPLES / "footage.mp4", end=1) as video:
        pairs = list(zip(video, poses.xy, strict=False))[::6]
    with open_masks(poses.size) as mask_of:
        alone = [mask_of(*each) for each in pairs]
    with open_masks(poses.size) as mask_of:
        together = list(ahead(lambda each: mask_of(*each), pairs, threads=3))
    assert len(alone) > 3
    assert all(map(np.array_equal, together, alone))


def test_without_mediapipe_the_outline_is_unknown(amara, monkeypatch):
    frame, poses = amara
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with open_masks(poses.size) as mask_of:
        assert set(np.unique(mask_of(frame, poses.xy[0]))) == {0, UNKNOWN}


def standing():
    xy = np.full((137, 2), np.nan, np.float32)
    for joint, place in {"nose": (60, 20), "neck": (60, 30), "mid_hip": (60, 60)}.items():
        xy[OPENPOSE_137.index(joint)] = place
    return xy


def test_the_outline_covers_the_joints_and_the_bones_between_them():
    mask = person_mask(standing(), BONES, (128, 96))
    assert mask.shape == (96, 128)
    assert mask[[20, 45, 45, 90], [60, 60, 10, 60]].tolist() == [True, True, False, False]
    assert not person_mask(np.full((137, 2), np.nan, np.float32), BONES, (32, 16)).any(), "no person, no outline"


@pytest.mark.parametrize("far", [1e5, -1e7, 1e9])
def test_a_joint_far_outside_does_not_harm(far):
    xy = standing()
    xy[OPENPOSE_137.index("right_wrist")] = (far, 30)
    assert person_mask(xy, BONES, (128, 96))[20, 60]
