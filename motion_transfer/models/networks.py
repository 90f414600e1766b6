"""The networks that generators are made of: those of Everybody Dance Now and pix2pixHD, and the U-Net of pix2pix.

Those of Everybody Dance Now have the parameter names under which its checkpoints are published. Their norms are
instance norms without weights (eps 1e-5), padding is reflection, activations are ReLU. Each constructor's `kernel` is
that of the transposed convolutions, 3 as published. The last activation, as published a tanh, is the caller's:
`Generator` has another one for each output.
"""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Features = Float[Tensor, "batch channels height width"]
Images = Float[Tensor, "batch out_channels height width"]
Crop = Float[Tensor, "batch 3 height width"]


class GlobalGenerator(nn.Module):
    """The global generator G1: encoder, residual blocks, decoder (pix2pixHD, arXiv 1711.11585, section 3.1).

    Maps (B, in_channels, H, W) to (B, out_channels, H, W); H and W are multiples of 2 ** downsamplings.
    As published: width 64, 4 downsamplings that double the width, 9 blocks; 512 x 256 pixels.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, width: int, downsamplings: int, blocks: int, kernel: int = 3
    ) -> None:
        super().__init__()
        self.model = _global_layers(in_channels, out_channels, width, downsamplings, blocks, kernel)
        initialise(self)

    def forward(self, x: Features) -> Images:
        """The image for the input `x`."""
        image: Tensor = self.model(x)
        return image


class LocalEnhancer(nn.Module):
    """The local enhancer G2 around a global generator at half the resolution (pix2pixHD, section 3.1).

    Maps (B, in_channels, H, W) to (B, out_channels, H, W); H and W are multiples of 2 ** (downsamplings + 1).
    `model` is the global generator without its last convolution; its features are added to those of `model1_1`, and
    `model1_2` makes the image of the sum. It has half of the global generator's `width`. As published: width 64,
    4 downsamplings, 9 blocks, and 3 of its own; 1024 x 512 pixels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        width: int,
        downsamplings: int,
        blocks: int,
        enhancer_blocks: int,
        kernel: int = 3,
    ) -> None:
        super().__init__()
        self.model = _global_layers(in_channels, out_channels, width, downsamplings, blocks, kernel)[:-2]
        self.model1_1 = nn.Sequential(*_first_layers(in_channels, width // 2), *_halve(width // 2, width))
        self.model1_2 = nn.Sequential(
            *(ResidualBlock(width) for _ in range(enhancer_blocks)),
            *_double(width, width // 2, kernel),
            *_last_layers(width // 2, out_channels),
        )
        self.downsample = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        initialise(self)

    def forward(self, x: Features) -> Images:
        """The image for the input `x`."""
        image: Tensor = self.model1_2(self.model1_1(x) + self.model(self.downsample(x)))
        return image


class FaceGenerator(nn.Module):
    """A residual for a crop of the generated frame (arXiv 1808.07371, section "Face GAN").

    The global generator's architecture on six channels: the crop of the pose image and that of the frame. Sides are
    multiples of 2 ** downsamplings. As published: 3 downsamplings, 5 blocks, 128 x 128 pixels.
    """

    def __init__(self, *, width: int, downsamplings: int, blocks: int, kernel: int = 3) -> None:
        super().__init__()
        self.model = _global_layers(6, 3, width, downsamplings, blocks, kernel)
        initialise(self)

    def forward(self, pose: Crop, crop: Crop) -> Crop:
        """The crops of generated frames, in [-1, 1], with their residuals added: in [-2, 2], as published not clamped.

        The crops of the pose images are in the range that the main generator takes them in.
        """
        return crop + torch.tanh(self.model(torch.cat([pose, crop], dim=1)))


class UNet(nn.Module):
    """pix2pix's U-Net: encoder and decoder of 4 x 4 convolutions, with skips (arXiv 1611.07004, sections 3.2.1, 6.1.1).

    Maps (B, in_channels, H, W) to (B, out_channels, H, W). Widths are width, 2, 4 and from then on 8 x width; depth 8
    and width 64 are the published U-Net-256. Sides that are no multiples of 2 ** depth are padded to the next one, and
    the result is cropped.

    Two departures. Norms are instance norms without weights, which is what the published batch norm amounts to at its
    batch size of 1, with none at the bottleneck, whose single pixel any norm would erase (the paper's own errata).
    Dropout (0.5, in the decoder's first three layers) acts in training only: kept on, as published, it would make a
    video flicker.

    Raises:
        ValueError: `depth` is less than 2.
    """

    def __init__(self, in_channels: int, out_channels: int, *, width: int, depth: int) -> None:
        super().__init__()
        if depth < 2:
            raise ValueError(f"a U-Net of depth {depth}; expected at least 2")
        widths = [width * min(2**level, 8) for level in range(depth)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, wide in enumerate(widths):
            norm = nn.InstanceNorm2d(wide) if 0 < level < depth - 1 else nn.Identity()
            conv = nn.Conv2d(widths[level - 1] if level else in_channels, wide, 4, stride=2, padding=1)
            before = nn.LeakyReLU(0.2) if level else nn.Identity()
            self.down.append(nn.Sequential(before, conv, norm))
        for level in reversed(range(1, depth)):
            # Beside the layer below comes the skip, but not at the bottleneck, where the two would be the same.
            wide = widths[level] * (1 if level == depth - 1 else 2)
            up = nn.ConvTranspose2d(wide, widths[level - 1], 4, stride=2, padding=1)
            dropout = nn.Dropout(0.5) if level >= depth - 3 else nn.Identity()
            self.up.append(nn.Sequential(nn.ReLU(), up, nn.InstanceNorm2d(widths[level - 1]), dropout))
        last = nn.ConvTranspose2d(2 * width, out_channels, 4, stride=2, padding=1)
        self.up.append(nn.Sequential(nn.ReLU(), last))
        initialise(self)

    def forward(self, x: Features) -> Images:
        """The image for the input `x`."""
        height, width = x.shape[2:]
        multiple = 2 ** len(self.down)
        x = functional.pad(x, (0, -width % multiple, 0, -height % multiple), mode="replicate")
        skips: list[Tensor] = []
        for layer in self.down:
            x = layer(x)
            skips.append(x)
        x = self.up[0](skips.pop())
        for layer in list(self.up)[1:]:
            x = layer(torch.cat([x, skips.pop()], dim=1))
        return x[:, :, :height, :width]


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


def initialise(network: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02), as pix2pix does (arXiv 1611.07004, section 6.2)."""
    for convolution in _convolutions(network):
        nn.init.normal_(convolution.weight, 0.0, 0.02)
        if convolution.bias is not None:
            nn.init.zeros_(convolution.bias)


def zero_last_convolution(network: nn.Module) -> None:
    """Make a network's output 0, by its last convolution: a change that begins as noise would have to be unlearned."""
    for parameter in _convolutions(network)[-1].parameters():
        nn.init.zeros_(parameter)


def _convolutions(network: nn.Module) -> list[nn.Conv2d | nn.ConvTranspose2d]:
    return [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)]


def _global_layers(
    in_channels: int, out_channels: int, width: int, downsamplings: int, blocks: int, kernel: int
) -> nn.Sequential:
    """The layers of pix2pixHD's global generator in their published order (arXiv 1711.11585, section 3.1)."""
    widths = [width * 2**level for level in range(downsamplings + 1)]
    layers = _first_layers(in_channels, width)
    for narrow, wide in itertools.pairwise(widths):
        layers += _halve(narrow, wide)
    layers += [ResidualBlock(widths[-1]) for _ in range(blocks)]
    for wide, narrow in itertools.pairwise(reversed(widths)):
        layers += _double(wide, narrow, kernel)
    return nn.Sequential(*layers, *_last_layers(width, out_channels))


def _first_layers(in_channels: int, width: int) -> list[nn.Module]:
    """A 7 x 7 convolution at full size to `width` channels."""
    return [nn.ReflectionPad2d(3), nn.Conv2d(in_channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]


def _halve(narrow: int, wide: int) -> list[nn.Module]:
    """A 3 x 3 convolution to `wide` channels at half the size."""
    return [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.InstanceNorm2d(wide), nn.ReLU()]


def _double(wide: int, narrow: int, kernel: int) -> list[nn.Module]:
    """A transposed convolution to `narrow` channels at double the size.

    A kernel of 3 is the published one. One of 4, which the stride divides, covers every pixel equally often, so
    that no checkerboard appears (Odena et al. 2016).
    """
    up = nn.ConvTranspose2d(wide, narrow, kernel, stride=2, padding=1, output_padding=kernel % 2)
    return [up, nn.InstanceNorm2d(narrow), nn.ReLU()]


def _last_layers(width: int, out_channels: int) -> list[nn.Module]:
    """A 7 x 7 convolution to the output, without an activation: two layers."""
    return [nn.ReflectionPad2d(3), nn.Conv2d(width, out_channels, 7)]
