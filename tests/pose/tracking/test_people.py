from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137, Detection, empty
from motion_transfer.pose.detection.detection import body_distance
from motion_transfer.pose.tracking.people import as_sequence, join_people, track_people
from motion_transfer.pose.tracking.tracklets import UNKNOWN, ObservedPerson
from tests.drawn_world import standing, without

SIZE = (640, 480)
FPS = Fraction(25)


def observed(*people, colours=None):
    """For each frame the people who are present, with their colours."""
    depth = np.zeros(25, np.float32)
    colours = colours or [UNKNOWN] * len(people)
    return [
        [
            ObservedPerson(Detection(poses.xy[t], poses.score[t], depth), colour)
            for poses, colour in zip(people, colours, strict=True)
            if poses.score[t].any()
        ]
        for t in range(len(people[0]))
    ]


def tracked(*people, colours=None):
    frames = observed(*people, colours=colours)
    return [as_sequence(track, len(frames), SIZE, FPS) for track in join_people(frames, FPS)]


def only(poses, frames):
    return without(poses, frames=[t for t in range(len(poses)) if t not in frames])


def plain(colour):
    histogram = np.zeros((2, 64), np.float32)
    histogram[:, colour] = 1
    return histogram


def x_of(poses):
    return poses.xy[:, OPENPOSE_137.index("neck"), 0]


def from_left(people):
    return sorted(people, key=lambda poses: x_of(poses)[0])


def test_everyone_is_followed_and_the_largest_is_number_one(person):
    small, large = person(150 + np.arange(30), 300, 120), person(400 - np.arange(30), 450, 300)
    frames = [[one.detection for one in found] for found in observed(small, large)]
    people = track_people(frames, size=SIZE, fps=FPS)
    for found, true in zip(people, (large, small), strict=True):
        assert np.array_equal(found.xy, true.xy)
        assert np.array_equal(found.score, true.score)


@pytest.mark.parametrize("colours", [None, (plain(3), plain(60)), (plain(7), plain(7))])
def test_people_who_cross_keep_their_numbers(person, colours):
    """Two people of one height pass each other; the one behind is hidden for half a second."""
    t = np.arange(100)
    before, behind = person(100 + 4.0 * t, 400, 200), without(person(500 - 4.0 * t, 380, 200), frames=slice(43, 57))
    first, second = from_left(tracked(before, behind, colours=colours))
    assert np.array_equal(first.xy, before.xy)
    assert np.array_equal(second.xy, behind.xy, equal_nan=True)


def test_a_detector_that_slides_from_one_to_the_other_while_they_cross_makes_no_swap(person):
    """Only one body is found while they overlap: first that of the one, then that of the other, who comes forth."""
    t = np.arange(100)
    one = without(person(100 + 4.0 * t, 400, 200), frames=slice(50, 57))
    other = without(person(500 - 4.0 * t, 380, 200), frames=slice(43, 50))
    people = from_left(tracked(one, other, colours=(plain(3), plain(60))))
    for found, true in zip(people, (one, other), strict=True):
        assert np.array_equal(found.xy[found.present], true.xy[found.present])
        assert found.present.sum() > 85


def test_one_body_found_between_two_who_cross_is_no_third_person(person):
    """For a second the detector finds one body where two are, with the colours of both."""
    t = np.arange(150)
    left, right = (without(person(x, 400, 200), frames=slice(60, 90)) for x in (100 + 2.7 * t, 500 - 2.7 * t))
    between = only(person(np.full(150, 300), 400, 205), range(60, 90))
    both = (plain(3) + plain(60)) / np.float32(np.sqrt(2))
    people = from_left(tracked(left, right, between, colours=(plain(3), plain(60), both)))
    for found, true in zip(people, (left, right), strict=True):
        assert np.array_equal(found.xy[true.present], true.xy[true.present])


def test_a_body_never_seen_clear_of_others_is_not_taken_for_a_person_far_away(person):
    """A false body beside a dancer, of unknown colours, must not become that dancer's later self."""
    t = np.arange(120)
    dancer = without(person(np.where(t < 60, 150, 380), 400, 200), frames=slice(60, 90))
    false = only(person(np.full(120, 230), 400, 150), range(10, 30))
    people = tracked(dancer, false, colours=(plain(3), UNKNOWN))
    assert np.array_equal(people[0].present, dancer.present)


@settings(max_examples=15)
@given(st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(random):
    t = np.arange(60)
    walks = [standing(x, floor, 200) for x, floor in ((100 + 5.0 * t, 400), (420 - 4.0 * t, 380), (300 + 0 * t, 470))]
    frames = observed(*walks)
    shuffled = [random.sample(found, len(found)) for found in frames]
    expected, got = ([as_sequence(track, 60, SIZE, FPS) for track in join_people(f, FPS)] for f in (frames, shuffled))
    assert len(expected) == len(got) == 3
    for a, b in zip(expected, got, strict=True):
        assert np.array_equal(a.xy, b.xy, equal_nan=True)


def test_a_person_who_was_away_comes_back_under_the_same_number(person):
    one, other = without(person(np.full(80, 200), 400, 200), frames=slice(30, 55)), person(np.full(80, 450), 400, 220)
    people = tracked(one, other, colours=(plain(5), plain(50)))
    assert [int(found.present.sum()) for found in people] == [80, 55]


def test_two_detections_on_one_person_are_one(person):
    one = person(200 + np.arange(30), 400, 200)
    again = replace(one, xy=one.xy + np.float32(6), score=one.score * np.float32(0.8))
    (found,) = tracked(again, one)
    assert np.array_equal(found.xy, one.xy)


def test_a_clip_of_one_frame_has_people_too(person):
    assert len(tracked(person(150, 300, 120), person(400, 450, 300))) == 2


def test_an_empty_scene_has_no_people():
    assert track_people([[], [], []], size=SIZE, fps=FPS) == []


def test_a_flicker_is_no_person(person):
    ghost = only(person(np.full(60, 550), 470, 60), (20, 21))
    assert len(tracked(person(np.full(60, 200), 400, 250), ghost)) == 1


def test_bodies_without_a_common_joint_are_far_apart():
    poses = empty(1, SIZE, FPS)
    assert body_distance(poses.xy[0], poses.xy[0]) == np.inf


def test_a_person_who_was_followed_under_doubt_counts_as_hidden_all_the_same(person):
    """Two come so close that they cannot be told apart; then one body is found, now the one's and now the other's."""
    t = np.arange(100)
    one, other = person(100 + 4.0 * t, 400, 200), person(500 - 4.0 * t, 380, 200)
    one, other = without(one, frames=slice(52, 60)), without(other, frames=[*range(46, 52), *range(60, 64)])
    for found in tracked(one, other)[:2]:
        shown = [
            min((one, other), key=lambda true: np.abs(x_of(true)[i] - x)).xy is one.xy
            for i, x in enumerate(x_of(found))
            if found.present[i] and not 44 <= i < 66
        ]
        assert len(set(shown)) == 1
