"""Which task is next: the one plan that every engine follows.

A job is two tasks: finding the poses, which jobs with the same source share, and the transfer. Jobs are taken from
their stream only as workers need them, so that memory does not grow with the batch.
"""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from motion_transfer.batch.job import Job
from motion_transfer.errors import MotionTransferError

Kind = Literal["transfer", "poses"]
Status = Literal["done", "failed", "skipped"]

ATTEMPTS = 3
"""How often a task is begun whose worker is lost."""


@dataclass(frozen=True)
class Task:
    """What a worker is given."""

    kind: Kind
    job: Job
    attempt: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of a task. Its worker makes one; the engine does where the worker is lost or too slow."""

    error: str | None = None
    lost: bool = False
    """The worker is gone: the task is not to blame until it happens again."""
    stop: bool = False
    """No other job can succeed either: the disk is full."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by stage."""
    frames: int = 0
    missing: int = 0
    """Frames in which nobody was found."""
    extracted: bool = False
    """Poses were found anew, not taken from the cache."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What became of a job."""

    job: Job
    status: Status
    error: str | None = None
    """Why it failed or was skipped."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time of "poses", in the job that they were found for, "synthesis" and others."""
    frames: int = 0
    missing: int = 0
    """Frames in which nobody was found; they show the empty background."""
    extracted: bool = False
    """Poses were found for this job, not taken from an earlier one or the cache."""
    warnings: tuple[str, ...] = ()
    stop: bool = False
    """The disk is full: the batch ends."""


class Schedule:
    """Hands out tasks and turns their outcomes into results.

    Args:
        jobs: those that are to be done.
        ahead: how many may be begun or waiting at a time.
    """

    def __init__(self, jobs: Iterator[Job], ahead: int) -> None:
        self.running: dict[Task, float] = {}
        """The tasks that workers have, and since when (`time.monotonic`)."""
        self._jobs = jobs
        self._ahead = ahead
        self._open = 0
        self._ready: dict[Kind, deque[Task]] = {"transfer": deque(), "poses": deque()}
        self._waiting: dict[str, list[Job]] = {}
        self._found: dict[Job, Outcome] = {}
        self._failed: deque[Result] = deque()
        self._stopped = False

    def take(self, *kinds: Kind) -> Task | None:
        """A task of these kinds, the first kind preferred; None while there is none. Of any kind if none is given."""
        for kind in kinds or ("transfer", "poses"):
            while not self._ready[kind] and self._open < self._ahead and self._admit():
                pass
            if self._ready[kind]:
                task = self._ready[kind].popleft()
                self.running[task] = time.monotonic()
                return task
        return None

    def finish(self, task: Task, outcome: Outcome) -> list[Result]:
        """Note what became of a task; gives the results of the jobs that end with it."""
        del self.running[task]
        if outcome.lost and task.attempt < ATTEMPTS:
            self._add(replace(task, attempt=task.attempt + 1), first=True)
            return []
        if outcome.lost:
            outcome = replace(outcome, error=f"{outcome.error} ({ATTEMPTS} times)")
        if task.kind == "transfer":
            return [self._result(task.job, outcome)]
        jobs = self._waiting.pop(task.job.poses_key() or "")
        if outcome.error is not None:
            first, *others = jobs
            return [self._result(first, outcome), *(self._result(job, Outcome(outcome.error)) for job in others)]
        self._found[task.job] = outcome
        for job in jobs:
            self._add(Task("transfer", job))
        return []

    def failures(self) -> Iterator[Result]:
        """The jobs that could not even be begun."""
        while self._failed:
            self._open -= 1
            yield self._failed.popleft()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped = True
        for ready in self._ready.values():
            ready.clear()

    def _admit(self) -> bool:
        """Take in the next job; whether there was one."""
        job = None if self._stopped else next(self._jobs, None)
        if job is None:
            return False
        self._open += 1
        try:
            key = job.poses_key()
        except MotionTransferError as error:  # the subject has changed since the check
            self._failed.append(Result(job, "failed", f"{type(error).__name__}: {error}"))
            return True
        if key is None:
            self._add(Task("transfer", job))
        elif key in self._waiting:
            self._waiting[key].append(job)
        else:
            self._waiting[key] = [job]
            self._add(Task("poses", job))
        return True

    def _add(self, task: Task, *, first: bool = False) -> None:
        ready = self._ready[task.kind]
        if not self._stopped:
            (ready.appendleft if first else ready.append)(task)

    def _result(self, job: Job, outcome: Outcome) -> Result:
        self._open -= 1
        before = self._found.pop(job, Outcome())
        return Result(
            job,
            "done" if outcome.error is None else "failed",
            outcome.error,
            # The time of poses that were found beforehand counts for the job that they were found for.
            outcome.seconds | before.seconds,
            outcome.frames,
            outcome.missing,
            before.extracted or outcome.extracted,
            tuple(dict.fromkeys((*before.warnings, *outcome.warnings))),
            outcome.stop,
        )
