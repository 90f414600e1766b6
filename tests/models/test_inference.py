"""The generator as synthesis calls it; tests/test_card.py has what needs a card."""

import pytest
import torch
from torch import nn

from motion_transfer.models.generator import Generator
from motion_transfer.models.inference import InferenceGenerator, InstanceNorm, ReflectionPad
from motion_transfer.models.networks import GlobalGenerator


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("mean", [0.0, 3.0])
def test_the_norm_is_pytorchs(layout, mean):
    x = (torch.randn(2, 5, 12, 9) * torch.rand(1, 5, 1, 1) + mean).to(memory_format=layout)
    assert torch.allclose(InstanceNorm(1e-5)(x), nn.InstanceNorm2d(5)(x), atol=1e-4)
    assert InstanceNorm(1e-5)(x).is_contiguous(memory_format=layout)


def test_the_norm_of_a_channel_that_is_the_same_everywhere_is_nothing():
    assert torch.equal(InstanceNorm(1e-5)(torch.full((1, 2, 4, 4), 7.0)), torch.zeros(1, 2, 4, 4))


@pytest.mark.parametrize("padding", [1, 3])
def test_the_border_is_pytorchs_and_leaves_the_channels_together(padding):
    x = torch.rand(2, 3, 8, 5).to(memory_format=torch.channels_last)
    assert torch.equal(ReflectionPad(padding)(x), nn.ReflectionPad2d(padding)(x))
    assert ReflectionPad(padding)(x).is_contiguous(memory_format=torch.channels_last)


def test_without_a_card_the_generator_is_called_as_it_is():
    network = GlobalGenerator(6, 4, width=4, downsamplings=1, blocks=1)
    generator = Generator(network, composite=True)
    assert InferenceGenerator(generator, torch.device("cpu")).generator is generator
    assert any(isinstance(layer, nn.InstanceNorm2d) for layer in network.modules())
