"""A complete batch: jobs in, results out, as they finish."""

import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from motion_transfer.batch.job import Job, TrainingJob
from motion_transfer.batch.journal import Journal, open_journal
from motion_transfer.batch.options import BatchOptions
from motion_transfer.batch.scheduler import Schedule
from motion_transfer.batch.task import Result, WorkerSettings
from motion_transfer.errors import OutputError
from motion_transfer.files import check_outside_subjects
from motion_transfer.marking.marks import make_marks
from motion_transfer.marking.statement import Statement
from motion_transfer.pose_cache import PoseCache
from motion_transfer.processes import count_cores
from motion_transfer.types import StrPath

AHEAD = 4  # jobs started or waiting for each worker

STATE = ".batch"
"""Folder beside the results: small pictures, parts of long clips, and the poses while there is no cache."""

POSES = "poses"

TOGETHER = 4  # clips that go through the generator at a time on a GPU


@dataclass
class BatchProgress:
    """The state of a batch, updated while it runs."""

    began: float = field(default_factory=time.monotonic)
    done: int = 0
    failed: int = 0
    skipped: int = 0
    frames: int = 0
    schedule: Schedule | None = None  # its `running` holds the tasks of the workers

    @property
    def ended(self) -> int:
        """How many jobs have a result."""
        return self.done + self.failed + self.skipped

    def count(self, result: Result) -> None:
        """Add a result."""
        setattr(self, result.status, getattr(self, result.status) + 1)
        self.frames += result.frames if result.status == "done" else 0


def transfer_many(
    jobs: Iterable[Job],
    out: StrPath,
    options: BatchOptions = BatchOptions(),
    *,
    progress: BatchProgress | None = None,
) -> Iterator[Result]:
    """Make many transfers; the same call goes on where an earlier one was interrupted.

    Args:
        jobs: what is to be made; taken as it is needed, see `TransferManifest` and `cross`.
        out: folder of the batch's results.jsonl, which records what became of every job.
        options: engine, workers and others. How results are marked is for jobs of a `TransferManifest` and of `cross`;
            jobs made by hand have it in their own options.
        progress: kept up to date.

    Yields:
        The result of each job, as it ends: done, failed, or skipped because it was done before.

    Raises:
        OutputError: `out` cannot be written, belongs to a batch that is running, or the disk is full.
        ConfigError: the engine is not installed, or its cluster cannot be reached; the file to sign with cannot sign.
    """
    from motion_transfer.models.device import choose_device  # imports torch

    make_marks(Statement(), options)  # refuses what cannot sign, before anything is started
    together = options.together or (TOGETHER if choose_device(options.device).type == "cuda" else 1)
    return run_batch(jobs, worker_settings(out, options), progress, together=together)


def train_many(
    training_jobs: Iterable[TrainingJob],
    out: StrPath,
    options: BatchOptions = BatchOptions(),
    *,
    progress: BatchProgress | None = None,
) -> Iterator[Result]:
    """Train many subjects; the same call goes on where an earlier one was interrupted, also within a training.

    Args:
        training_jobs: what is to be trained, see `TrainingManifest`.
        out: folder of the batch's results.jsonl.
        options: as of `transfer_many`; together, chunk and overwrite are not used.
        progress: kept up to date.

    Yields:
        The result of each training job, as it ends.

    Raises:
        OutputError, ConfigError: as `transfer_many`.
    """
    return run_batch(training_jobs, worker_settings(out, options), progress)


def worker_settings(out: StrPath, options: BatchOptions) -> WorkerSettings:
    """What the workers of a batch in the folder `out` need to know: one for each GPU, or else for each core."""
    workers, state = options.workers, Path(out).absolute() / STATE
    if workers is None and options.engine == "ray" and options.address is not None:
        from motion_transfer.batch.engines.ray_engine import cluster_workers

        workers = cluster_workers(options.address, options.device)
    elif workers is None:
        import torch

        on_gpu = options.device != "cpu" and torch.cuda.is_available()
        workers = torch.cuda.device_count() if on_gpu else count_cores()
    threads = max(1, count_cores() // workers)
    return WorkerSettings(options, workers, threads, options.cache or PoseCache(state / POSES), state)


def run_batch(
    jobs: Iterable[Job | TrainingJob],
    settings: WorkerSettings,
    progress: BatchProgress | None = None,
    *,
    together: int = 1,
) -> Iterator[Result]:
    """What `transfer_many` and `train_many` have in common."""
    progress = progress or BatchProgress()
    options, out = settings.options, settings.state.parent
    with ExitStack() as stack:
        check_outside_subjects(out)
        try:
            settings.previews.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{out} cannot be written ({error.strerror}). Choose another `out`.") from error
        journal = stack.enter_context(open_journal(out / "results.jsonl"))
        stack.callback(shutil.rmtree, settings.state / POSES, ignore_errors=True)
        skipped: deque[Result] = deque()
        todo = _todo(jobs, journal, skipped, options)
        ahead = AHEAD * settings.workers * together
        schedule = Schedule(todo, ahead, together=together, cut=options.chunk is not None)
        progress.schedule = schedule
        if options.engine == "ray":
            from motion_transfer.batch.engines.ray_engine import run_ray as run
        else:
            from motion_transfer.batch.engines.local import run_local as run
        for result in stack.enter_context(closing(run(schedule, settings))):
            yield from _counted(skipped, progress)
            if result.stop:  # nothing is recorded of it: started again, the batch repeats it
                raise OutputError(f"{result.error} Free some space and start the batch again: it goes on from here.")
            journal.end(result)
            progress.count(result)
            yield result
            if options.fail_fast and result.status == "failed":
                schedule.stop()
        yield from _counted(skipped, progress)
        if not progress.failed:  # else a part may be of use when it goes on
            shutil.rmtree(settings.parts, ignore_errors=True)


def _todo(
    jobs: Iterable[Job | TrainingJob], journal: Journal, skipped: deque[Result], options: BatchOptions
) -> Iterator[Job | TrainingJob]:
    """The jobs that are to be done; the others become results."""
    for job in jobs:
        decision = journal.decide(job, retry=options.retry, overwrite=options.overwrite)
        if decision == "do":
            journal.begin(job)
            yield job
        elif decision == "done":
            skipped.append(Result(job, "skipped", error="done before"))
        elif decision == "failed":
            skipped.append(Result(job, "failed", error="failed before; `retry` repeats it"))
        else:
            exists = f"{job.output} exists and is not of this batch; see `overwrite`"
            skipped.append(Result(job, "skipped", error=exists))


def _counted(skipped: deque[Result], progress: BatchProgress) -> Iterator[Result]:
    while skipped:
        result = skipped.popleft()
        progress.count(result)
        yield result
