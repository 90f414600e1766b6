"""One person by one run: trained, driven and measured."""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from benchmarks.clips import Library, visible_poses
from benchmarks.fidelity.joints import against_true_joints
from benchmarks.fidelity.persons import Pair, Person, Run
from benchmarks.flops import bounded, steps_for
from benchmarks.harness import Row, Workspace
from motion_transfer.config import load_pipeline, share_bounds
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import SubjectError
from motion_transfer.evaluation.result import Evaluation
from motion_transfer.footage.preprocess import load_footage, preprocess_footage, split_footage
from motion_transfer.models.device import choose_device
from motion_transfer.pose import PoseSequence, clean_poses, measure_body, normalise_poses
from motion_transfer.progress import track
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.workflows.baselines import baselines_of
from motion_transfer.workflows.evaluate import evaluate_subject, evaluate_video
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer

SAME_SCENE = 15.0
"""Grey levels of 255 by which two plates of one scene may differ on average; two scenes differ by more."""


def measure(person: Person, run: Run, options: argparse.Namespace, library: Library, work: Workspace) -> Row:
    """Train one person by one run, and measure the result.

    Returns:
        JSON values: what the training took, the evaluation, and of a rendered person the distances of `joints`.
    """
    folder, device, progress = work.folder / person.name / run.name, options.device, work.progress
    folder.mkdir(parents=True, exist_ok=True)
    footage = person.footage or (library.video(person.pair.footage) if person.pair and not run.subject else None)
    labels = None
    if footage is not None:
        true = options.true_labels and person.pair is not None
        labels = visible_poses(library.truth(person.pair.footage)) if true else library.poses(footage)
    subject, stages = run.subject, {}
    if subject is None:
        subject, pipeline = folder / "subject", load_pipeline(run.preset)
        size = max(64, round(options.shrink * pipeline.model.size))
        pipeline = replace(pipeline, model=replace(pipeline.model, size=size))
        if options.minutes is not None:
            pipeline = share_bounds(pipeline, None, run.share * options.minutes)
        else:
            budget = run.share * options.teraflops * 1e12

            def count_steps() -> dict[str, Any]:
                with tempfile.TemporaryDirectory(dir=folder) as name:
                    preprocessed = preprocess_footage(footage, Path(name) / "footage", pipeline, poses=labels)
                    return steps_for(pipeline, preprocessed, budget)

            stages = work.once(f"{person.name}/{run.name}/budget", count_steps)
            pipeline = bounded(pipeline, stages)
        train(footage, subject, pipeline, TrainOptions(device=device, force=True), poses=labels, progress=progress)
    joints: Row = {}
    if person.pair is not None:
        found, joints = _measure_rendered(person.pair, subject, folder, options, library)
    else:
        found = evaluate_subject(subject, footage, folder / "report", poses=labels, device=device, progress=progress)
    flops = sum(stage["steps"] * stage["flops_a_step"] for stage in stages.values()) if stages else None
    training = load_subject(subject).record["training"]
    return {"flops": flops, "training": training, "evaluation": found.to_dict(), "joints": joints}


def _measure_rendered(
    pair: Pair, folder: Path, out: Path, options: argparse.Namespace, library: Library
) -> tuple[Evaluation, Row]:
    """Transfer the dance, and compare it with the target's own render: pictures, and joints."""
    subject, progress = load_subject(folder), library.progress
    dance, video, truth = library.video(pair.dance), library.video(pair.truth), library.truth(pair.truth)
    difference = float(cv2.absdiff(subject.background, truth.background).mean())
    if difference > SAME_SCENE:
        raise SubjectError(
            f"{folder} was not trained in the scene of the truth: its background differs by {difference:.0f} grey "
            "levels. Name the scene of its footage last in `pair`."
        )
    danced, detected = library.poses(dance), library.poses(video)
    result, oracle = out / "result.mp4", out / "oracle.mp4"
    transfer(dance, subject, result, TransferOptions(device=options.device), poses=danced, progress=progress)
    asked = _normalised(clean_poses(danced, subject.pipeline.pose), subject)
    oracle_poses = clean_poses(detected, subject.pipeline.pose)
    frames = synthesise(subject, oracle_poses, choose_device(options.device))
    with VideoWriter(oracle, size=subject.size, fps=asked.fps, settings=subject.pipeline.encode) as writer:
        for frame in track(frames, "oracle", len(asked), progress):
            writer.write(frame)
    kept = folder / "training" / "footage"
    preprocessed = load_footage(kept) if kept.exists() else None
    count = len(preprocessed.poses) if preprocessed else 0
    known, _ = split_footage(count, subject.pipeline.train.held_out)
    films = {**baselines_of(subject, asked, preprocessed, known), "oracle": VideoReader(oracle)}
    evaluation = evaluate_video(result, video, out=out / "report", poses=asked, baselines=films, progress=progress)
    stem, true = f"{pair.name}-{out.name}", visible_poses(truth)
    dancer = _normalised(visible_poses(library.truth(pair.dance)), subject)
    on_result, on_oracle = library.poses(result, name=f"{stem}-result"), library.poses(oracle, name=f"{stem}-oracle")
    return evaluation, {
        # True joints are all known: no detection could be missed.
        "normalised true joints": against_true_joints(dancer, true),
        "normalised dance": against_true_joints(asked, true, detected=detected),
        "found on the result": against_true_joints(on_result, true, asked=asked, detected=detected),
        "found on the oracle": against_true_joints(on_oracle, true, asked=oracle_poses, detected=detected),
        "found on the truth": against_true_joints(detected, true),
    }


def _normalised(poses: PoseSequence, subject: Subject) -> PoseSequence:
    settings = subject.pipeline.normalise
    return normalise_poses(poses, measure_body(poses, settings.depth_margin), subject.body, settings)
