"""Crops of images, and changes added in their place."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models.crops import add_boxes, crop_boxes, fade, move_images
from motion_transfer.pose.geometry.viewport import Viewport

NONE = [math.nan] * 4


def images(batch=1, channels=3, height=48, width=64):
    return torch.rand(batch, channels, height, width, generator=torch.Generator().manual_seed(0))


def boxes(*rows):
    return torch.tensor(rows, dtype=torch.float32)


def test_a_box_on_whole_pixels_cuts_exactly_these():
    picture = images()
    assert torch.allclose(crop_boxes(picture, boxes([8, 4, 40, 36]), 32), picture[:, :, 4:36, 8:40], atol=1e-4)


@settings(max_examples=25)
@given(st.floats(2, 20), st.floats(2, 20), st.floats(10, 24), st.sampled_from([8, 16, 32]))
def test_a_crop_of_a_slope_says_where_its_pixels_lie(left, top, side, size):
    """An image that holds its own coordinates; pixel 0 has its centre at 0.5."""
    y, x = torch.meshgrid(torch.arange(48) + 0.5, torch.arange(64) + 0.5, indexing="ij")
    crop = crop_boxes(torch.stack([x, y])[None], boxes([left, top, left + side, top + side]), size)[0]
    steps = (torch.arange(size) + 0.5) / size * side
    assert torch.allclose(crop[0], (left + steps).expand(size, size), atol=2e-3)
    assert torch.allclose(crop[1], (top + steps)[:, None].expand(size, size), atol=2e-3)


def test_beyond_the_image_its_border_is_repeated():
    crop = crop_boxes(torch.full((1, 3, 48, 64), 0.7), boxes([-20, -20, 12, 12]), 16)
    assert torch.allclose(crop, torch.tensor(0.7))


def test_a_change_is_complete_in_the_middle_of_the_box_and_fades_out_towards_its_border():
    picture, box = images(), boxes([8, 4, 40, 36])
    changed = add_boxes(picture, torch.full((1, 3, 32, 32), 5.0), box)
    assert torch.allclose((changed - picture)[:, :, 10:30, 14:34], torch.tensor(5.0), atol=1e-4)
    share = ((changed - picture) / 5)[0, 0, 20, 8:24]
    assert share[0] < 0.15
    assert (share.diff() > -1e-4).all(), "it grows from the border inwards"
    outside = torch.ones(48, 64, dtype=torch.bool)
    outside[4:36, 8:40] = False
    assert torch.allclose(changed[..., outside], picture[..., outside], atol=1e-5)


def test_images_of_a_batch_have_boxes_of_their_own_and_one_without_a_box_stays_as_it_is():
    picture, box = images(batch=3), boxes([8, 4, 40, 36], NONE, [20, 10, 44, 34])
    crops = crop_boxes(picture, box, 16)
    assert (crops[1] == 0).all()
    for index in (0, 2):
        alone = crop_boxes(picture[index : index + 1], box[index : index + 1], 16)
        assert torch.allclose(crops[index], alone[0], atol=1e-5)
    changed = add_boxes(picture, torch.ones(3, 3, 16, 16), box)
    assert torch.equal(changed[1], picture[1])
    assert not torch.equal(changed[2], picture[2])


def test_an_empty_box_is_none():
    picture = images()
    assert torch.equal(add_boxes(picture, torch.ones(1, 3, 8, 8), boxes([5, 5, 5, 9])), picture)


@pytest.mark.parametrize("size", [16, 32, 64])
def test_gradient_reaches_every_pixel_of_box_and_crop_up_to_crops_of_twice_the_boxs_size(size):
    picture = images(batch=2).requires_grad_(True)
    box = boxes([8, 4, 40, 36], NONE)
    crops = crop_boxes(picture, box, size)
    (cut,) = torch.autograd.grad(crops.square().sum(), picture)
    if size >= 32:
        assert (cut[0, :, 4:36, 8:40] != 0).all()
    assert (cut[1] == 0).all()
    changes = torch.ones(2, 3, size, size, requires_grad=True)
    (taken,) = torch.autograd.grad(add_boxes(picture.detach(), changes, box).square().sum(), changes)
    assert (taken[0] != 0).all()
    assert (taken[1] == 0).all(), "and none of it is NaN"


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_stays_what_it_is(kind):
    picture, box = images().to(kind), boxes([8, 4, 40, 36])
    crops = crop_boxes(picture, box, 16)
    assert crops.dtype == add_boxes(picture, crops, box).dtype == kind
    assert torch.isfinite(crops).all()


def moves(before, after):
    """(1, 2, 3) from one box of a frame to another, on a canvas of 64 x 48 pixels."""
    return torch.from_numpy(Viewport(np.array([before, after], np.int32), (64, 48)).move(0, 1))[None]


def test_through_the_same_box_images_stay_exactly_as_they_are():
    assert torch.equal(move_images(images(), torch.eye(2, 3)[None], images(channels=3) * 0), images())


@settings(max_examples=25)
@given(st.integers(-20, 20), st.integers(-20, 20), st.floats(0.8, 1.25))
def test_through_another_box_each_place_of_the_footage_is_seen_where_it_lies(x, y, scale):
    """Images that hold the coordinates of the footage; around is what the second box shows of them."""

    def seen(box):
        left, top, right, bottom = box
        columns = left + (torch.arange(64) + 0.5) / 64 * (right - left)
        rows = top + (torch.arange(48) + 0.5) / 48 * (bottom - top)
        return torch.stack(torch.meshgrid(columns, rows, indexing="xy"))[[0, 1, 1]][None]

    before, after = (100, 200, 228, 296), (100 + x, 200 + y, 100 + x + round(128 * scale), 200 + y + round(96 * scale))
    moved = move_images(seen(before), moves(before, after), seen(after))
    assert torch.allclose(moved, seen(after), atol=1.0), "within half a pixel, also where the first box ends"


def test_the_gradient_goes_through_a_change_of_boxes():
    picture = images().requires_grad_()
    move_images(picture, moves((0, 0, 64, 48), (4, 4, 60, 52)), images() * 0).sum().backward()
    assert (picture.grad[..., 8:40, 8:56] > 0).all()


def test_the_border_fades_to_nothing_and_the_inside_stays():
    soft = fade(48, 64, torch.device("cpu"))
    border = torch.cat([soft[0], soft[-1], soft[:, 0], soft[:, -1]])
    assert border.abs().max() < 1e-6
    assert (soft[4:-4, 4:-4] == 1).all()
    assert (soft.diff(dim=0)[:24] >= 0).all()
