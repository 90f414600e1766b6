"""The published networks once more, written down from the layout of their state dictionaries, layer by layer.

Random weights under the published names, and what the networks make of them: to compare our modules with.
"""

import torch
from torch.nn import functional


def global_weights(width, downsamplings, blocks, in_channels=6, prefix="model"):
    """A state dictionary of a global generator."""
    weights = {}

    def add(place, *shape, channels=None):
        weights[f"{prefix}.{place}.weight"] = torch.randn(shape) * 0.2
        weights[f"{prefix}.{place}.bias"] = torch.randn(channels or shape[0]) * 0.2

    add(1, width, in_channels, 7, 7)
    place, wide = 4, width
    for _ in range(downsamplings):
        add(place, 2 * wide, wide, 3, 3)
        place, wide = place + 3, 2 * wide
    for _ in range(blocks):
        add(f"{place}.conv_block.1", wide, wide, 3, 3)
        add(f"{place}.conv_block.5", wide, wide, 3, 3)
        place += 1
    for _ in range(downsamplings):
        add(place, wide, wide // 2, 3, 3, channels=wide // 2)
        place, wide = place + 3, wide // 2
    add(place + 1, 3, width, 7, 7)
    return weights


def local_weights(width, blocks, global_downsamplings, global_blocks):
    """A state dictionary of a local enhancer of `width` around a global generator of twice that."""
    weights = global_weights(2 * width, global_downsamplings, global_blocks)
    last = 4 + 3 * global_downsamplings + global_blocks + 3 * global_downsamplings + 1
    del weights[f"model.{last}.weight"], weights[f"model.{last}.bias"]
    for place, shape in {"1_1.1": (width, 6, 7, 7), "1_1.4": (2 * width, width, 3, 3)}.items():
        weights[f"model{place}.weight"], weights[f"model{place}.bias"] = torch.randn(shape) * 0.2, torch.randn(shape[0])
    for block in range(blocks):
        for conv in (1, 5):
            name = f"model1_2.{block}.conv_block.{conv}"
            weights[f"{name}.weight"] = torch.randn(2 * width, 2 * width, 3, 3) * 0.2
            weights[f"{name}.bias"] = torch.randn(2 * width)
    weights[f"model1_2.{blocks}.weight"] = torch.randn(2 * width, width, 3, 3) * 0.2
    weights[f"model1_2.{blocks}.bias"] = torch.randn(width)
    weights[f"model1_2.{blocks + 4}.weight"] = torch.randn(3, width, 7, 7) * 0.2
    weights[f"model1_2.{blocks + 4}.bias"] = torch.randn(3)
    return weights


def run_global(weights, x, downsamplings, blocks, *, last=True):
    """What a global generator makes of `x`; without `last` its features before the last convolution."""
    run = _Layers(weights, "model")
    x = run.normed(run.wide(x, 1))
    place = 4
    for _ in range(downsamplings):
        x, place = run.normed(run.down(x, place)), place + 3
    for _ in range(blocks):
        x, place = run.block(x, place), place + 1
    for _ in range(downsamplings):
        x, place = run.normed(run.up(x, place)), place + 3
    return torch.tanh(run.wide(x, place + 1)) if last else x


def run_local(weights, x, blocks, global_downsamplings, global_blocks):
    """What a local enhancer makes of `x`."""
    ones = torch.ones_like(x)
    pool = {"kernel_size": 3, "stride": 2, "padding": 1, "divisor_override": 1}
    half = functional.avg_pool2d(x, **pool) / functional.avg_pool2d(ones, **pool)  # padding is not counted
    coarse = run_global(weights, half, global_downsamplings, global_blocks, last=False)
    run = _Layers(weights, "model1_1")
    x = run.normed(run.down(run.normed(run.wide(x, 1)), 4)) + coarse
    run = _Layers(weights, "model1_2")
    for block in range(blocks):
        x = run.block(x, block)
    return torch.tanh(run.wide(run.normed(run.up(x, blocks)), blocks + 4))


class _Layers:
    def __init__(self, weights, prefix):
        self.weights, self.prefix = weights, prefix

    def parameters(self, place):
        return (self.weights[f"{self.prefix}.{place}.{kind}"] for kind in ("weight", "bias"))

    def wide(self, x, place):
        return functional.conv2d(functional.pad(x, (3, 3, 3, 3), mode="reflect"), *self.parameters(place))

    def down(self, x, place):
        return functional.conv2d(x, *self.parameters(place), stride=2, padding=1)

    def up(self, x, place):
        return functional.conv_transpose2d(x, *self.parameters(place), stride=2, padding=1, output_padding=1)

    def block(self, x, place):
        y = x
        for conv in (1, 5):
            padded = functional.pad(y, (1, 1, 1, 1), mode="reflect")
            y = functional.conv2d(padded, *self.parameters(f"{place}.conv_block.{conv}"))
            y = self.normed(y) if conv == 1 else self.norm(y)
        return x + y

    def normed(self, x):
        return functional.relu(self.norm(x))

    @staticmethod
    def norm(x):
        mean = x.mean(dim=(2, 3), keepdim=True)
        variance = (x - mean).square().mean(dim=(2, 3), keepdim=True)
        return (x - mean) / (variance + 1e-5).sqrt()
