"""How close generated frames come to the truth, beside two baselines that need no network."""

from collections.abc import Iterable
from dataclasses import dataclass

import kornia.metrics
import numpy as np
import numpy.typing as npt
import torch

from motion_transfer.pose import PoseSequence

Frame = npt.NDArray[np.uint8]

SSIM_WINDOW = 11
"""Side of SSIM's Gaussian window, as published (Wang et al. 2004)."""


@dataclass(frozen=True)
class Similarity:
    """Agreement with the truth inside the person's box, averaged over frames."""

    psnr: float
    """Peak signal-to-noise ratio in dB of the mean squared error a frame."""
    ssim: float
    """Structural similarity in [-1, 1]."""
    frames: int
    """Frames that were compared: those in which a person was found."""


def person_similarity(generated: Iterable[Frame], truth: Iterable[Frame], boxes: npt.NDArray[np.float32]) -> Similarity:
    """Compare frames inside the person's box.

    Args:
        generated: T frames, RGB (H, W, 3); read one at a time.
        truth: T frames of the same size.
        boxes: (T, 4), left, top, right, bottom in pixels of these frames; a row of NaN is left out.
    """
    scores = [
        _compare(crop(made, box), crop(true, box))
        for made, true, box in zip(generated, truth, boxes, strict=True)
        if not np.isnan(box).any()
    ]
    if not scores:
        return Similarity(float("nan"), float("nan"), 0)
    psnr, ssim = np.mean(scores, axis=0)
    return Similarity(float(psnr), float(ssim), len(scores))


def nearest_poses(queries: PoseSequence, known: PoseSequence) -> npt.NDArray[np.int64]:
    """For each query, the index of the known frame whose body is closest, (T,).

    The distance is the mean over the body's joints that both have, with a missing joint counting as an
    eighth of the frame's height, so that a frame is not near only because little of it was seen.
    """
    body = queries.skeleton.body
    missing = queries.size[1] / 8
    nearest = np.empty(len(queries), np.int64)
    for index, pose in enumerate(queries.xy[:, body]):
        distance = np.linalg.norm(known.xy[:, body] - pose, axis=-1)
        nearest[index] = np.where(np.isnan(distance), missing, distance).mean(axis=1).argmin()
    return nearest


def crop(frame: Frame, box: npt.NDArray[np.float32]) -> Frame:
    """The part of a frame inside a box, at least as large as SSIM's window and inside the frame."""
    height, width = frame.shape[:2]
    left, right = _span(box[0], box[2], width)
    top, bottom = _span(box[1], box[3], height)
    return frame[top:bottom, left:right]


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
    return float(psnr), float(ssim)
