"""Paired augmentation: everything that belongs to a frame is shifted alike."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.training.batch import TrainingClip, augment, draw_shifts


def a_batch(clips=2, length=3, size=(48, 64)):
    """White pose images and dark frames with a bright square each, at the place of the box."""
    width, height = size
    poses = torch.ones(clips, length, 3, height, width)
    frames = torch.full_like(poses, -0.5)
    for images, value in ((poses, -1.0), (frames, 0.5)):
        images[..., 24:40, 16:32] = value
    slope = torch.linspace(-0.5, 0.5, height)[:, None]
    plates = slope.expand(clips, length, 3, height, width).clone()
    boxes = torch.tensor([16.0, 24.0, 32.0, 40.0]).expand(clips, length, 3, 4).clone()
    boxes[:, :, 2] = float("nan")
    moves = torch.eye(2, 3).expand(clips, length, 2, 3).clone()
    candidates = torch.zeros(clips, length, 0, 5, height, width)  # augmentation is for networks that are given none
    motions = torch.zeros(clips, length, 2, 0, 0)
    detail = [torch.zeros(clips, channels, 0, 0) for channels in (3, 3, 4)]
    return TrainingClip(poses, frames, plates, boxes, moves, candidates, motions, *detail, torch.zeros(clips, 3))


def squares(images, value):
    """Left, top, right, bottom of what is nearer to `value` than to the rest, for each image."""
    found = []
    for image in images.flatten(0, 1)[:, 0]:
        rows, columns = torch.nonzero((image - value).abs() < 0.5, as_tuple=True)
        found.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return torch.tensor(found, dtype=torch.float32)


def test_without_augmentation_nothing_changes():
    batch = a_batch()
    same = augment(batch, 0.0, torch.ones(2, 2))
    assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(batch, same, strict=True))


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=2))
def test_pose_frame_and_boxes_are_shifted_alike(draws):
    shifted = augment(a_batch(1), 0.1, torch.tensor([draws]))
    boxes = shifted.boxes[0, :, 0]
    assert torch.allclose(squares(shifted.poses, -1.0), boxes, atol=1.01)
    assert torch.allclose(squares(shifted.frames, 0.5), boxes, atol=1.01)
    assert shifted.boxes[:, :, 2].isnan().all(), "what is not visible stays so"


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=2))
def test_what_stands_still_moves_from_frame_to_frame_as_the_augmented_pictures_do(draws):
    """A pixel of the frame before, moved and then augmented, lies where it is when augmented and then moved."""
    move = torch.tensor([[1.1, 0.0, 3.0], [0.0, 0.9, -2.0]])
    batch = a_batch(1)
    batch = batch._replace(moves=move.expand_as(batch.moves))
    shifted = augment(batch, 0.1, torch.tensor([draws]))

    def augmented(pixel):
        boxes = batch._replace(boxes=pixel.repeat(2).expand_as(batch.boxes))
        return augment(boxes, 0.1, torch.tensor([draws])).boxes[0, 1, 0, :2]

    pixel = torch.tensor([20.0, 30.0])
    after = shifted.moves[0, 1, :, :2] @ augmented(pixel) + shifted.moves[0, 1, :, 2]
    assert torch.allclose(after, augmented(move[:, :2] @ pixel + move[:, 2]), atol=1e-3)


def test_the_shift_is_a_share_of_the_canvas():
    shifted = augment(a_batch(1), 0.125, torch.tensor([[1.0, -1.0]]))
    assert shifted.boxes[0, 0, 0].tolist() == pytest.approx([22, 16, 38, 32])


def test_all_frames_of_a_clip_are_shifted_alike_and_clips_differ():
    shifted = augment(a_batch(), 0.2, draw_shifts(0, 0, 2))
    assert torch.allclose(shifted.frames[:, 0], shifted.frames[:, 2])
    assert not torch.allclose(shifted.frames[0], shifted.frames[1])


def test_the_canvas_stays_white_around_a_pose_that_was_shifted():
    shifted = augment(a_batch(1), 0.5, torch.tensor([[1.0, 1.0]]))
    assert (shifted.poses[..., :30, :] == 1).all()


def test_a_samples_shift_depends_on_its_number_alone():
    assert torch.equal(draw_shifts(3, 10, 4)[2:], draw_shifts(3, 12, 2))
    assert not torch.equal(draw_shifts(3, 10, 1), draw_shifts(4, 10, 1))
    assert draw_shifts(0, 0, 200).abs().max() <= 1
