"""Rotations, meshes and the people made of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.dancer.body import Figure
from samples.dancer.characters import CHARACTERS, JOINTS, Skeleton
from samples.dancer.fabric import ON_THE_CHEST, WOVEN, pattern
from samples.dancer.geometry import common, ellipsoid, swing, turn, union, unit, vec
from samples.dancer.people import find_character
from samples.dancer.pose import landmarks
from samples.dancer.surface import Mesh, mesh_of

directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1).map(lambda v: unit(vec(*v)))


@given(directions, directions, st.floats(-7, 7))
def test_a_turn_is_a_rotation_about_its_axis_by_its_angle(axis: np.ndarray, v: np.ndarray, angle: float) -> None:
    m = turn(axis, angle)
    np.testing.assert_allclose(m @ m.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(m) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(m @ axis, axis, atol=1e-5)
    across = v - axis * (v @ axis)
    expected = across @ across * np.cos(angle), across @ across * np.sin(angle)
    np.testing.assert_allclose((across @ m @ across, np.cross(across, m @ across) @ axis), expected, atol=1e-5)


@given(directions, directions)
def test_a_swing_takes_one_direction_to_the_other(a: np.ndarray, b: np.ndarray) -> None:
    if a @ b > -0.95:  # between opposite directions there is no smallest turn
        np.testing.assert_allclose(swing(a, b) @ a, b, atol=1e-4)


def test_a_mesh_is_closed_and_lies_on_its_field() -> None:
    def field(p: np.ndarray) -> np.ndarray:
        ball = ellipsoid(p, (0, 0, 0), (0.4, 0.4, 0.4))
        return common(0.05, union(0.1, ball, ellipsoid(p, (0.3, 0, 0), (0.3, 0.2, 0.2))), p[..., 1] - 0.3)

    v, t = mesh_of(field, vec(-0.5, -0.5, -0.5), vec(0.8, 0.5, 0.5), 0.05)
    assert np.abs(field(v)).max() < 0.01
    edges = {(int(a), int(b)) for q in t for a, b in zip(q, np.roll(q, -1), strict=True)}
    assert edges == {(b, a) for a, b in edges}  # each is shared by two triangles that run the same way
    a, b, c = v[t].transpose(1, 0, 2)
    volume = (np.cross(a, b) * c).sum() / 6
    grid = np.stack(np.meshgrid(*[np.arange(-0.5, 0.8, 0.02)] * 3, indexing="ij"), -1).astype(np.float32)
    assert volume == pytest.approx((field(grid) < 0).sum() * 0.02**3, rel=0.03)


def test_in_the_rest_pose_the_skin_stays_where_it_is() -> None:
    mesh = Mesh(CHARACTERS["dalia"], 0.3)
    np.testing.assert_allclose(mesh.weights.sum(1), 1, atol=1e-5)
    vertices, _ = mesh.skin({name: (np.eye(3), mesh.figure.rest[name]) for name in JOINTS})
    np.testing.assert_allclose(vertices, mesh.vertices, atol=1e-5)


def test_face_points_lie_on_the_skin() -> None:
    who = CHARACTERS["bruno"]
    mesh = Mesh(who, 0.5)
    head = mesh.vertices[mesh.weights.argmax(1) == JOINTS.index("head")]
    for _, place, _ in landmarks(who)[25:95]:
        assert np.linalg.norm(head - place, axis=1).min() < 0.014


HAIRSTYLES = ("bald", "short", "crop", "long", "wavy", "bob", "bun", "ponytail", "braids", "afro", "beanie")
DRESS = {"over": 0.6, "bottom": "none", "flare": 1.3, "legwear": (0.1, 0.1, 0.1)}
COAT = {"over": 0.3, "bottom": "trousers", "sleeve": 1.7, "gloves": (0.9, 0.1, 0.1), "belly": 1.0}


@pytest.mark.parametrize(
    "changes",
    [{"hairstyle": style} for style in HAIRSTYLES]
    + [{"hat": hat, "hairstyle": "long"} for hat in ("cap", "brim", "scarf")]
    + [
        DRESS,
        COAT,
        {"bottom": "trousers", "length": 0.7},
        {"bottom": "skirt", "length": 0.8, "flare": 1.3},
        {"sleeve": 0.1, "glasses": True},
    ],
    ids=lambda changes: "-".join(map(str, changes.values()))[:30],
)
def test_every_look_stays_within_the_body_and_moves_with_it(changes: dict[str, Any]) -> None:
    who = replace(CHARACTERS["freya"], **changes)
    mesh = Mesh(who, 0.3)
    vertices, (x, y, z) = mesh.vertices, mesh.vertices.T
    assert np.isfinite(vertices).all()
    assert np.abs(x).max() < 0.9
    assert np.abs(z).max() < 0.45
    assert -0.01 < y.min() < 0.05
    assert who.height - 0.1 < y.max() < who.height + 0.15
    assert np.diff(np.unique(np.round(y, 2))).max() < 0.05, "nothing floats"
    np.testing.assert_allclose(mesh.weights.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("name", [*ON_THE_CHEST, *WOVEN])
def test_every_pattern_shows_both_colours_on_the_front(name: str) -> None:
    body = Figure(CHARACTERS["freya"])
    height = np.linspace(body.rest["pelvis"][1], body.rest["neck"][1], 80)
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(-0.15, 0.15, 60), height))
    share = pattern(body, name, np.stack([x, y, np.full_like(x, 0.1)], -1), top=True)
    assert share.min() == pytest.approx(0, abs=0.01)
    assert 0.5 <= share.max() <= 1
    assert not pattern(body, "plain", np.zeros((3, 3)), top=True).any()


def test_no_two_numbers_make_the_same_person_and_many_make_all_kinds() -> None:
    people = [find_character(str(seed)) for seed in range(300)]
    assert len({person.height for person in people}) == 300
    assert {person.hairstyle for person in people} == set(HAIRSTYLES)
    assert {person.hat for person in people} == {"none", "cap", "brim", "scarf"}
    assert {person.bottom for person in people} == {"trousers", "shorts", "skirt", "none"}
    assert {person.pattern for person in people} == {"plain", *ON_THE_CHEST, *WOVEN}
    skin = np.array([np.mean(person.skin) for person in people])
    assert skin.min() < 0.25
    assert skin.max() > 0.75
    for share in (np.mean([bool(kind(person)) for person in people]) for kind in KINDS):
        assert 0.03 < share < 0.6


KINDS = (
    lambda who: who.gloves,
    lambda who: who.glasses,
    lambda who: who.beard,
    lambda who: who.over,
    lambda who: who.sleeve < 0.2,
    lambda who: who.belly > 0.3,
    lambda who: who.height < 1.45,
)


@pytest.mark.parametrize("seed", range(4))
def test_any_number_makes_a_plausible_person(seed: int) -> None:
    who = find_character(str(seed))
    assert who == find_character(str(seed))
    assert who != find_character(str(seed + 1))
    assert 1.1 < who.height < 2.1
    assert Skeleton(who).rest["head"][1] < who.height
    assert all(0 <= c <= 1 for c in (*who.skin, *who.hair, *who.top, *who.cloth))
