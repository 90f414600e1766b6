"""Hands and faces of real people: a few frames of clips in which they are hard to find."""

from itertools import islice

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.detection.mediapipe import HolisticEstimator
from motion_transfer.video import VideoReader


def detections(path, first, count):
    with VideoReader(path) as reader, HolisticEstimator(PoseSettings(), reader.size) as estimate:
        return [estimate(np.array(frame))[0] for frame in islice(reader, first, first + count)]


def share_found(people, part):
    return np.mean([(person.score[getattr(OPENPOSE_137, part)] > 0).all() for person in people])


def test_flat_hands_and_the_face_of_a_man_in_a_studio(clips):
    people = detections(clips / "targets/T1_darebee_man_concat.mp4", 300, 8)
    assert share_found(people, "face") == 1
    assert share_found(people, "left_hand") >= 0.9
    assert share_found(people, "right_hand") >= 0.9


def test_nobody_seen_from_behind_has_a_face(clips):
    people = detections(clips / "sources/S4_edn_repro_source_mv.mp4", 100, 8)
    assert share_found(people, "face") == 0


@pytest.mark.parametrize("part", ["left_hand", "right_hand"])
def test_hands_hang_on_their_wrists(clips, part):
    for person in detections(clips / "sources/S3_unianimate_dance_portrait.mp4", 20, 5):
        wrist = person.xy[OPENPOSE_137.index(part.replace("hand", "wrist"))]
        torso = np.linalg.norm(person.xy[OPENPOSE_137.index("neck")] - person.xy[OPENPOSE_137.index("mid_hip")])
        hand = person.xy[getattr(OPENPOSE_137, part)]
        if np.isfinite(hand).all():
            assert np.linalg.norm(hand[0] - wrist) < 0.4 * torso
