"""How long `evaluate` takes against `transfer` of the same held-out frames.

One after the other, and both find the poses of these frames; their ratio is of use on a busy machine too.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clips import SAMPLES, SUBJECT
from benchmarks.harness import Column, Table, Workspace
from motion_transfer.config.options import TransferOptions
from motion_transfer.footage.preprocess import split_footage
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader
from motion_transfer.workflows.evaluate import evaluate_subject
from motion_transfer.workflows.transfer import transfer
from samples.make import FOOTAGE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--footage", type=Path, default=SAMPLES[FOOTAGE], help="that the subject was trained on")
    parser.add_argument("--subject", type=Path, default=SUBJECT)


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    with VideoReader(options.footage) as reader:
        frames, fps, size = len(reader), reader.fps, reader.size
    subject = load_subject(options.subject)
    start, out = time.monotonic(), work.folder / "report"
    found = evaluate_subject(options.subject, options.footage, out, device=options.device, progress=work.progress)
    evaluated = time.monotonic()
    first = split_footage(frames, subject.pipeline.train.held_out)[1].start
    part = TransferOptions(start=float(first / fps), end=float((first + found.frames) / fps), device=options.device)
    made = transfer(options.footage, subject, work.folder / "transfer.mp4", part, progress=work.progress)
    seconds = {"evaluate": evaluated - start, "transfer": time.monotonic() - evaluated}
    if made.frames != found.frames:
        work.failures.append(f"{found.frames} frames were evaluated, {made.frames} transferred")
    rows = [
        {"what": what, "frames": found.frames, "times": spent / seconds["transfer"]} for what, spent in seconds.items()
    ]
    columns = [
        Column("what", "command"),
        Column("frames", "frames", "d"),
        Column("times", "times `transfer`", ".2f", "lower"),
    ]
    return [Table("Evaluation", columns, rows, f"Frames of {size[0]} × {size[1]}; both with the poses found.")]
