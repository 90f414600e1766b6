"""The discriminator: is this pair of frames, for these poses, real or generated?"""

import itertools

from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.models.residual import initialise

Features = list[Tensor]
"""One discriminator's layer outputs, shallow to deep; the last, (B, 1, h, w), is its judgement of each patch."""


class PatchDiscriminator(nn.Module):
    """A PatchGAN that also shows its intermediate features (arXiv 1611.07004, section 3.2.2; 1711.11585, section 3.2).

    4 x 4 convolutions, `layers` of them with stride 2 from `width` channels on, doubling up to 8 x width.
    """

    def __init__(self, in_channels: int, *, width: int, layers: int) -> None:
        super().__init__()
        widths = [min(width * 2**level, width * 8) for level in range(layers + 1)]
        stages = [nn.Sequential(nn.Conv2d(in_channels, width, 4, stride=2, padding=2), nn.LeakyReLU(0.2))]
        for level, (narrow, wide) in enumerate(itertools.pairwise(widths), start=1):
            stride = 2 if level < layers else 1
            conv = nn.Conv2d(narrow, wide, 4, stride=stride, padding=2)
            stages.append(nn.Sequential(conv, nn.InstanceNorm2d(wide), nn.LeakyReLU(0.2)))
        stages.append(nn.Sequential(nn.Conv2d(widths[-1], 1, 4, padding=2)))
        self.stages = nn.ModuleList(stages)
        initialise(self)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Features:
        """Return every stage's output for `x`, (B, C, H, W)."""
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features


class MultiScaleDiscriminator(nn.Module):
    """The same discriminator at several resolutions, each half the one before (pix2pixHD, section 3.2).

    Everybody Dance Now shows it 12 channels: two pose images and the two frames, so that it also judges motion.
    """

    def __init__(self, in_channels: int, *, width: int, layers: int, scales: int) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            PatchDiscriminator(in_channels, width=width, layers=layers) for _ in range(scales)
        )
        self.halve = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> list[Features]:
        """Return each scale's features, full resolution first."""
        outputs = []
        for scale, discriminator in enumerate(self.discriminators):
            if scale:
                x = self.halve(x)
            outputs.append(discriminator(x))
        return outputs
