"""The detectors on two frames of the project's own rendered dancer."""

import io
import itertools
import os
import zipfile
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.detection.mediapipe import HolisticEstimator, PeopleEstimator
from motion_transfer.pose.detection.mediapipe.bundle import own_bundle, read_bundle
from motion_transfer.pose.detection.mediapipe.holistic import _squares
from motion_transfer.pose.tracking.observation import Observer
from motion_transfer.video import VideoReader

DANCE = Path(__file__).parents[3] / "samples" / "dance.mp4"
TWO = PoseSettings(backend="tasks", people=2)


@pytest.fixture(scope="module")
def frames():
    with VideoReader(DANCE) as reader:
        return [np.array(frame) for frame in islice(reader, 2)]


def size_of(frame):
    return frame.shape[1], frame.shape[0]


@pytest.fixture(scope="module")
def holistic(frames):
    """What the default finds in the second frame."""
    with HolisticEstimator(PoseSettings(), size_of(frames[0]), masks=True) as estimate:
        return [estimate(frame) for frame in frames][-1]


@pytest.fixture(scope="module")
def tasks(frames):
    with PeopleEstimator(TWO, size_of(frames[0]), Fraction(25), masks=True) as estimate:
        return [estimate(frame) for frame in frames][-1]


def test_body_face_and_both_hands_are_found(holistic):
    (person,) = holistic
    k = OPENPOSE_137
    for part in (k.face, k.left_hand, k.right_hand):
        assert (person.score[part] > 0.5).all()
    for hand, wrist in ((k.left_hand, "left_wrist"), (k.right_hand, "right_wrist")):
        assert np.linalg.norm(person.xy[hand.start] - person.xy[k.index(wrist)]) < 15
    assert np.isfinite(person.depth).sum() == 23  # the small toes are unknown
    assert person.depth[k.index("nose")] < 0  # seen from the front, the nose is nearer than the hips


def test_both_backends_find_the_same_person(holistic, tasks):
    (one,), (other,) = holistic, tasks
    torso = np.linalg.norm(one.xy[OPENPOSE_137.index("neck")] - one.xy[OPENPOSE_137.index("mid_hip")])
    distance = np.linalg.norm(one.xy - other.xy, axis=1) / torso
    assert np.nanmax(distance) < 0.2
    assert np.nanmean(distance) < 0.04


def test_masks_cover_the_joints_and_not_the_room(holistic, tasks, frames):
    for (person,) in (holistic, tasks):
        assert person.mask.dtype == np.uint8
        assert person.mask.shape == frames[0].shape[:2]
        x, y = person.xy[OPENPOSE_137.index("neck")].astype(int)
        assert person.mask[y, x] > 200
        assert 0.02 < (person.mask > 127).mean() < 0.3


def test_a_small_person_far_away_keeps_hands_and_face(frames):
    """A third of the frame's height, in a frame of 1280 x 720."""
    small = cv2.resize(frames[0], None, fx=0.85, fy=0.85, interpolation=cv2.INTER_AREA)
    wide = cv2.copyMakeBorder(
        small, 200, 720 - 200 - small.shape[0], 400, 1280 - 400 - small.shape[1], cv2.BORDER_REPLICATE
    )
    with HolisticEstimator(PoseSettings(), (1280, 720)) as estimate:
        (person,) = estimate(wide)
    for part in (OPENPOSE_137.face, OPENPOSE_137.left_hand, OPENPOSE_137.right_hand):
        assert (person.score[part] > 0.5).all()


def test_squares_cover_a_wide_frame_from_the_middle_outwards():
    assert _squares((1280, 720)) == [280, 0, 560]
    assert _squares((720, 720)) == [0]
    for width in (500, 700, 1000):
        lefts = sorted(_squares((width, 300)))
        assert (lefts[0], lefts[-1]) == (0, width - 300)
        assert all(b - a <= 150 for a, b in itertools.pairwise(lefts))


def test_nobody_is_in_an_empty_frame_and_nothing_is_printed(capfd):
    blank = np.zeros((96, 128, 3), np.uint8)
    with PeopleEstimator(TWO, (128, 96), Fraction(25)) as estimate:
        assert estimate(blank) == []
    assert capfd.readouterr() == ("", "")


def test_closed_detectors_leave_no_files_open(frames):
    def use():
        with HolisticEstimator(PoseSettings(), size_of(frames[0])) as estimate:
            estimate(frames[0])

    use()
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    use()
    assert (len(os.listdir("/proc/self/fd")) if before else 0) <= before


def bundle_of(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name in names:
            bundle.writestr(name, b"no network")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"not a model", r"it is no \.task file"),
        (b"", r"it is no \.task file"),
        (bundle_of("pose_detector.tflite"), r"it lacks pose_landmarks_detector\.tflite"),
        (bundle_of("hand_detector.tflite"), r"it lacks pose_detector\.tflite and pose_landmarks_detector\.tflite"),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path, content, problem):
    path = tmp_path / "wrong.task"
    path.write_bytes(content)
    with pytest.raises(PoseError, match=rf"--pose\.model .*wrong\.task is no model of a pose landmarker: {problem}"):
        read_bundle(path)


def test_a_model_file_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(PoseError, match=r"--pose\.model .*none\.task cannot be read"):
        read_bundle(tmp_path / "none.task")


def test_a_bundle_of_broken_networks_is_refused(tmp_path, capfd):
    path = tmp_path / "broken.task"
    path.write_bytes(bundle_of("pose_detector.tflite", "pose_landmarks_detector.tflite"))
    estimator = PeopleEstimator(PoseSettings(backend="tasks", model=str(path)), (128, 96), Fraction(25))
    with pytest.raises(PoseError, match=r"broken\.task cannot be opened by MediaPipe"):
        estimator.__enter__()
    assert capfd.readouterr() == ("", "")


def test_a_model_that_is_given_is_used(tmp_path, frames, tasks):
    path = tmp_path / "own.task"
    path.write_bytes(own_bundle())
    settings = PoseSettings(backend="tasks", model=str(path), people=2)
    with PeopleEstimator(settings, size_of(frames[0]), Fraction(25)) as estimate:
        found = [estimate(frame) for frame in frames][-1]
    np.testing.assert_array_equal(found[0].xy, tasks[0].xy)


def test_a_model_without_its_backend_is_refused():
    with pytest.raises(PoseError, match=r"Add --pose\.backend tasks"):
        Observer(PoseSettings(model="pose.task"), (128, 96), Fraction(25), several=False)
