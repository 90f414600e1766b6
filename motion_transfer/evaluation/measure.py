"""Everything that is measured of a film, frame by frame."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motion_transfer.evaluation.metrics.boxes import face_boxes, hand_boxes
from motion_transfer.evaluation.metrics.flicker import flicker_series
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.motion import colour_error, warping_error
from motion_transfer.evaluation.metrics.pose_distance import FOUND, joint_distances, parts_of, torso_length
from motion_transfer.evaluation.metrics.similarity import (
    Comparison,
    gradient_deviation,
    multiscale_similarity,
    region_scores,
)
from motion_transfer.evaluation.statistics import Series
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Boxes, Frame, Mask

FrameSource = Callable[[], Iterable[Frame]]
"""Gives the T frames of a film, RGB (H, W, 3), anew with each call."""


@dataclass(frozen=True)
class Metric:
    """A figure: what it is called, in what unit it is, and where better lies."""

    label: str
    unit: str
    higher_is_better: bool


METRICS = {
    **{
        f"{region}_{metric}": Metric(f"{region} {label}", unit, higher)
        for region in ("frame", "person", "face", "hands")
        for metric, label, unit, higher in (
            ("psnr", "PSNR", "dB", True),
            ("ssim", "SSIM", "", True),
            ("ms_ssim", "MS-SSIM", "", True),
            ("gmsd", "GMSD", "", False),
            ("lpips", "LPIPS", "", False),
        )
        if metric in ("psnr", "ssim") or region in ("frame", "person")
    },
    "vmaf": Metric("frame VMAF", "", True),
    "colour": Metric("person's colour error", "CIELAB", False),
    "warping": Metric("warping error", "grey levels", False),
    "flicker": Metric("background flicker", "grey levels", False),
    **{f"pose_{part}": Metric(f"pose distance, {part}", "% of torso", False) for part in ("body", "face", "hands")},
    **{f"missed_{part}": Metric(f"missed, {part}", "% of joints", False) for part in ("body", "face", "hands")},
}
"""Every figure that `compare_frames` and `compare_poses` give, in the order of the tables."""


def regions_of(poses: PoseSequence) -> dict[str, Boxes]:
    """Boxes of the whole frame, the person, the face and the hands around the poses of a film."""
    width, height = poses.size
    whole = np.tile(np.array([0, 0, width, height], np.float32), (len(poses), 1))
    return {
        "frame": whole,
        "person": poses.boxes(margin=0.1),
        "face": face_boxes(poses),
        "hands": hand_boxes(poses),
    }


def compare_frames(
    result: FrameSource, truth: FrameSource, regions: dict[str, Boxes], *, lpips: Lpips | None = None
) -> dict[str, Series]:
    """Likeness, colour and temporal error of a film against the true one, by the names of `METRICS`.

    Args:
        result: T frames.
        truth: T frames of the same size.
        regions: see `regions_of`.
        lpips: measures LPIPS; without it there is none.
    """
    further: dict[str, Comparison] = {"ms_ssim": multiscale_similarity, "gmsd": gradient_deviation}
    if lpips is not None:
        further["lpips"] = lpips.compare
    series: dict[str, Series] = {}
    for names, also in ((("frame", "person"), further), (("face", "hands"), {})):
        chosen = {name: regions[name] for name in names}
        for region, scores in region_scores(result(), truth(), chosen, further=also).items():
            series |= {f"{region}_{metric}": values for metric, values in scores.items()}
    series["colour"] = colour_error(result(), truth(), regions["person"])
    series["warping"] = warping_error(result(), truth())
    return series


def still_flicker(film: FrameSource, persons: Callable[[], Iterator[Mask]]) -> dict[str, Series]:
    """Flicker of the background outside the persons' outlines, which are given anew with each call."""
    return {"flicker": flicker_series(film(), persons())}


def compare_poses(poses: PoseSequence, reference: PoseSequence, *, torso: float | None = None) -> dict[str, Series]:
    """Distances and missed joints of the poses found on a film, frame by frame, by the names of `METRICS`.

    Args:
        poses: T frames.
        reference: the poses that the film should show, or those found on the true film.
        torso: length of the person's torso in pixels; the reference's if not given.

    Source: Everybody Dance Now (Chan et al. 2019), section "Quantitative evaluation".
    """
    distances = 100 / (torso or torso_length(reference)) * joint_distances(poses, reference)
    missed = np.where(reference.score >= FOUND, 100.0 * (poses.score < FOUND), np.nan)
    series: dict[str, Series] = {}
    for part, joints in parts_of(poses).items():
        series[f"pose_{part}"] = _row_means(distances[:, joints])
        series[f"missed_{part}"] = _row_means(missed[:, joints])
    return series


def _row_means(values: npt.NDArray[np.floating]) -> Series:  # type: ignore[type-arg]  # of either width
    """Mean of each row of (T, N) over what is not NaN."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0).sum(axis=1, dtype=np.float64)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
