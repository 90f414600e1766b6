import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.config import DrawSettings, PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137, HolisticEstimator, estimate_poses
from motion_transfer.pose.detection.landmarks import OUTSIDE_SCORE, body_from_landmarks
from motion_transfer.pose.normalisation.body import MEASURED

BLANK = np.zeros((96, 128, 3), np.uint8)
L_SHOULDER, R_SHOULDER, L_HIP, R_HIP, L_ANKLE, R_HEEL, L_TOES = 11, 12, 23, 24, 27, 30, 31


def body(landmarks, visibility, size=(100, 100)):
    """BODY_25 by joint name."""
    xy, score = body_from_landmarks(landmarks, visibility, size)
    return {name: (xy[i], score[i]) for i, name in enumerate(OPENPOSE_137.joints[OPENPOSE_137.body])}


def test_mediapipes_landmarks_go_to_the_joints_of_their_names():
    landmarks = np.stack([np.arange(33), 2 * np.arange(33)], axis=1).astype(np.float32)
    joints = body(landmarks, np.linspace(0.3, 1, 33, dtype=np.float32))
    assert joints["nose"][0].tolist() == [0, 0]
    assert joints["neck"][0].tolist() == [(L_SHOULDER + R_SHOULDER) / 2, L_SHOULDER + R_SHOULDER]
    assert joints["mid_hip"][0].tolist() == [(L_HIP + R_HIP) / 2, L_HIP + R_HIP]
    assert joints["left_ankle"][0][0] == L_ANKLE
    assert joints["right_heel"][0][0] == R_HEEL
    assert joints["left_big_toe"][0][0] == L_TOES
    assert np.isnan(joints["left_small_toe"][0]).all()
    assert joints["left_small_toe"][1] == 0


def test_a_midpoint_is_as_sure_as_the_less_sure_of_its_ends():
    visibility = np.ones(33, np.float32)
    visibility[L_SHOULDER] = 0.4
    assert body(np.full((33, 2), 50, np.float32), visibility)["neck"][1] == pytest.approx(0.4)


@pytest.mark.parametrize("visibility", [0.01, 1])
def test_a_joint_outside_the_frame_is_drawn_but_not_measured(visibility):
    landmarks = np.full((33, 2), 50, np.float32)
    landmarks[L_ANKLE] = 50, 130
    place, score = body(landmarks, np.full(33, visibility, np.float32))["left_ankle"]
    assert place.tolist() == [50, 130]
    assert score == OUTSIDE_SCORE
    assert DrawSettings().body_confidence < OUTSIDE_SCORE < MEASURED


def test_nobody_in_any_frame_is_an_error_that_names_the_clip_and_nothing_else_is_printed(capfd):
    with pytest.raises(PoseError, match=r"no person found in any of 3 frames of room\.mp4"):
        estimate_poses([BLANK] * 3, size=(128, 96), fps=Fraction(25), name="room.mp4")
    assert capfd.readouterr() == ("", "")


def test_a_clip_without_frames_is_an_error():
    with pytest.raises(PoseError, match="has no frames"):
        estimate_poses([], size=(128, 96), fps=Fraction(25))


def test_a_frame_of_another_size_is_refused():
    with (
        HolisticEstimator(PoseSettings(), (128, 96)) as estimate,
        pytest.raises(PoseError, match=r"expected uint8 \(96, 128, 3\)"),
    ):
        estimate(BLANK[:50])


def test_poses_can_be_handled_without_loading_mediapipe_or_torch():
    program = "import sys, motion_transfer.pose; print({'mediapipe', 'torch'} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "set()"
