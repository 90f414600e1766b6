from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.pose import OPENPOSE_137, Detection, choose_person, empty, track_people
from motion_transfer.pose.tracking.similarity import MAIN, body_distance, color_histogram, histogram_distance

SIZE = (640, 480)
FPS = Fraction(25)
NECK = OPENPOSE_137.index("neck")


def detections(poses):
    """What a detector would give of poses: for each frame a list of one or none."""
    depth = np.zeros(25, np.float32)
    rows = zip(poses.xy, poses.score, strict=True)
    return [[Detection(xy, score, depth)] if score.any() else [] for xy, score in rows]


def together(*people):
    return [[one for found in frame for one in found] for frame in zip(*map(detections, people), strict=True)]


def without(poses, frames):
    score = poses.score.copy()
    score[frames] = 0
    return replace(poses, score=score)


def look_of(colour):
    histogram = np.zeros((2, 64), np.float32)
    histogram[:, colour] = 1
    return histogram


def x_of(poses):
    return poses.xy[:, NECK, 0]


@pytest.fixture
def crossing(person):
    """Two people of one height who pass each other; the one behind is hidden for half a second."""
    t = np.arange(100)
    return person(100 + 4.0 * t, 400, 200), without(person(500 - 4.0 * t, 380, 200), slice(43, 57))


def test_everybody_is_followed_and_the_largest_is_number_one(person):
    small, large = person(150 + np.arange(30), 300, 120), person(400 - np.arange(30), 450, 300)
    people = track_people(together(small, large), size=SIZE, fps=FPS)
    assert [x_of(p)[0] for p in people] == [400, 150]
    for found, true in zip(people, (large, small), strict=True):
        assert np.array_equal(found.xy, true.xy)
        assert np.array_equal(found.score, true.score)


@pytest.mark.parametrize("colours", [None, (3, 60), (7, 7)])
def test_people_who_cross_keep_their_numbers(crossing, colours):
    frames = together(*crossing)
    looks = None
    if colours:
        looks = [
            [look_of(colours[int(x_of_detection(one) != x)]) for one in f]
            for f, x in zip(frames, x_of(crossing[0]), strict=True)
        ]
    first, second = sorted(track_people(frames, size=SIZE, fps=FPS, looks=looks), key=lambda p: x_of(p)[0])
    assert np.array_equal(first.xy, crossing[0].xy)
    assert np.array_equal(second.xy, crossing[1].xy, equal_nan=True)


def test_a_detector_that_slides_from_one_to_the_other_while_they_cross_makes_no_swap(person):
    """Only one body is found while they overlap: first that of the one, then that of the other, who comes forth."""
    t = np.arange(100)
    one = without(person(100 + 4.0 * t, 400, 200), slice(50, 57))
    other = without(person(500 - 4.0 * t, 380, 200), slice(43, 50))
    looks = [[look_of(c) for c, p in ((3, one), (60, other)) if p.present[i]] for i in t]
    first, second = sorted(
        track_people(together(one, other), size=SIZE, fps=FPS, looks=looks), key=lambda p: x_of(p)[0]
    )
    for found, true in ((first, one), (second, other)):
        assert np.array_equal(found.xy[found.present], true.xy[found.present])
        assert found.present.sum() > 85


def test_a_body_between_two_who_cross_is_nobody_of_their_own(person):
    """For a second the detector finds one body where two are, with the colours of both."""
    t = np.arange(150)
    left, right = (without(person(x, 400, 200), slice(60, 90)) for x in (100 + 2.7 * t, 500 - 2.7 * t))
    between = without(person(np.full(150, 300), 400, 205), [i for i in t if not 60 <= i < 90])
    both = (look_of(3) + look_of(60)) / np.float32(np.sqrt(2))
    looks = [[both] if between.present[i] else [look_of(3), look_of(60)] for i in t]
    people = track_people(together(left, right, between), size=SIZE, fps=FPS, looks=looks)
    assert len(people) == 2
    for found, true in zip(sorted(people, key=lambda p: x_of(p)[0]), (left, right), strict=True):
        assert np.array_equal(found.xy[true.present], true.xy[true.present])


def test_who_was_never_seen_clear_of_others_is_not_taken_for_somebody_far_away(person):
    """A false body beside a dancer, whose colours nobody knows, must not become that dancer's later self."""
    t = np.arange(120)
    dancer = without(person(np.where(t < 60, 150, 380), 400, 200), slice(60, 90))
    false = without(person(np.full(120, 230), 400, 150), [i for i in t if not 10 <= i < 30])
    looks = [[look_of(3)] * bool(dancer.present[i]) + [0 * look_of(3)] * bool(false.present[i]) for i in t]
    people = track_people(together(dancer, false), size=SIZE, fps=FPS, looks=looks)
    assert np.array_equal(people[0].present, dancer.present)


def test_who_is_covered_has_no_colours_there():
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[:, :300], frame[:, 300:] = (200, 30, 30), (30, 30, 200)
    behind, before, aside = (detections(_figure(x))[0][0] for x in (295, 303, 500))
    assert not color_histogram(frame, behind, [before])[1].any()
    assert np.array_equal(color_histogram(frame, behind, [aside]), color_histogram(frame, behind))


def x_of_detection(one):
    return one.xy[NECK, 0]


@settings(max_examples=15)
@given(st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(random):
    t = np.arange(60)
    frames = together(_walk(100 + 5.0 * t, 400), _walk(420 - 4.0 * t, 380), _walk(300 + 0 * t, 470))
    shuffled = [random.sample(found, len(found)) for found in frames]
    expected, got = (track_people(f, size=SIZE, fps=FPS) for f in (frames, shuffled))
    assert len(expected) == len(got)
    for a, b in zip(expected, got, strict=True):
        assert np.array_equal(a.xy, b.xy, equal_nan=True)


def _walk(x, floor):
    """Somebody 200 px tall, as a stick with eleven joints."""
    xy = np.full((len(x), 137, 2), np.nan, np.float32)
    places = np.linspace((-0.1, -1), (0.1, 0), len(MAIN))
    xy[:, MAIN] = np.stack([x, np.full(len(x), floor)], axis=1)[:, None] + 200 * places
    score = np.isfinite(xy).all(axis=2).astype(np.float32)
    from motion_transfer.pose import PoseSequence

    return PoseSequence(xy, score, SIZE, FPS)


def test_somebody_who_was_away_comes_back_under_the_same_number(person):
    one = without(person(np.full(80, 200), 400, 200), slice(30, 55))
    other = person(np.full(80, 450), 400, 220)
    looks = [
        [look_of(5)] * len(a) + [look_of(50)] * len(b) for a, b in zip(detections(one), detections(other), strict=True)
    ]
    people = track_people(together(one, other), size=SIZE, fps=FPS, looks=looks)
    assert [int(p.present.sum()) for p in people] == [80, 55]


def test_two_detections_on_one_person_are_one(person):
    one = person(200 + np.arange(30), 400, 200)
    again = replace(one, xy=one.xy + np.float32(6), score=one.score * np.float32(0.8))
    (found,) = track_people(together(again, one), size=SIZE, fps=FPS)
    assert np.array_equal(found.xy, one.xy)


def test_a_clip_of_one_frame_has_people_too(person):
    frames = together(person(150, 300, 120), person(400, 450, 300))
    assert len(track_people(frames, size=SIZE, fps=FPS)) == 2


def test_nobody_is_nobody():
    assert track_people([[], [], []], size=SIZE, fps=FPS) == []


def test_a_flicker_is_no_person(person):
    ghost = without(person(np.full(60, 550), 470, 60), [i for i in range(60) if i not in (20, 21)])
    assert len(track_people(together(person(np.full(60, 200), 400, 250), ghost), size=SIZE, fps=FPS)) == 1


def test_people_are_chosen_by_place_size_and_number(person):
    people = [person(np.full(5, x), 400, h) for x, h in ((330, 300), (100, 200), (560, 100))]
    chosen = {who: people.index(choose_person(people, who)) for who in ("largest", "centre", "left", "right", "1", "3")}
    assert chosen == {"largest": 0, "centre": 0, "left": 1, "right": 2, "1": 0, "3": 2}


def test_a_number_that_nobody_has_is_an_error_that_says_which_there_are(person):
    people = [person(np.full(5, x), 400, 200) for x in (100, 300, 500)]
    with pytest.raises(PoseError, match=r"no person 4 in duo\.mp4; people 1 to 3 are"):
        choose_person(people, "4", name="duo.mp4")
    with pytest.raises(PoseError, match="no person 2 in the clip; only person 1 is"):
        choose_person(people[:1], "2")
    with pytest.raises(PoseError, match="no person found"):
        choose_person([], "1")


@pytest.mark.parametrize("who", ["0", "-1", "two", "", "all", "²"])
def test_what_is_no_choice_is_refused(who, person):
    with pytest.raises(ConfigError, match="expected largest, centre, left, right, or a number from 1"):
        choose_person([person(1, 2, 100)], who)


def test_looks_are_the_clothes_colours():
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[:, :320] = (200, 30, 30)
    frame[:, 320:] = (30, 30, 200)
    red, blue, also_red = (color_histogram(frame, detections(_figure(x))[0][0]) for x in (150, 500, 200))
    distances = histogram_distance(red[None], np.stack([also_red, blue, np.zeros((2, 64), np.float32)]))[0]
    assert distances[0] < 0.01
    assert distances[1] > 0.5
    assert distances[2] == 0  # nothing is known of it


def _figure(x):
    from motion_transfer.pose import PoseSequence

    xy = np.full((1, 137, 2), np.nan, np.float32)
    for name, (dx, dy) in {
        "right_shoulder": (-20, -170), "left_shoulder": (20, -170), "right_hip": (-12, -100), "left_hip": (12, -100),
        "right_knee": (-12, -50), "left_knee": (12, -50), "right_ankle": (-12, 0), "left_ankle": (12, 0),
    }.items():  # fmt: skip
        xy[0, OPENPOSE_137.index(name)] = x + dx, 400 + dy
    return PoseSequence(xy, np.isfinite(xy).all(axis=2).astype(np.float32), SIZE, FPS)


def test_bodies_without_a_common_joint_are_far_apart():
    poses = empty(1, SIZE, FPS)
    assert body_distance(poses.xy[0], poses.xy[0]) == np.inf


def test_who_was_followed_under_doubt_counts_as_hidden_all_the_same(person):
    """Two come so close that nobody knows who is who; then one body is found, now the one's and now the other's."""
    t = np.arange(100)
    one, other = person(100 + 4.0 * t, 400, 200), person(500 - 4.0 * t, 380, 200)
    one, other = without(one, slice(52, 60)), without(other, [*range(46, 52), *range(60, 64)])
    people = track_people(together(one, other), size=SIZE, fps=FPS)
    for found in people[:2]:
        shown = [
            min((one, other), key=lambda true: np.abs(x_of(true)[i] - x)).xy is one.xy
            for i, x in enumerate(x_of(found))
            if found.present[i] and not 44 <= i < 66
        ]
        assert len(set(shown)) == 1
