"""The person of a generated frame beside the person of the true one: only pixels inside the true one's mask count."""

from collections.abc import Mapping
from typing import TypeVar

import cv2
import numpy as np
import torch

from motion_transfer.evaluation.metrics.color import mean_color
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.sharpness import detail
from motion_transfer.evaluation.metrics.similarity import KERNEL_SIDE, Structure, psnr
from motion_transfer.footage.canvas import to_tensor
from motion_transfer.models.efficientnet import FeatureDistance
from motion_transfer.types import FloatArray, Frame, Mask

Pixels = TypeVar("Pixels", Frame, FloatArray)

MARGIN = 0.1  # of the longer side around the person, for the networks' sake: they see a pixel with what is around it
MOST_PIXELS = 1_000_000  # that the networks see: a larger person is shown to them scaled down, which bounds the memory


class PersonReference:
    """What a true frame shows of a person, with all that comparisons need of it computed once.

    Args:
        frame: the true frame, RGB (H, W, 3), at least 11 x 11.
        masks: the pixels (H, W) of "person", and of its parts by their names; a part without pixels is left out.
        distance: measures the perceptual distance.
        lpips: measures LPIPS of the person; without it there is none.

    Raises:
        ValueError: the person has no pixels.
    """

    def __init__(
        self, frame: Frame, masks: Mapping[str, Mask], distance: FeatureDistance, lpips: Lpips | None = None
    ) -> None:
        self._view = _around(masks["person"])
        self._image = np.ascontiguousarray(frame[self._view])
        self._masks = {name: np.ascontiguousarray(mask[self._view]) for name, mask in masks.items() if mask.any()}
        self._structure = Structure(self._image.astype(np.float32) / 255)
        self._color = mean_color(self._image, self._masks["person"])
        self._distance, self._lpips = distance, lpips
        seen = _shrunk(self._image)
        self._weights = {
            name: torch.from_numpy(_shrunk(mask.astype(np.float32)))[None, None] for name, mask in self._masks.items()
        }
        with torch.inference_mode():
            self._features = distance.features(to_tensor(seen))
        self._lpips_features = [] if lpips is None else lpips.features(seen)
        self.detail = self._details(self._image)
        """Mean energy of the Laplacian of each region."""

    @torch.inference_mode()
    def compare(self, frame: Frame) -> dict[str, float]:
        """Agreement of a frame of the same size with the true one.

        Returns:
            Of each region "REGION_perceptual", 0 for equal images; "REGION_detail", its mean energy of the Laplacian;
            "REGION_psnr" in dB, at most 100; "REGION_ssim" in [-1, 1]. Of the person "color", the distance in CIELAB,
            and "person_lpips" where it was asked for.
        """
        image = np.ascontiguousarray(frame[self._view])
        seen = _shrunk(image)
        features = self._distance.features(to_tensor(seen))
        similarity = self._structure.similarity(image.astype(np.float32) / 255)
        values = {f"{name}_detail": value for name, value in self._details(image).items()}
        for name, mask in self._masks.items():
            values[f"{name}_perceptual"] = float(self._distance.between(features, self._features, self._weights[name]))
            values[f"{name}_psnr"] = psnr(image, self._image, mask)
            values[f"{name}_ssim"] = float(similarity[mask].mean())
        values["color"] = float(np.linalg.norm(mean_color(image, self._masks["person"]) - self._color))
        if self._lpips is not None:
            values["person_lpips"] = self._lpips.distance(
                self._lpips.features(seen), self._lpips_features, self._weights["person"]
            )
        return values

    def _details(self, image: Frame) -> dict[str, float]:
        energy = detail(image)
        return {name: float(energy[mask].mean()) for name, mask in self._masks.items()}


def _around(mask: Mask) -> tuple[slice, slice]:
    """Rows and columns of a mask's pixels with a margin, within the frame."""
    spans = [np.flatnonzero(mask.any(axis=axis))[[0, -1]] + (0, 1) for axis in (1, 0)]
    margin = round(MARGIN * max(stop - first for first, stop in spans)) + KERNEL_SIDE // 2
    rows, columns = (slice(max(int(first) - margin, 0), int(stop) + margin) for first, stop in spans)
    return rows, columns


def _shrunk(image: Pixels) -> Pixels:
    """An image or mask, (H, W) or (H, W, 3), scaled to at most `MOST_PIXELS`."""
    factor = (MOST_PIXELS / (image.shape[0] * image.shape[1])) ** 0.5
    if factor >= 1:
        return image
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(image.dtype, copy=False)
