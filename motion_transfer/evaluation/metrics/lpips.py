"""LPIPS: how different two pictures look to a network, weighed by what people judged."""

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.errors import CheckpointError
from motion_transfer.types import Frame

PUBLISHED = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
"""AlexNet's weights, with which LPIPS is usually reported; vgg16-397923af.pth is VGG-16's."""

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of colours in [-1, 1], as published with LPIPS."""

LEAST_SIDE = 64
"""Smaller pictures are enlarged: AlexNet's fifth layer must still see something."""


class Lpips(nn.Module):
    """Distance of two pictures, 0 for equal ones.

    Args:
        file: AlexNet's or VGG-16's weights as torchvision publishes them, or a whole LPIPS with "lin0.model.1.weight"
            to "lin4.model.1.weight" beside them. Without these, the weights of the layers are torchmetrics'.

    Raises:
        CheckpointError: it holds neither network.

    Source: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric" (2018), version 0.1.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, file: Path) -> None:
        super().__init__()
        weights = read_state_dict(file)
        first = weights.get("features.0.weight")
        alex = first is None or first.shape[-1] == 11
        with torch.device("meta"):
            self.features = _alexnet() if alex else _vgg16()
        self.compared = (1, 4, 7, 9, 11) if alex else (3, 8, 15, 22, 29)
        expected = {f"features.{name}": tensor for name, tensor in self.features.state_dict().items()}
        used = {name: tensor for name, tensor in weights.items() if name in expected}
        if misfit := first_misfit(used, expected):
            raise CheckpointError(
                f"{file} is neither AlexNet nor VGG-16: {misfit}. Give the file that {PUBLISHED} offers."
            )
        self.features.load_state_dict(
            {name.removeprefix("features."): tensor.float() for name, tensor in used.items()}, assign=True
        )
        self.layers = _layer_weights(weights, "alex" if alex else "vgg")
        self.requires_grad_(False)
        self.register_buffer("shift", torch.tensor(SHIFT)[:, None, None], persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE)[:, None, None], persistent=False)

    @torch.inference_mode()
    def forward(self, made: Tensor, true: Tensor) -> Tensor:
        """Distances (B,) of images (B, 3, H, W) in [-1, 1]."""
        x, y = (made - self.shift) / self.scale, (true - self.shift) / self.scale
        total = torch.zeros(len(made))
        weights = iter(self.layers)
        for place, layer in enumerate(self.features):
            x, y = layer(x), layer(y)
            if place in self.compared:
                difference = (normalize(x, dim=1) - normalize(y, dim=1)).square()
                total = total + (difference * next(weights)).sum(dim=1).mean(dim=(1, 2))
        return total

    def compare(self, made: Frame, true: Frame) -> float:
        """The distance of two pictures, RGB (H, W, 3)."""
        images = torch.from_numpy(np.stack([made, true])).permute(0, 3, 1, 2) / 127.5 - 1
        factor = LEAST_SIDE / min(images.shape[-2:])
        if factor > 1:
            images = interpolate(images, scale_factor=factor, mode="bilinear")
        return float(self(images[:1], images[1:]))


def _alexnet() -> nn.Sequential:
    """AlexNet's convolutions (Krizhevsky, arXiv 1404.5997), numbered as in published files."""
    return nn.Sequential(
        *(nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU()),
    )


def _vgg16() -> nn.Sequential:
    """VGG-16's convolutions (Simonyan and Zisserman, arXiv 1409.1556), numbered as in published files."""
    layers: list[nn.Module] = []
    channels = 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512):
        if width:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def _layer_weights(weights: dict[str, Tensor], network: str) -> list[Tensor]:
    """What each channel of each compared layer weighs, (1, C, 1, 1)."""
    names = [f"lin{layer}.model.1.weight" for layer in range(5)]
    if not all(name in weights for name in names):
        with as_file(files("torchmetrics.functional.image") / "lpips_models" / f"{network}.pth") as path:
            weights = read_state_dict(path)
    return [weights[name].float() for name in names]
