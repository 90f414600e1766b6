"""When somebody is looked at again, and when people are counted."""

from fractions import Fraction

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.tracking.observation import Observer, _Look, _look
from motion_transfer.pose.tracking.similarity import MAIN

BODY = np.stack([np.arange(len(MAIN)), 10 * np.arange(len(MAIN))], axis=1).astype(np.float32)
FPS = Fraction(24)


def test_who_is_surely_there_is_looked_at_less_and_less_often():
    look, waits, now = _Look(BODY, 0), [], 0
    for _ in range(5):
        look = look.after(True, now, FPS)
        waits.append(look.due - now)
        now = look.due
    assert waits == [24, 48, 96, 96, 96]


def test_doubt_is_followed_by_a_look_soon_and_begins_anew():
    look = _Look(BODY, 0).after(True, 0, FPS).after(True, 24, FPS).after(False, 72, FPS)
    assert look.due == 72 + 6
    assert look.after(True, 78, FPS).due == 78 + 24


def test_who_has_just_appeared_is_looked_at_now():
    before = [_Look(BODY, 90, Fraction(4))]
    assert _look(BODY + 1, before, 30).due == 90
    assert _look(BODY + 1, before, 30).sure_for == 4
    assert _look(BODY + 500, before, 30).due == 30
    assert _look(BODY, [], 30).due == 30


def test_who_is_in_doubt_beside_somebody_sure_is_looked_at_when_due():
    before = [_Look(BODY, 90, Fraction(4)), _Look(BODY + 3, 34)]
    assert _look(BODY, before, 30).due == 34


def test_people_are_counted_often_at_first_and_by_the_frames_number_alone():
    observer = Observer(PoseSettings(), (64, 64), FPS, several=False)
    seconds = [n / 24 for n in range(24 * 40) if observer._counts(n)]
    assert seconds == [0, 3, 6, 9, 18, 27, 36]
