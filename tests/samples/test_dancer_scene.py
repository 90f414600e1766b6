"""Rooms at random, and what a camera does to light."""

from dataclasses import replace

import numpy as np
import pytest

from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip, prepare
from samples.dancer.pose import SKELETON
from samples.dancer.render import smear
from samples.dancer.room import Room, develop
from samples.dancer.scene import FLOORS, SCENES, WALLS, find_scene

SIZE = (96, 80)


def test_no_two_numbers_make_the_same_room_and_many_make_all_kinds() -> None:
    scenes = [find_scene(str(seed)) for seed in range(200)]
    assert scenes[3] == find_scene("3")
    assert len({scene.angle for scene in scenes}) == 200
    assert {scene.wall for scene in scenes} == set(WALLS)
    assert {scene.floor for scene in scenes} == set(FLOORS)
    assert find_scene("parlour") == SCENES["parlour"]


@pytest.mark.parametrize("wall", WALLS)
def test_every_wall_is_painted_and_furnished(wall: str) -> None:
    scene = replace(find_scene("5"), wall=wall, things=0)
    bare, furnished = (Room(each, SIZE, 1.7).background for each in (scene, replace(scene, things=8)))
    assert 20 < bare.mean() < 245
    assert (bare != furnished).any(axis=2).mean() > 0.02


@pytest.mark.parametrize("floor", FLOORS)
def test_every_floor_is_painted(floor: str) -> None:
    background = Room(replace(SCENES["studio"], floor=floor, wall="paper"), SIZE, 1.7).background
    assert (background[-8:].std(axis=(0, 1)).mean() > 2) == (floor not in ("plain",))


@pytest.mark.parametrize("seed", range(12))
def test_in_a_room_at_random_the_person_is_seen_from_crown_to_toe(seed: int) -> None:
    clip = Clip(str(seed), "dance", str(seed), SIZE, seconds=2, detail=0.3)
    seen = clip.room().camera.project(clip.joints())[..., :2]
    assert (seen > 0).all()
    assert (seen < SIZE).all()
    assert np.ptp(seen[..., 1], axis=1).max() > 0.3 * SIZE[1]


def test_gains_are_factors_of_light_and_a_soft_lens_keeps_its_sum() -> None:
    light = np.random.default_rng(0).uniform(0.1, 0.3, (64, 64, 3)).astype(np.float32)
    plain, warm, soft = (
        develop(replace(SCENES["studio"], **changes), light).astype(float)
        for changes in ({}, {"gains": (1.5, 1.0, 0.7)}, {"soft": 4.0})
    )
    assert (warm[..., 0] > plain[..., 0]).all()
    assert (warm[..., 1] == plain[..., 1]).all()
    assert (warm[..., 2] < plain[..., 2]).all()
    assert soft.mean() == pytest.approx(plain.mean(), rel=0.02)
    assert soft.std() < 0.7 * plain.std()


def test_what_moves_is_smeared_along_its_motion_and_what_stands_is_not() -> None:
    layer = np.zeros((40, 60, 4), np.float32)
    layer[10:30, 26:34] = 1
    flow = np.zeros((40, 60, 2), np.float32)
    assert np.allclose(smear(layer, flow), layer)
    flow[10:30, 26:34, 0] = 10
    moved = smear(layer, flow)[..., 3]
    assert moved.sum() == pytest.approx(layer[..., 3].sum(), rel=0.1)
    assert (moved[20] > 0.05).sum() >= 14
    assert (moved[:, 30] > 0.05).sum() == 20


def test_an_exposure_smears_hands_more_than_feet() -> None:
    stage, dance = prepare(Clip("amara", "dance", "studio", (128, 128), detail=0.5))
    sharp, smeared = (stage.render(dance, 9.2, exposure=exposure) for exposure in (0.0, 0.15))
    difference = np.abs(sharp.alpha - smeared.alpha)
    wrist, ankle = (int(sharp.xy[SKELETON.index(f"right_{joint}"), 1]) for joint in ("wrist", "ankle"))
    assert difference[: wrist + 8].sum() > 2 * difference[ankle - 4 :].sum()
    assert np.array_equal(sharp.xy, smeared.xy)


def test_the_named_people_and_rooms_are_filmed_without_blur() -> None:
    assert all(scene.shutter == scene.soft == scene.things == 0 for scene in SCENES.values())
    assert all(person.over == 0 and person.hat == "none" for person in CHARACTERS.values())
