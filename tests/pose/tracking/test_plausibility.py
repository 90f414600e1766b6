from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose import Detection
from motion_transfer.pose.detection.detection import MAIN
from motion_transfer.pose.tracking.observation import ObservedPerson
from motion_transfer.pose.tracking.plausibility import plausible_frames
from motion_transfer.pose.tracking.tracklets import Track

FPS = Fraction(20)
BODY = np.array([(0, 0), (10, 50), (-10, 100)], np.float32)


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


def test_a_verified_body_is_a_person_in_all_frames_around():
    assert kept([None, None, True, None, None, False, None]) == [True] * 7


def test_a_body_that_is_never_verified_is_no_person():
    assert kept([False, None, None, False, None]) == [False] * 5


def test_one_lucky_verification_of_many_makes_no_person():
    assert kept([True] + [False] * 9) == [False] * 10
    assert kept([True] + [False] * 4) == [True] * 5


def test_a_chair_seen_before_the_dancer_comes_is_decided_by_itself():
    frames = [0, 1, 2, 30, 31, 32]
    assert kept([False, None, None, True, None, None], frames) == [False] * 3 + [True] * 3


def test_a_dancer_lost_for_a_moment_is_still_the_dancer():
    assert kept([True, None, False], [0, 1, 9]) == [True] * 3


def test_a_body_that_leaps_across_the_picture_is_another_one():
    far = BODY + np.float32(500)
    assert kept([True, None, False, None], bodies=[BODY, BODY, far, far]) == [True, True, False, False]


def test_a_body_without_verification_is_accepted():
    assert kept([None] * 3) == [True] * 3


def test_a_clip_of_one_frame_is_decided_by_its_one_verification():
    assert kept([True]) == [True]
    assert kept([False]) == [False]


def test_what_never_moves_is_a_thing_however_often_it_is_verified():
    assert kept([True] * 20, scores=[1.5] * 20) == [False] * 20


def test_a_person_who_holds_a_pose_and_moves_at_any_time_is_kept():
    assert kept([True] * 60, scores=[1.5] * 55 + [40.0] * 5) == [True] * 60


def test_under_a_second_a_person_need_not_move():
    assert kept([True] * 19, scores=[1.5] * 19) == [True] * 19


def test_where_motion_is_not_measured_it_is_not_required():
    assert kept([True] * 40) == [True] * 40


def test_a_thing_seen_after_the_dancer_left_does_not_move():
    frames = [*range(30), *range(50, 80)]
    assert kept([True] * 60, frames, scores=[50.0] * 30 + [2.0] * 30) == [True] * 30 + [False] * 30


@given(st.lists(st.sampled_from([None, True, False]), max_size=40))
def test_every_frame_is_decided_and_more_agreement_never_hurts(verified):
    before, after = kept(verified), kept([True if sure is False else sure for sure in verified])
    assert len(before) == len(verified)
    assert all(better or not worse for worse, better in zip(before, after, strict=True))
