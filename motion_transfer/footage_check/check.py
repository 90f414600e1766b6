"""The footage check: whether footage is worth training on, and what to record better."""

from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError, SubjectError
from motion_transfer.footage.plate import Plates, clip_plates
from motion_transfer.footage_check.findings import Finding, list_findings
from motion_transfer.footage_check.frames import FrameMeasurements, FrameMeter, median
from motion_transfer.footage_check.poses import PoseMeasurements, covered, measure_poses
from motion_transfer.pose import PoseSequence, check_fit, clean_poses, empty, estimate_people, estimate_poses
from motion_transfer.pose_cache import PoseCache, find_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import Mask, StrPath
from motion_transfer.video import VideoReader
from motion_transfer.video.probing.fields import Interlacing

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
        plates: the background without the person.
        findings: one about each subject, the worst first.
    """

    name: str
    seconds: float
    size: tuple[int, int]
    every: int
    several: Mask
    poses: PoseMeasurements
    frames: FrameMeasurements
    plates: Plates
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
        shift = frames.shift[~np.isnan(frames.shift)]
        return {
            "footage": self.name,
            "grade": self.grade,
            "findings": [asdict(finding) for finding in self.findings],
            "seconds": round(self.seconds, 2),
            "size": list(self.size),
            "frames_checked": len(poses.present),
            "person_found": _rounded(poses.present.mean()),
            "several_people": _rounded(self.several.mean() if len(self.several) else None),
            "cut_off": {part: _rounded(share) for part, share in poses.cut_off.items()},
            "person_height": _rounded(median(poses.height)),
            "background_shift": _rounded(np.percentile(shift, 95) if len(shift) else None),
            "cuts": frames.cuts,
            "background_unseen": _rounded(self.plates.unseen),
            "coverage": {
                "orientation": _rounded(covered(poses.directions)),
                "arms": _rounded(covered(poses.arms)),
                "floor": _rounded(covered(poses.places)),
            },
            **{name: _rounded(median(getattr(frames, name))) for name in ("sharpness", "light", "clipped", "noise")},
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
        every = 1 if poses is not None or cache is not None else max(1, -(-len(reader) // POSED))
        if poses is None:
            poses = _find_poses(reader, every, settings, cache, progress)
        else:
            check_fit(poses, len(reader), reader.size, reader.fps, str(path))
        meter = FrameMeter(every)
        frames = meter.watch(track(reader, "checking frames", len(reader), progress), poses)
        plates = clip_plates(islice(frames, 0, None, every), poses)
    return assess(Path(path).name, meter, plates, settings, progress, interlaced=reader.info.interlaced)


def assess(
    name: str,
    meter: FrameMeter,
    plates: Plates,
    settings: PoseSettings,
    progress: ProgressCallback = no_progress,
    *,
    interlaced: Interlacing = "none",
) -> FootageCheck:
    """Turn footage of a name into a check, after all its frames have passed through the meter.

    Other people are looked for in the meter's probes, as the settings say.
    """
    fps = meter.poses.fps * meter.every
    seconds = float(meter.frames / fps)
    several = _find_others(meter, settings, progress)
    poses, frames = measure_poses(meter.poses), meter.result()
    findings = list_findings(poses, frames, plates.unseen, several, seconds, float(fps), interlaced)
    return FootageCheck(name, seconds, meter.poses.size, meter.every, several, poses, frames, plates, findings)


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
    if not meter.probes:
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


def _rounded(value: float | np.floating[Any] | None) -> float | None:
    """To four digits; infinity, another view altogether, becomes 1."""
    if value is None:
        return None
    return round(min(float(value), 1e6) if np.isfinite(value) else 1.0, 4)
