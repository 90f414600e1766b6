"""What the networks are made of: convolution blocks, and their initial weights."""

import itertools

from jaxtyping import Float
from torch import Tensor, nn

Features = Float[Tensor, "batch channels height width"]
Images = Float[Tensor, "batch out_channels height width"]


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a shortcut, (B, C, H, W) to the same (He et al. 2016; pix2pixHD, section 3.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Features) -> Features:
        """Add the block's change to `x`."""
        change: Tensor = self.conv_block(x)
        return x + change


def first_layers(in_channels: int, width: int) -> list[nn.Module]:
    """A 7 x 7 convolution at full size to `width` channels."""
    return [nn.ReflectionPad2d(3), nn.Conv2d(in_channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]


def halve(narrow: int, wide: int) -> list[nn.Module]:
    """A 3 x 3 convolution to `wide` channels at half the size."""
    return [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.InstanceNorm2d(wide), nn.ReLU()]


def double(wide: int, narrow: int, kernel: int) -> list[nn.Module]:
    """A transposed convolution to `narrow` channels at double the size.

    A kernel of 3 is the published one. One of 4, which the stride divides, covers every pixel equally often, so
    that no checkerboard appears (Odena et al. 2016).
    """
    up = nn.ConvTranspose2d(wide, narrow, kernel, stride=2, padding=1, output_padding=kernel % 2)
    return [up, nn.InstanceNorm2d(narrow), nn.ReLU()]


def last_layers(width: int, out_channels: int) -> list[nn.Module]:
    """A 7 x 7 convolution to the output, without an activation: two layers."""
    return [nn.ReflectionPad2d(3), nn.Conv2d(width, out_channels, 7)]


def global_layers(
    in_channels: int, out_channels: int, *, width: int, downsamplings: int, blocks: int, kernel: int
) -> list[nn.Module]:
    """The layers of pix2pixHD's global generator in their published order (arXiv 1711.11585, section 3.1)."""
    widths = [width * 2**level for level in range(downsamplings + 1)]
    layers = first_layers(in_channels, width)
    for narrow, wide in itertools.pairwise(widths):
        layers += halve(narrow, wide)
    layers += [ResidualBlock(widths[-1]) for _ in range(blocks)]
    for wide, narrow in itertools.pairwise(reversed(widths)):
        layers += double(wide, narrow, kernel)
    return layers + last_layers(width, out_channels)


def initialise(network: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02), as pix2pix does (arXiv 1611.07004, section 6.2)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def zero_last_convolution(network: nn.Module) -> None:
    """Make a network's output 0, by its last convolution: a change that begins as noise would have to be unlearned."""
    last = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)][-1]
    for parameter in last.parameters():
        nn.init.zeros_(parameter)
