"""Cutting out and putting back."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models import add_boxes, crop_boxes, paste_boxes

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


@settings(max_examples=25)
@given(st.floats(-20, 60), st.floats(-20, 40), st.floats(1, 80), st.sampled_from([8, 32]))
def test_pasting_an_untouched_crop_changes_nothing(left, top, side, size):
    picture, box = images(), boxes([left, top, left + side, top + side])
    assert torch.equal(paste_boxes(picture, crop_boxes(picture, box, size), box), picture)


def test_what_is_pasted_stands_in_the_middle_of_the_box_and_fades_out_towards_its_border():
    picture, box = images(), boxes([8, 4, 40, 36])
    pasted = paste_boxes(picture, torch.full((1, 3, 32, 32), 5.0), box)
    assert torch.allclose(pasted[:, :, 10:30, 14:34], torch.tensor(5.0), atol=1e-4)
    share = ((pasted - picture) / (5 - picture))[0, 0, 20, 8:24]
    assert share[0] < 0.15
    assert (share.diff() > -1e-4).all(), "it grows from the border inwards"
    outside = torch.ones(48, 64, dtype=torch.bool)
    outside[4:36, 8:40] = False
    assert torch.allclose(pasted[..., outside], picture[..., outside], atol=1e-5)


def test_images_of_a_batch_have_boxes_of_their_own_and_one_without_a_box_stays_as_it_is():
    picture, box = images(batch=3), boxes([8, 4, 40, 36], NONE, [20, 10, 44, 34])
    crops = crop_boxes(picture, box, 16)
    assert (crops[1] == 0).all()
    for index in (0, 2):
        alone = crop_boxes(picture[index : index + 1], box[index : index + 1], 16)
        assert torch.allclose(crops[index], alone[0], atol=1e-5)
    pasted = paste_boxes(picture, torch.ones(3, 3, 16, 16), box)
    assert torch.equal(pasted[1], picture[1])
    assert not torch.equal(pasted[2], picture[2])


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
    assert crops.dtype == paste_boxes(picture, crops + 1, box).dtype == kind
    assert torch.isfinite(crops).all()
