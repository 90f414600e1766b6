"""What is said of a frame is what the frame shows."""

import cv2
import numpy as np
import pytest

from samples.dancer.characters import CHARACTERS
from samples.dancer.dance import Choreography, Phrase, find_choreography
from samples.dancer.pose import SKELETON
from samples.dancer.render import Frame, Stage, raster
from samples.dancer.room import Room
from samples.dancer.scene import SCENES

SIZE = (150, 110)
DANCE = find_choreography("footage", 0)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(CHARACTERS["amara"], Room(SCENES["loft"], SIZE, CHARACTERS["amara"].height), detail=0.5)


@pytest.fixture(scope="module")
def frame(stage: Stage) -> Frame:
    return stage.render(DANCE, 5.0, np.random.default_rng(1))


def index(*names: str) -> list[int]:
    return [SKELETON.index(name) for name in names]


def test_joints_in_the_frame_are_the_projected_joints_in_space(stage: Stage, frame: Frame) -> None:
    camera = stage.room.camera
    q = (frame.xyz - camera.position) @ camera.rotation.T
    x = camera.focal * q[:, 0] / q[:, 2] + camera.centre[0]
    y = camera.focal * q[:, 1] / q[:, 2] + camera.centre[1]
    np.testing.assert_allclose(frame.xy, np.column_stack([x, y]), atol=0.01)
    np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-5)


def test_all_137_joints_are_modelled(frame: Frame) -> None:
    assert frame.xyz.shape == (137, 3)
    assert np.isfinite(frame.xyz).all()


def test_joints_lie_on_the_person(frame: Frame) -> None:
    x, y = np.floor(frame.xy[SKELETON.body]).astype(int).T
    grown = cv2.dilate((frame.alpha > 0.5).astype(np.uint8), np.ones((3, 3)))
    assert grown[y, x].all()


def test_left_is_the_dancers_own_and_the_face_hides_from_behind(stage: Stage) -> None:
    for turn, left_is_right_in_the_picture in ((0.0, True), (360.0, False)):
        dance = Choreography([Phrase("stand", 8, turn)])
        f = stage.render(dance, 4.0)
        left, right = f.xy[index("left_shoulder", "right_shoulder"), 0]
        assert (left > right) == left_is_right_in_the_picture
        assert (not f.occluded[index("nose", "left_eye", "right_eye")].any()) == left_is_right_in_the_picture
        assert not f.occluded[index("left_elbow", "right_wrist", "left_ankle")].any()


def test_the_mask_is_the_silhouette(stage: Stage, frame: Frame) -> None:
    clean = stage.render(DANCE, 5.0)
    changed = np.abs(clean.image.astype(int) - stage.room.background).max(axis=2) > 40
    mask = clean.alpha > 0.5
    grown, shrunk = (f(mask.astype(np.uint8), np.ones((3, 3))) > 0 for f in (cv2.dilate, cv2.erode))
    near = cv2.dilate(grown.astype(np.uint8), np.ones((9, 9))) > 0
    assert not (changed & near & ~grown)[: SIZE[1] // 2].any()  # above the shadow on the floor
    assert (changed | ~shrunk).mean() > 0.95
    assert 0.02 < mask.mean() < 0.3


def test_beside_the_person_and_the_shadow_there_is_only_noise(stage: Stage, frame: Frame) -> None:
    away = cv2.dilate(frame.alpha, np.ones((3, 3))) == 0
    away[SIZE[1] // 2 :] = False  # the shadow lies on the floor
    difference = (frame.image.astype(int) - stage.room.background)[away]
    assert abs(difference.mean()) < 0.1
    assert difference.std() == pytest.approx(stage.room.scene.noise, rel=0.1)
    clean = stage.render(DANCE, 5.0).image
    shadow = (stage.room.background.astype(int) - clean)[frame.alpha == 0]
    assert shadow.min() >= -1  # a shadow only darkens
    assert shadow.max() > 20


def test_the_same_seed_gives_the_same_pixels(stage: Stage, frame: Frame) -> None:
    again = stage.render(DANCE, 5.0, np.random.default_rng(1))
    assert (again.image == frame.image).all()
    assert (stage.render(DANCE, 5.0, np.random.default_rng(2)).image != frame.image).any()


def test_the_raster_finds_the_nearer_triangle() -> None:
    near, far = [[2, 2, 1], [2, 12, 1], [12, 2, 1]], [[0, 0, 2], [0, 16, 2], [16, 0, 2]]
    pixel, triangle, weights, depth = raster(np.array(near + far, np.float32), np.array([[0, 1, 2], [3, 4, 5]]), 16, 16)
    assert set(triangle[np.isin(pixel, [16 * 3 + 3])]) == {0}
    assert set(triangle[np.isin(pixel, [0])]) == {1}
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    assert np.isinf(depth[-1])
