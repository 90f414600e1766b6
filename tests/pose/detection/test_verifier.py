"""What a verification of a person among others is shown."""

import numpy as np
import pytest

from motion_transfer.pose import OPENPOSE_137, Detection
from motion_transfer.pose.detection.mediapipe import DetectionVerifier
from motion_transfer.pose.detection.mediapipe.columns import BESIDE

FRAME = np.full((240, 320, 3), 200, np.uint8)


@pytest.fixture
def shown(monkeypatch):
    """Which columns of the frame are not black where a body is to be found again."""

    def columns(one, *others):
        frames = []
        monkeypatch.setattr(DetectionVerifier, "_agrees", lambda _, frame, *view: frames.append(frame) or True)
        assert DetectionVerifier(None, (320, 240))(FRAME, one, others)
        return np.flatnonzero(frames[0].any(axis=(0, 2)))

    return columns


@pytest.fixture
def standing_at(person):
    poses = person([100, 190], 220, 180, size=(320, 240))
    return {x: Detection(poses.xy[i], poses.score[i], np.zeros(25)) for i, x in enumerate((100, 190))}


def test_a_person_alone_is_verified_in_the_entire_frame(shown, standing_at):
    assert len(shown(standing_at[100])) == 320


def test_a_person_beside_another_is_verified_in_an_own_column(shown, standing_at):
    columns = shown(standing_at[100], standing_at[190])
    body = standing_at[100].xy[OPENPOSE_137.body, 0]
    assert columns[0] < np.nanmin(body) - 0.8 * BESIDE * 180
    assert np.nanmax(body) < columns[-1] < 190
