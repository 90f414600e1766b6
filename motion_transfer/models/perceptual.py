"""How different two images look: by the features of VGG-19, or without it by structure."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from kornia.filters import gaussian_blur2d
from torch import Tensor, nn
from torch.nn import functional

Image = Float[Tensor, "batch 3 height width"]

VGG_WIDTHS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512)
"""VGG-19's convolutions by their channels, up to the first of the fifth group; 0 halves the resolution."""
COMPARED = {1: 1 / 32, 6: 1 / 16, 11: 1 / 8, 20: 1 / 4, 29: 1.0}
"""relu1_1 to relu5_1 by their place among VGG's layers, and what each weighs (pix2pixHD, section 3.2)."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's colours in [0, 1]


def vgg_layers() -> nn.Sequential:
    """VGG-19 up to relu5_1 (Simonyan and Zisserman, arXiv 1409.1556), its parameters numbered as in published files."""
    layers: list[nn.Module] = []
    channels = 3
    for width in VGG_WIDTHS:
        if width:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class PerceptualLoss(nn.Module):
    """Weighted mean absolute difference of VGG-19's features (Johnson et al. 2016; pix2pixHD, section 3.2).

    Args:
        weights: "features.N.weight" and "features.N.bias" of every convolution, as published; others are left alone.

    Raises:
        KeyError: one of them is missing.
        RuntimeError: one has another shape.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        with torch.device("meta"):
            self.features = vgg_layers()
        names = list(self.features.state_dict())
        self.features.load_state_dict({name: weights[f"features.{name}"].float() for name in names}, assign=True)
        self.requires_grad_(False)
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION)[:, None, None], persistent=False)

    def forward(self, fake: Image, real: Image) -> Tensor:
        """The loss of images in [-1, 1]; the gradient flows into `fake` only. Sides are 16 pixels at least."""
        x, y = self._standardised(fake), self._standardised(real.detach())
        total = torch.zeros((), device=fake.device)
        for place, layer in enumerate(self.features):
            x, y = layer(x), layer(y)
            if place in COMPARED:
                total = total + COMPARED[place] * functional.l1_loss(x, y)
        return total

    def _standardised(self, image: Tensor) -> Tensor:
        standardised: Tensor = ((image + 1) / 2 - self.mean) / self.deviation
        return standardised


class StructuralLoss(nn.Module):
    """MS-SSIM + L1, in the place of the perceptual loss where VGG's weights are missing.

    0.84 (1 - MS-SSIM) + 0.16 L1 on images in [0, 1] (Zhao et al., arXiv 1511.08861, section III.D), MS-SSIM with the
    five scales and exponents of Wang et al. 2003; of an image too small for five, as many as it has.
    """

    exponents = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    side, sigma = 11, 1.5
    share = 0.84

    def forward(self, fake: Image, real: Image) -> Tensor:
        """The loss of images in [-1, 1]; 0 for equal ones."""
        x, y = ((image.float() + 1) / 2 for image in (fake, real.detach()))
        return self.share * (1 - self.similarity(x, y)) + (1 - self.share) * functional.l1_loss(x, y)

    def similarity(self, x: Image, y: Image) -> Tensor:
        """MS-SSIM of images in [0, 1], averaged over the batch; sides are 11 pixels at least."""
        scales = min(len(self.exponents), (min(x.shape[2:]) // self.side).bit_length())
        exponents = torch.tensor(self.exponents[:scales], device=x.device)
        total = torch.ones(len(x), device=x.device)
        for scale, exponent in enumerate(exponents / exponents.sum()):
            if scale:
                x, y = functional.avg_pool2d(x, 2), functional.avg_pool2d(y, 2)
            # Structures that run against each other would give a negative base.
            total = total * self._agreement(x, y, scale == scales - 1).clamp(min=1e-4) ** exponent
        return total.mean()

    def _agreement(self, x: Tensor, y: Tensor, luminance: bool) -> Tensor:
        """Contrast and structure of each image, (B,), at the coarsest scale times luminance."""
        mean_x, mean_y = self._blur(x), self._blur(y)
        variances = self._blur(x * x) - mean_x**2 + self._blur(y * y) - mean_y**2
        covariance = self._blur(x * y) - mean_x * mean_y
        similarity = (2 * covariance + 0.03**2) / (variances + 0.03**2)
        if luminance:
            similarity = similarity * (2 * mean_x * mean_y + 0.01**2) / (mean_x**2 + mean_y**2 + 0.01**2)
        return similarity.mean(dim=(1, 2, 3))

    def _blur(self, x: Tensor) -> Tensor:
        blurred: Tensor = gaussian_blur2d(x, (self.side, self.side), (self.sigma, self.sigma))
        return blurred
