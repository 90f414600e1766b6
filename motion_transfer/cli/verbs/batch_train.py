"""`motion-transfer batch-train`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import parse_command
from motion_transfer.cli.batch_progress import run_shown
from motion_transfer.cli.verbs.batch import Workers


@dataclass(frozen=True, kw_only=True)
class BatchTrain(Workers):
    """Train many subjects, each on its footage.

    Run again, it resumes, also within a training; what is finished and unchanged is skipped.
    Exit code: 0 all done, 1 some failed, 2 not started.
    """

    manifest: Positional[Path]
    """.csv, .jsonl or .parquet with the columns source (footage) and subject (folder in --out), and if need be
    pipeline, steps, minutes, person, poses, force, train.seed and other settings."""
    out: Path
    """Folder of the subjects, results.jsonl and index.html."""


def main(arguments: Sequence[str]) -> int:
    """Run the batch; returns the exit code."""
    command, _ = parse_command(BatchTrain, arguments)
    options = command.options()
    from motion_transfer.batch import BatchProgress, TrainingManifest, check_manifest, train_many

    manifest = TrainingManifest(command.manifest, command.out.absolute(), options)
    total = check_manifest(manifest)
    progress = BatchProgress()
    results = train_many(manifest, command.out, options, progress=progress)
    return run_shown(results, progress, total, command.out, command)
