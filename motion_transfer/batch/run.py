"""A whole batch: jobs in, results out, as they finish."""

import os
import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from motion_transfer.batch.job import Job
from motion_transfer.batch.plan import Result, Schedule
from motion_transfer.batch.state import Journal, open_journal
from motion_transfer.cache import PoseCache
from motion_transfer.errors import OutputError

AHEAD = 4
"""Jobs begun or waiting for each worker."""

STATE = ".batch"
"""Folder beside the results: small pictures, and the poses while there is no cache."""


@dataclass
class Board:
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


def transfer_many(
    jobs: Iterable[Job],
    out: Path,
    *,
    engine: Literal["local", "ray"] = "local",
    workers: int | None = None,
    device: str | None = None,
    cache: PoseCache | None = None,
    retry: bool = False,
    overwrite: bool = False,
    fail_fast: bool = False,
    timeout: float | None = None,
    address: str | None = None,
    board: Board | None = None,
) -> Iterator[Result]:
    """Make many transfers; the same call goes on where an earlier one was interrupted.

    Args:
        jobs: what is to be made; taken as it is needed, see `read_jobs` and `cross`.
        out: folder of the batch's results.jsonl, which says what became of every job.
        engine: "local" for processes on this machine, "ray" for a Ray cluster.
        workers: tasks that are done at a time; as many as there are cores, or GPUs, if not given.
        device: where the networks run; the fastest there is if not given.
        cache: where poses are kept; without it they are only for the time of the batch.
        retry: do again what failed and has not changed since.
        overwrite: write over outputs that are not of this batch.
        fail_fast: begin nothing more after the first failure.
        timeout: seconds that finding poses or a transfer may take.
        address: of a Ray cluster; "ray" starts a local one without it.
        board: kept up to date.

    Yields:
        The result of each job, as it ends: done, failed, or skipped because it was done before.

    Raises:
        OutputError: `out` cannot be written, belongs to a batch that is running, or the disk is full.
        ConfigError: the engine is not there.
    """
    board = board or Board()
    with ExitStack() as stack:
        try:
            (out / STATE / "previews").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{out} cannot be written ({error.strerror}). Choose another --out.") from error
        journal = stack.enter_context(open_journal(out / "results.jsonl"))
        kept = cache or stack.enter_context(_poses_for_now(out / STATE / "poses"))
        count = workers or usual_workers()
        skipped: deque[Result] = deque()
        todo = _todo(jobs, journal, skipped, retry=retry, overwrite=overwrite)
        board.schedule = schedule = Schedule(todo, AHEAD * count)

        from motion_transfer.batch.work import Crew  # imports torch

        crew = Crew(
            workers=count,
            threads=max(1, _cores() // count),
            cache=kept,
            device=device,
            timeout=timeout,
            previews=out / STATE / "previews",
            address=address,
        )
        if engine == "ray":
            from motion_transfer.batch.ray_engine import run_ray as run
        else:
            from motion_transfer.batch.local import run_local as run
        results = stack.enter_context(closing(run(schedule, crew)))
        for result in results:
            yield from _told(skipped, board)
            journal.end(result)
            board.count(result)
            yield result
            if result.stop:
                raise OutputError(f"{result.error} Free some space and start the batch again: it goes on from here.")
            if fail_fast and result.status == "failed":
                schedule.stop()
        yield from _told(skipped, board)


def usual_workers() -> int:
    """How many workers this machine has use for: one for each GPU, else one for each core."""
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else _cores()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _todo(
    jobs: Iterable[Job], journal: Journal, skipped: deque[Result], *, retry: bool, overwrite: bool
) -> Iterator[Job]:
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


def _told(skipped: deque[Result], board: Board) -> Iterator[Result]:
    while skipped:
        result = skipped.popleft()
        board.count(result)
        yield result


@contextmanager
def _poses_for_now(folder: Path) -> Iterator[PoseCache]:
    """A cache for the time of a batch that has none."""
    try:
        yield PoseCache(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
