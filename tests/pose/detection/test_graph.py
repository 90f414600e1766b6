"""Our graph of MediaPipe Pose against MediaPipe's own class, on frames of the project's rendered dancer."""

import warnings
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.mediapipe.bodies import open_pose
from motion_transfer.pose.detection.mediapipe.graph import _needed, _network_without_mask, _whole_network
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.video import VideoReader

DANCE = Path(__file__).parents[3] / "samples" / "dance.mp4"


@pytest.fixture(scope="module")
def frames():
    with VideoReader(DANCE) as reader:
        return list(islice(reader, 6))


def values(found):
    points = found.pose_landmarks.landmark if found.pose_landmarks else []
    return [(p.x, p.y, p.z, p.visibility) for p in points]


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("confidence", [0.5, 0.7])
def test_landmarks_are_those_of_mediapipes_own_class(frames, static, confidence):
    with suppress_native_stderr():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mediapipe.python.solutions.pose import Pose

            theirs = Pose(
                static_image_mode=static,
                smooth_landmarks=False,
                min_detection_confidence=confidence,
                min_tracking_confidence=confidence,
            )
        settings = PoseSettings(detection_confidence=confidence, tracking_confidence=confidence)
        with theirs, open_pose(settings, static=static) as ours:
            for frame in frames[: 2 if static else None]:
                expected = values(theirs.process(frame))
                assert len(expected) == 33
                assert values(ours.process(frame)) == expected


def test_masks_do_not_change_the_landmarks(frames):
    with suppress_native_stderr(), open_pose(PoseSettings(), masks=True) as whole, open_pose(PoseSettings()) as lean:
        for frame in frames[:2]:
            one, other = whole.process(frame), lean.process(frame)
            assert values(one) == values(other)
            assert one.segmentation_mask.shape == frame.shape[:2]
            assert other.segmentation_mask is None


def test_nobody_is_none():
    with suppress_native_stderr(), open_pose(PoseSettings(), masks=True) as pose:
        assert pose.process(np.zeros((64, 64, 3), np.uint8)) == (None, None)


def test_the_mask_is_a_part_of_the_network():
    from mediapipe.tasks.metadata import schema_py_generated as schema

    whole, lean = (schema.Model.GetRootAs(n).Subgraphs(0) for n in (_whole_network(), _network_without_mask()))
    assert lean.OperatorsLength() == whole.OperatorsLength() - 46
    assert lean.OutputsAsNumpy().tolist()[:2] == whole.OutputsAsNumpy().tolist()[:2]
    assert lean.OutputsAsNumpy().tolist()[3:] == whole.OutputsAsNumpy().tolist()[3:]


class Operator:
    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = inputs, outputs


def test_operators_are_needed_that_lead_to_an_output():
    trunk, left, right, tip = Operator([0], [1]), Operator([1], [2]), Operator([1], [3]), Operator([3, 0], [4])
    assert _needed([trunk, left, right, tip], [4]) == [True, False, True, True]
    assert _needed([trunk, left, right, tip], [2]) == [True, True, False, False]
    assert _needed([trunk, left, right, tip], [2, 4]) == [True] * 4
