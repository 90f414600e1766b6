"""When somebody is looked at again, and when people are counted."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.pose.likeness import MAIN
from motion_transfer.pose.observe import REPEATS, Observer, _Look, _look, _Repeats

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


def picture(right=0.0):
    """Shapes of several contrasts, moved to the right by parts of a pixel."""
    canvas = np.full((240, 320, 3), 90, np.uint8)
    for n, shade in enumerate((20, 60, 120, 160, 230)):
        cv2.circle(canvas, (round((40 + 50 * n + right) * 256), 120 * 256), 20 * 256, (shade,) * 3, -1, cv2.LINE_AA, 8)
    return canvas


def test_a_picture_with_a_codecs_traces_is_the_same():
    repeated, rng = _Repeats(), np.random.default_rng(0)
    assert not repeated(picture())
    noisy = np.clip(picture() + rng.normal(0, 6, (240, 320, 3)).round(), 0, 255).astype(np.uint8)
    assert repeated(noisy)


@pytest.mark.parametrize("step", [0.6, 1.0, 10.0])
def test_a_picture_in_which_something_moves_is_another(step):
    repeated = _Repeats()
    assert not any(repeated(picture(step * n)) for n in range(5))


def test_what_moves_slower_is_compared_with_the_last_picture_that_was_read():
    repeated = _Repeats()
    read = [n for n in range(12) if not repeated(picture(0.04 * n))]
    assert 1 < len(read) < 12
    assert max(np.diff(read)) * 0.04 < 0.6


def test_only_a_few_frames_in_a_row_repeat():
    repeated = _Repeats()
    seen = [repeated(picture()) for _ in range(9)]
    assert seen == ([False] + [True] * REPEATS) * 2 + [False]


def test_frames_of_another_size_or_kind_repeat_nothing():
    repeated = _Repeats()
    assert not any(repeated(frame) for frame in (picture(), picture()[:100], picture()[:100].astype(np.float32)))
