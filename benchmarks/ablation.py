"""What each part of Everybody Dance Now adds: frame by frame, + temporal, + face, and a longer unroll.

Trains a subject on the footage for each row, in the same time for its main stages, and drives it with the poses of the
held-out end of the footage: every frame's truth is known. Rows "temporal" and "unroll-4" play that end to and fro until
--seconds have passed, so that the generator sees its own frames for a minute, as in a transfer; frame by frame nothing
can drift, and with the face it drifts as without. "temporal" is the subject of "face" without its face generator, since
the face stage leaves all else as it is.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.clips import frames_at
from benchmarks.harness import Column, Row, Table, Workspace
from motion_transfer.config import FaceStageSettings, Pipeline, load_pipeline, share_bounds
from motion_transfer.config.options import TrainOptions
from motion_transfer.evaluation.measure import measure
from motion_transfer.evaluation.metrics.catalogue import TRUTH
from motion_transfer.footage.preprocess import Footage, preprocess_footage, split_footage
from motion_transfer.models.device import choose_device
from motion_transfer.pose import PoseSequence, load_poses
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.workflows.train import train

ROWS = ("frame-by-frame", "temporal", "face", "unroll-4")
TRAINED = {row: row for row in ROWS} | {"temporal": "face"}  # the row whose training each one takes its subject from
LONG = ("temporal", "unroll-4")  # rows whose drift is measured
COMPARED = {"flicker": "flicker", "warping": "warping error"}  # metrics that are shown beside the truth's own
COLUMNS = (
    Column("row", ""),
    Column("steps", "steps", "d"),
    *(
        Column(f"{part}_{name}", f"{part} {name.upper()}", form, "higher")
        for part in ("person", "face")
        for name, form in (("psnr", ".2f"), ("ssim", ".3f"))
    ),
    *(
        Column(f"{name}{of}", f"{label}{of.replace('_', ' of the ')}", ".2f", "" if of else "lower")
        for name, label in COMPARED.items()
        for of in ("", "_truth")
    ),
    Column("color", "color error", ".2f", "lower"),
    Column("drift", "color drift", ".2f", "lower"),
)
NOTE = """\
PSNR in dB and SSIM inside the boxes, flicker outside the person and warping error in grey levels, color error of the
person in CIELAB, over the held-out end. Drift: the color error in the last fifth of {seconds:g} s to and fro, less that
in the first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("footage", type=Path)
    parser.add_argument("--pipeline", default="edn-small")
    parser.add_argument("--minutes", type=float, help="of all stages of the complete method together")
    parser.add_argument("--steps", type=int, help="instead of minutes")
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=ROWS)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the held-out end played to and fro")
    parser.add_argument("--poses", type=Path, help="of the footage, if they come from elsewhere")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    work.bind(**{name: getattr(options, name) for name in ("footage", "pipeline", "minutes", "steps", "seconds")})
    rows = {name: work.once(name, lambda name=name: measure_row(name, options, work)) for name in options.rows}
    measured = [{"row": name, **row} for name, row in rows.items()]
    return [Table("Rows", COLUMNS, measured, NOTE.format(seconds=options.seconds))]


def measure_row(row: str, options: argparse.Namespace, work: Workspace) -> Row:
    """Train the subject of a row, and measure it on the held-out end of its footage."""
    complete = share_bounds(load_pipeline(options.pipeline), options.steps, options.minutes)
    folder, pipeline = work.folder / TRAINED[row], pipeline_of(TRAINED[row], complete)
    poses = load_poses(options.poses) if options.poses else None
    device = TrainOptions(device=options.device, force=True)
    train(options.footage, folder, pipeline, device, poses=poses, progress=work.progress)
    footage = preprocess_footage(options.footage, folder / "training" / "footage", pipeline, poses=poses)
    subject = load_subject(folder)
    if row == "temporal":
        subject.generator.face = None
        model = replace(subject.pipeline.model, face=False)
        subject = replace(subject, pipeline=replace(subject.pipeline, model=model))
    seconds = options.seconds if row in LONG else 0.0
    values = measure_subject(subject, footage, options.footage, seconds, options.device, work.progress)
    drift = {} if row in LONG else {"drift": None}
    return {**values, **drift, "steps": subject.record["training"]["steps"]}


def pipeline_of(row: str, complete: Pipeline) -> Pipeline:
    """The pipeline of a row: the complete method without what the row does not have."""
    model = replace(complete.model, face=False, hands=False)
    main_only = replace(complete, model=model, train_face=FaceStageSettings())
    if row == "frame-by-frame":
        single = replace(main_only.train, unroll=1)
        return replace(main_only, model=replace(model, temporal=False), train=single)
    if row == "unroll-4":
        return replace(main_only, train=replace(main_only.train, unroll=4))
    return complete if row == "face" else main_only


def measure_subject(
    subject: Subject,
    footage: Footage,
    video: Path,
    seconds: float,
    device: str | None = None,
    progress: ProgressCallback = no_progress,
) -> Row:
    """Drive a subject by the held-out end of its footage, to and fro, and compare it with the video.

    Frames are compared complete, in pixels of the footage: what the canvas shows of them differs from frame to frame
    where it follows the person.

    Args:
        subject: whom to drive.
        footage: the preprocessed footage it was trained on.
        video: the footage itself.
        seconds: how long its held-out end is played to and fro; once at least.
        device: where to compute.
        progress: called with (stage, done, total).
    """
    held_out = split_footage(len(footage.poses), subject.pipeline.train.held_out)[1]
    places = to_and_fro(len(held_out), max(len(held_out), round(seconds * footage.poses.fps)))
    poses = poses_at(footage.poses[held_out.start : held_out.stop], places)
    truth = frames_at(video, [held_out[place] for place in places])
    made = synthesise(subject, poses, choose_device(device))
    series, clip = measure({"made": made}, truth, poses, [poses], progress=progress)
    row: Row = {name: np.nanmean(values[: len(held_out)]) for name, values in series["made"].items()}
    row |= {f"{name}_truth": np.nanmean(series[TRUTH][name][: len(held_out)]) for name in COMPARED}
    return row | {"drift": clip["made"]["color_drift"]}


def to_and_fro(frames: int, length: int) -> list[int]:
    """Indices that run through some frames forwards and backwards until there are so many."""
    wave = [*range(frames), *range(frames - 2, 0, -1)]
    return [wave[index % len(wave)] for index in range(length)]


def poses_at(poses: PoseSequence, places: list[int]) -> PoseSequence:
    """The poses at some places, in that order."""
    depth = None if poses.depth is None else poses.depth[places]
    return replace(poses, xy=poses.xy[places], score=poses.score[places], depth=depth)
