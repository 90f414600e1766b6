"""How good a result is, end to end: against the truth, beside baselines, or by itself where there is no truth."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import EvaluationError, PoseError
from motion_transfer.evaluation import (
    Clip,
    Evaluation,
    FrameSource,
    Lpips,
    Seen,
    compare_with_truth,
    evaluate_alone,
    first_frames,
    frame_source,
    held_out,
    matched_sources,
    nearest_poses,
    see,
    write_evaluation,
)
from motion_transfer.exemplars import warp_exemplars
from motion_transfer.footage import Footage, load_footage
from motion_transfer.models import choose_device
from motion_transfer.pose import PoseSequence, check_fit, clean_poses, estimate_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis import synthesise
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader, VideoWriter


def evaluate_video(
    result: Path,
    truth: Path | None = None,
    *,
    out: Path | None = None,
    poses: PoseSequence | None = None,
    baselines: dict[str, FrameSource] | None = None,
    settings: PoseSettings = PoseSettings(),
    align: bool = False,
    lpips: Lpips | None = None,
    seen: Seen | None = None,
    progress: ProgressCallback = no_progress,
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
        progress: called with (stage, done, total).

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
    true: FrameSource | None = None
    if truth is not None:
        true, count = matched_sources(truth, result, align, notes)
    made = first_frames(frame_source(result), count)
    clip = Clip(count, fps, size, settings, progress, lpips)
    if true is not None:
        found = compare_with_truth(clip, made, true, poses, baselines or {}, notes, seen=seen)
    else:
        found = evaluate_alone(clip, made, poses, notes)
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
    progress: ProgressCallback = no_progress,
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
        progress: called with (stage, done, total).

    Raises:
        EvaluationError: the footage has another size, or too little of it was held out.
        SubjectError, VideoError, PoseError: see their messages.
    """
    subject = load_subject(folder)
    notes: list[str] = []
    with VideoReader(footage) as reader:
        preprocessed = _preprocessed(folder)
        known, unseen = held_out(subject, preprocessed, reader, notes)
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
            raw = estimate_poses(
                part, size=reader.size, fps=fps, settings=settings, name=str(footage), progress=progress
            )
    true: FrameSource = lambda: iter(part)  # noqa: E731
    seen = seen or see(true, len(raw), raw.size, fps, settings, poses=raw, progress=progress)
    poses = clean_poses(raw, replace(settings, smoothing=subject.pipeline.train.smoothing))
    processor = choose_device(device)
    made = frame_source(_folder(out) / "result.mp4")
    with VideoWriter(out / "result.mp4", size=subject.size, fps=fps, settings=subject.pipeline.encode) as writer:
        for frame in track(synthesise(subject, poses, processor), "dancing", len(poses), progress):
            writer.write(frame)
    if preprocessed is None:
        notes.append("the frames it was trained on are gone, so there is no nearest pose's frame to compare with")
    clip = Clip(len(poses), fps, subject.size, settings, progress, lpips)
    baselines = baselines_of(subject, poses, preprocessed, known)
    found = compare_with_truth(clip, made, true, poses, baselines, notes, seen=seen, setting="self")
    write_evaluation(found, out, made, true)
    return found


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _preprocessed(folder: Path) -> Footage | None:
    """The frames that the subject was trained on, as far as they are kept."""
    preprocessed = folder / "training" / "footage"
    return load_footage(preprocessed) if (preprocessed / "poses.npz").exists() else None


def baselines_of(
    subject: Subject, poses: PoseSequence, footage: Footage | None, known: range
) -> dict[str, FrameSource]:
    """The films that every result must beat: what there is without a network.

    Args:
        subject: the subject; its empty room is the first, the collage of what it remembers, if it does, the last.
        poses: normalised poses that drive the result, T frames.
        footage: the studied footage, of which the frame with the nearest pose is the second; left out if not given.
        known: its frames that were trained on.
    """
    films: dict[str, FrameSource] = {"background alone": lambda: (subject.background for _ in range(len(poses)))}
    if footage is not None:
        nearest = nearest_poses(poses, footage.poses[known.start : known.stop]) + known.start
        films["nearest pose's frame"] = lambda: (footage.full_frame(int(index)) for index in nearest)
    if subject.exemplars is not None:
        films["collage alone"] = lambda: _candidates(subject, poses)
    return films


def _candidates(subject: Subject, poses: PoseSequence) -> Iterator[Frame]:
    """The collage of each pose before the empty room: what the network begins from."""
    assert subject.exemplars is not None
    viewport = subject.viewport(poses)
    warper = warp_exemplars(subject.exemplars, poses, viewport)
    for t in range(len(poses)):
        candidate = warper.warp(t).astype(np.float32)
        yield viewport.paste(subject.background, t, candidate[..., :3], candidate[..., 3] / 255)
