from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose import Detection
from motion_transfer.pose.detection.detection import MAIN
from motion_transfer.pose.tracking.observation import ObservedPerson
from motion_transfer.pose.tracking.plausibility import plausible_frames
from motion_transfer.pose.tracking.tracklets import Track

FPS = Fraction(20)
BODY = np.array([(0, 0), (10, 50), (-10, 100)], np.float32)
FAR = BODY + np.float32(500)


def kept(verified, frames=None, scores=None, bodies=None):
    """Which frames are kept of a track with these verifications and motion scores."""
    track = Track()
    for i, sure in enumerate(verified):
        xy = np.full((137, 2), np.nan, np.float32)
        xy[MAIN[: len(BODY)]] = bodies[i] if bodies else BODY
        detection = Detection(xy, np.ones(137, np.float32), np.zeros(25, np.float32))
        person = ObservedPerson(detection, verified=sure, motion_score=scores[i] if scores else None)
        track.add(frames[i] if frames else i, person)
    return plausible_frames(track, FPS).tolist()


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        pytest.param({"verified": [None, None, True, None, None, False, None]}, [True] * 7, id="verified around"),
        pytest.param({"verified": [False, None, None, False, None]}, [False] * 5, id="never verified"),
        pytest.param({"verified": [True] + [False] * 9}, [False] * 10, id="one lucky verification of ten"),
        pytest.param({"verified": [True] + [False] * 4}, [True] * 5, id="one verification of five"),
        pytest.param(
            {"verified": [False, None, None, True, None, None], "frames": [0, 1, 2, 30, 31, 32]},
            [False] * 3 + [True] * 3,
            id="a chair seen before the dancer comes is decided by itself",
        ),
        pytest.param({"verified": [True, None, False], "frames": [0, 1, 9]}, [True] * 3, id="lost for a moment"),
        pytest.param(
            {"verified": [True, None, False, None], "bodies": [BODY, BODY, FAR, FAR]},
            [True, True, False, False],
            id="a body that leaps across the picture is another one",
        ),
        pytest.param({"verified": [None] * 3}, [True] * 3, id="a body without verification is accepted"),
        pytest.param({"verified": [True]}, [True], id="a clip of one verified frame"),
        pytest.param({"verified": [False]}, [False], id="a clip of one frame that is not verified"),
        pytest.param({"verified": [True] * 20, "scores": [1.5] * 20}, [False] * 20, id="what never moves is a thing"),
        pytest.param({"verified": [True] * 60, "scores": [1.5] * 55 + [40.0] * 5}, [True] * 60, id="a held pose"),
        pytest.param({"verified": [True] * 19, "scores": [1.5] * 19}, [True] * 19, id="under a second none need move"),
        pytest.param({"verified": [True] * 40}, [True] * 40, id="motion is not measured"),
        pytest.param(
            {"verified": [True] * 60, "frames": [*range(30), *range(50, 80)], "scores": [50.0] * 30 + [2.0] * 30},
            [True] * 30 + [False] * 30,
            id="a thing seen after the dancer left does not move",
        ),
    ],
)
def test_people_are_kept_and_things_are_not(track, expected):
    assert kept(**track) == expected


@given(st.lists(st.sampled_from([None, True, False]), max_size=40))
def test_every_frame_is_decided_and_more_agreement_never_hurts(verified):
    before, after = kept(verified), kept([True if sure is False else sure for sure in verified])
    assert len(before) == len(verified)
    assert all(better or not worse for worse, better in zip(before, after, strict=True))
