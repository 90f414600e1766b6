import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.config import DrawSettings, PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137, estimate_poses, save_poses
from motion_transfer.pose.detection.landmarks import OUTSIDE_SCORE, Landmarks
from motion_transfer.pose.detection.mediapipe import HolisticEstimator
from motion_transfer.pose.normalisation.body import MEASURED

BLANK = np.zeros((96, 128, 3), np.uint8)
L_SHOULDER, R_SHOULDER, L_HIP, R_HIP, L_ANKLE, R_HEEL, L_TOES = 11, 12, 23, 24, 27, 30, 31


def body(xy, visibility, size=(100, 100)):
    """BODY_25 by joint name."""
    person = Landmarks(xy, np.zeros(33, np.float32), visibility)
    joints = zip(person.joints, person.joint_scores(size), strict=True)
    return dict(zip(OPENPOSE_137.joints[OPENPOSE_137.body], joints, strict=True))


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


def test_no_person_in_any_frame_is_an_error_that_names_the_clip_and_nothing_else_is_printed(capfd):
    with pytest.raises(PoseError, match=r"no person found in any of 3 frames of empty\.mp4"):
        estimate_poses([BLANK] * 3, size=(128, 96), fps=Fraction(25), name="empty.mp4")
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


def run_without_mediapipe(program):
    blocked = "import sys; sys.modules['mediapipe'] = None\n"
    return subprocess.run([sys.executable, "-c", blocked + program], capture_output=True, text=True)


def test_given_poses_can_be_handled_on_a_machine_without_mediapipe_and_torch(person, tmp_path):
    given = tmp_path / "given.npz"
    save_poses(given, person(np.linspace(200, 300, 30), 400, 200))
    done = run_without_mediapipe(f"""
import pathlib
import motion_transfer.pose as pose, motion_transfer.pose_cache
clean = pose.clean_poses(pose.load_poses(pathlib.Path({str(given)!r})))
body = pose.measure_body(clean)
assert len(list(pose.draw_poses(pose.normalise_poses(clean, body, body), clean.size))) == 30
print(sys.modules['mediapipe'], 'torch' in sys.modules)""")
    assert (done.stdout, done.stderr) == ("None False\n", "")


def test_finding_poses_without_mediapipe_is_an_error_that_says_what_to_do():
    done = run_without_mediapipe("""
import fractions, numpy as np
import motion_transfer as mt
try:
    mt.estimate_poses([np.zeros((96, 128, 3), np.uint8)], size=(128, 96), fps=fractions.Fraction(25))
except mt.PoseError as error:
    print(error)""")
    assert done.stdout.startswith("finding poses needs MediaPipe, which cannot be imported here")
