"""How close generated frames come to the true ones, inside boxes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import kornia.metrics
import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import interpolate

from motion_transfer.evaluation.statistics import Series
from motion_transfer.types import Boxes, Frame

SSIM_WINDOW = 11
"""Side of SSIM's Gaussian window, as published (Wang et al. 2004)."""

MULTISCALE_SIDE = 192
"""Least side of the images that MS-SSIM compares: its window must still fit at a sixteenth (Wang et al. 2003)."""

GMSD_SIDE = 64
"""Least side of the images that GMSD compares: it works on halved ones and leaves out a border."""

Comparison = Callable[[Frame, Frame], float]
"""Likeness or difference of two pictures of the same size, the generated one and the true one."""

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
    """Compare frames inside boxes, averaged over the clip; see `region_scores`."""
    scores = region_scores(generated, truth, regions)
    return {name: _mean(each["psnr"], each["ssim"]) for name, each in scores.items()}


def region_scores(
    generated: Iterable[Frame],
    truth: Iterable[Frame],
    regions: Mapping[str, Boxes],
    *,
    further: Mapping[str, Comparison] = MappingProxyType({}),
) -> dict[str, dict[str, Series]]:
    """Compare frames inside boxes, frame by frame.

    Args:
        generated: T frames, RGB (H, W, 3); read one at a time.
        truth: T frames of the same size.
        regions: for each name (T, 4) boxes, or (T, N, 4) for N boxes a frame, whose scores are averaged:
            left, top, right, bottom in pixels of these frames. A box of NaN is left out.
        further: what to measure as well, such as `multiscale_similarity`, by its name.

    Returns:
        For each region "psnr" in dB, at most 100, "ssim" in [-1, 1], and what was asked for further: (T,) each, NaN in
        frames that do not show the region.
    """
    names = ("psnr", "ssim", *further)
    boxes = {name: boxes.reshape(len(boxes), -1, 4) for name, boxes in regions.items()}
    rows: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in regions}
    for made, true, *frame_boxes in zip(generated, truth, *boxes.values(), strict=True):
        for name, each in zip(regions, frame_boxes, strict=True):
            seen = each[~np.isnan(each).any(axis=1)]
            scores = [_compare(crop(made, box), crop(true, box), further) for box in seen]
            rows[name].append(np.mean(scores, axis=0) if scores else np.full(len(names), np.nan))
    return {name: dict(zip(names, np.reshape(each, (-1, len(names))).T, strict=True)) for name, each in rows.items()}


def crop(frame: Frame, box: Boxes) -> Frame:
    """The part of a frame inside a box (4,), at least as large as SSIM's window and inside the frame."""
    height, width = frame.shape[:2]
    left, right = _span(box[0], box[2], width)
    top, bottom = _span(box[1], box[3], height)
    return frame[top:bottom, left:right]


def _mean(psnr: Series, ssim: Series) -> Similarity:
    shown = np.isfinite(psnr)
    if not shown.any():
        return Similarity(None, None, 0)
    return Similarity(float(psnr[shown].mean()), float(ssim[shown].mean()), int(shown.sum()))


def _span(low: float, high: float, length: int) -> tuple[int, int]:
    first = int(np.clip(np.floor(low), 0, max(0, length - SSIM_WINDOW)))
    last = int(np.clip(np.ceil(high), first + SSIM_WINDOW, max(length, first + SSIM_WINDOW)))
    return first, last


def _compare(made: Frame, true: Frame, further: Mapping[str, Comparison]) -> list[float]:
    first, second = _as_tensors(made, true)
    psnr = min(float(kornia.metrics.psnr(first, second, 1.0)), BEST_PSNR)
    ssim = float(kornia.metrics.ssim(first, second, SSIM_WINDOW).mean())
    return [psnr, ssim, *(compare(made, true) for compare in further.values())]


def multiscale_similarity(made: Frame, true: Frame) -> float:
    """MS-SSIM of two pictures in [-1, 1]; those too small for its five scales are enlarged alike."""
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    first, second = _as_tensors(made, true)
    factor = MULTISCALE_SIDE / min(first.shape[-2:])
    if factor > 1:
        first, second = (
            interpolate(image, scale_factor=factor, mode="bicubic").clamp(0, 1) for image in (first, second)
        )
    return float(multiscale_structural_similarity_index_measure(first, second, data_range=1.0))


def gradient_deviation(made: Frame, true: Frame) -> float:
    """GMSD of two pictures: how unevenly their edges agree, 0 for equal ones; averaged over the colours.

    Source: Xue et al., "Gradient magnitude similarity deviation" (2014), as OpenCV's contributed modules have it.
    """
    factor = GMSD_SIDE / min(made.shape[:2])
    if factor > 1:
        made, true = (
            cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
            for image in (made, true)
        )
    compute = cv2.quality.QualityGMSD_compute  # type: ignore[attr-defined]  # which OpenCV's stubs lack
    scores, _ = compute(np.ascontiguousarray(true), np.ascontiguousarray(made))
    return float(np.mean(scores[: made.shape[2]]))


def _as_tensors(made: Frame, true: Frame) -> list[torch.Tensor]:
    """Pictures RGB (H, W, 3) as images (1, 3, H, W) in [0, 1]."""
    return [torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None] / 255 for image in (made, true)]
