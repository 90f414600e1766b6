from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose.tracking.plausibility import plausible_frames

FPS = Fraction(20)
BODY = np.array([(0, 0), (10, 50), (-10, 100)], np.float32)


def judge(confirmed, frames=None, shift=0.0, moved=None):
    frames = list(range(len(confirmed))) if frames is None else frames
    bodies = [BODY + np.float32(shift * i) for i in range(len(frames))]
    return plausible_frames(frames, bodies, confirmed, moved or [None] * len(frames), FPS).tolist()


def test_who_is_found_again_in_the_mirror_is_a_person_in_all_frames_around():
    assert judge([None, None, True, None, None, False, None]) == [True] * 7


def test_what_is_never_found_again_is_none():
    assert judge([False, None, None, False, None]) == [False] * 5


def test_one_lucky_second_look_of_many_makes_no_person():
    assert judge([True] + [False] * 9) == [False] * 10
    assert judge([True] + [False] * 4) == [True] * 5


def test_a_chair_seen_before_the_dancer_comes_is_judged_by_itself():
    frames = [0, 1, 2, 30, 31, 32]
    assert judge([False, None, None, True, None, None], frames) == [False] * 3 + [True] * 3


def test_a_dancer_lost_for_a_moment_is_still_the_dancer():
    assert judge([True, None, False], [0, 1, 9]) == [True] * 3


def test_a_body_that_leaps_across_the_picture_is_another_one():
    far = BODY + np.float32(500)
    kept = plausible_frames([0, 1, 2, 3], [BODY, BODY, far, far], [True, None, False, None], [None] * 4, FPS)
    assert kept.tolist() == [True, True, False, False]


def test_who_was_not_looked_at_again_is_believed():
    assert judge([None] * 3) == [True] * 3


def test_a_clip_of_one_frame_is_judged_by_its_one_second_look():
    assert judge([True]) == [True]
    assert judge([False]) == [False]


def test_what_never_moves_is_a_thing_however_sure_the_second_looks_are():
    assert judge([True] * 20, moved=[1.5] * 20) == [False] * 20


def test_who_holds_a_pose_and_moves_at_any_time_is_a_person():
    assert judge([True] * 60, moved=[1.5] * 55 + [40.0] * 5) == [True] * 60


def test_under_a_second_nobody_need_move():
    assert judge([True] * 19, moved=[1.5] * 19) == [True] * 19


def test_where_movement_is_not_known_it_is_not_asked_for():
    assert judge([True] * 40) == [True] * 40


def test_a_thing_seen_after_the_dancer_left_does_not_move():
    frames = [*range(30), *range(50, 80)]
    assert judge([True] * 60, frames, moved=[50.0] * 30 + [2.0] * 30) == [True] * 30 + [False] * 30


@given(st.lists(st.sampled_from([None, True, False]), max_size=40))
def test_every_frame_is_judged_and_more_agreement_never_hurts(confirmed):
    kept = judge(confirmed)
    assert len(kept) == len(confirmed)
    better = judge([True if sure is False else sure for sure in confirmed])
    assert all(after or not before for before, after in zip(kept, better, strict=True))
