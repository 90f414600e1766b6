"""`motion-transfer batch` and `motion-transfer batch-train`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional, UseAppendAction

from motion_transfer.cli.arguments import Cached, Common, parse_command
from motion_transfer.cli.batch_progress import run_shown
from motion_transfer.config.options import Count, Duration, MarkingOptions, WorkerOptions
from motion_transfer.errors import ConfigError

if TYPE_CHECKING:
    from motion_transfer.batch import BatchOptions, Job

MANIFESTS = (".csv", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Workers(WorkerOptions, Cached, Common):
    """Arguments of every batch."""

    def options(self) -> "BatchOptions":
        """These arguments as the options of a batch."""
        from motion_transfer.batch import BatchOptions
        from motion_transfer.pose_cache import open_cache

        given = {each.name: getattr(self, each.name) for each in fields(BatchOptions) if hasattr(self, each.name)}
        return BatchOptions(**given | {"cache": open_cache(self.cache)})


@dataclass(frozen=True, kw_only=True)
class Batch(MarkingOptions, Workers):
    """Make many transfers: those of a manifest, or every dance with every subject.

    Run again, it resumes: what is finished and unchanged is skipped, what changed is repeated.
    Exit code: 0 all done, 1 some failed, 2 not started.
    """

    dances: Positional[tuple[str, ...]]
    """One manifest (.csv, .jsonl, .parquet; columns source, subject, output, start, end, person, poses, side_by_side,
    fit, pose.smoothing and other settings), or videos of dances: files, or addresses such as s3://bucket/a.mp4."""
    out: Path
    """Folder of the outputs, results.jsonl and index.html."""
    subject: UseAppendAction[tuple[Path, ...]] = ()
    """Folder of a subject, for videos; may be given several times."""
    name: str = "{dance}-{subject}.mp4"
    """Names of outputs that a manifest does not give."""
    overwrite: bool = False
    """Overwrite outputs that this batch did not make."""
    together: Count | None = None
    """Clips of one subject that a worker takes through the generator at a time; 4 on a GPU, else 1, if not given."""
    chunk: Duration | None = None
    """Cut clips that are longer into parts of so many seconds, so that several workers share one."""


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


def batch(arguments: Sequence[str]) -> int:
    """Run the batch; returns the exit code."""
    command, _ = parse_command(Batch, arguments)
    options = command.options()
    from motion_transfer.batch import BatchProgress, transfer_many

    jobs, total = _jobs(command, options)
    progress = BatchProgress()
    results = transfer_many(jobs, command.out, options, progress=progress)
    return run_shown(results, progress, total, command.out, command)


def batch_train(arguments: Sequence[str]) -> int:
    """Run the batch; returns the exit code."""
    command, _ = parse_command(BatchTrain, arguments)
    options = command.options()
    from motion_transfer.batch import BatchProgress, TrainingManifest, check_manifest, train_many

    manifest = TrainingManifest(command.manifest, command.out.absolute(), options)
    total = check_manifest(manifest)
    progress = BatchProgress()
    results = train_many(manifest, command.out, options, progress=progress)
    return run_shown(results, progress, total, command.out, command)


def _jobs(command: Batch, options: "BatchOptions") -> "tuple[Iterable[Job], int]":
    """The jobs, all of them checked, and how many there are."""
    from motion_transfer.batch import TransferManifest, check_jobs, check_manifest, cross
    from motion_transfer.batch.storage import parse_location

    out, first = command.out.absolute(), Path(command.dances[0]) if command.dances else None
    if first is not None and len(command.dances) == 1 and first.suffix.lower() in MANIFESTS:
        if command.subject:
            raise ConfigError(
                f"`subject` goes with videos; {first} is a manifest, which names it in its column subject."
            )
        manifest = TransferManifest(first, out, options, name=command.name)
        return manifest, check_manifest(manifest)
    # macOS puts a "._" file with attributes beside each file on foreign disks.
    names = [dance for dance in command.dances if not Path(dance).name.startswith("._")]
    if not names or not command.subject:
        raise ConfigError("give one manifest (.csv, .jsonl, .parquet), or videos and at least one `subject`.")
    dances = [parse_location(dance, Path.cwd()) for dance in names]
    jobs = partial(cross, dances, command.subject, out, command.name, options)
    return jobs(), check_jobs(jobs())
