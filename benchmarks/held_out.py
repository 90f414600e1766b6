"""How near subjects come to the end of their footage, which they never saw: as their folders record it.

The sample subject as it is shipped (`python -m samples.make subject --minutes 5`), and subjects of --footage without
training (`motion-transfer train FOOTAGE --minutes 0`).
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.clips import SUBJECT
from benchmarks.harness import Column, Row, Table, Workspace
from motion_transfer.config import Pipeline, share_bounds
from motion_transfer.config.options import TrainOptions
from motion_transfer.evaluation.clips import ClipView
from motion_transfer.evaluation.measure import measure
from motion_transfer.evaluation.metrics.catalogue import CANDIDATES, RESULT
from motion_transfer.evaluation.statistics import means
from motion_transfer.footage.preprocess import load_footage, split_footage
from motion_transfer.pose import PoseSequence
from motion_transfer.pose_cache import open_cache
from motion_transfer.subject import Subject, build_generator, load_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader
from motion_transfer.workflows.train import UNTRAINED_FRAMES, train

COLUMNS = (
    Column("subject", "subject"),
    Column("frames", "frames", "d"),
    Column("shown", "what is shown"),
    Column("person_perceptual", "perceptual distance", ".2f", "lower"),
    Column("person_psnr", "PSNR, dB", ".1f", "higher"),
    Column("person_sharpness", "sharpness", ".2f"),
    Column("person_flicker", "flicker", ".1f"),
)
BEST = "best choice, by the truth"
PLACE = 0.03  # heights of the frame: side of a place in which one candidate is chosen
NOTE = """\
Means inside the person's mask, at the footage's size. Perceptual distance: 0 is best. Sharpness: the truth has 1.
Flicker in grey levels, beside the truth's own. The best choice knows the truth: for each place, of a thirtieth of the
frame's height, it takes the nearest of the five candidates. It bounds what a network can gain by choosing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--footage", type=Path, nargs="*", default=[], metavar="VIDEO", help="filmed people")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    rows = _rows(f"sample, {_training(SUBJECT)}", load_subject(SUBJECT).record["held_out"])
    for footage in options.footage:
        held_out = work.once(footage.stem, lambda footage=footage: _untrained(footage, options, work))
        rows += _rows(f"{footage.stem.split('_')[0]}, untrained", held_out | {CANDIDATES: held_out[RESULT], RESULT: {}})
    return [Table("Held-out frames", COLUMNS, rows, NOTE)]


def _training(subject: Path) -> str:
    training = load_subject(subject).record["training"]
    return f"{training['minutes']:.0f} minutes, {training['steps']} steps"


def _untrained(footage: Path, options: argparse.Namespace, work: Workspace) -> Row:
    pipeline, how = share_bounds(Pipeline(), None, 0.0), TrainOptions(device=options.device, force=True)
    subject = train(footage, work.folder / footage.stem, pipeline, how, cache=open_cache(), progress=work.progress)
    held_out: Row = subject.record["held_out"]
    poses = load_footage(work.folder / footage.stem / "training" / "footage").poses
    unseen = split_footage(len(poses), subject.pipeline.train.held_out)[1][:UNTRAINED_FRAMES]
    poses, truth = poses[unseen.start : unseen.stop], ClipView(VideoReader(footage), unseen)
    best = {BEST: best_choice(subject, poses, truth)}
    series, _ = measure(best, truth, poses, [poses], settings=subject.pipeline.pose, person_only=True)
    return held_out | {BEST: means(series[BEST])}


def best_choice(subject: Subject, poses: PoseSequence, truth: Iterable[Frame]) -> Iterator[Frame]:
    """What nobody can make who does not know the truth: in each place the candidate that is nearest to it."""
    made = []
    for number in range(subject.pipeline.model.candidates):
        generator = build_generator(subject.pipeline)
        with torch.no_grad():
            generator.network.out.bias[0], generator.network.out.bias[number] = 0.0, 50.0
        made.append(synthesise(replace(subject, generator=generator.eval()), poses))
    for true, *frames in zip(truth, *made, strict=True):
        side = 2 * round(PLACE * len(true) / 2) + 1
        errors = [cv2.blur(cv2.absdiff(frame, true).sum(axis=2, dtype=np.float32), (side, side)) for frame in frames]
        nearest = np.argmin(errors, axis=0)[None, ..., None]
        yield np.take_along_axis(np.stack(frames), nearest, axis=0)[0]


def _rows(subject: str, held_out: Row) -> list[Row]:
    """A row for each video that was measured."""
    measured = {name: values for name, values in held_out.items() if isinstance(values, dict) and values}
    return [
        {"subject": subject, "frames": held_out["frames"], "shown": name, **values} for name, values in measured.items()
    ]
