"""What a verification of a person among others is shown."""

import numpy as np

from motion_transfer.pose import OPENPOSE_137, Detection
from motion_transfer.pose.detection.mediapipe.columns import BESIDE
from motion_transfer.pose.detection.mediapipe.verifier import DetectionVerifier

FRAME = np.full((240, 320, 3), 200, np.uint8)


def standing(person, x):
    poses = person(x, 220, 180, size=(320, 240))
    return Detection(poses.xy[0], poses.score[0], np.zeros(25, np.float32))


def shown(monkeypatch, one, others):
    """Which columns of the frame are not black."""
    frames = []

    def found_again(self, frame, body):
        frames.append(frame)
        return True

    monkeypatch.setattr(DetectionVerifier, "_found_again", found_again)
    assert DetectionVerifier.__call__(DetectionVerifier.__new__(DetectionVerifier), FRAME, one, others)
    return np.flatnonzero(frames[0].any(axis=(0, 2)))


def test_a_person_alone_is_verified_in_the_entire_frame(monkeypatch, person):
    assert len(shown(monkeypatch, standing(person, 100), [])) == 320


def test_a_person_beside_another_is_verified_in_an_own_column(monkeypatch, person):
    one, other = standing(person, 100), standing(person, 190)
    columns = shown(monkeypatch, one, [other])
    body = one.xy[OPENPOSE_137.body, 0]
    assert columns[0] < np.nanmin(body) - 0.8 * BESIDE * 180
    assert np.nanmax(body) < columns[-1] < 190
