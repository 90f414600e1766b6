"""The generator: pose image and previous output in, frame out."""

import itertools
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

Image = Float[Tensor, "batch 3 height width"]


class Generated(NamedTuple):
    """What the generator says of one frame."""

    frame: Float[Tensor, "batch 3 height width"]
    """The frame, in [-1, 1]: foreground x mask + plate x (1 - mask)."""
    foreground: Float[Tensor, "batch 3 height width"]
    """The person, in [-1, 1]; anything where the mask is 0."""
    mask: Float[Tensor, "batch 1 height width"]
    """Share of the foreground in each pixel, in [0, 1]; all 1 for a generator without composition."""


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a shortcut, (B, C, H, W) to the same (He et al. 2016; pix2pixHD, section 3.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch channels height width"]:
        """Add the block's change to `x`."""
        change: Tensor = self.body(x)
        return x + change


class ResidualEncoderDecoder(nn.Sequential):
    """Downsampling convolutions, residual blocks, upsampling convolutions (pix2pixHD, arXiv 1711.11585, section 3.1).

    Maps (B, in_channels, H, W) to (B, out_channels, H, W) without a final activation; H and W must be
    multiples of 2 ** downsamplings. Widths are width, 2 width, ... width x 2 ** downsamplings.
    """

    def __init__(self, in_channels: int, out_channels: int, *, width: int, downsamplings: int, blocks: int) -> None:
        widths = [width * 2**level for level in range(downsamplings + 1)]
        layers: list[nn.Module] = [
            nn.ReflectionPad2d(3),
            nn.Conv2d(in_channels, width, 7),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
        ]
        for narrow, wide in itertools.pairwise(widths):
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.InstanceNorm2d(wide), nn.ReLU()]
        layers += [ResidualBlock(widths[-1]) for _ in range(blocks)]
        for wide, narrow in zip(widths[::-1], widths[-2::-1], strict=False):
            # A kernel that its stride divides covers every pixel equally often: no checkerboard (Odena et al. 2016).
            up = nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1)
            layers += [up, nn.InstanceNorm2d(narrow), nn.ReLU()]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, out_channels, 7)]
        super().__init__(*layers)


class Generator(nn.Module):
    """Everybody Dance Now's conditional generator, optionally drawing only the person over a background plate.

    Conditioned on the pose image and on its own previous output, so that consecutive frames agree (arXiv
    1808.07371, section "Temporal smoothing"). With `composite` a fourth channel is a mask: where it is
    0 the plate shows through unchanged, so the background stands still and the network spends itself on
    the person.
    """

    def __init__(self, *, width: int, downsamplings: int, blocks: int, composite: bool) -> None:
        super().__init__()
        self.composite = composite
        channels = 4 if composite else 3
        self.network = ResidualEncoderDecoder(6, channels, width=width, downsamplings=downsamplings, blocks=blocks)
        initialise(self)

    def forward(self, pose: Image, previous: Image, plate: Image) -> Generated:
        """Generate one frame a sample.

        Args:
            pose: pose images, in [-1, 1].
            previous: the frames generated for the instant before, in [-1, 1]; zeros at the start.
            plate: the empty background, in [-1, 1].
        """
        output = self.network(torch.cat([pose, previous], dim=1))
        foreground = torch.tanh(output[:, :3])
        if not self.composite:
            return Generated(foreground, foreground, torch.ones_like(foreground[:, :1]))
        mask = torch.sigmoid(output[:, 3:])
        return Generated(torch.lerp(plate.to(foreground.dtype), foreground, mask), foreground, mask)


def initialise(network: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02), as pix2pix does (arXiv 1611.07004, section 6.2)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
