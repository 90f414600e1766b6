"""The features of EfficientNet-Lite0 and the distance of images by them."""

import pytest
import torch
from torch.nn import functional

from motion_transfer.models.efficientnet import FeatureDistance, published_tensors

BLOCKS = [
    *[(1, 3, 1), (6, 3, 2), (6, 3, 1), (6, 5, 2), (6, 5, 1), (6, 3, 2), (6, 3, 1), (6, 3, 1)],
    *[(6, 5, 1), (6, 5, 1), (6, 5, 1), (6, 5, 2), (6, 5, 1), (6, 5, 1), (6, 5, 1), (6, 3, 1)],
]
"""Expansion, kernel and stride of each block, written out."""


@pytest.fixture(scope="module")
def weights():
    """Weights as they are published, but drawn by lot, with what EfficientNet has beyond the layers that are used."""
    torch.manual_seed(0)
    weights = {}
    for name, tensor in published_tensors().items():
        drawn = torch.rand(tensor.shape) + 0.5 if tensor.dim() == 1 else torch.randn(tensor.shape)
        weights[name] = drawn if tensor.dim() == 1 else drawn / tensor[0].numel() ** 0.5
    return {**weights, "_conv_head.weight": torch.zeros(1280, 320, 1, 1), "_fc.bias": torch.zeros(1000)}


@pytest.fixture(scope="module")
def distance(weights):
    return FeatureDistance(weights)


def image(seed=1, height=70, width=45, batch=1):
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def written_out(weights, x):
    """The features of grey levels of 255, with TensorFlow's padding and the norms apart."""

    def step(x, name, norm, stride=1, groups=1):
        kernel = weights[f"{name}.weight"]
        side = kernel.shape[-1]
        lacking = [max((-(-n // stride) - 1) * stride + side - n, 0) for n in (x.shape[3], x.shape[2])]
        x = functional.pad(x, [part for n in lacking for part in (n // 2, n - n // 2)])
        x = functional.conv2d(x, kernel, stride=stride, groups=groups)
        mean, variance, scale, shift = (
            weights[f"{norm}.{each}"] for each in ("running_mean", "running_var", "weight", "bias")
        )
        return functional.batch_norm(x, mean, variance, scale, shift, eps=1e-3)

    x = step((x - 127) / 128, "_conv_stem", "_bn0", stride=2).clamp(0, 6)
    ends = []
    for place, (expansion, _, stride) in enumerate(BLOCKS):
        name, before = f"_blocks.{place}", x
        if stride == 2:
            ends.append(before)
        if expansion > 1:
            x = step(x, f"{name}._expand_conv", f"{name}._bn0").clamp(0, 6)
        x = step(x, f"{name}._depthwise_conv", f"{name}._bn1", stride, groups=x.shape[1]).clamp(0, 6)
        x = step(x, f"{name}._project_conv", f"{name}._bn2")
        x = x + before if x.shape == before.shape else x
    return [*ends, x]


def test_the_network_is_the_published_one(weights, distance):
    expected = written_out(weights, (image() + 1) * 127.5)
    found = distance.network(image())
    assert [tuple(each.shape[1:]) for each in found] == [
        (16, 35, 23),
        (24, 18, 12),
        (40, 9, 6),
        (112, 5, 3),
        (320, 3, 2),
    ]
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other, atol=1e-4 * other.abs().max().item())


def test_the_kernels_are_the_published_ones():
    kernels = [published_tensors()[f"_blocks.{place}._depthwise_conv.weight"].shape[-1] for place in range(16)]
    assert kernels == [kernel for _, kernel, _ in BLOCKS]


def test_the_distance_is_that_of_features_of_length_one(weights, distance):
    fake, real = image(1), image(2)
    pairs = zip(*(written_out(weights, (each + 1) * 127.5) for each in (fake, real)), strict=True)
    expected = sum(2 - 2 * functional.cosine_similarity(x, y).mean().item() for x, y in pairs)
    assert distance(fake, real).item() == pytest.approx(expected, rel=1e-4)
    assert distance(real, real).item() == 0


def test_the_gradient_flows_into_the_generated_image_only(distance):
    fake, real = image(1, batch=2).requires_grad_(True), image(2, batch=2).requires_grad_(True)
    distance(fake, real).backward()
    assert fake.grad.abs().amax(dim=1).min() > 0
    assert real.grad is None
    assert not any(parameter.requires_grad for parameter in distance.parameters())


def test_pixels_count_by_their_weight(distance):
    """What is wrong far from the pixels that count costs nothing; weights have no unit."""
    real = image(2, height=64, width=512)
    fake = real.clone()
    fake[..., 480:] = image(3, height=64, width=32)
    near, far = torch.zeros(1, 1, 64, 512), torch.zeros(1, 1, 64, 512)
    near[..., 480:], far[..., :32] = 1, 1
    everywhere = distance(fake, real).item()
    assert distance(fake, real, near).item() > 4 * everywhere
    assert distance(fake, real, far).item() < 0.1 * everywhere
    assert distance(fake, real, 255 * near).item() == pytest.approx(distance(fake, real, near).item(), rel=1e-5)
    assert distance(fake, real, torch.ones(1, 1, 64, 512)).item() == pytest.approx(everywhere, rel=1e-5)
    assert distance(fake, real, torch.zeros(1, 1, 64, 512)).item() == 0
