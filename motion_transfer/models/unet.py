"""The generator of pix2pix."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from motion_transfer.models.residual import Features, Images, initialise


class UNet(nn.Module):
    """pix2pix's U-Net: encoder and decoder of 4 x 4 convolutions, with skips (arXiv 1611.07004, sections 3.2.1, 6.1.1).

    Maps (B, in_channels, H, W) to (B, out_channels, H, W); the last activation, a tanh, is the caller's. Widths are
    width, 2, 4 and from then on 8 x width; depth 8 and width 64 are the published U-Net-256. Sides that are no
    multiples of 2 ** depth are padded to the next one, and the result is cropped.

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
