"""The generator as synthesis calls it: on a card in half precision, its kernels recorded once and run again.

A card computes a frame of a small network faster than Python can ask for its kernels one by one. So they are recorded
as a CUDA graph, once for each size of batch, and a frame asks for all of them at once.
"""

from copy import deepcopy

import torch
from torch import Tensor, nn

from motion_transfer.models.generator import Generated, Generator

WARM_UP = 3  # calls before a recording, in which algorithms are looked for and buffers allocated
CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


class InferenceGenerator:
    """A generator on a device, for results alone.

    Args:
        generator: stays as it is, where the device is a card; elsewhere it is moved there.
        device: where to compute.
    """

    def __init__(self, generator: Generator, device: torch.device) -> None:
        self._device = device
        self._recorded: dict[int, _Recorded] = {}
        if device.type == "cuda":
            generator = deepcopy(generator)
            _prepare(generator)
        self.generator = generator.to(device)

    def __call__(self, pose: Tensor, previous: Tensor, plate: Tensor, candidates: Tensor) -> Generated:
        """See `Generator.forward`; call it without gradients. On a card the next call overwrites what this one gave."""
        inputs = pose, previous, plate, candidates
        if self._device.type != "cuda":
            generated: Generated = self.generator(*inputs)
            return generated
        if len(pose) not in self._recorded:
            self._recorded[len(pose)] = _Recorded(self.generator, inputs)
        return self._recorded[len(pose)](inputs)

    def improve(self, generated: Generated, pose: Tensor, plate: Tensor, boxes: Tensor, size: int) -> Generated:
        """See `Generator.improve`."""
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            return self.generator.improve(generated, pose, plate, boxes, size)

    def seen_before(self, previous: Tensor, moves: Tensor, plate: Tensor, motion: Tensor | None = None) -> Tensor:
        """See `Generator.seen_before`."""
        return self.generator.seen_before(previous, moves, plate, motion)


def _prepare(network: nn.Module) -> None:
    """Give a network weights in half precision, and layers that leave the channels of a pixel together.

    That is the order in which a card's convolutions are fastest; PyTorch's own layers would turn it around each time.
    """
    for name, layer in network.named_children():
        if isinstance(layer, CONVOLUTIONS):  # converted once, not frame by frame
            layer.to(torch.bfloat16).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        elif isinstance(layer, nn.InstanceNorm2d):
            setattr(network, name, InstanceNorm(layer.eps))
        elif isinstance(layer, nn.ReflectionPad2d):
            setattr(network, name, ReflectionPad(layer.padding[0]))
        else:
            _prepare(layer)


class InstanceNorm(nn.Module):
    """`nn.InstanceNorm2d` without weights, in any order of the channels.

    Args:
        eps: is added to the variance.
    """

    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """The (B, C, H, W) features, each channel with mean 0 and variance 1."""
        variance, mean = torch.var_mean(x, dim=(2, 3), keepdim=True, correction=0)
        scale = (variance + self.eps).rsqrt()
        return torch.addcmul(-mean * scale, x, scale)  # at once: the card's memory is what takes the time


class ReflectionPad(nn.Module):
    """`nn.ReflectionPad2d` by the same on all sides, in any order of the channels."""

    def __init__(self, padding: int) -> None:
        super().__init__()
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        """The (B, C, H, W) features with a border, in which they are mirrored."""
        for dim in (2, 3):
            first = x.narrow(dim, 1, self.padding).flip(dim)
            last = x.narrow(dim, x.shape[dim] - 1 - self.padding, self.padding).flip(dim)
            x = torch.cat([first, x, last], dim)
        return x


class _Recorded:
    """A generator's kernels for one size of batch, as a CUDA graph."""

    def __init__(self, generator: Generator, inputs: tuple[Tensor, ...]) -> None:
        self._inputs = [each.clone() for each in inputs]
        side = torch.cuda.Stream(inputs[0].device)
        side.wait_stream(torch.cuda.current_stream())
        with torch.autocast("cuda", torch.bfloat16, cache_enabled=False):
            with torch.cuda.stream(side), torch.backends.cudnn.flags(enabled=True, benchmark=True):
                for _ in range(WARM_UP):
                    generator(*self._inputs)
            torch.cuda.current_stream().wait_stream(side)
            self._graph = torch.cuda.CUDAGraph()
            # Other threads prepare frames and finish them meanwhile: what they ask of the card is no error here.
            with torch.cuda.graph(self._graph, stream=side, capture_error_mode="thread_local"):
                self._outputs: Generated = generator(*self._inputs)

    def __call__(self, inputs: tuple[Tensor, ...]) -> Generated:
        for own, given in zip(self._inputs, inputs, strict=True):
            own.copy_(given)
        self._graph.replay()
        return self._outputs
