"""A whole batch: jobs in, results out, as they finish."""

import os
import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, Unpack

from motion_transfer.batch.job import Job
from motion_transfer.batch.journal import Journal, open_journal
from motion_transfer.batch.scheduler import Schedule
from motion_transfer.batch.task import Result
from motion_transfer.batch.training_job import TrainingJob
from motion_transfer.batch.worker_settings import Engine, WorkerSettings
from motion_transfer.errors import OutputError
from motion_transfer.pose_cache import PoseCache

AHEAD = 4
"""Jobs begun or waiting for each worker."""

STATE = ".batch"
"""Folder beside the results: small pictures, parts of long clips, and the poses while there is no cache."""

POSES = "poses"

TOGETHER = 4
"""Clips that go through the generator at a time on a GPU."""


@dataclass
class BatchProgress:
    """Where a batch is, for those who watch it."""

    began: float = field(default_factory=time.monotonic)
    done: int = 0
    failed: int = 0
    skipped: int = 0
    frames: int = 0
    schedule: Schedule | None = None
    """Its `running` says what the workers do."""

    def count(self, result: Result) -> None:
        """Note a result."""
        setattr(self, result.status, getattr(self, result.status) + 1)
        self.frames += result.frames if result.status == "done" else 0


class BatchOptions(TypedDict, total=False):
    """How a batch is done: what `transfer_many` and `train_many` have in common. All may be left out."""

    engine: Engine
    """"local" for processes on this machine, the usual one, "ray" for a Ray cluster."""
    workers: int | None
    """Tasks that are done at a time; as many as there are cores, or GPUs, if not given."""
    device: str | None
    """Where the networks run; the fastest there is if not given."""
    cache: PoseCache | None
    """Where poses are kept; without it they are only for the time of the batch."""
    retry: bool
    """Do again what failed and has not changed since."""
    fail_fast: bool
    """Begin nothing more after the first failure."""
    timeout: float | None
    """Seconds that finding the poses of a clip, a transfer, or a training may take."""
    address: str | None
    """Of a Ray cluster; "ray" starts a local one without it."""
    gpus: float
    """Share of a GPU that a worker of Ray's takes, where there are some; a whole one if not given."""
    board: BatchProgress
    """Kept up to date."""


def transfer_many(
    jobs: Iterable[Job],
    out: Path,
    *,
    together: int | None = None,
    chunk: float | None = None,
    overwrite: bool = False,
    **rules: Unpack[BatchOptions],
) -> Iterator[Result]:
    """Make many transfers; the same call goes on where an earlier one was interrupted.

    Args:
        jobs: what is to be made; taken as it is needed, see `read_jobs` and `cross`.
        out: folder of the batch's results.jsonl, which says what became of every job.
        together: clips of one subject that a worker takes through the generator at a time; 4 on a GPU, else 1, if
            not given. With more than 1, outputs are those of `transfer` up to the last bits of the arithmetic.
        chunk: seconds into which longer clips are cut, so that several workers share one; not cut if not given.
        overwrite: write over outputs that are not of this batch.
        rules: engine, workers and others, see `Rules`.

    Yields:
        The result of each job, as it ends: done, failed, or skipped because it was done before.

    Raises:
        OutputError: `out` cannot be written, belongs to a batch that is running, or the disk is full.
        ConfigError: the engine is not there.
    """
    worker_settings = _crew(out, rules, chunk)
    together = together or _usual_together(worker_settings.device)
    return run_batch(jobs, out, worker_settings, rules, together=together, overwrite=overwrite)


def train_many(training_jobs: Iterable[TrainingJob], out: Path, **rules: Unpack[BatchOptions]) -> Iterator[Result]:
    """Learn many subjects; the same call goes on where an earlier one was interrupted, also within a training.

    Args:
        training_jobs: what is to be learned, see `read_training_jobs`.
        out: folder of the batch's results.jsonl.
        rules: engine, workers and others, see `Rules`.

    Yields:
        The result of each lesson, as it ends.

    Raises:
        OutputError, ConfigError: as `transfer_many`.
    """
    return run_batch(training_jobs, out, _crew(out, rules), rules)


def run_batch(
    jobs: Iterable[Job | TrainingJob],
    out: Path,
    worker_settings: WorkerSettings,
    rules: BatchOptions,
    *,
    together: int = 1,
    overwrite: bool = False,
) -> Iterator[Result]:
    """What `transfer_many` and `train_many` have in common; the arguments are theirs, and the crew of workers."""
    board = rules.get("board") or BatchProgress()
    with ExitStack() as stack:
        try:
            worker_settings.previews.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{out} cannot be written ({error.strerror}). Choose another --out.") from error
        journal = stack.enter_context(open_journal(out / "results.jsonl"))
        stack.callback(shutil.rmtree, worker_settings.state / POSES, ignore_errors=True)
        skipped: deque[Result] = deque()
        todo = _todo(jobs, journal, skipped, retry=rules.get("retry", False), overwrite=overwrite)
        schedule = Schedule(
            todo, AHEAD * worker_settings.workers * together, together=together, cut=worker_settings.chunk is not None
        )
        board.schedule = schedule
        if worker_settings.engine == "ray":
            from motion_transfer.batch.engines.ray_engine import run_ray as run
        else:
            from motion_transfer.batch.engines.local import run_local as run
        for result in stack.enter_context(closing(run(schedule, worker_settings))):
            yield from _told(skipped, board)
            journal.end(result)
            board.count(result)
            yield result
            if result.stop:
                raise OutputError(f"{result.error} Free some space and start the batch again: it goes on from here.")
            if rules.get("fail_fast") and result.status == "failed":
                schedule.stop()
        yield from _told(skipped, board)
        if not board.failed:  # else a part may be of use when it goes on
            shutil.rmtree(worker_settings.parts, ignore_errors=True)


def _crew(out: Path, rules: BatchOptions, chunk: float | None = None) -> WorkerSettings:
    engine, address, device = rules.get("engine", "local"), rules.get("address"), rules.get("device")
    workers = rules.get("workers") or usual_workers(engine, address, device)
    state = out.absolute() / STATE
    return WorkerSettings(
        workers=workers,
        threads=max(1, _cores() // workers),
        cache=rules.get("cache") or PoseCache(state / POSES),
        state=state,
        engine=engine,
        device=device,
        timeout=rules.get("timeout"),
        chunk=chunk,
        address=address,
        gpus=rules.get("gpus", 1.0),
    )


def _usual_together(device: str | None) -> int:
    from motion_transfer.models import choose_device

    return TOGETHER if choose_device(device).type == "cuda" else 1


def usual_workers(engine: Engine = "local", address: str | None = None, device: str | None = None) -> int:
    """How many workers this machine, or the cluster, has use for: one for each GPU, else one for each core."""
    if engine == "ray" and address is not None:
        from motion_transfer.batch.engines.ray_engine import cluster_workers

        return cluster_workers(address, device)
    import torch

    return torch.cuda.device_count() if device != "cpu" and torch.cuda.is_available() else _cores()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _todo(
    jobs: Iterable[Job | TrainingJob], journal: Journal, skipped: deque[Result], *, retry: bool, overwrite: bool
) -> Iterator[Job | TrainingJob]:
    """The jobs that are to be done; the others become results."""
    for job in jobs:
        verdict = journal.verdict(job, retry=retry, overwrite=overwrite)
        if verdict == "do":
            journal.begin(job)
            yield job
        elif verdict == "done":
            skipped.append(Result(job, "skipped", "done before"))
        elif verdict == "failed":
            skipped.append(Result(job, "failed", "failed before; --retry does it again"))
        else:
            skipped.append(Result(job, "skipped", f"{job.output} exists and is not of this batch; see --overwrite"))


def _told(skipped: deque[Result], board: BatchProgress) -> Iterator[Result]:
    while skipped:
        result = skipped.popleft()
        board.count(result)
        yield result
