"""One pass over the truth and all videos beside it, frame by frame."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.evaluation.metrics.catalogue import METRICS, REGIONS, RESULT, TRUTH
from motion_transfer.evaluation.metrics.color import (
    Histogram,
    clothes_corners,
    color_distance,
    color_drift,
    color_histogram,
    face_corners,
)
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.person import PersonReference
from motion_transfer.evaluation.metrics.regions import face_regions, hand_regions, inside
from motion_transfer.evaluation.metrics.similarity import Reference
from motion_transfer.evaluation.metrics.temporal import Motion, MotionTracker, StillBackground, mean_difference
from motion_transfer.evaluation.metrics.vmaf import Vmaf, run_vmaf
from motion_transfer.evaluation.statistics import Series
from motion_transfer.features import feature_distance
from motion_transfer.footage.masks import UNKNOWN, MaskOf, open_masks, person_mask
from motion_transfer.pose import PoseSequence
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import FloatArray, Frame, Mask


@dataclass(frozen=True)
class TruthFrame:
    """A frame of the truth, with all that the metrics need of it computed once for all videos."""

    frame: Frame
    mask: Mask  # (H, W) the person
    motion: Motion | None  # since the frame before; None in the first
    still: Mask | None  # background in this frame and the one before; None in the first
    person: PersonReference | None  # None where nothing is compared, or nobody is shown
    complete: Reference | None  # the complete frame; None where it is not compared
    histograms: dict[str, tuple[FloatArray, Histogram]]  # quadrangles (4, 2) on face and clothes, and their colours


def truth_frames(
    frames: Iterable[Frame],
    poses: PoseSequence,
    people: Sequence[PoseSequence],
    mask_of: MaskOf,
    *,
    compared: bool,
    person_only: bool,
    lpips: Lpips | None,
) -> Iterator[TruthFrame]:
    """The frames of the truth, ready for comparisons; without `compared`, for warping error and flicker only."""
    motion, background, bones = MotionTracker(validate=True), StillBackground(), poses.skeleton.bones
    distance = feature_distance() if compared else None
    boxes = {"face": face_regions(poses)[:, None], "hands": hand_regions(poses)}
    complete = compared and not person_only
    corners = {"face": face_corners(poses), "clothes": clothes_corners(poses)} if complete else {}
    for t, frame in enumerate(frames):
        mask = mask_of(frame, poses.xy[t]) >= UNKNOWN
        covered = np.logical_or.reduce([mask, *(person_mask(each.xy[t], bones, each.size) for each in people)])
        person = None
        if distance is not None and mask.any():
            parts = {name: inside(mask, each[t]) for name, each in boxes.items()}
            person = PersonReference(frame, {"person": mask, **parts}, distance, lpips)
        yield TruthFrame(
            frame,
            mask,
            motion.update(frame),
            background.update(covered),
            person,
            Reference(frame, lpips=lpips) if complete else None,
            {part: (each[t], color_histogram(frame, each[t])) for part, each in corners.items()},
        )


class VideoMetrics:
    """Accumulates the metrics of one video.

    Args:
        compared: compare it with the truth; otherwise only warping error and flicker are measured.
        vmaf: measures VMAF; without it there is none.
    """

    def __init__(self, *, compared: bool, vmaf: Vmaf | None = None) -> None:
        self._compared = compared
        self._vmaf = vmaf
        self._motion = MotionTracker()
        self._values: list[dict[str, float]] = []
        self._details: list[dict[str, float]] = []
        self._histograms: dict[str, Histogram] = {}

    def update(self, frame: Frame, truth: TruthFrame) -> None:
        """Measure the video's next frame."""
        values = self._compare(frame, truth) if self._compared else {}
        own = self._motion.update(frame) if self._compared else truth.motion
        if own is not None and truth.motion is not None and truth.still is not None:
            assert truth.motion.valid is not None  # it was asked for
            # Flicker is what a video's own motion does not explain: by the truth's, what lies beside its place is none.
            values["person_flicker"] = own.error(truth.mask)
            values["warping"] = truth.motion.error(truth.motion.valid, own)
            values["flicker"] = mean_difference(own.frame, own.before, truth.still)
            if self._compared:
                values["person_motion"] = own.distance(truth.motion, truth.mask)
        self._values.append(values)

    def _compare(self, frame: Frame, truth: TruthFrame) -> dict[str, float]:
        values: dict[str, float] = {}
        if truth.person is not None:
            values |= truth.person.compare(frame)
            self._details.append(truth.person.detail)
        if truth.complete is not None:
            values |= {f"frame_{name}": value for name, value in truth.complete.compare(frame).items()}
        for part, (corners, true) in truth.histograms.items():
            pair = np.stack([color_histogram(frame, corners), true])
            self._histograms[part] = self._histograms.get(part, np.zeros_like(pair)) + pair
        if self._vmaf is not None:
            self._vmaf.update(frame, truth.frame)
        return values

    def result(self) -> tuple[dict[str, Series], dict[str, float]]:
        """The metrics frame by frame, NaN where one was not measured, and those of the clip; to be called once."""
        names = {name for values in self._values for name in values}
        series = {
            name: np.array([values.get(name, np.nan) for values in self._values]) for name in METRICS if name in names
        }
        for region in REGIONS:
            # Against the truth's mean over the clip: where motion blurs the truth, a frame's own would be near 0.
            if true := [detail[region] for detail in self._details if region in detail]:
                own = [values.get(f"{region}_detail", np.nan) for values in self._values]
                series[f"{region}_sharpness"] = np.array(own) / (np.mean(true) or np.nan)
        clip = {f"identity_{part}": color_distance(*pair) for part, pair in self._histograms.items()}
        if self._histograms and "color" in series:
            clip["color_drift"] = color_drift(series["color"])
        if self._vmaf is not None:
            series["vmaf"] = self._vmaf.result()
        return series, clip


def measure(
    videos: Mapping[str, Iterable[Frame]],
    truth: Iterable[Frame],
    poses: PoseSequence,
    people: Sequence[PoseSequence],
    *,
    settings: PoseSettings = PoseSettings(),
    person_only: bool = False,
    lpips: Lpips | None = None,
    progress: ProgressCallback = no_progress,
) -> tuple[dict[str, dict[str, Series]], dict[str, dict[str, float]]]:
    """Measure videos beside the truth, and the truth's own warping error and flicker as `TRUTH`.

    Every video is read once. Memory: a few frames of each, and one number a frame and metric.

    Args:
        videos: for each name at least T frames, RGB (H, W, 3), of the truth's size.
        truth: T frames.
        poses: detected on the truth.
        people: poses of all who hide the background in any of the videos, T frames each.
        settings: of the detector that finds the person's mask in the truth.
        person_only: leave out what is measured on complete frames, and identity.
        lpips: measures LPIPS; without it there is none.
        progress: called with (stage, done, total).

    Returns:
        For each video its metrics frame by frame, (T,) each by the names of `METRICS`, and those of the complete clip.
    """
    with ExitStack() as stack:
        mask_of = stack.enter_context(open_masks(poses.size, settings))
        references = truth_frames(
            truth, poses, people, mask_of, compared=bool(videos), person_only=person_only, lpips=lpips
        )
        rows = zip(references, *(islice(video, len(poses)) for video in videos.values()), strict=True)
        vmaf = stack.enter_context(run_vmaf(poses.size)) if RESULT in videos and not person_only else None
        metrics = {name: VideoMetrics(compared=True, vmaf=vmaf if name == RESULT else None) for name in videos}
        metrics[TRUTH] = VideoMetrics(compared=False)
        pool = stack.enter_context(ThreadPoolExecutor(len(metrics)))
        running: list[Future[None]] = []
        for reference, *frames in track(rows, "measuring", len(poses), progress):
            # While a row is measured, the next frames are decoded and the next reference is computed.
            for future in running:
                future.result()
            video_frames = zip(metrics.values(), [*frames, reference.frame], strict=True)
            running = [pool.submit(video.update, frame, reference) for video, frame in video_frames]
        for future in running:
            future.result()
        results = {name: video.result() for name, video in metrics.items()}
    return {name: series for name, (series, _) in results.items()}, {name: clip for name, (_, clip) in results.items()}
