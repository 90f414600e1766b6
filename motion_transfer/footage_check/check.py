"""Is this footage worth training on? The footage check: what is wrong with it, and what to film better."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError, SubjectError
from motion_transfer.footage_check.frames import SIDE, FrameFigures, measure_frames
from motion_transfer.footage_check.poses import PoseFigures, covered, measure_poses
from motion_transfer.footage_check.rules import Finding, judge
from motion_transfer.pose import PoseSequence, clean_poses, empty, estimate_people, estimate_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import Frame, Mask
from motion_transfer.video import VideoReader

POSED = 600
"""Frames in which the check alone finds poses; training finds them in all."""
PROBED = 48
"""Frames in which other people are looked for."""


@dataclass(frozen=True, eq=False)
class FootageCheck:
    """The result of a check: what was measured, and what it means.

    Attributes:
        name: the footage.
        seconds: its length.
        size: (width, height) of its frames.
        every: the poses are of one in so many frames.
        several: (P,) whether more than one person is in each of the probed frames, spread over the clip.
        poses: what was measured on the poses.
        frames: what was measured on the pixels.
        findings: one about each matter, the worst first.
    """

    name: str
    seconds: float
    size: tuple[int, int]
    every: int
    several: Mask
    poses: PoseFigures
    frames: FrameFigures
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Literal["good", "usable", "unusable"]:
        """The worst of the findings."""
        grades = {finding.grade for finding in self.findings}
        return "unusable" if "stop" in grades else "usable" if "warn" in grades else "good"

    @property
    def summary(self) -> str:
        """The verdict and every finding in plain words, a line each."""
        heads = {
            "good": "good footage",
            "usable": "usable; it could be better",
            "unusable": "not fit for training as it is",
        }
        return "\n".join([f"{self.name}: {heads[self.verdict]}", *map(_line, self.findings)])

    @property
    def warnings(self) -> str:
        """The findings that are not good, a line each."""
        return "\n".join(_line(finding) for finding in self.findings if finding.grade != "good")

    def to_dict(self) -> dict[str, Any]:
        """Figures and findings as plain values for JSON; shares are 0 to 1, None is unknown."""
        poses, frames = self.poses, self.frames
        seen = max(int(poses.present.sum()), 1)
        shift = frames.shift[~np.isnan(frames.shift)]
        return {
            "footage": self.name,
            "verdict": self.verdict,
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 2),
            "size": list(self.size),
            "frames_checked": len(poses.present),
            "person_found": _rounded(poses.present.mean()),
            "several_people": _rounded(self.several.mean()) if len(self.several) else None,
            "cut_off": {part: _rounded(cut.sum() / seen) for part, cut in poses.outside.items()},
            "person_height": _rounded(_middle(poses.height)),
            "background_shift": _rounded(np.percentile(shift, 95)) if len(shift) else None,
            "cuts": frames.cuts,
            "coverage": {
                "orientation": _rounded(covered(poses.ways)),
                "arms": _rounded(covered(poses.arms)),
                "floor": _rounded(covered(poses.places)),
            },
            "sharpness": _rounded(_middle(frames.sharpness)),
            "light": _rounded(_middle(frames.light)),
            "clipped": _rounded(_middle(frames.clipped)),
            "noise": _rounded(_middle(frames.noise)),
        }


def check_footage(
    path: Path,
    *,
    poses: PoseSequence | None = None,
    settings: PoseSettings = PoseSettings(),
    progress: ProgressCallback = no_progress,
) -> FootageCheck:
    """Check footage of a target person before training on it.

    Args:
        path: the footage.
        poses: its poses, one row for every frame, where they are known already; else they are found here, in up
            to `POSED` frames spread over the clip.
        settings: finding and cleaning the poses.
        progress: called with (stage, done, total).

    Raises:
        VideoError: the footage cannot be read.
        PoseError: `poses` are not of this video.
        ConfigError: a setting cannot be used.
    """
    with VideoReader(path) as reader:
        every = 1
        if poses is None:
            every = max(1, -(-len(reader) // POSED))
            poses = _find_poses(reader, every, settings, progress)
        elif len(poses) != len(reader) or poses.size != reader.size:
            raise PoseError(
                f"the poses are {len(poses)} frames of {poses.size[0]} x {poses.size[1]} pixels, but {path} has "
                f"{len(reader)} of {reader.size[0]} x {reader.size[1]}. Give the poses of this very video."
            )
        probed: list[Frame] = []
        shown = track(_keep_some(reader, probed), "looking at frames", len(reader), progress)
        frames = measure_frames(shown, poses, every)
        several = _others(probed, reader.fps / _probe_step(reader), settings, progress)
        figures = measure_poses(poses)
        seconds = float(len(reader) / reader.fps)
        findings = judge(figures, frames, several, seconds, float(reader.fps))
        return FootageCheck(path.name, seconds, reader.size, every, several, figures, frames, findings)


def refuse_hopeless(check: FootageCheck, path: Path) -> None:
    """Stop before hours are spent on footage that cannot give a good subject.

    Raises:
        SubjectError: the verdict is "unusable"; it says why, and what to film better.
    """
    stops = [f"{finding.text} {finding.advice}" for finding in check.findings if finding.grade == "stop"]
    if stops:
        raise SubjectError(
            f"{path} is not fit for training: {' '.join(stops)} `motion-transfer check` shows more; "
            "--force trains on it all the same."
        )


def _find_poses(reader: VideoReader, every: int, settings: PoseSettings, progress: ProgressCallback) -> PoseSequence:
    """The cleaned poses of one in `every` frames, all missing where nobody is found."""
    wanted = -(-len(reader) // every)
    frames = islice(track(reader, "finding poses", len(reader), progress), 0, None, every)
    fps = reader.fps / every
    try:
        return clean_poses(estimate_poses(frames, size=reader.size, fps=fps, settings=settings), settings)
    except PoseError:  # nobody there: that is a finding here
        return empty(wanted, reader.size, fps)


def _probe_step(reader: VideoReader) -> int:
    return max(1, -(-len(reader) // PROBED))


def _keep_some(reader: VideoReader, kept: list[Frame]) -> Iterator[Frame]:
    """Pass frames on, and keep small copies of up to `PROBED` of them."""
    step, scale = _probe_step(reader), min(1.0, SIDE / max(reader.size))
    size = round(reader.size[0] * scale), round(reader.size[1] * scale)
    for index, frame in enumerate(reader):
        if index % step == 0:
            kept.append(cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
        yield frame


def _others(frames: list[Frame], fps: Fraction, settings: PoseSettings, progress: ProgressCallback) -> Mask:
    """Whether more than one person is there, for each of some frames; empty where nobody ever is."""
    size = (frames[0].shape[1], frames[0].shape[0])
    shown = track(frames, "looking for others", len(frames), progress)
    try:
        people = estimate_people(shown, size=size, fps=fps, settings=settings)
    except PoseError:
        return np.zeros(0, bool)
    several: Mask = np.sum([one.present for one in people], axis=0) > 1
    return several


def _line(finding: Finding) -> str:
    mark = {"good": "ok  ", "warn": "mind", "stop": "STOP"}[finding.grade]
    return f"  {mark}  {finding.about:<10}{' '.join(filter(None, (finding.text, finding.advice)))}"


def _middle(values: Sequence[float] | npt.NDArray[np.floating[Any]]) -> float | None:
    known = np.asarray(values)[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def _rounded(value: float | None) -> float | None:
    """To four digits; infinity, another view altogether, becomes 1."""
    return None if value is None else round(min(float(value), 1e6) if np.isfinite(value) else 1.0, 4)
