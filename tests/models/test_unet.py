"""pix2pix's generator."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models.networks import UNet


def small(depth=3, **options):
    torch.manual_seed(0)
    return UNet(3, 3, width=4, depth=depth, **options)


def test_the_published_u_net_256_has_54_million_parameters():
    with torch.device("meta"):
        network = UNet(3, 3, width=64, depth=8)
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(54.4e6, rel=1e-3)


def test_it_halves_a_256_pixel_image_down_to_a_single_one():
    network = UNet(3, 3, width=2, depth=8)
    seen = []
    for layer in network.down:
        layer.register_forward_hook(lambda *call: seen.append(tuple(call[2].shape[1:])))
    network(torch.rand(1, 3, 256, 256))
    assert seen == [(2 * min(2**level, 8), 128 >> level, 128 >> level) for level in range(8)]


@settings(max_examples=15)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(2, 8))
def test_the_image_is_as_large_as_the_input_for_all_multiples_of_32(rows, columns, depth):
    with torch.no_grad():
        image = UNet(3, 4, width=2, depth=depth)(torch.rand(1, 3, 32 * rows, 32 * columns))
    assert image.shape == (1, 4, 32 * rows, 32 * columns)


def test_gradient_reaches_every_weight_and_every_pixel():
    network = small().eval()
    x = torch.rand(1, 3, 64, 64, requires_grad=True)
    (network(x) - torch.rand(1, 3, 64, 64)).abs().mean().backward()
    assert (x.grad != 0).all()
    assert all(p.grad.abs().max() > 0 for name, p in network.named_parameters() if name.endswith("weight"))


def test_details_pass_by_the_bottleneck():
    """Pix2pix's reason for the skips: a pixel is seen at its place, whatever happens below."""
    network = small(depth=5).eval()
    with torch.no_grad():
        for layer in list(network.down)[1:]:
            layer[1].weight.zero_()
        x = torch.rand(1, 3, 64, 64)
        changed = x.clone()
        changed[..., 20, 20] += 1
        assert (network(x) - network(changed)).abs()[..., 16:24, 16:24].max() > 0


def test_a_frame_is_the_same_each_time_it_is_generated_but_not_in_training():
    network, x = small(), torch.rand(1, 3, 32, 32)
    assert not torch.equal(network(x), network(x)), "dropout"
    network.eval()
    assert torch.equal(network(x), network(x))


def test_a_depth_of_less_than_two_is_refused():
    with pytest.raises(ValueError, match="a U-Net of depth 1; expected at least 2"):
        small(depth=1)
