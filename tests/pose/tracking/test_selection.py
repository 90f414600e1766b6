from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.pose import OPENPOSE_137, empty
from motion_transfer.pose.tracking.selection import choose_person
from tests.drawn_world import without

BUT_HANDS = slice(0, OPENPOSE_137.face.stop)


def people_at(person, *places):
    return [person(np.full(5, x), 400, height) for x, height in places]


@pytest.mark.parametrize(
    ("who", "number"), [("largest", 0), ("centre", 0), ("left", 1), ("right", 2), ("1", 0), ("3", 2)]
)
def test_people_are_chosen_by_place_size_and_number(person, who, number):
    people = people_at(person, (330, 300), (100, 200), (560, 100))
    assert choose_person(people, who) is people[number]


@pytest.mark.parametrize(("who", "number"), [("left", 0), ("centre", 1), ("right", 2)])
def test_a_person_with_hands_only_is_where_the_hands_are(person, who, number):
    people = people_at(person, (100, 200), (330, 200), (560, 200))
    people[1] = without(people[1], BUT_HANDS)
    assert choose_person(people, who) is people[number]


def test_frames_with_hands_only_and_people_who_are_never_seen_do_not_disturb_the_choice(person):
    first, second = people_at(person, (100, 200), (560, 200))
    people = [empty(5, (640, 480), Fraction(25)), without(first, BUT_HANDS, frames=2), second]
    assert choose_person(people, "left") is people[1]


def test_a_number_that_no_person_has_is_an_error_that_names_the_numbers(person):
    people = people_at(person, (100, 200), (300, 200), (500, 200))
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
