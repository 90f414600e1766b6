"""Hands and faces, with networks that see a spot of light where the part is."""

from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.pose import OPENPOSE_137 as K
from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.pose.detection.parts import PartFinder

SIZE = (400, 300)
LEFT_HAND, RIGHT_HAND, FACE = (120, 180), (280, 180), (200, 60)
_OPEN = np.zeros((21, 2), np.float32)
for finger in range(5):
    for joint in range(4):
        _OPEN[1 + 4 * finger + joint] = (0.1 * (finger - 2), -0.25 - 0.125 * joint)  # a palm of half the crop


class Network:
    """Finds the middle of the light in a crop; sure of it by its brightness."""

    side = 64

    def __init__(self, points):
        self.points = points
        self.runs = 0

    def __call__(self, crop):
        self.runs += 1
        light = crop.max(axis=2).astype(float)
        if light.max() < 20:
            return np.full((self.points, 2), 0.5, np.float32) + np.resize(_OPEN, (self.points, 2)), 0.0
        y, x = np.argwhere(light > light.max() / 2).mean(axis=0) + 0.5
        middle = np.array((x, y), np.float32) / len(crop)
        return middle + np.resize(_OPEN, (self.points, 2)), float(light.max() / 255)


@pytest.fixture
def networks():
    return Network(21), Network(478)


@pytest.fixture
def find(networks):
    return PartFinder(*networks)


def hand_runs(find, networks, times, *arguments):
    """How often the hands' network runs in each of some frames, and the scores in the last one."""
    runs = []
    for _ in range(times):
        before = networks[0].runs
        (parts,) = find(*arguments)
        runs.append(networks[0].runs - before)
    return runs, scores(parts)


def scores(detection):
    """Those of left hand, right hand and face; 0 where one is missing."""
    found = [set(detection.score[part].tolist()) for part in (K.left_hand, K.right_hand, K.face)]
    return [score for (score,) in found]  # the points of a part share one


def frame(*spots, brightness=255):
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for x, y in spots:
        picture[y - 3 : y + 4, x - 3 : x + 4] = brightness
    return picture


def person(visibility=1.0, nose_depth=-30.0, left=LEFT_HAND, right=RIGHT_HAND):
    xy = np.zeros((33, 2), np.float32)
    xy[:11] = FACE
    for i, x in zip((1, 2, 3, 7), (6, 8, 10, 16), strict=True):
        xy[[i, i + 3 if i < 7 else 8]] = (FACE[0] + x, FACE[1] - 6), (FACE[0] - x, FACE[1] - 6)
    xy[9:11] = (FACE[0] + 5, FACE[1] + 8), (FACE[0] - 5, FACE[1] + 8)
    xy[11:13] = (230, 100), (170, 100)
    xy[23:25] = (220, 200), (180, 200)
    xy[13], xy[14] = (left[0], left[1] - 50), (right[0], right[1] - 50)
    xy[15], xy[16] = left, right
    for side, hand in ((0, left), (1, right)):
        xy[17 + side], xy[19 + side] = (hand[0] - 3, hand[1] + 10), (hand[0] + 3, hand[1] + 10)
    z = np.zeros(33, np.float32)
    z[0] = nose_depth
    return Landmarks(xy, z, np.full(33, visibility, np.float32))


def test_each_hand_goes_to_its_own_wrist(find):
    (one,) = find(frame(LEFT_HAND, RIGHT_HAND, FACE), [person()])
    np.testing.assert_allclose(one.xy[K.left_hand][0], LEFT_HAND, atol=2)
    np.testing.assert_allclose(one.xy[K.right_hand][0], RIGHT_HAND, atol=2)
    assert np.isfinite(one.xy[K.face]).all()


@pytest.mark.parametrize(("brightness", "score"), [(230, 230 / 255), (120, 0)])
def test_the_score_is_the_networks_and_what_it_doubts_is_missing(find, brightness, score):
    (one,) = find(frame(LEFT_HAND, FACE, brightness=brightness), [person()])
    assert scores(one) == pytest.approx([score, 0, score])


def test_a_hand_that_the_body_hides_must_be_surer(find):
    picture = frame(LEFT_HAND, brightness=180)
    assert scores(find(picture, [person()])[0])[0] > 0
    assert scores(find(picture, [person(visibility=0.2)])[0])[0] == 0


def test_a_hand_far_from_the_wrist_is_not_the_persons(find):
    (one,) = find(frame((LEFT_HAND[0] + 45, LEFT_HAND[1] + 20)), [person()])
    assert scores(one) == [0, 0, 0]


def test_no_face_is_located_on_the_back_of_a_head(find, networks):
    (one,) = find(frame(FACE), [person(nose_depth=60.0)])
    assert scores(one)[2] == networks[1].runs == 0


def test_one_hand_is_not_both(find):
    (one,) = find(frame((200, 180)), [person(left=(200, 180), right=(206, 180))])
    assert sorted(scores(one)[:2]) == [0, 1]


def test_a_hand_is_followed_with_one_run_of_its_network(find, networks):
    find(frame(LEFT_HAND, RIGHT_HAND), [person()])
    before = networks[0].runs
    there = (LEFT_HAND[0] + 30, LEFT_HAND[1] - 20)
    (one,) = find(frame(there, RIGHT_HAND), [person(left=there)])
    assert networks[0].runs - before == 2
    np.testing.assert_allclose(one.xy[K.left_hand][0], there, atol=2)


def test_a_person_who_is_lost_has_no_parts_and_is_forgotten(find, networks):
    find(frame(LEFT_HAND, RIGHT_HAND), [person()])
    assert find(frame(), []) == []
    before = networks[0].runs
    find(frame(LEFT_HAND, RIGHT_HAND), [person()])
    assert networks[0].runs - before == 4  # both located again: a rough crop, then a better one


def test_no_parts_are_located_outside_the_frame(find, networks):
    away = replace(person(), xy=person().xy + np.array((1000, 0), np.float32))
    (one,) = find(frame(), [away])
    assert scores(one) == [0, 0, 0]
    assert [network.runs for network in networks] == [0, 0]


def test_parts_and_bodies_become_detections(find):
    (one,) = find(frame(LEFT_HAND, FACE), [person()])
    assert one.xy.shape == (137, 2)
    assert scores(one) == [1, 0, 1]
    assert np.isnan(one.xy[K.right_hand]).all()
    assert one.xy[K.index("left_wrist")].tolist() == list(LEFT_HAND)
    assert one.depth[[K.index("mid_hip"), K.index("nose")]].tolist() == [0, -30]


def test_a_small_persons_lost_hands_are_located_less_often_but_found_again(find, networks):
    small = replace(person(), xy=person().xy * 0.4)
    runs, _ = hand_runs(find, networks, 14, frame(), [small])
    assert runs[:2] == [4, 4]  # from the wrists and the forearms
    assert sum(runs[2:]) == 8
    hands = [(int(0.4 * x), int(0.4 * y)) for x, y in (LEFT_HAND, RIGHT_HAND)]
    _, found = hand_runs(find, networks, 6, frame(*hands), [small])
    assert min(found[:2]) > 0


def test_a_large_persons_hands_that_left_no_trace_are_located_in_turns(find, networks):
    runs, _ = hand_runs(find, networks, 6, frame(), [person()])
    assert runs == [4, 4, 2, 2, 2, 2]  # from the wrists and the forearms, then from either
    _, found = hand_runs(find, networks, 2, frame(LEFT_HAND, RIGHT_HAND), [person()])
    assert min(found[:2]) > 0


def test_a_doubtful_hand_is_followed_and_located_elsewhere_now_and_then(find, networks):
    find(frame(LEFT_HAND, RIGHT_HAND), [person()])
    runs, found = hand_runs(find, networks, 8, frame(LEFT_HAND, RIGHT_HAND, brightness=150), [person()])
    assert found[0] > 0
    assert runs[0] == 4  # each hand twice
    assert max(runs[1:]) > 4 > min(runs[1:]) == 2
