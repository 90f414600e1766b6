"""The networks of Everybody Dance Now: sizes, names and outputs as published."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models.networks import FaceGenerator, GlobalGenerator, LocalEnhancer
from tests.models.published import global_weights, local_weights, run_global, run_local

SMALL = {"width": 4, "downsamplings": 2, "blocks": 2}


@pytest.fixture
def doubles():
    """Double precision, so that the networks are compared and not the rounding."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def millions(network):
    return sum(parameter.numel() for parameter in network.parameters()) / 1e6


def test_the_published_sizes_have_the_published_number_of_parameters():
    with torch.device("meta"):
        coarse = GlobalGenerator(6, 3, width=64, downsamplings=4, blocks=9)
        fine = LocalEnhancer(6, 3, width=64, downsamplings=4, blocks=9, enhancer_blocks=3)
    assert millions(coarse) == pytest.approx(182.5, abs=0.05)
    assert millions(fine) == pytest.approx(182.7, abs=0.05)


@pytest.mark.parametrize(("downsamplings", "blocks"), [(1, 1), (2, 3), (3, 5), (4, 2)])
def test_a_global_generator_computes_what_its_published_layout_says(downsamplings, blocks, doubles):
    torch.manual_seed(1)
    weights = global_weights(4, downsamplings, blocks)
    network = GlobalGenerator(6, 3, width=4, downsamplings=downsamplings, blocks=blocks)
    network.load_state_dict(weights)
    x = torch.rand(2, 6, 64, 96) * 2 - 1
    with torch.no_grad():
        assert torch.allclose(torch.tanh(network(x)), run_global(weights, x, downsamplings, blocks), atol=1e-9)


@pytest.mark.parametrize(("downsamplings", "global_blocks", "blocks"), [(1, 1, 1), (2, 2, 3), (3, 1, 2)])
def test_a_local_enhancer_computes_what_its_published_layout_says(downsamplings, global_blocks, blocks, doubles):
    torch.manual_seed(2)
    weights = local_weights(3, blocks, downsamplings, global_blocks)
    network = LocalEnhancer(6, 3, width=6, downsamplings=downsamplings, blocks=global_blocks, enhancer_blocks=blocks)
    network.load_state_dict(weights)
    x = torch.rand(2, 6, 64, 96) * 2 - 1
    with torch.no_grad():
        expected = run_local(weights, x, blocks, downsamplings, global_blocks)
        assert torch.allclose(torch.tanh(network(x)), expected, atol=1e-9)


def test_a_face_generator_adds_the_published_networks_output_to_the_crop(doubles):
    torch.manual_seed(3)
    weights = global_weights(4, 3, 5)
    network = FaceGenerator(width=4, downsamplings=3, blocks=5)
    network.load_state_dict(weights)
    pose, crop = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        residual = run_global(weights, torch.cat([pose, crop], dim=1), 3, 5)
        assert torch.allclose(network(pose, crop), crop + residual, atol=1e-9)


def test_the_local_enhancer_takes_the_global_generators_weights_but_those_of_its_last_convolution():
    coarse = GlobalGenerator(6, 3, **SMALL)
    fine = LocalEnhancer(6, 3, **SMALL, enhancer_blocks=1)
    missing, unexpected = fine.load_state_dict(coarse.state_dict(), strict=False)
    assert all(name.startswith("model1_") for name in missing)
    assert unexpected == ["model.19.weight", "model.19.bias"]


def build(kind, downsamplings, kernel):
    if kind == "global":
        return GlobalGenerator(6, 3, width=2, downsamplings=downsamplings, blocks=1, kernel=kernel)
    sizes = {"width": 2, "downsamplings": min(downsamplings, 4), "blocks": 1, "enhancer_blocks": 1}
    return LocalEnhancer(6, 3, **sizes, kernel=kernel)


@settings(max_examples=20)
@given(
    st.sampled_from(["global", "local"]),
    st.integers(2, 4),
    st.integers(2, 4),
    st.integers(1, 5),
    st.sampled_from([3, 4]),
)
def test_the_image_is_as_large_as_the_input_for_all_multiples_of_32_from_64_on(kind, rows, columns, depth, kernel):
    with torch.no_grad():
        image = build(kind, depth, kernel)(torch.rand(1, 6, 32 * rows, 32 * columns))
    assert image.shape == (1, 3, 32 * rows, 32 * columns)


@pytest.mark.parametrize("kind", ["global", "local", "face"])
def test_gradient_reaches_every_weight_and_every_pixel(kind):
    torch.manual_seed(0)
    x = torch.rand(1, 6, 64, 64, requires_grad=True)
    network = FaceGenerator(**SMALL) if kind == "face" else build(kind, 2, 3)
    image = network(x[:, :3], x[:, 3:]) if kind == "face" else network(x)
    (image - torch.rand(1, 3, 64, 64)).abs().mean().backward()
    assert (x.grad != 0).all()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        if name.endswith("weight"):
            assert parameter.grad.abs().max() > 0, name
