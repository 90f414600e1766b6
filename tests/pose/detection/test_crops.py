import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.pose.detection.crops import (
    Crop,
    crop_from_face,
    crop_from_forearm,
    crop_from_hand,
    crop_from_head,
    crop_from_wrist,
)
from motion_transfer.pose.detection.landmarks import Landmarks

angles = st.floats(-3.1, 3.1)
places = st.floats(20, 80)


def turn(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def hand():
    """A right hand, flat, fingers up."""
    xy = np.zeros((21, 2), np.float32)
    for finger in range(5):
        for joint in range(4):
            xy[1 + 4 * finger + joint] = (4 * (finger - 2), -10 - 5 * joint)
    return xy


@given(x=places, y=places, side=st.floats(10, 40), angle=angles)
def test_a_crop_shows_what_lies_at_its_place_in_the_frame(x, y, side, angle):
    rows, columns = np.mgrid[:120, :120]
    frame = np.stack([columns, rows, rows], axis=-1).astype(np.uint8)
    crop = Crop(x, y, side, angle)
    shown = crop.cut(frame, 64)
    inner = np.array([(0.25, 0.25), (0.5, 0.5), (0.75, 0.25), (0.25, 0.75)], np.float32)
    for place, (u, v) in zip(crop.to_frame(inner), inner, strict=True):
        seen = shown[int(v * 64), int(u * 64), :2]
        assert np.abs(seen + 0.5 - place).max() < 1.5


def test_a_crop_beyond_the_frame_is_black():
    assert not Crop(-50, -50, 20, 0.3).cut(np.full((40, 40, 3), 255, np.uint8), 16).any()


@given(angle=angles, scale=st.floats(0.5, 3), x=places, y=places)
def test_a_hands_crop_turns_moves_and_grows_with_the_hand(angle, scale, x, y):
    plain = crop_from_hand(hand())
    changed = crop_from_hand((scale * hand() @ turn(angle).T + (x, y)).astype(np.float32))
    assert np.isclose(changed.side, scale * plain.side, rtol=1e-3)
    assert np.isclose(np.cos(changed.angle - plain.angle - angle), 1, atol=1e-4)
    middle = scale * turn(angle) @ (plain.x, plain.y) + (x, y)
    np.testing.assert_allclose((changed.x, changed.y), middle, atol=0.05)


def test_fingers_point_up_in_a_hands_crop():
    for angle in (-2.0, 0.0, 1.5):
        crop = crop_from_hand((hand() @ turn(angle).T).astype(np.float32))
        assert np.isclose(crop.angle, angle, atol=1e-3)


@given(angle=angles)
def test_eyes_lie_level_in_a_faces_crop(angle):
    mesh = np.random.default_rng(0).uniform(-5, 5, (478, 2))
    mesh[33], mesh[263] = (-4, -2), (4, -2)
    crop = crop_from_face((mesh @ turn(angle).T).astype(np.float32))
    assert np.isclose(np.cos(crop.angle - angle), 1, atol=1e-4)


def body(**places):
    """A person with a torso of 100 px, with some landmarks elsewhere."""
    xy = np.zeros((33, 2), np.float32)
    xy[11], xy[12], xy[23], xy[24] = (20, 0), (-20, 0), (15, 100), (-15, 100)
    xy[13], xy[15], xy[17], xy[19] = (25, 30), (25, 60), (27, 72), (23, 72)
    for name, place in places.items():
        xy[int(name.lstrip("p"))] = place
    return Landmarks(xy, np.zeros(33, np.float32), np.ones(33, np.float32))


def test_the_scale_is_the_torso_or_where_that_is_foreshortened_the_shoulders():
    assert np.isclose(body().scale, 100)
    assert np.isclose(body(p23=(15, 5), p24=(-15, 5)).scale, 1.3 * 40)


def test_a_hand_is_located_beyond_the_wrist():
    for crop in (crop_from_wrist(body(), left=True), crop_from_forearm(body(), left=True)):
        assert abs(crop.x - 25) < 3
        assert crop.y > 65
        assert abs(abs(crop.angle) - np.pi) < 0.2  # the arm hangs: the crop is upside down
        assert 50 <= crop.side <= 100


def test_a_hand_is_located_even_where_all_joints_of_the_arm_are_one_point():
    bent = body(p13=(25, 60), p17=(25, 60), p19=(25, 60))
    for crop in (crop_from_wrist(bent, left=True), crop_from_forearm(bent, left=True)):
        assert np.isfinite([crop.x, crop.y, crop.side, crop.angle]).all()
        assert crop.side > 0


def test_a_heads_crop_surrounds_eyes_and_mouth():
    eyes = {f"p{i}": (x, -60) for i, x in zip(range(1, 7), (3, 4, 5, -3, -4, -5), strict=True)}
    crop = crop_from_head(body(**eyes, p0=(0, -55), p7=(10, -58), p8=(-10, -58), p9=(3, -48), p10=(-3, -48)))
    assert abs(crop.x) < 1
    assert -60 < crop.y < -48
    assert 38 <= crop.side <= 50
    assert abs(crop.angle) < 1e-3
