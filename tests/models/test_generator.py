"""The generator's properties, on networks of the smallest size."""

import math

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models.generator import Generator, refine
from motion_transfer.models.networks import FaceGenerator, GlobalGenerator, LocalEnhancer, UNet


def small(*, width=4, downsamplings=2, composite=True, **options):
    torch.manual_seed(0)
    sizes = {"width": width, "downsamplings": downsamplings, "blocks": 1}
    channels = (3 if options.get("temporal") is False else 6, 4 if composite else 3)
    return Generator(GlobalGenerator(*channels, **sizes), composite=composite, **options)


def images(count, height=32, width=64, batch=1):
    generator = torch.Generator().manual_seed(3)
    return [torch.rand(batch, 3, height, width, generator=generator) * 2 - 1 for _ in range(count)]


GIVEN = images(3)
"""Pose, previous frame and plate."""
POSE, PREVIOUS, PLATE = GIVEN


@settings(max_examples=15)
@given(st.integers(2, 4), st.integers(2, 4), st.integers(1, 5), st.booleans())
def test_the_frame_is_as_large_as_the_canvas_for_all_multiples_of_32_from_64_on(rows, columns, depth, composite):
    network = small(downsamplings=depth, width=2, composite=composite)
    pose, previous, plate = images(3, 32 * rows, 32 * columns)
    with torch.no_grad():
        made = network(pose, previous, plate)
    assert made.frame.shape == made.foreground.shape == (1, 3, 32 * rows, 32 * columns)
    assert made.mask.shape == (1, 1, 32 * rows, 32 * columns)
    assert made.frame.abs().max() <= 1


def with_mask(network, logit):
    """The network with a mask that is the same everywhere."""
    last = network.network.model[-1]
    with torch.no_grad():
        last.weight[3].zero_()
        last.bias[3] = logit
    return network


def test_where_the_mask_is_0_there_is_the_plate_and_where_it_is_1_the_foreground_exactly():
    hidden, solid = (with_mask(small(), logit)(*GIVEN) for logit in (-1e4, 1e4))
    assert (hidden.mask == 0).all()
    assert torch.equal(hidden.frame, PLATE)
    assert torch.equal(solid.frame, solid.foreground)
    refined = refine(face_network(), hidden, POSE, PLATE, torch.tensor([BOX]), 16)
    assert torch.equal(refined.frame, PLATE), "also after the face was refined"


def test_without_composition_the_plate_does_not_matter():
    network = small(composite=False)
    made = network(*GIVEN)
    assert torch.equal(made.frame, network(POSE, PREVIOUS, -PLATE).frame)
    assert torch.equal(made.frame, made.foreground)
    assert (made.mask == 1).all()


@pytest.mark.parametrize("temporal", [True, False])
def test_the_previous_frame_matters_to_a_temporal_generator_alone(temporal):
    network = small(temporal=temporal)
    assert torch.equal(network(*GIVEN).frame, network(POSE, -PREVIOUS, PLATE).frame) != temporal


@pytest.mark.parametrize("composite", [True, False])
def test_gradient_reaches_every_parameter(composite):
    network = small(composite=composite)
    made = network(*images(3))
    (made.frame - images(4)[3]).abs().mean().backward()
    reached = {name: parameter.grad is not None for name, parameter in network.named_parameters()}
    assert all(reached.values()), reached
    weights = [parameter for name, parameter in network.named_parameters() if name.endswith("weight")]
    assert all(weight.grad.abs().max() > 0 for weight in weights)


def test_samples_of_a_batch_do_not_touch_each_other():
    network = small()
    batch = images(3, batch=2)
    alone = network(*(image[:1] for image in batch)).frame
    assert torch.allclose(network(*batch).frame[:1], alone, atol=1e-5)


def test_images_of_different_sizes_are_refused_by_the_declared_shapes():
    with pytest.raises(jaxtyping.TypeCheckError):
        small()(POSE, PREVIOUS[..., :32], PLATE)


def test_poses_from_0_to_1_are_converted_at_the_border():
    signed, unit = small(), small(unit_pose=True)
    assert torch.equal(unit(*GIVEN).frame, signed((POSE + 1) / 2, PREVIOUS, PLATE).frame)


@pytest.mark.parametrize("kind", ["local", "unet"])
@pytest.mark.parametrize("composite", [True, False])
def test_every_network_can_draw_the_person_over_the_plate_or_the_complete_frame(kind, composite):
    channels = (6, 4 if composite else 3)
    if kind == "unet":
        network = UNet(*channels, width=4, depth=3)
    else:
        network = LocalEnhancer(*channels, width=4, downsamplings=1, blocks=1, enhancer_blocks=1)
    made = Generator(network, composite=composite)(*GIVEN)
    assert torch.allclose(made.frame, made.foreground * made.mask + PLATE * (1 - made.mask), atol=1e-6)
    assert (made.mask < 1).all() == composite


NOWHERE = [math.nan] * 4
BOX = [8.0, 4.0, 24.0, 20.0]


def face_network():
    torch.manual_seed(1)
    network = FaceGenerator(width=4, downsamplings=1, blocks=1)
    with torch.no_grad():
        network.model[-1].weight.mul_(20)
    return network


def test_a_residual_changes_the_foreground_inside_its_box_only():
    pose, previous, plate = images(3, batch=2)
    made = small()(pose, previous, plate)
    better = refine(face_network(), made, pose, plate, torch.tensor([BOX, NOWHERE]), 16)
    changed = (better.foreground - made.foreground).abs().amax(dim=1) > 1e-6
    assert changed[0, 6:18, 10:22].all()
    changed[0, 4:20, 8:24] = False
    assert not changed.any()
    assert torch.equal(better.mask, made.mask)
    expected = better.foreground * made.mask + plate * (1 - made.mask)
    assert torch.allclose(better.frame, expected, atol=1e-6)


def test_a_generated_frame_gets_the_residual_as_published():
    """In the middle of the box, for a box of the crop's size: crop + residual."""
    made = small(composite=False)(*GIVEN)
    network = face_network()
    better = refine(network, made, POSE, PLATE, torch.tensor([BOX]), 16)
    expected = network(POSE[:, :, 4:20, 8:24], made.frame[:, :, 4:20, 8:24])
    assert torch.allclose(better.frame[:, :, 8:16, 12:20], expected[:, :, 4:12, 4:12], atol=1e-3)


def test_face_and_both_hands_are_improved_where_there_are_networks_for_them():
    boxes = torch.tensor([[BOX, [30.0, 8.0, 46.0, 24.0], NOWHERE]])

    def changed(**networks):
        generator = small(**networks)
        made = generator(*GIVEN)
        difference = generator.improve(made, POSE, PLATE, boxes, 16).foreground - made.foreground
        return [bool(difference[..., 10:14, left : left + 4].any()) for left in (14, 36, 52)]

    assert changed() == [False, False, False]
    assert changed(face=face_network()) == [True, False, False]
    assert changed(hands=face_network()) == [False, True, False]
    assert changed(face=face_network(), hands=face_network()) == [True, True, False]


def test_the_face_networks_gradient_comes_through_the_pasted_frame():
    network = face_network()
    with torch.no_grad():
        made = small()(*GIVEN)
    refine(network, made, POSE, PLATE, torch.tensor([BOX]), 16).frame.square().mean().backward()
    assert all(p.grad.abs().max() > 0 for name, p in network.named_parameters() if name.endswith("weight"))


@pytest.mark.parametrize("person_crop", [False, True])
def test_a_generator_works_in_mixed_precision_and_so_does_what_refines_its_frames(person_crop):
    network = small(person_crop=person_crop, face=face_network())
    with torch.autocast("cpu", torch.bfloat16):
        made = network(*GIVEN)
        better = network.improve(made, POSE, PLATE, torch.tensor([[BOX, NOWHERE, NOWHERE]]), 16)
    exact = network(*GIVEN)
    assert torch.allclose(made.frame.float(), exact.frame, atol=0.05)
    assert torch.isfinite(better.frame).all()
