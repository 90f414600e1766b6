"""The generators of Everybody Dance Now, with the parameter names under which its checkpoints are published.

Norms are instance norms without weights (eps 1e-5), padding is reflection, activations are ReLU. Each constructor's
`kernel` is that of the transposed convolutions, 3 as published. The last activation, as published a tanh, is the
caller's: `Generator` has another one for each output.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.models.residual import (
    Features,
    Images,
    ResidualBlock,
    double,
    first_layers,
    global_layers,
    halve,
    initialise,
    last_layers,
)

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
        sizes = {"width": width, "downsamplings": downsamplings, "blocks": blocks}
        self.model = nn.Sequential(*global_layers(in_channels, out_channels, **sizes, kernel=kernel))
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
        sizes = {"width": width, "downsamplings": downsamplings, "blocks": blocks}
        self.model = nn.Sequential(*global_layers(in_channels, out_channels, **sizes, kernel=kernel)[:-2])
        self.model1_1 = nn.Sequential(*first_layers(in_channels, width // 2), *halve(width // 2, width))
        self.model1_2 = nn.Sequential(
            *(ResidualBlock(width) for _ in range(enhancer_blocks)),
            *double(width, width // 2, kernel),
            *last_layers(width // 2, out_channels),
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
        sizes = {"width": width, "downsamplings": downsamplings, "blocks": blocks}
        self.model = nn.Sequential(*global_layers(6, 3, **sizes, kernel=kernel))
        initialise(self)

    def forward(self, pose: Crop, crop: Crop) -> Crop:
        """The crop with its residual added.

        Args:
            pose: crops of the pose images, in the range that the main generator takes them in.
            crop: crops of the generated frames, in [-1, 1].

        Returns:
            crop + residual, in [-2, 2]: as published, it is not clamped.
        """
        return crop + torch.tanh(self.model(torch.cat([pose, crop], dim=1)))
