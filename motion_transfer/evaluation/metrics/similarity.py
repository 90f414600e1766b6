"""Similarity of generated frames to the true ones: PSNR, SSIM, MS-SSIM, GMSD and LPIPS.

SSIM and MS-SSIM are those of kornia and torchmetrics, with the truth's part computed once for all videos.
"""

from collections.abc import Iterator
from threading import Lock

import cv2
import numpy as np
import torch
from torch.nn.functional import interpolate

from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.types import FloatArray, Frame, Mask

KERNEL_SIDE = 11  # of SSIM's Gaussian kernel, as published (Wang et al. 2004); its standard deviation is 1.5
KERNEL = cv2.getGaussianKernel(KERNEL_SIDE, 1.5, cv2.CV_32F)
C1, C2 = 0.01**2, 0.03**2  # SSIM's constants for values in [0, 1], as published
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # MS-SSIM's exponents, as published (Wang et al. 2003)
MULTISCALE_SIDE = 192  # least side of images for MS-SSIM: the kernel must still fit at a sixteenth of it
STRIP_PIXELS = 40_000  # SSIM is computed in strips of about so many pixels, which stay in the processor's cache
GMSD_SIDE = 64  # least side of images for GMSD: it works on halved ones and leaves out a border
BEST_PSNR = 100.0  # dB, of identical frames: means stay finite, and no real difference of 8-bit frames comes near it


class Reference:
    """A true image, with all that comparisons need of it computed once.

    Args:
        image: RGB (H, W, 3), at least 11 x 11; images of the same size are compared with it.
        lpips: compare by LPIPS too.
    """

    def __init__(self, image: Frame, *, lpips: Lpips | None = None) -> None:
        self.image = np.ascontiguousarray(image)
        self._scale = Structure(self.image.astype(np.float32) / 255)
        small = min(image.shape[:2]) < MULTISCALE_SIDE
        self._scales = [Structure(_enlarge(self._scale.image)) if small else self._scale]
        for _ in SCALE_WEIGHTS[1:]:
            self._scales.append(Structure(_halve(self._scales[-1].image)))
        # OpenCV's stubs lack its contributed modules.
        self._gmsd = cv2.quality.QualityGMSD_create(_at_least(self.image, GMSD_SIDE))  # type: ignore[attr-defined]
        self._gmsd_lock = Lock()
        self._lpips = lpips
        self._features = [] if lpips is None else lpips.features(self.image)

    def compare(self, image: Frame) -> dict[str, float]:
        """Agreement of an image with the true one.

        Returns:
            "psnr" in dB, at most 100; "ssim" in [-1, 1]; "ms_ssim" in [0, 1]; "gmsd" and, where it was asked for,
            "lpips", 0 for equal images.
        """
        image = np.ascontiguousarray(image)
        unit = image.astype(np.float32) / 255
        ssim, contrast = self._scale.compare(unit)
        values = {"psnr": psnr(image, self.image), "ssim": ssim, "ms_ssim": self._multiscale(unit, contrast)}
        # Source: Xue et al., "Gradient magnitude similarity deviation" (2014); one value for each colour.
        with self._gmsd_lock:  # it keeps what it computed last
            values["gmsd"] = float(np.mean(self._gmsd.compute(_at_least(image, GMSD_SIDE))[:3]))
        if self._lpips is not None:
            values["lpips"] = self._lpips.distance(self._lpips.features(image), self._features)
        return values

    def _multiscale(self, image: FloatArray, contrast: float) -> float:
        """MS-SSIM: a weighted product of each scale's contrast term, at the coarsest of the complete SSIM."""
        finest, *coarser = self._scales
        if finest is not self._scale:
            image = _enlarge(image)
            contrast = finest.compare(image)[1]
        product: float = max(contrast, 0.0) ** SCALE_WEIGHTS[0]
        for scale, weight in zip(coarser, SCALE_WEIGHTS[1:], strict=True):
            image = _halve(image)
            ssim, contrast = scale.compare(image)
            product *= max(ssim if scale is coarser[-1] else contrast, 0.0) ** weight
        return product


class Structure:
    """A true image (H, W, 3) in [0, 1], 11 x 11 at least, with its local means and variances, for SSIM."""

    def __init__(self, image: FloatArray) -> None:
        self.image = image
        self.mean = _blur(image)
        squares = self.mean * self.mean
        self.variance = _blur(image * image) - squares + C2
        self.squares = squares + C1

    def compare(self, image: FloatArray) -> tuple[float, float]:
        """Means of SSIM, and of its contrast term inside the border that the kernel's reach leaves."""
        height, width = image.shape[:2]
        reach = KERNEL_SIDE // 2
        total = total_contrast = 0.0
        for top, similarity, contrast in self._strips(image):
            total += float(similarity.sum())
            total_contrast += float(contrast[max(reach - top, 0) : max(height - reach - top, 0), reach:-reach].sum())
        inner = (height - 2 * reach) * (width - 2 * reach)
        return total / image.size, total_contrast / (3 * inner)

    def similarity(self, image: FloatArray) -> FloatArray:
        """SSIM of each pixel, (H, W), the mean of its colours."""
        thirds = np.full(3, 1 / 3, np.float32)  # a product takes a tenth of the time of NumPy's mean
        return np.concatenate([similarity @ thirds for _, similarity, _ in self._strips(image)])

    def _strips(self, image: FloatArray) -> Iterator[tuple[int, FloatArray, FloatArray]]:
        """Of one strip after another the first row, SSIM and its contrast term, (h, W, 3)."""
        height, width = image.shape[:2]
        reach, step = KERNEL_SIDE // 2, max(KERNEL_SIDE, STRIP_PIXELS // width)
        for top in range(0, height, step):
            bottom = min(top + step, height)
            rows, low = slice(top, bottom), max(top - reach, 0)
            strip, true_strip = image[low : bottom + reach], self.image[low : bottom + reach]
            mean, covariance, variance = (
                _blur(values)[top - low : bottom - low] for values in (strip, strip * true_strip, strip * strip)
            )
            product, squares = mean * self.mean[rows], mean * mean
            contrast = 2 * (covariance - product) + C2
            contrast /= (variance - squares) + self.variance[rows]
            similarity = 2 * product + C1
            similarity /= squares + self.squares[rows]
            similarity *= contrast
            yield top, similarity, contrast


def psnr(image: Frame, truth: Frame, where: Mask | None = None) -> float:
    """Peak signal-to-noise ratio of an image, over all or some pixels (H, W), in dB; 100 at most."""
    count = truth.size if where is None else truth.shape[2] * int(np.count_nonzero(where))
    squares = cv2.norm(image, truth, cv2.NORM_L2SQR, None if where is None else where.view(np.uint8))
    return min(10 * float(np.log10(255**2 * count / squares)), BEST_PSNR) if squares else BEST_PSNR


def _blur(image: FloatArray) -> FloatArray:
    return cv2.sepFilter2D(image, -1, KERNEL, KERNEL, borderType=cv2.BORDER_REFLECT_101).astype(np.float32, copy=False)


def _halve(image: FloatArray) -> FloatArray:
    """Means of 2 x 2 pixels; an odd row or column at the end is left out."""
    height, width = (side // 2 for side in image.shape[:2])
    halved = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return halved.astype(np.float32, copy=False)


def _enlarge(image: FloatArray) -> FloatArray:
    """Enlarged so that MS-SSIM's coarsest scale fits."""
    factor = MULTISCALE_SIDE / min(image.shape[:2])
    batch = torch.from_numpy(image).permute(2, 0, 1)[None]
    large = interpolate(batch, scale_factor=factor, mode="bicubic").clamp(0, 1)
    return np.ascontiguousarray(large[0].permute(1, 2, 0).numpy())


def _at_least(image: Frame, side: int) -> Frame:
    factor = side / min(image.shape[:2])
    if factor <= 1:
        return image
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
