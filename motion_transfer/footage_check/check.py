"""The footage check: whether footage is worth training on, and what to record better."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError, SubjectError
from motion_transfer.footage_check.findings import Finding, list_findings
from motion_transfer.footage_check.frames import FrameMeasurements, FrameMeter
from motion_transfer.footage_check.poses import PoseMeasurements, covered, measure_poses
from motion_transfer.pose import PoseSequence, check_fit, clean_poses, empty, estimate_people, estimate_poses
from motion_transfer.pose_cache import PoseCache, find_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import Mask, StrPath
from motion_transfer.video import VideoReader

POSED = 600
"""Frames in which poses are found where they are not kept for the training, which needs them in all frames."""


@dataclass(frozen=True, eq=False)
class FootageCheck:
    """The result of a check: what was measured, and what it means.

    Attributes:
        name: the footage.
        seconds: its length.
        size: (width, height) of its frames.
        every: the poses are of one in so many frames.
        several: (P,) whether more than one person is in each of the probed frames, spread over the clip; empty where
            other people could not be looked for.
        poses: what was measured on the poses.
        frames: what was measured on the pixels.
        findings: one about each subject, the worst first.
    """

    name: str
    seconds: float
    size: tuple[int, int]
    every: int
    several: Mask
    poses: PoseMeasurements
    frames: FrameMeasurements
    findings: tuple[Finding, ...]

    @property
    def grade(self) -> Literal["good", "usable", "unusable"]:
        """The worst of the findings."""
        grades = {finding.grade for finding in self.findings}
        return "unusable" if "stop" in grades else "usable" if "warn" in grades else "good"

    @property
    def summary(self) -> str:
        """The grade and every finding, a line each."""
        heads = {
            "good": "good footage",
            "usable": "usable; it could be better",
            "unusable": "not fit for training as it is",
        }
        return "\n".join([f"{self.name}: {heads[self.grade]}", *map(str, self.findings)])

    @property
    def warnings(self) -> str:
        """The findings that are not good, a line each."""
        return "\n".join(str(finding) for finding in self.findings if finding.grade != "good")

    def to_dict(self) -> dict[str, Any]:
        """Measurements and findings as plain values for JSON; shares are 0 to 1, None is unknown."""
        poses, frames = self.poses, self.frames
        present = max(int(poses.present.sum()), 1)
        shift = frames.shift[~np.isnan(frames.shift)]
        return {
            "footage": self.name,
            "grade": self.grade,
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 2),
            "size": list(self.size),
            "frames_checked": len(poses.present),
            "person_found": _rounded(poses.present.mean()),
            "several_people": _rounded(self.several.mean()) if len(self.several) else None,
            "cut_off": {part: _rounded(cut.sum() / present) for part, cut in poses.outside.items()},
            "person_height": _median(poses.height),
            "background_shift": _rounded(np.percentile(shift, 95)) if len(shift) else None,
            "cuts": frames.cuts,
            "coverage": {
                "orientation": _rounded(covered(poses.directions)),
                "arms": _rounded(covered(poses.arms)),
                "floor": _rounded(covered(poses.places)),
            },
            "sharpness": _median(frames.sharpness),
            "light": _median(frames.light),
            "clipped": _median(frames.clipped),
            "noise": _median(frames.noise),
        }


def check_footage(
    path: StrPath,
    *,
    poses: PoseSequence | None = None,
    settings: PoseSettings = PoseSettings(),
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> FootageCheck:
    """Check footage of a target person before training on it.

    Args:
        path: the footage.
        poses: its poses, one row for every frame. If not given, they are found: with a `cache` in all frames, as the
            training does, which then takes them from there; without one in up to `POSED` frames spread over the clip.
        settings: finding and cleaning the poses.
        cache: where poses that were found before are kept, see `open_cache`.
        progress: called with (stage, done, total).

    Raises:
        VideoError: the footage cannot be read.
        PoseError: `poses` are not of this video.
        ConfigError: a setting cannot be used.
    """
    with VideoReader(Path(path)) as reader:
        every = 1
        if poses is not None:
            check_fit(poses, len(reader), reader.size, reader.fps, str(path))
        else:
            every = 1 if cache is not None else max(1, -(-len(reader) // POSED))
            poses = _find_poses(reader, every, settings, cache, progress)
        meter = FrameMeter(every)
        for _ in meter.watch(track(reader, "checking frames", len(reader), progress), poses):
            pass
    return assess(Path(path).name, meter, settings, progress)


def assess(
    name: str, meter: FrameMeter, settings: PoseSettings, progress: ProgressCallback = no_progress
) -> FootageCheck:
    """Turn measured footage into a check; other people are looked for in the meter's probes.

    Args:
        name: what to call the footage.
        meter: all frames have passed through it.
        settings: finding the other people.
        progress: called with (stage, done, total).
    """
    assert meter.poses is not None
    poses, fps = meter.poses, meter.poses.fps * meter.every
    seconds = float(meter.frames / fps)
    several = _find_others(meter, settings, progress)
    pose_measurements, frame_measurements = measure_poses(poses), meter.result()
    findings = list_findings(pose_measurements, frame_measurements, several, seconds, float(fps))
    return FootageCheck(
        name, seconds, poses.size, meter.every, several, pose_measurements, frame_measurements, findings
    )


def refuse_unusable(check: FootageCheck, path: StrPath) -> None:
    """Stop before hours are spent on footage that cannot give a good subject.

    Raises:
        SubjectError: the grade is "unusable"; it says why, and what to record better.
    """
    stops = [f"{finding.text} {finding.advice}" for finding in check.findings if finding.grade == "stop"]
    if stops:
        raise SubjectError(
            f"{path} is not fit for training: {' '.join(stops)} `motion-transfer check` shows more; "
            "`force` trains on it all the same."
        )


def _find_poses(
    reader: VideoReader, every: int, settings: PoseSettings, cache: PoseCache | None, progress: ProgressCallback
) -> PoseSequence:
    """The cleaned poses of one in `every` frames, all missing where no person is found."""
    fps = reader.fps / every
    try:
        if cache is not None:
            raw = find_poses(reader, settings, cache=cache, progress=progress)
        else:
            frames = islice(track(reader, "finding poses", len(reader), progress), 0, None, every)
            raw = estimate_poses(frames, size=reader.size, fps=fps, settings=settings)
        return clean_poses(raw, settings)
    except PoseError:  # no person: that is a finding here
        return empty(-(-len(reader) // every), reader.size, fps)


def _find_others(meter: FrameMeter, settings: PoseSettings, progress: ProgressCallback) -> Mask:
    """Whether more than one person is in each probe; empty without a person in any, or without a detector."""
    unknown = np.zeros(0, bool)
    if meter.poses is None or not meter.probes:
        return unknown
    height, width = meter.probes[0].shape[:2]
    fps = meter.poses.fps * meter.every / meter.probe_step
    probes = track(meter.probes, "looking for other people", len(meter.probes), progress)
    try:
        people = estimate_people(probes, size=(width, height), fps=fps, settings=settings)
    except (PoseError, ImportError):  # given poses need no detector: MediaPipe may not be installed
        return unknown
    several: Mask = np.sum([one.present for one in people], axis=0) > 1
    return several


def _median(values: Sequence[float] | npt.NDArray[np.floating[Any]]) -> float | None:
    known = np.asarray(values)[np.isfinite(values)]
    return _rounded(np.median(known)) if len(known) else None


def _rounded(value: float | np.floating[Any]) -> float:
    """To four digits; infinity, another view altogether, becomes 1."""
    return round(min(float(value), 1e6) if np.isfinite(value) else 1.0, 4)
