"""The graph of MediaPipe Pose against MediaPipe's own class, on frames of the project's rendered dancer."""

import warnings
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.mediapipe.graph import PoseGraph, landmarks_from, read_network
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.video import VideoReader

DANCE = Path(__file__).parents[3] / "samples" / "dance.mp4"


@pytest.fixture(scope="module")
def frames():
    with VideoReader(DANCE) as reader:
        return list(islice(reader, 6))


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
