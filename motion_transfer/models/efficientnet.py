"""The features of EfficientNet-Lite0, and how far two images lie apart by them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Images = Float[Tensor, "batch 3 height width"]
Weight = Float[Tensor, "batch 1 height width"]
Features = Float[Tensor, "batch _ _ _"]  # of each resolution another shape


class Stage(NamedTuple):
    """Blocks of the same width; only the first of them has the stride."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int
    compared: bool  # the last one at its resolution


STEM = 32  # channels of the first convolution
STAGES = (
    Stage(1, 3, 1, 1, 16, True),
    Stage(2, 3, 2, 6, 24, True),
    Stage(2, 5, 2, 6, 40, True),
    Stage(3, 3, 2, 6, 80, False),
    Stage(3, 5, 1, 6, 112, True),
    Stage(4, 5, 2, 6, 192, False),
    Stage(1, 3, 1, 6, 320, True),
)
"""Of EfficientNet-B0 (Tan and Le, arXiv 1905.11946, table 1)."""
MEAN, DEVIATION = 127.0, 128.0  # of grey levels up to 255, as the weights were trained
NORMS = {"_conv_stem": "_bn0", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
"""The batch norm behind each convolution, which is made a part of it."""
NORM_EPSILON = 1e-3


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 without its classifier: EfficientNet-B0 with ReLU6 and without squeeze and excitation.

    Maps images in [-1, 1], of any size, to the last features at each of its five resolutions: 16, 24, 40, 112 and 320
    channels at 1/2 to 1/32 of the images' sides, rounded up. Convolutions have the names under which their weights are
    published.
    """

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _Convolution(3, STEM, 3, stride=2)
        self._blocks = nn.ModuleList()
        self._compared = set()
        channels = STEM
        for stage in STAGES:
            for stride in (stage.stride, *[1] * (stage.blocks - 1)):
                self._blocks.append(_Block(channels, stage.channels, stage.kernel, stride, stage.expansion))
                channels = stage.channels
            if stage.compared:
                self._compared.add(len(self._blocks) - 1)

    def forward(self, images: Images) -> list[Features]:
        """The features, finest first."""
        x = ((images + 1) * 127.5 - MEAN) / DEVIATION
        # On a CPU channels that lie together, and activations in place, take half the time.
        x = functional.relu6(self._conv_stem(x.contiguous(memory_format=torch.channels_last)), inplace=True)
        features = []
        for place, block in enumerate(self._blocks):
            x = block(x)
            if place in self._compared:
                features.append(x)
        return features


class FeatureDistance(nn.Module):
    """Perceptual distance of images: squared difference of EfficientNet-Lite0's features, their vectors of length 1.

    Summed over the channels, averaged over the pixels, summed over the five resolutions; 0 for equal images. It is the
    distance of Zhang et al. (arXiv 1801.03924, section 3) with all channels of the same weight.

    Args:
        weights: those that `published_tensors` names; others are left alone.

    Raises:
        KeyError: one of them is missing.
        RuntimeError: one has another shape.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        with torch.device("meta"):
            self.network = EfficientNetLite0()
        folded: dict[str, Tensor] = {}
        for name, norm, _ in _convolutions(self.network):
            scale = weights[f"{norm}.weight"].float() / (weights[f"{norm}.running_var"].float() + NORM_EPSILON).sqrt()
            folded[f"{name}.weight"] = weights[f"{name}.weight"].float() * scale[:, None, None, None]
            folded[f"{name}.bias"] = weights[f"{norm}.bias"].float() - weights[f"{norm}.running_mean"].float() * scale
        self.network.load_state_dict(folded, assign=True)
        self.requires_grad_(False)

    def forward(self, fake: Images, real: Images, weight: Weight | None = None) -> Tensor:
        """The distance of images in [-1, 1], a scalar; the gradient flows into `fake` only.

        Args:
            fake: generated images.
            real: true images.
            weight: how much each pixel counts, at least 0; by default all count the same. Where none does, it is 0.
        """
        with torch.no_grad():
            expected = self.features(real)
        return self.between(self.features(fake), expected, weight)

    def features(self, images: Images) -> list[Features]:
        """What `between` compares, of images in [-1, 1]."""
        return [functional.normalize(each.float(), dim=1) for each in self.network(images)]

    def between(self, fake: Sequence[Features], real: Sequence[Features], weight: Weight | None = None) -> Tensor:
        """The distance of images by their `features`; `weight` as in `forward`."""
        distances = [(x - y).square().sum(dim=1, keepdim=True) for x, y in zip(fake, real, strict=True)]
        return torch.stack([weighted_mean(each, weight) for each in distances]).sum()


def weighted_mean(values: Features, weight: Weight | None) -> Tensor:
    """The mean of one number a pixel, (B, 1, h, w), each by the share that `weight` has there; 0 where it has none."""
    if weight is None:
        return values.mean()
    weight = functional.adaptive_avg_pool2d(weight.float(), (values.shape[2], values.shape[3]))
    return (values * weight).sum() / weight.sum().clamp(min=torch.finfo(weight.dtype).tiny)


def published_tensors() -> dict[str, Tensor]:
    """The tensors of published weights that `FeatureDistance` needs, without values."""
    tensors: dict[str, Tensor] = {}
    with torch.device("meta"):
        for name, norm, convolution in _convolutions(EfficientNetLite0()):
            tensors[f"{name}.weight"] = convolution.weight
            for each in ("weight", "bias", "running_mean", "running_var"):
                tensors[f"{norm}.{each}"] = torch.empty(convolution.out_channels)
    return tensors


class _Block(nn.Module):
    """An inverted bottleneck: expand, filter each channel, project; with a shortcut where the shape stays the same."""

    def __init__(self, channels: int, out_channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self._expands = expansion > 1
        if self._expands:
            self._expand_conv = _Convolution(channels, wide, 1)
        self._depthwise_conv = _Convolution(wide, wide, kernel, stride=stride, groups=wide)
        self._project_conv = _Convolution(wide, out_channels, 1)
        self._shortcut = stride == 1 and channels == out_channels

    def forward(self, x: Features) -> Features:
        y: Tensor = functional.relu6(self._expand_conv(x), inplace=True) if self._expands else x
        y = self._project_conv(functional.relu6(self._depthwise_conv(y), inplace=True))
        return x + y if self._shortcut else y


class _Convolution(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME": of an odd number of pixels, the end of a side gets one more."""

    def __init__(self, channels: int, out_channels: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(channels, out_channels, kernel, stride=stride, padding=padding, groups=groups)

    def forward(self, x: Features) -> Features:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        if stride > 1:
            rows, columns = (kernel - (side % stride or stride) for side in x.shape[2:])
            x = functional.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        convolved: Tensor = super().forward(x)
        return convolved


def _convolutions(network: nn.Module) -> Iterator[tuple[str, str, nn.Conv2d]]:
    """Each convolution with its name and that of the batch norm behind it."""
    for path, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            parent, dot, name = path.rpartition(".")
            yield path, f"{parent}{dot}{NORMS[name]}", module
