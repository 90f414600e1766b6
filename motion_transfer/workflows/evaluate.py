"""How good a result is, end to end: beside the truth and baselines, or by itself where there is no truth."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from motion_transfer.config import PoseSettings
from motion_transfer.errors import EvaluationError, PoseError
from motion_transfer.evaluation.clips import ClipView, align_frames
from motion_transfer.evaluation.detector import detect_poses, mirrored
from motion_transfer.evaluation.held_out import held_out
from motion_transfer.evaluation.measure import measure
from motion_transfer.evaluation.metrics.catalogue import MIRRORED, RESULT, TRUTH
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.pose_distance import compare_poses
from motion_transfer.evaluation.report import write_evaluation
from motion_transfer.evaluation.result import Evaluation
from motion_transfer.files import check_results
from motion_transfer.footage.preprocess import load_footage
from motion_transfer.marking.identity import signing_file
from motion_transfer.models.device import choose_device
from motion_transfer.pose import PoseSequence, check_fit, clean_poses, estimate_poses
from motion_transfer.pose.estimation.parallel import Clip
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.subject import load_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.types import Frame, StrPath
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.workflows.baselines import baselines_of
from motion_transfer.workflows.marks import mark

REPORT = ("evaluation.json", "report.html")
RESULT_VIDEO = "result.mp4"


def evaluate_video(
    result: StrPath,
    truth: StrPath | None = None,
    *,
    out: StrPath | None = None,
    poses: PoseSequence | None = None,
    baselines: Mapping[str, Iterable[Frame]] = {},
    settings: PoseSettings = PoseSettings(),
    align: bool = False,
    lpips: Lpips | None = None,
    progress: ProgressCallback = no_progress,
) -> Evaluation:
    """Measure a video, beside the true one if there is one.

    Args:
        result: the video to measure.
        truth: what it should show, frame by frame; without it only that is measured which needs no truth.
        out: folder for `report.html` and `evaluation.json`.
        poses: the poses that the result should show, in its pixels; those detected on the truth if not given.
        baselines: videos to measure beside it, with the result's frames, each read once; see `baselines_of`.
        settings: of the pose detector.
        align: take the truth at the result's size, rate and length where these differ.
        lpips: measures LPIPS; without it there is none.
        progress: called with (stage, done, total).

    Raises:
        EvaluationError: the two differ in size, rate or length, and `align` is off.
        VideoError: one of them cannot be read.
        PoseError: `poses` are not those of the result.
    """
    if out is not None:
        check_results(Path(out), REPORT, (result, truth))
    made = VideoReader(Path(result))
    if poses is not None and (len(poses), poses.size) != (len(made), made.size):
        raise PoseError(
            f"{poses.name}: {len(poses)} frames of {poses.size[0]} x {poses.size[1]} pixels, but {result} has "
            f"{len(made)} of {made.size[0]} x {made.size[1]}. Give the normalised poses that drove this very video."
        )
    notes: list[str] = []
    true = None
    if truth is None:
        (detected,) = detect_poses([made], made.size, made.fps, settings, progress)
        notes.append("no truth was given: only what needs none was measured")
        series = measure({}, made, detected, [detected], settings=settings, progress=progress)[0][TRUTH]
        if poses is not None:
            series |= compare_poses(detected, poses)
        else:
            notes.append("no poses were given either, so it is not known whether the dance is followed")
            series["missed_body"] = np.where(detected.present, 0.0, 100.0)
        evaluation = Evaluation("no truth", len(made), made.fps, made.size, {RESULT: series}, {}, notes)
    else:
        true = align_frames(VideoReader(Path(truth)), made, align, notes)
        made = made.part(0, len(true))
        asked = None if poses is None else poses[: len(true)]
        evaluation = _evaluate_beside(true, made, asked, None, baselines, settings, lpips, notes, progress)
    if out is not None:
        write_evaluation(evaluation, Path(out), made, true)
    return evaluation


def evaluate_subject(
    subject: StrPath,
    footage: StrPath,
    out: StrPath,
    *,
    poses: PoseSequence | None = None,
    device: str | torch.device | None = None,
    lpips: Lpips | None = None,
    progress: ProgressCallback = no_progress,
) -> Evaluation:
    """Drive a subject by the poses of real footage of the same person, and measure how near it comes.

    Of the footage that it was trained on, only the held-out end is used; other footage is used from its beginning.

    Args:
        subject: its folder.
        footage: video of the person, of the subject's frame size.
        out: folder for `report.html`, `evaluation.json` and `result.mp4`.
        poses: raw poses of all frames of the footage that drive the subject; detected if not given.
        device: where to compute, the fastest available if not given.
        lpips: measures LPIPS; without it there is none.
        progress: called with (stage, done, total).

    Raises:
        EvaluationError: the footage has another size, or too little of it was held out.
        SubjectError, VideoError, PoseError: see their messages.
    """
    folder, out = Path(subject), Path(out)
    check_results(out, (*REPORT, RESULT_VIDEO), (footage, folder, signing_file()))
    learned = load_subject(folder)
    settings = learned.pipeline.pose
    # The frames that it was trained on, as far as they are kept.
    kept = folder / "training" / "footage"
    preprocessed = load_footage(kept) if (kept / "poses.npz").exists() else None
    notes: list[str] = []
    reader = VideoReader(Path(footage))
    known, unseen = held_out(learned, preprocessed, reader, notes)
    if reader.size != learned.size:
        raise EvaluationError(
            f"{footage} is {reader.size[0]} x {reader.size[1]} pixels, the subject's footage was "
            f"{learned.size[0]} x {learned.size[1]}. Give footage filmed in the same place with the same camera."
        )
    truth = ClipView(reader, unseen)
    detected = None
    if poses is not None:
        check_fit(poses, len(reader), reader.size, reader.fps, str(footage))
        raw = poses[unseen.start : unseen.stop]
    else:
        raw = detected = estimate_poses(
            truth, size=reader.size, fps=reader.fps, settings=settings, name=str(footage), progress=progress
        )
    cleaned = clean_poses(raw, replace(settings, smoothing=learned.pipeline.train.smoothing))
    processor = choose_device(device)
    out.mkdir(parents=True, exist_ok=True)
    marks, encode = mark(learned, {"footage": footage}), learned.pipeline.encode
    with VideoWriter(out / RESULT_VIDEO, size=learned.size, fps=reader.fps, settings=encode, marks=marks) as writer:
        for frame in track(synthesise(learned, cleaned, processor), "synthesising", len(cleaned), progress):
            writer.write(frame)
    if preprocessed is None:
        notes.append("the frames it was trained on are gone, so there is no nearest pose's frame to compare with")
    baselines = baselines_of(learned, cleaned, preprocessed, known)
    made = VideoReader(out / RESULT_VIDEO)
    evaluation = _evaluate_beside(truth, made, cleaned, detected, baselines, settings, lpips, notes, progress)
    evaluation = replace(evaluation, setting="self")
    write_evaluation(evaluation, out, made, truth)
    return evaluation


def _evaluate_beside(
    truth: ClipView,
    result: VideoReader,
    asked: PoseSequence | None,
    detected: PoseSequence | None,
    baselines: Mapping[str, Iterable[Frame]],
    settings: PoseSettings,
    lpips: Lpips | None,
    notes: list[str],
    progress: ProgressCallback,
) -> Evaluation:
    """Measure a result beside the truth; `asked` are the poses it should show, `detected` those found on the truth."""
    clips: list[Clip] = [result, replace(truth, mirrored=True)]
    if detected is None:
        clips.append(truth)
    on_result, in_mirror, *found = detect_poses(clips, result.size, result.fps, settings, progress)
    real = found[0] if detected is None else detected
    videos = {RESULT: result, **baselines}
    series, clip = measure(videos, truth, real, [real, on_result], settings=settings, lpips=lpips, progress=progress)
    asked = real if asked is None else asked
    series[RESULT] |= compare_poses(on_result, asked)
    series[TRUTH] |= compare_poses(real, asked)
    series[MIRRORED] = compare_poses(mirrored(in_mirror), real)
    return Evaluation("paired", len(result), result.fps, result.size, series, clip, notes)
