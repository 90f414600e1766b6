"""The generator's laws, on networks of the smallest size."""

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models import Generator, GlobalGenerator


def small(*, width=4, downsamplings=2, composite=True, **options):
    torch.manual_seed(0)
    sizes = {"width": width, "downsamplings": downsamplings, "blocks": 1}
    channels = (3 if options.get("temporal") is False else 6, 4 if composite else 3)
    return Generator(GlobalGenerator(*channels, **sizes, tanh=False), composite=composite, **options)


def images(count, height=32, width=64, batch=1):
    generator = torch.Generator().manual_seed(3)
    return [torch.rand(batch, 3, height, width, generator=generator) * 2 - 1 for _ in range(count)]


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
    last = network.network.model[-2]
    with torch.no_grad():
        last.weight[3].zero_()
        last.bias[3] = logit
    return network


def test_where_the_mask_is_0_the_plate_shows_through_exactly():
    pose, previous, plate = images(3)
    made = with_mask(small(), -1e4)(pose, previous, plate)
    assert (made.mask == 0).all()
    assert torch.equal(made.frame, plate)


def test_where_the_mask_is_1_there_is_the_foreground_alone():
    pose, previous, plate = images(3)
    made = with_mask(small(), 1e4)(pose, previous, plate)
    assert torch.equal(made.frame, made.foreground)


def test_without_composition_the_plate_does_not_matter():
    network = small(composite=False)
    pose, previous, plate = images(3)
    made = network(pose, previous, plate)
    assert torch.equal(made.frame, network(pose, previous, -plate).frame)
    assert torch.equal(made.frame, made.foreground)
    assert (made.mask == 1).all()


def test_the_previous_frame_matters():
    network = small()
    pose, previous, plate = images(3)
    assert not torch.equal(network(pose, previous, plate).frame, network(pose, -previous, plate).frame)


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
    pose, previous, plate = images(3)
    with pytest.raises(jaxtyping.TypeCheckError):
        small()(pose, previous[..., :32], plate)
