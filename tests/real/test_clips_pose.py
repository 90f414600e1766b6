"""Poses of real footage: a few frames of each clip, enough to see that the detector is understood rightly."""

from fractions import Fraction
from itertools import islice

import cv2
import numpy as np
import pytest

from motion_transfer.config import NormaliseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137, clean_poses, estimate_poses, measure_body, normalise_poses


def poses_of(path, frames, stride=1):
    capture = cv2.VideoCapture(str(path))
    size = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    def read():
        while (found := capture.read())[0]:
            yield np.ascontiguousarray(found[1][..., ::-1])

    clip = islice(read(), 0, frames * stride, stride)
    return estimate_poses(clip, size=size, fps=Fraction(24, stride), name=path.name)


def joints(poses, name):
    return poses.xy[:, OPENPOSE_137.index(name)]


@pytest.fixture(scope="module")
def target(clips):
    return clean_poses(poses_of(clips / "targets/T2_sam2_juggle.mp4", 12, stride=6))


@pytest.fixture(scope="module")
def dancer(clips):
    return clean_poses(poses_of(clips / "sources/S3_unianimate_dance_portrait.mp4", 12, stride=6))


def test_a_whole_person_is_found_upright_and_facing_the_camera(target):
    assert target.present.all()
    order = [np.nanmean(joints(target, name)[:, 1]) for name in ("nose", "neck", "mid_hip", "left_knee", "left_ankle")]
    assert order == sorted(order)
    for part in ("shoulder", "hip", "ankle"):  # their left is on the picture's right
        assert np.nanmean(joints(target, f"left_{part}")[:, 0]) > np.nanmean(joints(target, f"right_{part}")[:, 0])


def test_face_points_lie_where_they_belong(dancer):
    face = np.nanmean(dancer.xy[:, OPENPOSE_137.face], axis=0)
    brows, eyes, mouth = (face[part].mean(axis=0) for part in (slice(17, 27), slice(36, 48), slice(48, 68)))
    assert brows[1] < eyes[1] < face[30, 1] < mouth[1] < face[8, 1]
    assert face[0, 0] < face[36, 0] < face[39, 0] < face[42, 0] < face[45, 0] < face[16, 0]
    assert face[68] == pytest.approx(face[36:42].mean(axis=0), abs=0.05 * (face[16, 0] - face[0, 0]))


def test_hands_start_at_their_wrists(dancer):
    height = measure_body(dancer).height_close
    for side in ("left", "right"):
        gap = np.hypot(*(joints(dancer, f"{side}_hand_wrist") - joints(dancer, f"{side}_wrist")).T)
        assert np.isfinite(gap).mean() > 0.3
        assert np.nanmedian(gap) < 0.05 * height


def test_a_portrait_dancer_stands_on_a_landscape_targets_floor_at_its_size(dancer, target):
    source, subject = measure_body(dancer), measure_body(target)
    moved = normalise_poses(dancer, source, subject)
    floor = np.fmax(joints(moved, "left_ankle")[:, 1], joints(moved, "right_ankle")[:, 1])
    assert np.nanmedian(floor) == pytest.approx((subject.close + subject.far) / 2, abs=0.02 * subject.height_close)
    size = measure_body(moved)
    assert size.height_close == pytest.approx(subject.height_close, rel=0.05)
    usual = normalise_poses(dancer, source, subject, NormaliseSettings(place="usual"))
    for poses, reach in ((usual, 0.1), (moved, 0.2)):
        middle = np.nanmedian(joints(poses, "mid_hip")[:, 0])
        assert middle == pytest.approx(subject.centre_x, abs=reach * subject.height_close)


def test_tiny_pedestrians_from_above_are_nobody(clips):
    with pytest.raises(PoseError, match="no person found in any of 8 frames of A16"):
        poses_of(clips / "awkward/A16_no_detectable_person.mp4", 8, stride=10)
