"""How close generated frames come to the true ones, inside boxes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import kornia.metrics
import numpy as np
import numpy.typing as npt
import torch

Frame = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]

SSIM_WINDOW = 11
"""Side of SSIM's Gaussian window, as published (Wang et al. 2004)."""

BEST_PSNR = 100.0
"""What identical frames count as, in dB: means stay finite, and no real difference of 8-bit frames comes near it."""


@dataclass(frozen=True)
class Similarity:
    """Agreement with the truth inside a region, averaged over frames; None if no frame shows it."""

    psnr: float | None
    """Peak signal-to-noise ratio in dB of a frame's mean squared error, at most 100."""
    ssim: float | None
    """Structural similarity in [-1, 1]."""
    frames: int
    """Frames that were compared: those that show the region."""


def person_similarity(generated: Iterable[Frame], truth: Iterable[Frame], boxes: Boxes) -> Similarity:
    """Compare frames inside the person's box, (T, 4); see `region_similarity`."""
    return region_similarity(generated, truth, {"person": boxes})["person"]


def region_similarity(
    generated: Iterable[Frame], truth: Iterable[Frame], regions: Mapping[str, Boxes]
) -> dict[str, Similarity]:
    """Compare frames inside boxes.

    Args:
        generated: T frames, RGB (H, W, 3); read one at a time.
        truth: T frames of the same size.
        regions: for each name (T, 4) boxes, or (T, N, 4) for N boxes a frame, whose scores are averaged:
            left, top, right, bottom in pixels of these frames. A box of NaN is left out.
    """
    boxes = {name: boxes.reshape(len(boxes), -1, 4) for name, boxes in regions.items()}
    scores: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in regions}
    for made, true, *rows in zip(generated, truth, *boxes.values(), strict=True):
        for name, row in zip(regions, rows, strict=True):
            seen = row[~np.isnan(row).any(axis=1)]
            if len(seen):
                scores[name].append(np.mean([_compare(crop(made, box), crop(true, box)) for box in seen], axis=0))
    return {name: _mean(each) for name, each in scores.items()}


def crop(frame: Frame, box: Boxes) -> Frame:
    """The part of a frame inside a box (4,), at least as large as SSIM's window and inside the frame."""
    height, width = frame.shape[:2]
    left, right = _span(box[0], box[2], width)
    top, bottom = _span(box[1], box[3], height)
    return frame[top:bottom, left:right]


def _mean(scores: list[npt.NDArray[np.float64]]) -> Similarity:
    if not scores:
        return Similarity(None, None, 0)
    psnr, ssim = np.mean(scores, axis=0)
    return Similarity(float(psnr), float(ssim), len(scores))


def _span(low: float, high: float, length: int) -> tuple[int, int]:
    first = int(np.clip(np.floor(low), 0, max(0, length - SSIM_WINDOW)))
    last = int(np.clip(np.ceil(high), first + SSIM_WINDOW, max(length, first + SSIM_WINDOW)))
    return first, last


def _compare(made: Frame, true: Frame) -> tuple[float, float]:
    first, second = (
        torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None] / 255 for image in (made, true)
    )
    psnr = kornia.metrics.psnr(first, second, 1.0)
    ssim = kornia.metrics.ssim(first, second, SSIM_WINDOW).mean()
    return min(float(psnr), BEST_PSNR), float(ssim)
