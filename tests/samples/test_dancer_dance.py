"""The dance: planted feet, bounded speed, everything in the frame."""

import numpy as np
import pytest

from samples.dancer.characters import CHARACTERS, JOINTS, Skeleton
from samples.dancer.dance import CHOREOGRAPHIES, MOVES, Choreography, Phrase, find_choreography
from samples.dancer.pose import SKELETON, joints, pose
from samples.dancer.room import place_camera
from samples.dancer.scene import SCENES

FPS, BPM = 25, 120
WHO = CHARACTERS["emil"]  # the tallest
BODY = Skeleton(WHO)
REST = BODY.rest


def joints_of(dance: Choreography, beats: np.ndarray) -> np.ndarray:
    """(T, J, 3) places of the model's joints."""
    poses = (pose(BODY, dance, float(b)) for b in beats)
    return np.array([[posed[j][1] for j in JOINTS] for posed in poses])


@pytest.fixture(scope="module", params=CHOREOGRAPHIES)
def danced(request: pytest.FixtureRequest) -> np.ndarray:
    """8 s of a choreography."""
    start = {"dance": 8.0, "footage": 26.0}.get(request.param, 0.0)
    return joints_of(find_choreography(request.param, 3), start + np.arange(0, 16, BPM / 60 / FPS))


def test_no_joint_is_faster_than_a_persons(danced: np.ndarray) -> None:
    speed = np.linalg.norm(np.diff(danced, axis=0), axis=-1) * FPS
    assert speed.max() < 8.0  # metres a second; a punch reaches 9
    assert speed.max(axis=1).mean() > 0.2


@pytest.mark.parametrize("move", MOVES)
def test_every_move_is_within_human_speed(move: str) -> None:
    places = joints_of(Choreography([Phrase(move, 400)]), np.arange(8, 11, BPM / 60 / FPS))
    assert (np.linalg.norm(np.diff(places, axis=0), axis=-1) * FPS).max() < 7.0


@pytest.mark.parametrize("side", ["L", "R"])
def test_a_foot_on_the_floor_does_not_slide(danced: np.ndarray, side: str) -> None:
    ankle = danced[:, JOINTS.index("ankle" + side)]
    height = ankle[:, 1] - REST["ankle" + side][1]
    assert height.min() > -0.001
    grounded = (height[1:] < 0.004) & (height[:-1] < 0.004)
    slide = np.linalg.norm(np.diff(ankle[:, [0, 2]], axis=0), axis=1)
    assert grounded.mean() > 0.2
    assert slide[grounded].max() < 0.003


def test_bones_keep_their_length(danced: np.ndarray) -> None:
    for a, b in (("shoulderL", "elbowL"), ("forearmR", "wristR"), ("hipL", "kneeL"), ("kneeR", "ankleR")):
        length = np.linalg.norm(danced[:, JOINTS.index(a)] - danced[:, JOINTS.index(b)], axis=1)
        np.testing.assert_allclose(length, np.linalg.norm(REST[a] - REST[b]), atol=1e-4)


def test_the_footage_shows_every_side_and_uses_the_floor() -> None:
    dance = find_choreography("footage", 0)
    p = [dance.parameters(b) for b in np.arange(0, 112, 0.5)]  # a minute at 112 beats a minute
    body_orientation = np.cos([q["yaw"] for q in p])
    assert (body_orientation > 0.9).mean() > 0.3
    assert (abs(body_orientation) < 0.4).any()
    assert (body_orientation < -0.9).any()
    x, z, drop, jump = (np.array([q[k] for q in p]) for k in ("x", "z", "drop", "jump"))
    assert np.ptp(x) > 0.4
    assert np.ptp(z) > 0.4
    assert drop.max() > 0.3
    assert jump.max() > 0.1


@pytest.mark.parametrize("size", [(512, 512), (640, 360), (360, 640)])
@pytest.mark.parametrize("scene", SCENES)
def test_the_whole_person_stays_in_the_frame(danced: np.ndarray, scene: str, size: tuple[int, int]) -> None:
    seen = place_camera(SCENES[scene], size, WHO.height).project(danced)
    assert (seen[..., :2] > 0).all()
    assert (seen[..., :2] < size).all()


def test_the_same_seed_gives_the_same_dance_and_another_another() -> None:
    a, b, c = (find_choreography("footage", seed) for seed in (1, 1, 2))
    assert a.phrases == b.phrases
    assert a.phrases != c.phrases


def test_a_mirrored_move_is_its_reflection() -> None:
    straight, mirrored = (Choreography([Phrase("reach", 400, mirrored=m)]) for m in (False, True))
    a, b = (joints(BODY, pose(BODY, d, 4.3)) for d in (straight, mirrored))
    names = SKELETON.joints
    other = [names.index(n.replace("left", "L").replace("right", "left").replace("L", "right")) for n in names]
    upper = [i for i, n in enumerate(names) if n.endswith(("shoulder", "elbow", "wrist"))]
    np.testing.assert_allclose(a[upper], (b[other] * (-1, 1, 1))[upper], atol=0.03)
