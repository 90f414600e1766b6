"""How good a result is, end to end: against the truth, beside two baselines, or by itself where there is no truth."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import EvaluationError, PoseError
from motion_transfer.evaluation import (
    Evaluation,
    Film,
    Series,
    Setting,
    clothes_colours,
    colour_distance,
    colour_drift,
    compare_films,
    compare_poses,
    face_colours,
    film_of,
    first_frames,
    matched_films,
    nearest_poses,
    outlines_of,
    regions_of,
    still_flicker,
    vmaf_of,
    warping_error,
    write_evaluation,
)
from motion_transfer.models import choose_device
from motion_transfer.pose import PoseSequence, clean_poses, empty, estimate_poses, load_poses
from motion_transfer.progress import Report, silent, track
from motion_transfer.subject import Footage, Subject, fingerprint, load_subject, split_footage
from motion_transfer.synthesis import synthesise
from motion_transfer.video import VideoReader, VideoWriter

Frame = npt.NDArray[np.uint8]


def evaluate_video(
    result: Path,
    truth: Path | None = None,
    *,
    out: Path | None = None,
    poses: PoseSequence | None = None,
    baselines: dict[str, Film] | None = None,
    settings: PoseSettings = PoseSettings(),
    align: bool = False,
    report: Report = silent,
) -> Evaluation:
    """Measure a video, against the true one if there is one.

    Args:
        result: the video to judge.
        truth: what it should show, frame by frame; without it only that is measured which needs no truth.
        out: folder for `report.html` and `evaluation.json`.
        poses: the poses that the result should show, in its pixels; those found on the truth if not given.
        baselines: films to measure beside it, with the result's frames; see `baselines_of`.
        settings: of the pose detector.
        align: take the truth at the result's size, rate and length where these differ.
        report: told about the progress.

    Raises:
        EvaluationError: the two differ in size, rate or length, and `align` is off.
        VideoError: one of them cannot be read.
        PoseError: `poses` are not those of the result.
    """
    with VideoReader(result) as reader:
        size, fps, count = reader.size, reader.fps, len(reader)
    if poses is not None and (len(poses), poses.size) != (count, size):
        raise PoseError(
            f"the poses are {len(poses)} frames of {poses.size[0]} x {poses.size[1]} pixels, but {result} has {count} "
            f"of {size[0]} x {size[1]}. Give the normalised poses that drove this very video."
        )
    notes: list[str] = []
    true: Film | None = None
    if truth is not None:
        true, count = matched_films(truth, result, align, notes)
    made = first_frames(film_of(result), count)
    clip = _Clip(count, fps, size, settings, report)
    found = (
        _against_truth(clip, made, true, poses, baselines or {}, notes) if true else _alone(clip, made, poses, notes)
    )
    if out is not None:
        write_evaluation(found, _folder(out), made, true)
    return found


def evaluate_subject(
    folder: Path, footage: Path, out: Path, *, device: str | None = None, report: Report = silent
) -> Evaluation:
    """Drive a subject by the poses of real footage of the same person, and measure how near it comes.

    Of the footage that it was trained on, only the held-out end is used; other footage is used from its beginning.

    Args:
        folder: the subject.
        footage: video of the person, of the subject's frame size.
        out: folder for `report.html`, `evaluation.json` and `result.mp4`.
        device: where to compute, the fastest there is if not given.
        report: told about the progress.

    Raises:
        EvaluationError: the footage has another size, or none of it was held out.
        SubjectError, VideoError, PoseError: see their messages.
    """
    subject = load_subject(folder)
    notes: list[str] = []
    with VideoReader(footage) as reader:
        known, unseen = _held_out(subject, footage, len(reader), notes)
        if reader.size != subject.size:
            raise EvaluationError(
                f"{footage} is {reader.size[0]} x {reader.size[1]} pixels, the subject's footage was "
                f"{subject.size[0]} x {subject.size[1]}. Give footage filmed in the same place with the same camera."
            )
        part = reader.part(unseen.start, unseen.stop)
        settings = subject.pipeline.pose
        poses = estimate_poses(
            part, size=reader.size, fps=reader.fps, settings=settings, name=str(footage), report=report
        )
    poses = clean_poses(poses, replace(settings, smoothing=subject.pipeline.train.smoothing))
    processor = choose_device(device)
    made = film_of(_folder(out) / "result.mp4")
    with VideoWriter(out / "result.mp4", size=subject.size, fps=poses.fps, settings=subject.pipeline.encode) as writer:
        for frame in track(synthesise(subject, poses, processor), "dancing", len(poses), report):
            writer.write(frame)
    studied = folder / "training" / "footage"
    whole = (
        Footage(studied, load_poses(studied / "poses.npz"), subject.canvas, subject.background)
        if (known and (studied / "poses.npz").exists())
        else None
    )
    if whole is None:
        notes.append("the frames it was trained on are gone, so there is no nearest pose's frame to compare with")
    clip = _Clip(len(poses), poses.fps, subject.size, settings, report)
    baselines = baselines_of(subject, poses, whole, known)
    found = _against_truth(clip, made, lambda: iter(part), poses, baselines, notes, setting="self")
    write_evaluation(found, out, made, lambda: iter(part))
    return found


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


LEAST_HELD_OUT = 2
"""Flicker and warping error are of a frame and the one before."""

MOST_FRAMES = 500
"""Frames of a subject's footage that are measured at most: more changes the means little and takes long."""


def _held_out(subject: Subject, footage: Path, frames: int, notes: list[str]) -> tuple[range, range]:
    """The frames that were trained on, and those to measure."""
    if subject.record.get("footage", {}).get("sha256") != fingerprint(footage):
        return range(0), range(min(frames, MOST_FRAMES))
    known, unseen = split_footage(frames, subject.pipeline.train.held_out)
    if len(unseen) < LEAST_HELD_OUT:
        raise EvaluationError(
            f"{footage} is what the subject was trained on, and {len(unseen)} of its {frames} frames were held out; "
            f"at least {LEAST_HELD_OUT} are needed. Give other footage of the person, or train again with more footage "
            "or a larger --train.held-out."
        )
    return known, unseen[:MOST_FRAMES]


def baselines_of(subject: Subject, poses: PoseSequence, footage: Footage | None, known: range) -> dict[str, Film]:
    """The two films that every result must beat.

    Args:
        subject: the subject; its empty room is the first.
        poses: normalised poses that drive the result, T frames.
        footage: the studied footage, of which the frame with the nearest pose is the second; left out if not given.
        known: its frames that were trained on.
    """
    films: dict[str, Film] = {"background alone": lambda: (subject.background for _ in range(len(poses)))}
    if footage is not None:
        nearest = nearest_poses(poses, footage.poses[known.start : known.stop]) + known.start
        films["nearest pose's frame"] = lambda: (_enlarged(footage, int(index), subject.size) for index in nearest)
    return films


def _enlarged(footage: Footage, index: int, size: tuple[int, int]) -> Frame:
    frame: Frame = cv2.resize(footage.frame(index), size, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    return frame


@dataclass(frozen=True)
class _Clip:
    """What all films of one evaluation have in common."""

    count: int
    fps: Fraction
    size: tuple[int, int]
    settings: PoseSettings
    report: Report

    def detect(self, film: Film, stage: str) -> PoseSequence:
        """Poses seen on a film; a film without anybody has none."""
        frames = track(film(), stage, self.count, self.report)
        try:
            return estimate_poses(frames, size=self.size, fps=self.fps, settings=self.settings, name="the video")
        except PoseError:
            return empty(self.count, self.size, self.fps)


def _against_truth(
    clip: _Clip,
    made: Film,
    true: Film,
    poses: PoseSequence | None,
    baselines: dict[str, Film],
    notes: list[str],
    *,
    setting: Setting = "paired",
) -> Evaluation:
    count = clip.count
    seen, real = clip.detect(made, "finding poses in the result"), clip.detect(true, "finding poses in the truth")
    regions = regions_of(real)
    films = {"result": made, **{name: first_frames(film, count) for name, film in baselines.items()}}
    series: dict[str, dict[str, Series]] = {}
    whole: dict[str, dict[str, float]] = {}
    for number, (name, film) in enumerate(films.items()):
        clip.report("measuring", number, len(films))
        series[name] = compare_films(film, true, regions) | still_flicker(film, outlines_of(real, seen))
        whole[name] = _clip_figures(film, true, real, series[name]["colour"])
    series["result"]["vmaf"] = vmaf_of(made, true, clip.size, clip.fps)
    series["result"] |= compare_poses(seen, poses[:count] if poses else real)
    series["truth"] = {"warping": warping_error(true())} | still_flicker(true, outlines_of(real, seen))
    if poses is not None:  # the detector's own noise
        series["truth"] |= compare_poses(real, poses[:count])
    clip.report("measuring", len(films), len(films))
    return Evaluation(setting, count, clip.fps, clip.size, series, whole, notes)


def _alone(clip: _Clip, film: Film, poses: PoseSequence | None, notes: list[str]) -> Evaluation:
    seen = clip.detect(film, "finding poses in the result")
    notes.append("no truth was given: only what needs none was measured")
    figures = {"warping": warping_error(film())} | still_flicker(film, outlines_of(seen))
    if poses is not None:
        figures |= compare_poses(seen, poses)
    else:
        notes.append("no poses were given either (--poses), so it is not known whether the dance is followed")
        figures["missed_body"] = np.where(seen.present, 0.0, 100.0)
    return Evaluation("no truth", clip.count, clip.fps, clip.size, {"result": figures}, {}, notes)


def _clip_figures(film: Film, true: Film, real: PoseSequence, colour: Series) -> dict[str, float]:
    return {
        "colour_drift": colour_drift(colour),
        "identity_face": colour_distance(face_colours(film(), real), face_colours(true(), real)),
        "identity_clothes": colour_distance(clothes_colours(film(), real), clothes_colours(true(), real)),
    }
