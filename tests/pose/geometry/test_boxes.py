"""Squares around face and hands, as large as the person asks for."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137, PoseSequence, empty
from motion_transfer.pose.geometry.boxes import part_boxes

# In heights of the head, from the middle of the shoulders; y points down.
PLACES = {
    "nose": (0, -1.0),
    "neck": (0, 0),
    "mid_hip": (0, 2.4),
    "right_shoulder": (-0.75, 0),
    "left_shoulder": (0.75, 0),
    "right_eye": (-0.14, -1.15),
    "left_eye": (0.14, -1.15),
    "right_ear": (-0.3, -1.1),
    "left_ear": (0.3, -1.1),
    "right_hip": (-0.45, 2.4),
    "left_hip": (0.45, 2.4),
}
SIZE = (640, 480)


def person(head=40.0, at=(320, 200), frames=7, without=(), turned=1, score=0.9):
    """A person whose head is `head` pixels high; `turned=-1` shows their back, `without` are joints not found."""
    xy = np.full((frames, len(OPENPOSE_137), 2), np.nan, np.float32)
    for joint, (x, y) in PLACES.items():
        if joint not in without:
            xy[:, OPENPOSE_137.index(joint)] = at[0] + turned * x * head, at[1] + y * head
    for hand, side in ((OPENPOSE_137.left_hand, 1), (OPENPOSE_137.right_hand, -1)):
        reach = np.linspace(0, 0.8, 21)[:, None] * [0, 1]
        xy[:, hand] = np.array(at) + head * (np.array([side * 1.2, 2.0]) + reach)
    return PoseSequence(xy, np.where(np.isnan(xy[..., 0]), 0, score).astype(np.float32), SIZE, Fraction(25))


def face_boxes(poses):
    return part_boxes(poses)[:, 0]


def sides(boxes):
    return boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]


def test_the_face_square_holds_the_head_and_little_else():
    left, top, right, bottom = face_boxes(person())[3]
    assert left < 320 - 0.5 * 40
    assert right > 320 + 0.5 * 40
    assert top < 200 - 1.55 * 40, "the crown is half a head above the nose"
    assert bottom > 200 - 0.6 * 40, "the chin is less than half a head below it"
    assert bottom - top < 2.2 * 40


@settings(max_examples=25)
@given(st.floats(12, 60), st.floats(150, 450), st.floats(120, 250))
def test_squares_move_and_grow_with_the_person(head, x, y):
    one, other = person(), person(head, (x, y))
    scale = head / 40
    shift = np.tile(np.array([x, y]) - scale * np.array([320, 200]), 2)
    assert np.allclose(part_boxes(one) * scale + shift, part_boxes(other), atol=0.1)


def test_every_box_is_a_square_around_its_hand():
    boxes = part_boxes(person())[:, 1:]
    assert boxes.shape == (7, 2, 4)
    assert np.allclose(*sides(boxes))
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    assert np.allclose(centres[:, 0], [320 + 48, 200 + 96], atol=0.1), "the left one comes first"
    assert np.allclose(centres[:, 1], [320 - 48, 200 + 96], atol=0.1)


@pytest.mark.parametrize("lost", ["neck", "mid_hip", "right_shoulder", "left_ear"])
def test_no_single_joint_is_needed_for_the_size(lost):
    assert sides(face_boxes(person(without={lost})))[0][3] == pytest.approx(1.8 * 40, rel=0.15)


def test_one_bad_frame_does_not_change_the_size():
    steady = person(frames=25)
    xy = steady.xy.copy()
    xy[12, OPENPOSE_137.index("mid_hip")] += 300
    jumped = PoseSequence(xy, steady.score, SIZE, steady.fps)
    assert np.allclose(face_boxes(jumped), face_boxes(steady))


def test_a_face_that_is_turned_away_has_no_box():
    assert np.isfinite(face_boxes(person(frames=25))).all()
    assert np.isnan(face_boxes(person(frames=25, turned=-1))).all()


@pytest.mark.parametrize(
    "poses",
    [person(without={"nose"}), person(at=(320, 20)), person(at=(-200, 200)), person(score=0.25)],
    ids=["no nose", "above the frame", "beside the frame", "too unsure"],
)
def test_a_face_that_is_not_seen_has_no_box(poses):
    assert np.isnan(face_boxes(poses)).all()


def test_missing_people_have_no_boxes():
    missing = empty(3, SIZE, Fraction(25))
    assert np.isnan(part_boxes(missing)).all()
    assert part_boxes(missing[:0]).shape == (0, 3, 4)
