"""MediaPipe's graph, against its own class, and the detectors on frames of the project's own rendered dancer."""

import itertools
import os
import warnings
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.detection.mediapipe import HolisticEstimator, RoiTracker
from motion_transfer.pose.detection.mediapipe.columns import left_edges
from motion_transfer.pose.detection.mediapipe.graph import PoseGraph, landmarks_from, read_network
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.video import VideoReader

DANCE = Path(__file__).parents[3] / "samples" / "dance.mp4"


@pytest.fixture(scope="module")
def frames():
    with VideoReader(DANCE) as reader:
        return [np.array(frame) for frame in islice(reader, 6)]


def detected(detector, frames):
    """What a detector finds in the last of two frames."""
    with detector as detect:
        return [detect(frame) for frame in frames[:2]][-1]


@pytest.fixture(scope="module")
def holistic(frames):
    return detected(HolisticEstimator(PoseSettings(), frames[0].shape[1::-1]), frames)


@pytest.fixture(scope="module")
def tracked(frames):
    return detected(RoiTracker(PoseSettings(), frames[0].shape[1::-1], Fraction(25)), frames)


def test_body_face_and_both_hands_are_found(holistic):
    (person,) = holistic
    k = OPENPOSE_137
    for part in (k.face, k.left_hand, k.right_hand):
        assert (person.score[part] > 0.5).all()
    for hand, wrist in ((k.left_hand, "left_wrist"), (k.right_hand, "right_wrist")):
        assert np.linalg.norm(person.xy[hand.start] - person.xy[k.index(wrist)]) < 15
    assert np.isfinite(person.depth).sum() == 23  # the small toes are unknown
    assert person.depth[k.index("nose")] < 0  # seen from the front, the nose is nearer than the hips


def test_both_detectors_find_the_same_person(holistic, tracked):
    (one,), (other,) = holistic, tracked
    torso = np.linalg.norm(one.xy[OPENPOSE_137.index("neck")] - one.xy[OPENPOSE_137.index("mid_hip")])
    distance = np.linalg.norm(one.xy - other.xy, axis=1) / torso
    assert np.nanmax(distance) < 0.2
    assert np.nanmean(distance) < 0.04


def test_a_small_person_far_away_keeps_hands_and_face(frames):
    """A third of the frame's height, in a frame of 1280 x 720."""
    small = cv2.resize(frames[0], None, fx=0.85, fy=0.85, interpolation=cv2.INTER_AREA)
    wide = cv2.copyMakeBorder(
        small, 200, 720 - 200 - small.shape[0], 400, 1280 - 400 - small.shape[1], cv2.BORDER_REPLICATE
    )
    (person,) = detected(HolisticEstimator(PoseSettings(), (1280, 720)), [wide])
    for part in (OPENPOSE_137.face, OPENPOSE_137.left_hand, OPENPOSE_137.right_hand):
        assert (person.score[part] > 0.5).all()


def test_squares_cover_a_wide_frame_from_the_middle_outwards():
    assert left_edges(1280, 720) == [280, 0, 560]
    assert left_edges(720, 720) == [0]
    for width in (500, 700, 1000):
        lefts = sorted(left_edges(width, 300))
        assert (lefts[0], lefts[-1]) == (0, width - 300)
        assert all(b - a <= 150 for a, b in itertools.pairwise(lefts))


@pytest.mark.parametrize("detector", [HolisticEstimator, lambda *clip: RoiTracker(*clip, Fraction(25))])
def test_an_empty_frame_shows_no_person_and_nothing_is_printed(capfd, detector):
    assert detected(detector(PoseSettings(), (128, 96)), [np.zeros((96, 128, 3), np.uint8)]) == []
    assert capfd.readouterr() == ("", "")


def test_closed_detectors_leave_no_files_open(frames):
    def open_files_after_use():
        detected(HolisticEstimator(PoseSettings(), frames[0].shape[1::-1]), frames[:1])
        return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0

    assert open_files_after_use() >= open_files_after_use()


def assert_same(one, other):
    for name in ("xy", "z", "visibility"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("confidence", [0.5, 0.7])
def test_landmarks_are_those_of_mediapipes_own_class(frames, static, confidence):
    thresholds = {"min_detection_confidence": confidence, "min_tracking_confidence": confidence}
    settings = PoseSettings(detection_confidence=confidence, tracking_confidence=confidence)
    with suppress_native_stderr():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mediapipe.python.solutions.pose import Pose

            theirs = Pose(static_image_mode=static, smooth_landmarks=False, **thresholds)
        with theirs, PoseGraph(settings, static=static) as ours:
            for frame in frames[: 2 if static else None]:
                expected = theirs.process(frame).pose_landmarks.landmark
                assert_same(ours.find(frame), landmarks_from(expected, frame.shape[1::-1]))


def test_masks_do_not_change_the_landmarks(frames):
    with suppress_native_stderr(), PoseGraph(PoseSettings(), masks=True) as full, PoseGraph(PoseSettings()) as lean:
        for frame in frames[:2]:
            person, mask = full.segment(frame)
            assert_same(person, lean.find(frame))
            assert (mask.shape, mask.dtype) == (frame.shape[:2], np.uint8)


def test_an_empty_picture_shows_no_person():
    with suppress_native_stderr(), PoseGraph(PoseSettings(), masks=True) as pose:
        assert pose.segment(np.zeros((64, 64, 3), np.uint8)) is None
        assert pose.find(np.zeros((64, 64, 3), np.uint8)) is None


def test_the_mask_is_a_part_of_the_network():
    from mediapipe.tasks.metadata import schema_py_generated as schema

    full, lean = (schema.Model.GetRootAs(n).Subgraphs(0) for n in (read_network(masks=True), read_network(masks=False)))
    assert lean.OperatorsLength() == full.OperatorsLength() - 46
    assert lean.OutputsAsNumpy().tolist()[:2] == full.OutputsAsNumpy().tolist()[:2]
    assert lean.OutputsAsNumpy().tolist()[3:] == full.OutputsAsNumpy().tolist()[3:]
