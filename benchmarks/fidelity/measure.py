"""One person by one run: trained, driven and measured."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.clips import Library
from benchmarks.fidelity.persons import Pair, Person, Run
from benchmarks.harness import Row, Workspace
from benchmarks.steps import bounded, steps_for
from motion_transfer.config import load_pipeline, share_bounds
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.evaluation.result import Evaluation
from motion_transfer.footage.preprocess import load_footage, preprocess_footage, split_footage
from motion_transfer.pose import clean_poses
from motion_transfer.subject import Subject
from motion_transfer.workflows.baselines import baselines_of
from motion_transfer.workflows.evaluate import evaluate_subject, evaluate_video
from motion_transfer.workflows.placing import place_poses
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer


def measure(person: Person, run: Run, options: argparse.Namespace, library: Library, work: Workspace) -> Row:
    """Train one person by one run, and measure the result.

    Returns:
        JSON values: what the training took, and the evaluation.
    """
    folder, device, progress = work.folder / person.name / run.name, options.device, work.progress
    folder.mkdir(parents=True, exist_ok=True)
    footage, poses, flops = person.footage, library.poses(person.footage), None
    pipeline = load_pipeline(run.preset)
    if options.minutes is not None:
        pipeline = share_bounds(pipeline, None, run.share * options.minutes)
    else:

        def count_steps() -> dict[str, Any]:
            with tempfile.TemporaryDirectory(dir=folder) as name:
                preprocessed = preprocess_footage(footage, Path(name) / "footage", pipeline, poses=poses)
                return steps_for(pipeline, preprocessed, run.share * options.teraflops * 1e12)

        stages = work.once(f"{person.name}/{run.name}/budget", count_steps)
        pipeline = bounded(pipeline, stages)
        flops = sum(stage["steps"] * stage["flops_a_step"] for stage in stages.values())
    how = TrainOptions(device=device, force=True)
    subject = train(footage, folder / "subject", pipeline, how, poses=poses, progress=progress)
    if person.pair is not None:
        found = _measure_rendered(person.pair, subject, folder, options, library)
    else:
        report = folder / "report"
        found = evaluate_subject(folder / "subject", footage, report, poses=poses, device=device, progress=progress)
    return {"flops": flops, "training": subject.record["training"], "evaluation": found.to_dict()}


def _measure_rendered(
    pair: Pair, subject: Subject, folder: Path, options: argparse.Namespace, library: Library
) -> Evaluation:
    """Transfer the dance, and compare it with the target's own render."""
    dance, result, progress = library.video(pair.dance), folder / "result.mp4", library.progress
    poses = library.poses(dance)
    transfer(dance, subject, result, TransferOptions(device=options.device), poses=poses, progress=progress)
    asked = place_poses(clean_poses(poses, subject.pipeline.pose), subject)
    footage = load_footage(folder / "subject" / "training" / "footage")
    known, _ = split_footage(len(footage.poses), subject.pipeline.train.held_out)
    films = baselines_of(subject, asked, footage, known)
    truth, report = library.video(pair.truth), folder / "report"
    return evaluate_video(result, truth, out=report, poses=asked, baselines=films, progress=progress)
