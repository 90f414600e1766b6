"""The networks of Everybody Dance Now and pix2pix: sizes, names and outputs as published."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models.networks import FaceGenerator, GlobalGenerator, LocalEnhancer, UNet
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
        u_net = UNet(3, 3, width=64, depth=8)
    assert millions(coarse) == pytest.approx(182.5, abs=0.05)
    assert millions(fine) == pytest.approx(182.7, abs=0.05)
    assert millions(u_net) == pytest.approx(54.4, rel=1e-3)


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


def build(kind, downsamplings=2, kernel=3):
    torch.manual_seed(0)
    sizes = {"width": 2, "downsamplings": min(downsamplings, 4), "blocks": 1, "kernel": kernel}
    if kind == "global":
        return GlobalGenerator(6, 3, **sizes | {"downsamplings": downsamplings})
    if kind == "local":
        return LocalEnhancer(6, 3, **sizes, enhancer_blocks=1)
    return FaceGenerator(**sizes) if kind == "face" else UNet(6, 3, width=4, depth=max(downsamplings, 3))


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


@pytest.mark.parametrize("kind", ["global", "local", "face", "unet"])
def test_gradient_reaches_every_weight_and_every_pixel(kind):
    network = build(kind).eval()
    x = torch.rand(1, 6, 64, 64, requires_grad=True)
    image = network(x[:, :3], x[:, 3:]) if kind == "face" else network(x)
    (image - torch.rand(1, 3, 64, 64)).abs().mean().backward()
    assert (x.grad != 0).all()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        if name.endswith("weight"):
            assert parameter.grad.abs().max() > 0, name


def test_a_u_net_halves_a_256_pixel_image_down_to_a_single_one():
    network = UNet(3, 3, width=2, depth=8)
    seen = []
    for layer in network.down:
        layer.register_forward_hook(lambda *call: seen.append(tuple(call[2].shape[1:])))
    network(torch.rand(1, 3, 256, 256))
    assert seen == [(2 * min(2**level, 8), 128 >> level, 128 >> level) for level in range(8)]


@settings(max_examples=15)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(2, 8))
def test_a_u_nets_image_is_as_large_as_the_input_at_every_depth(rows, columns, depth):
    with torch.no_grad():
        image = UNet(3, 4, width=2, depth=depth)(torch.rand(1, 3, 32 * rows, 32 * columns))
    assert image.shape == (1, 4, 32 * rows, 32 * columns)


def test_details_pass_by_the_u_nets_bottleneck():
    """Pix2pix's reason for the skips: a pixel is seen at its place, whatever happens below."""
    network = UNet(3, 3, width=4, depth=5).eval()
    with torch.no_grad():
        for layer in list(network.down)[1:]:
            layer[1].weight.zero_()
        x = torch.rand(1, 3, 64, 64)
        changed = x.clone()
        changed[..., 20, 20] += 1
        assert (network(x) - network(changed)).abs()[..., 16:24, 16:24].max() > 0


def test_a_u_nets_frame_is_the_same_each_time_it_is_generated_but_not_in_training():
    network, x = UNet(3, 3, width=4, depth=3), torch.rand(1, 3, 32, 32)
    assert not torch.equal(network(x), network(x)), "dropout"
    network.eval()
    assert torch.equal(network(x), network(x))


def test_a_depth_of_less_than_two_is_refused():
    with pytest.raises(ValueError, match="a U-Net of depth 1; expected at least 2"):
        UNet(3, 3, width=4, depth=1)
