"""When a person is verified again, and when people are counted."""

from fractions import Fraction

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.detection import MAIN
from motion_transfer.pose.estimation.observer import Observer, _Schedule, _schedule

BODY = np.stack([np.arange(len(MAIN)), 10 * np.arange(len(MAIN))], axis=1).astype(np.float32)
FPS = Fraction(24)


def test_a_person_who_is_surely_there_is_verified_less_and_less_often():
    schedule, pauses, now = _Schedule(BODY, 0), [], 0
    for _ in range(5):
        schedule = schedule.after(True, now, FPS)
        pauses.append(schedule.due - now)
        now = schedule.due
    assert pauses == [24, 48, 96, 96, 96]


def test_doubt_is_followed_by_a_verification_soon_and_by_short_pauses_again():
    schedule = _Schedule(BODY, 0).after(True, 0, FPS).after(True, 24, FPS).after(False, 72, FPS)
    assert schedule.due == 72 + 6
    assert schedule.after(True, 78, FPS).due == 78 + 24


def test_a_person_who_has_just_appeared_is_verified_now():
    before = [_Schedule(BODY, 90, Fraction(4))]
    assert _schedule(BODY + 1, before, 30).due == 90
    assert _schedule(BODY + 1, before, 30).pause == 4
    assert _schedule(BODY + 500, before, 30).due == 30
    assert _schedule(BODY, [], 30).due == 30


def test_a_person_in_doubt_beside_one_who_is_sure_is_verified_when_due():
    before = [_Schedule(BODY, 90, Fraction(4)), _Schedule(BODY + 3, 34)]
    assert _schedule(BODY, before, 30).due == 34


def test_people_are_counted_often_at_first_and_by_the_frames_number_alone():
    observer = Observer(PoseSettings(), (64, 64), FPS, several=False)
    seconds = [n / 24 for n in range(24 * 40) if observer._counts(n)]
    assert seconds == [0, 1, 2, 3, 9, 18, 27, 36]
