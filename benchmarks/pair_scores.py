"""What the paired benchmark measures on one pair: pictures and poses against the truth."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.pair_pictures import frames_of
from motion_transfer.evaluation import (
    constant_offset,
    face_regions,
    flicker,
    hand_regions,
    missed_detections,
    pose_distance,
    region_similarity,
    torso_length,
)
from motion_transfer.pose import PoseSequence
from motion_transfer.progress import ProgressCallback, track
from samples.dancer.clip import Truth

Frame = npt.NDArray[np.uint8]
Scores = dict[str, float | None]
"""Figures by name; None where nothing could be measured."""

HIDDEN = 0.25
"""Score of a true joint that cannot be seen: known, but nothing is measured by it."""


def true_poses(truth: Truth) -> PoseSequence:
    """The true joints as poses: score 1 where they are seen, `HIDDEN` where the body or the frame hides them."""
    score = np.where(truth.occluded, HIDDEN, 1).astype(np.float32)
    score[np.isnan(truth.xy).any(axis=2)] = 0
    return PoseSequence(truth.xy, score, truth.size, truth.fps)


def measure_pictures(
    candidates: Mapping[str, Callable[[], Iterable[Frame]]],
    video: Path,
    truth: Truth,
    joints: PoseSequence,
    progress: ProgressCallback,
) -> dict[str, Scores]:
    """Compare films with the truth, and tell how much the still background flickers.

    Args:
        candidates: for each name a function that gives the film's T frames anew.
        video: the truth's film.
        truth: what is known of it.
        joints: its joints, see `true_poses`; the boxes of person, face and hands are drawn around them.
        progress: called with (stage, done, total).

    Returns:
        For each name, and for the "truth" itself, PSNR in dB and SSIM for each region and flicker in grey levels.
    """
    regions = {"person": joints.boxes(margin=0.1), "face": face_regions(joints), "hands": hand_regions(joints)}
    scores: dict[str, Scores] = {}
    for name, frames in candidates.items():
        stage = f"measuring {name.replace('_', ' ')}"
        found = region_similarity(track(frames(), stage, len(joints), progress), frames_of(video), regions)
        scores[name] = {
            f"{region}_{metric}": getattr(similarity, metric)
            for region, similarity in found.items()
            for metric in ("psnr", "ssim")
        }
        scores[name]["flicker"] = _number(flicker(frames(), truth.masks))
    return scores | {"truth": {"flicker": _number(flicker(frames_of(video), truth.masks))}}


def measure_poses(
    poses: PoseSequence,
    joints: PoseSequence,
    *,
    given: PoseSequence | None = None,
    detected: PoseSequence | None = None,
) -> Scores:
    """Distance of poses from the truth, and what they lack.

    Args:
        poses: T frames in pixels of the truth's frame.
        joints: the true ones, see `true_poses`.
        given: the poses that drove the generator on whose frames `poses` were detected.
        detected: the poses detected on the true frames, by which is told what was missed.

    Returns:
        For body, face and hands the distances "to_truth" and "to_input" in percent of the true torso, joints
        "missed" in percent of `detected`; the body's constant "offset" from its true place; and the number of
        frames in which nobody was found.
    """
    torso = torso_length(joints)
    found = {"to_truth": pose_distance(poses, joints, torso)}
    if given is not None:
        found["to_input"] = pose_distance(poses, given, torso)
    if detected is not None:
        found["missed"] = missed_detections(poses, detected)
    scores = {f"{name}_{part}": _number(v) for name, parts in found.items() for part, v in asdict(parts).items()}
    scores["offset"] = _number(constant_offset(poses, joints, torso))
    return scores | {"frames_without_person": float((~poses.present).sum())}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
