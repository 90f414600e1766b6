"""How near subjects come to the end of their footage, which they never saw: as their folders record it.

The sample subject as it is shipped (`python -m samples.make subject --minutes 5`), and subjects of --footage without
training (`motion-transfer train FOOTAGE --minutes 0`).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clips import SUBJECT
from benchmarks.harness import Column, Row, Table, Workspace
from motion_transfer.config import Pipeline, share_bounds
from motion_transfer.config.options import TrainOptions
from motion_transfer.evaluation.metrics.catalogue import CANDIDATES, RESULT
from motion_transfer.pose_cache import open_cache
from motion_transfer.subject import load_subject
from motion_transfer.workflows.train import train

COLUMNS = (
    Column("subject", "subject"),
    Column("frames", "frames", "d"),
    Column("shown", "what is shown"),
    Column("person_perceptual", "perceptual distance", ".2f", "lower"),
    Column("person_psnr", "PSNR, dB", ".1f", "higher"),
    Column("person_sharpness", "sharpness", ".2f"),
    Column("person_flicker", "flicker", ".1f"),
)
NOTE = """\
Means inside the person's mask, at the footage's size. Perceptual distance: 0 is best. Sharpness: the truth has 1.
Flicker in grey levels, beside the truth's own."""


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
    return held_out


def _rows(subject: str, held_out: Row) -> list[Row]:
    """A row for each video that was measured."""
    measured = {name: values for name, values in held_out.items() if isinstance(values, dict) and values}
    return [
        {"subject": subject, "frames": held_out["frames"], "shown": name, **values} for name, values in measured.items()
    ]
