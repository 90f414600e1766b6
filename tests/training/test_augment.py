"""Paired augmentation: what moves, moves together; only the frame changes its colour."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.config import TrainSettings
from motion_transfer.training.augment import augment, draw_changes
from motion_transfer.training.batch import Batch


def a_batch(stretches=2, length=3, size=(48, 64)):
    """White pose images and dark frames with a bright square each, at the place of the box."""
    width, height = size
    poses = torch.ones(stretches, length, 3, height, width)
    frames = torch.full_like(poses, -0.5)
    for images, value in ((poses, -1.0), (frames, 0.5)):
        images[..., 24:40, 16:32] = value
    slope = torch.linspace(-0.5, 0.5, height)[:, None]
    plates = slope.expand(stretches, length, 3, height, width).clone()
    boxes = torch.tensor([16.0, 24.0, 32.0, 40.0]).expand(stretches, length, 3, 4).clone()
    boxes[:, :, 2] = float("nan")
    moves = torch.eye(2, 3).expand(stretches, length, 2, 3).clone()
    candidates = torch.zeros(stretches, length, 4, height, width)
    candidates[:, :, 3] = -1
    candidates[..., 24:40, 16:32] = 0.5
    return Batch(poses, frames, plates, boxes, moves, candidates)


def squares(images, value):
    """Left, top, right, bottom of what is nearer to `value` than to the rest, for each image."""
    found = []
    for image in images.flatten(0, 1)[:, 0]:
        rows, columns = torch.nonzero((image - value).abs() < 0.5, as_tuple=True)
        found.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return torch.tensor(found, dtype=torch.float32)


def test_without_augmentation_nothing_changes():
    batch = a_batch()
    same = augment(batch, TrainSettings(), torch.ones(2, 5))
    assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(batch, same, strict=True))


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_pose_frame_and_boxes_move_alike(draws):
    settings = TrainSettings(augment_shift=0.1, augment_scale=0.2)
    moved = augment(a_batch(1), settings, torch.tensor([[*draws, 0.0, 0.0]]))
    boxes = moved.boxes[0, :, 0]
    assert torch.allclose(squares(moved.poses, -1.0), boxes, atol=1.01)
    assert torch.allclose(squares(moved.frames, 0.5), boxes, atol=1.01)
    assert torch.allclose(squares(moved.candidates[:, :, 3:], 0.5), boxes, atol=1.01)
    assert moved.boxes[:, :, 2].isnan().all(), "what is not seen stays unseen"


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_what_stands_still_moves_from_frame_to_frame_as_the_augmented_pictures_do(draws):
    """A pixel of the frame before, moved and then augmented, lies where it is when augmented and then moved."""
    move = torch.tensor([[1.1, 0.0, 3.0], [0.0, 0.9, -2.0]])
    batch = a_batch(1)
    batch = batch._replace(moves=move.expand_as(batch.moves))
    settings = TrainSettings(augment_shift=0.1, augment_scale=0.2)
    moved = augment(batch, settings, torch.tensor([[*draws, 0.0, 0.0]]))

    def augmented(pixel):
        boxes = batch._replace(boxes=(pixel + 0.5).repeat(2).expand_as(batch.boxes))
        return augment(boxes, settings, torch.tensor([[*draws, 0.0, 0.0]])).boxes[0, 1, 0, :2] - 0.5

    pixel = torch.tensor([20.0, 30.0])
    after = moved.moves[0, 1, :, :2] @ augmented(pixel) + moved.moves[0, 1, :, 2]
    assert torch.allclose(after, augmented(move[:, :2] @ pixel + move[:, 2]), atol=1e-3)


def test_the_shift_is_a_share_of_the_canvas_and_the_scale_is_about_its_middle():
    shifted = augment(a_batch(1), TrainSettings(augment_shift=0.125), torch.tensor([[1.0, -1.0, 0, 0, 0]]))
    assert shifted.boxes[0, 0, 0].tolist() == pytest.approx([22, 16, 38, 32])
    larger = augment(a_batch(1), TrainSettings(augment_scale=0.5), torch.tensor([[0, 0, 1.0, 0, 0]]))
    assert larger.boxes[0, 0, 0].tolist() == pytest.approx([12, 20, 36, 44])


def test_all_frames_of_a_stretch_change_alike_and_stretches_differ():
    settings = TrainSettings(augment_shift=0.2, augment_scale=0.2, augment_colour=0.2)
    changed = augment(a_batch(), settings, draw_changes(0, 0, 2))
    assert torch.allclose(changed.frames[:, 0], changed.frames[:, 2])
    assert not torch.allclose(changed.frames[0], changed.frames[1])


def test_colour_changes_frame_and_plate_but_not_the_pose():
    batch = a_batch()
    changed = augment(batch, TrainSettings(augment_colour=0.2), torch.tensor([[0, 0, 0, 1.0, -1.0]] * 2))
    assert torch.equal(changed.poses, batch.poses)
    assert torch.allclose(changed.frames, batch.frames * 0.8 + 0.2)
    assert torch.allclose(changed.plates, batch.plates * 0.8 + 0.2)
    assert torch.allclose(changed.candidates[:, :, :3], batch.candidates[:, :, :3] * 0.8 + 0.2)
    assert torch.equal(changed.candidates[:, :, 3:], batch.candidates[:, :, 3:]), "the opacity is no colour"


def test_the_canvas_stays_white_around_a_pose_that_moved():
    moved = augment(a_batch(1), TrainSettings(augment_shift=0.5), torch.tensor([[1.0, 1.0, 0, 0, 0]]))
    assert (moved.poses[..., :30, :] == 1).all()
    assert (moved.candidates[:, :, 3:, :30] == -1).all(), "and there is nothing in the collage"


def test_a_samples_changes_depend_on_its_number_alone():
    assert torch.equal(draw_changes(3, 10, 4)[2:], draw_changes(3, 12, 2))
    assert not torch.equal(draw_changes(3, 10, 1), draw_changes(4, 10, 1))
    assert draw_changes(0, 0, 200).abs().max() <= 1
