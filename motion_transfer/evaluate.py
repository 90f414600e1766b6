"""How good a result is, end to end: against the truth, beside two baselines, or by itself where there is no truth."""

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import EvaluationError, PoseError
from motion_transfer.evaluation import (
    Clip,
    Evaluation,
    Film,
    Lpips,
    Seen,
    film_of,
    first_frames,
    judge_against_truth,
    judge_alone,
    matched_films,
    nearest_poses,
    see,
    write_evaluation,
)
from motion_transfer.models import choose_device
from motion_transfer.pose import PoseSequence, check_fit, clean_poses, estimate_poses
from motion_transfer.progress import Report, silent, track
from motion_transfer.subject import Footage, Subject, fingerprint, load_footage, load_subject, split_footage
from motion_transfer.synthesis import synthesise
from motion_transfer.video import VideoReader, VideoWriter

Frame = npt.NDArray[np.uint8]

LEAST_HELD_OUT = 2
"""Flicker and warping error are of a frame and the one before."""

FEW_SECONDS = 1.0
"""Less than this that was held out says little, which is said."""

MOST_FRAMES = 500
"""Frames of a subject's footage that are measured at most: more changes the means little and takes long."""


def evaluate_video(
    result: Path,
    truth: Path | None = None,
    *,
    out: Path | None = None,
    poses: PoseSequence | None = None,
    baselines: dict[str, Film] | None = None,
    settings: PoseSettings = PoseSettings(),
    align: bool = False,
    lpips: Lpips | None = None,
    seen: Seen | None = None,
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
        lpips: measures LPIPS; without it there is none.
        seen: what the detector saw on the truth, if it was asked before (`see`).
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
    clip = Clip(count, fps, size, settings, report, lpips)
    if true is not None:
        found = judge_against_truth(clip, made, true, poses, baselines or {}, notes, seen=seen)
    else:
        found = judge_alone(clip, made, poses, notes)
    if out is not None:
        write_evaluation(found, _folder(out), made, true)
    return found


def evaluate_subject(
    folder: Path,
    footage: Path,
    out: Path,
    *,
    poses: PoseSequence | None = None,
    device: str | None = None,
    lpips: Lpips | None = None,
    seen: Seen | None = None,
    report: Report = silent,
) -> Evaluation:
    """Drive a subject by the poses of real footage of the same person, and measure how near it comes.

    Of the footage that it was trained on, only the held-out end is used; other footage is used from its beginning.

    Args:
        folder: the subject.
        footage: video of the person, of the subject's frame size.
        out: folder for `report.html`, `evaluation.json` and `result.mp4`.
        poses: raw poses of the whole footage, if they come from elsewhere.
        device: where to compute, the fastest there is if not given.
        lpips: measures LPIPS; without it there is none.
        seen: what the detector saw on the frames that are measured, if it was asked before (`see`).
        report: told about the progress.

    Raises:
        EvaluationError: the footage has another size, or too little of it was held out.
        SubjectError, VideoError, PoseError: see their messages.
    """
    subject = load_subject(folder)
    notes: list[str] = []
    with VideoReader(footage) as reader:
        studied = _studied(folder)
        known, unseen = _held_out(subject, studied, reader, notes)
        if reader.size != subject.size:
            raise EvaluationError(
                f"{footage} is {reader.size[0]} x {reader.size[1]} pixels, the subject's footage was "
                f"{subject.size[0]} x {subject.size[1]}. Give footage filmed in the same place with the same camera."
            )
        part = reader.part(unseen.start, unseen.stop)
        settings, fps = subject.pipeline.pose, reader.fps
        if poses is not None:
            check_fit(poses, len(reader), reader.size, fps, str(footage))
            raw = poses[unseen.start : unseen.stop]
        elif seen is not None:
            raw = seen.poses
        else:
            raw = estimate_poses(part, size=reader.size, fps=fps, settings=settings, name=str(footage), report=report)
    true: Film = lambda: iter(part)  # noqa: E731
    seen = seen or see(true, len(raw), raw.size, fps, settings, poses=raw, report=report)
    poses = clean_poses(raw, replace(settings, smoothing=subject.pipeline.train.smoothing))
    processor = choose_device(device)
    made = film_of(_folder(out) / "result.mp4")
    with VideoWriter(out / "result.mp4", size=subject.size, fps=fps, settings=subject.pipeline.encode) as writer:
        for frame in track(synthesise(subject, poses, processor), "dancing", len(poses), report):
            writer.write(frame)
    if studied is None:
        notes.append("the frames it was trained on are gone, so there is no nearest pose's frame to compare with")
    clip = Clip(len(poses), fps, subject.size, settings, report, lpips)
    baselines = baselines_of(subject, poses, studied, known)
    found = judge_against_truth(clip, made, true, poses, baselines, notes, seen=seen, setting="self")
    write_evaluation(found, out, made, true)
    return found


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _studied(folder: Path) -> Footage | None:
    """The frames that the subject was trained on, as far as they are kept."""
    studied = folder / "training" / "footage"
    return load_footage(studied) if (studied / "poses.npz").exists() else None


def _held_out(subject: Subject, studied: Footage | None, footage: VideoReader, notes: list[str]) -> tuple[range, range]:
    """The studied frames that were trained on, and the footage's frames to measure.

    Raises:
        EvaluationError: it is the very footage that was trained on, and too little of it was held out.
    """
    share, frames = subject.pipeline.train.held_out, len(footage)
    learned, _ = split_footage(len(studied.poses), share) if studied else (range(0), range(0))
    if subject.record.get("footage", {}).get("sha256") != fingerprint(footage.path):
        unseen = range(min(frames, MOST_FRAMES))
        if studied is not None and resembles(studied, learned, footage, unseen):
            notes.append(
                f"NOT HELD OUT: frames of {footage.path} are among those that the subject was trained on, so these "
                "figures say how well it remembers. Give footage that it has never seen."
            )
        return learned, unseen
    known, unseen = split_footage(frames, share)
    if not unseen:
        notes.append(
            f"NOT HELD OUT: the subject was trained on all of {footage.path} (train.held_out was 0), so these figures "
            "say how well it remembers. Give footage that it has never seen."
        )
        return known, range(min(frames, MOST_FRAMES))
    if len(unseen) < LEAST_HELD_OUT:
        needed = math.ceil(LEAST_HELD_OUT / share)
        raise EvaluationError(
            f"{footage.path} is what the subject was trained on, and {len(unseen)} of its {frames} frames was held "
            f"out; at least {LEAST_HELD_OUT} are needed. Train with footage of {needed} frames "
            f"({needed / float(footage.fps):.1f} s) or more, with a larger --train.held-out, or give other footage of "
            "the person here."
        )
    if len(unseen) < FEW_SECONDS * footage.fps:
        needed = math.ceil(FEW_SECONDS / share)
        notes.append(
            f"only {len(unseen)} frames were held out, which says little: footage of {needed} s or more would give "
            f"{FEW_SECONDS:g} s"
        )
    return known, unseen[:MOST_FRAMES]


ALIKE = 2.0
"""Grey levels by which two thumbnails of one moment differ at most on average, however often it was encoded anew."""

THUMBNAIL = (48, 48)
LOOKED_AT = 12


def resembles(studied: Footage, learned: range, footage: VideoReader, frames: range) -> bool:
    """Whether most frames of some footage are among the studied ones, be it encoded or cut anew.

    Only movement tells: a person who stands as still as in the studied footage is taken for the same moment.
    """
    looked_at = set(np.linspace(0, len(frames) - 1, LOOKED_AT).round().astype(int).tolist())
    own = np.stack([_thumbnail(studied.whole(index)) for index in learned])
    differences = [
        np.abs(own - _thumbnail(frame)).mean(axis=(1, 2, 3)).min()
        for index, frame in enumerate(footage.part(frames.start, frames.stop))
        if index in looked_at
    ]
    return float(np.median(differences)) < ALIKE


def _thumbnail(frame: Frame) -> npt.NDArray[np.int16]:
    return cv2.resize(frame, THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.int16)


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
        films["nearest pose's frame"] = lambda: (footage.whole(int(index)) for index in nearest)
    return films
