import json
from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.errors import PoseError
from motion_transfer.pose import BodyStats, empty, measure_body
from motion_transfer.pose.normalisation.body import gather_bodies
from tests.drawn_world import without

BODY = BodyStats(
    close=400, far=350, height_close=300, height_far=250, centre_x=320, left=0.1, right=0.2, size=(640, 480), bones={}
)


def walk(frames=500, low=350.0, high=400.0):
    """The floor under a person who slowly walks to the camera and back."""
    return (low + high) / 2 - (high - low) / 2 * np.cos(np.linspace(0, 4 * np.pi, frames))


def test_a_person_who_stands_still_has_one_place_and_one_height(person):
    body = measure_body(person([200] * 50, 400, 300))
    assert (body.close, body.far, body.centre_x) == pytest.approx((400, 400, 200), abs=0.01)
    assert (body.height_close, body.height_far) == pytest.approx((300, 300), abs=0.1)
    assert (body.left, body.right) == pytest.approx((0, 0), abs=1e-3)


def test_a_walk_in_depth_gives_both_ends_and_the_height_at_each(person):
    floor = walk()
    body = measure_body(person(320, floor, 200 + 1.5 * (floor - 350)), alpha=1.0)
    assert body.close == pytest.approx(400, abs=1)
    assert body.far == pytest.approx(350, abs=1)
    assert body.height_close == pytest.approx(275, abs=3)
    assert body.height_far == pytest.approx(200, abs=3)


def test_steps_farther_back_than_alpha_allows_are_no_far_position(person):
    floor = np.repeat([380.0, 400.0, 380.0, 300.0, 380.0], 100)
    near = measure_body(person(320, floor, 300), alpha=0.5)
    assert near.far > 365


def test_a_jump_is_no_step_back(person):
    jump = np.zeros(200)
    for start in range(20, 200, 40):
        jump[start : start + 10] = 80 * np.sin(np.linspace(0, np.pi, 10))
    body = measure_body(person(320, 400, 300, jump=jump), alpha=1.0)
    assert body.far == pytest.approx(400, abs=0.5)


def test_one_wrong_detection_decides_nothing(person):
    floor, height = np.full(300, 400.0), np.full(300, 300.0)
    calm = measure_body(person(320, floor, height))
    floor[100], height[100] = 470, 460
    wild = measure_body(person(320, floor, height))
    for name in ("close", "far", "height_close", "height_far", "centre_x"):
        assert getattr(wild, name) == pytest.approx(getattr(calm, name), rel=0.01)


def test_crouching_in_the_back_does_not_make_a_person_small(person):
    floor = walk()
    upright = 200 + 1.5 * (floor - 350)
    crouching = np.where(floor < 358, 0.5 * upright, upright)
    body = measure_body(person(320, floor, crouching), alpha=1.0)
    assert body.height_far == pytest.approx(200, rel=0.05)


def test_travel_to_the_side_is_measured_in_heights(person):
    x = 320 + 90 * np.sin(np.linspace(0, 4 * np.pi, 1000))
    body = measure_body(person(x, 400, 300))
    assert (body.left, body.right) == pytest.approx((0.3, 0.3), abs=0.01)


def test_without_feet_the_trunk_tells_the_size(person):
    poses = person([320] * 50, 400, 300)
    full = measure_body(poses)
    partial = measure_body(without(poses, "left_ankle", "right_ankle"))
    assert partial.height_close == pytest.approx(full.height_close, rel=0.1)
    assert partial.close == pytest.approx(full.close, abs=0.1 * full.height_close)
    assert partial.centre_x == pytest.approx(full.centre_x)


def test_without_a_nose_the_ears_are_the_head(person):
    body = measure_body(without(person([320] * 50, 400, 300), "nose"))
    assert body.height_close == pytest.approx(303, abs=0.5)


def test_a_person_with_only_a_head_cannot_be_measured(person):
    poses = without(person([320] * 5, 400, 300), "left_ankle", "right_ankle", "mid_hip")
    with pytest.raises(PoseError, match=r"neither feet nor trunk .* 5 frames"):
        measure_body(poses)
    with pytest.raises(PoseError, match="neither feet nor trunk"):
        measure_body(empty(5, (640, 480), poses.fps))


@pytest.mark.parametrize("bones", [{}, {"legs": 0.5, "hand": 0.06}])
def test_a_body_survives_json(bones):
    body = replace(BODY, bones=bones)
    assert BodyStats.from_dict(json.loads(json.dumps(body.to_dict()))) == body


@pytest.mark.parametrize(
    "change",
    [
        {"close": None},
        {"size": 3},
        {"height_far": "tall"},
        {"height_far": 0},
        {"far": 500},
        {"bones": [0.5]},
        {"bones": {"legs": "long"}},
        {"bones": {"legs": 0}},
        {"bones": {"legs": 1e9}},
        {"close": float("inf")},
        {"centre_x": 10**400},
        {"left": True},
        {"size": [10**9, 640]},
        {"size": [640, 1]},
        {"size": [float("inf"), 640]},
    ],
)
def test_json_that_is_no_body_is_refused(change):
    with pytest.raises(PoseError, match="expected") as refusal:
        BodyStats.from_dict(BODY.to_dict() | change)
    assert "BodyStats(" not in str(refusal.value)


@pytest.mark.parametrize("name", ["centre_x", "size", "bones"])
def test_json_of_a_body_without_a_value_is_refused_by_its_name(name):
    values = BODY.to_dict()
    del values[name]
    with pytest.raises(PoseError, match=name):
        BodyStats.from_dict(values)


def test_a_body_of_numbers_that_are_none_is_refused():
    with pytest.raises(PoseError, match="centre_x of a person is nan; expected a number"):
        replace(BODY, centre_x=float("nan"))


def test_the_range_of_several_people_holds_them_all():
    other = replace(BODY, close=420, far=380, centre_x=100, left=0.2, height_close=330, height_far=330)
    scene = gather_bodies([BODY, other])
    assert (scene.close, scene.far, scene.centre_x) == (420, 350, 210)
    height = (scene.height_close + scene.height_far) / 2
    assert scene.centre_x - scene.left * height == pytest.approx(100 - 0.2 * 330)
    assert scene.centre_x + scene.right * height == pytest.approx(320 + 0.2 * 300)
    alone = gather_bodies([BODY])
    assert (alone.close, alone.far, alone.height_close, alone.height_far) == (400, 350, 300, 250)
    with pytest.raises(PoseError, match="at least one"):
        gather_bodies([])
