"""LPIPS: perceptual distance of two images by the features of a network."""

from importlib.resources import as_file, files
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.errors import CheckpointError
from motion_transfer.types import Frame, StrPath

PUBLISHED = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
"""AlexNet's weights, with which LPIPS is usually reported; vgg16-397923af.pth is VGG-16's."""

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of colours in [-1, 1], as published with LPIPS."""

CHANNELS = {True: (64, 192, 384, 256, 256), False: (64, 128, 256, 512, 512)}
"""Of the compared layers, of AlexNet and of VGG-16."""

LEAST_SIDE = 64
"""Smaller images are enlarged: AlexNet's fifth layer needs some pixels."""


class Lpips(nn.Module):
    """Perceptual distance of images.

    Args:
        file: AlexNet's or VGG-16's weights as torchvision publishes them, or a complete LPIPS with
            "lin0.model.1.weight" to "lin4.model.1.weight" beside them. Without these, the weights of the layers are
            torchmetrics'.

    Raises:
        CheckpointError: it holds neither network.

    Source: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric" (2018), version 0.1.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, file: StrPath) -> None:
        super().__init__()
        weights = read_state_dict(Path(file))
        first = weights.get("features.0.weight")
        alex = first is None or first.shape[-1:] == (11,)
        with torch.device("meta"):
            self.network = _alexnet() if alex else _vgg16()
        self.compared = (1, 4, 7, 9, 11) if alex else (3, 8, 15, 22, 29)
        expected = {f"features.{name}": tensor for name, tensor in self.network.state_dict().items()}
        used = {name: tensor for name, tensor in weights.items() if name in expected}
        if misfit := first_misfit(used, expected):
            raise CheckpointError(
                f"{file} is neither AlexNet nor VGG-16: {misfit}. Give the file that {PUBLISHED} offers."
            )
        self.network.load_state_dict(
            {name.removeprefix("features."): tensor.float() for name, tensor in used.items()}, assign=True
        )
        self.weights = _layer_weights(weights, "alex" if alex else "vgg")
        for layer, weight in enumerate(self.weights):
            width = CHANNELS[alex][layer]
            if weight.shape != (1, width, 1, 1):
                raise CheckpointError(
                    f"{file}: tensor lin{layer}.model.1.weight is {tuple(weight.shape)}; expected {(1, width, 1, 1)}. "
                    f"Give the file that {PUBLISHED} offers."
                )
        self.requires_grad_(False)
        self.register_buffer("shift", torch.tensor(SHIFT)[:, None, None], persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE)[:, None, None], persistent=False)

    @torch.inference_mode()
    def forward(self, images: Tensor) -> list[Tensor]:
        """Normalised features of the compared layers, (B, C, h, w) each, of images (B, 3, H, W) in [-1, 1]."""
        x = (images - self.shift) / self.scale
        features = []
        for place, layer in enumerate(self.network):
            x = layer(x)
            if place in self.compared:
                features.append(normalize(x, dim=1))
        return features

    def features(self, image: Frame) -> list[Tensor]:
        """The features of an image, RGB (H, W, 3), for `distance`."""
        batch = torch.from_numpy(image).permute(2, 0, 1)[None] / 127.5 - 1
        factor = LEAST_SIDE / min(batch.shape[-2:])
        return list(self(interpolate(batch, scale_factor=factor, mode="bilinear") if factor > 1 else batch))

    def distance(self, first: list[Tensor], second: list[Tensor]) -> float:
        """Distance of two images of the same size by their `features`; 0 for equal ones."""
        return float(
            sum(
                ((x - y).square() * weight).sum(dim=1).mean()
                for x, y, weight in zip(first, second, self.weights, strict=True)
            )
        )


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
    """The weight of each channel of each compared layer, (1, C, 1, 1)."""
    names = [f"lin{layer}.model.1.weight" for layer in range(5)]
    if not all(name in weights for name in names):
        with as_file(files("torchmetrics.functional.image") / "lpips_models" / f"{network}.pth") as path:
            weights = read_state_dict(path)
    return [weights[name].float() for name in names]
