"""LPIPS: perceptual distance of two images by the features of a network."""

from importlib.resources import as_file, files
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.errors import CheckpointError
from motion_transfer.models.efficientnet import weighted_mean
from motion_transfer.types import Frame, StrPath

PUBLISHED = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of colours in [-1, 1], as published with LPIPS
COMPARED = (1, 4, 7, 9, 11)  # AlexNet's five activations
LAYERS = {f"lin{layer}.model.1.weight": width for layer, width in enumerate((64, 192, 384, 256, 256))}
"""Names of what each compared layer's channels weigh, and their number."""
LEAST_SIDE = 64  # smaller images are enlarged: the fifth layer needs some pixels


class Lpips(nn.Module):
    """Perceptual distance of images by AlexNet, with which LPIPS is usually reported.

    Args:
        file: AlexNet's weights as torchvision publishes them, or a complete LPIPS with "lin0.model.1.weight" to
            "lin4.model.1.weight" beside them. Without these, the weights of the layers are torchmetrics'.

    Raises:
        CheckpointError: it does not hold AlexNet.

    Source: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric" (2018), version 0.1.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, file: StrPath) -> None:
        super().__init__()
        weights = read_state_dict(Path(file))
        if not all(name in weights for name in LAYERS):
            with as_file(files("torchmetrics.functional.image") / "lpips_models" / "alex.pth") as path:
                weights |= read_state_dict(path)
        with torch.device("meta"):
            self.network = _alexnet()
            expected = {f"features.{name}": tensor for name, tensor in self.network.state_dict().items()}
            expected |= {name: torch.empty(1, width, 1, 1) for name, width in LAYERS.items()}
        used = {name: tensor.float() for name, tensor in weights.items() if name in expected}
        if misfit := first_misfit(used, expected):
            raise CheckpointError(f"{file} is not AlexNet: {misfit}. Give the file that {PUBLISHED} offers.")
        self.weights = [used.pop(name) for name in LAYERS]
        self.network.load_state_dict(
            {name.removeprefix("features."): tensor for name, tensor in used.items()}, assign=True
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
            if place in COMPARED:
                features.append(normalize(x, dim=1))
        return features

    def features(self, image: Frame) -> list[Tensor]:
        """The features of an image, RGB (H, W, 3), for `distance`."""
        batch = torch.from_numpy(image).permute(2, 0, 1)[None] / 127.5 - 1
        factor = LEAST_SIDE / min(batch.shape[-2:])
        return list(self(interpolate(batch, scale_factor=factor, mode="bilinear") if factor > 1 else batch))

    def distance(self, first: list[Tensor], second: list[Tensor], where: Tensor | None = None) -> float:
        """Distance of two images of the same size by their `features`; 0 for equal ones.

        Args:
            first: the features of one image.
            second: those of the other one.
            where: how much each pixel of the images counts, (1, 1, H, W); by default all count the same.
        """
        differences = [
            ((x - y).square() * weight).sum(dim=1, keepdim=True)
            for x, y, weight in zip(first, second, self.weights, strict=True)
        ]
        return float(sum(weighted_mean(each, where) for each in differences))


def _alexnet() -> nn.Sequential:
    """AlexNet's convolutions (Krizhevsky, arXiv 1404.5997), numbered as in published files."""
    return nn.Sequential(
        *(nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU()),
    )
