"""Which task is next: the schedule that every engine follows.

A job is two tasks: finding the poses, which jobs with the same source share, and the transfer. A long clip's transfer
is a task for each of its parts and one that joins them; transfers of one subject may go together as one task; a
training is a single task. Jobs are taken from their stream only as workers need them, so that memory does not grow
with the batch.
"""

import json
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from motion_transfer.batch.job import Job, TrainingJob
from motion_transfer.batch.task import KINDS, Kind, Outcome, Result, Task
from motion_transfer.errors import MotionTransferError

ATTEMPTS = 3  # how often a task is started whose worker is lost


class Schedule:
    """Hands out tasks and turns their outcomes into results.

    Args:
        jobs: those that are to be done.
        ahead: how many may be started or waiting at a time.
        together: transfers of one subject that make one task, at most.
        cut: whether clips may be cut, so that each is looked at first, also where poses are given.
    """

    def __init__(self, jobs: Iterator[Job | TrainingJob], ahead: int, *, together: int = 1, cut: bool = False) -> None:
        self.running: dict[Task, float] = {}  # the tasks that workers have, and since when (`time.monotonic`)
        self._jobs = jobs
        self._ahead = ahead
        self._together = together
        self._cut = cut
        self._open = 0
        self._ready: dict[Kind, deque[Task]] = {kind: deque() for kind in KINDS}
        self._waiting: dict[str, list[Job]] = {}
        self._before: dict[Job | TrainingJob, list[Outcome]] = {}  # of the tasks of a job that are done
        self._failed: deque[Result] = deque()
        self._stopped = False

    def take(self, *kinds: Kind) -> Task | None:
        """A task of these kinds, of any kind if none is given; None while there is none."""
        while not self._stopped and self._open < self._ahead and self._admit():
            pass
        for kind in kinds or self._order():
            if ready := self._ready[kind]:
                task = self._with_others(ready.popleft())
                self.running[task] = time.monotonic()
                return task
        return None

    def finish(self, task: Task, outcomes: Sequence[Outcome]) -> list[Result]:
        """Record what became of each of a task's jobs; returns the results of the jobs that end with it."""
        del self.running[task]
        if task.kind == "poses":
            return self._found(task, outcomes[0])
        if task.kind == "part":
            return self._part_done(task, outcomes[0])
        return [self._result(job, outcome) for job, outcome in zip(task.jobs, outcomes, strict=True)]

    def give_up(self, task: Task, error: str, *, lost: bool) -> list[Result]:
        """Record that a worker is gone with its task: lost, which is tried again some times, or too slow."""
        if len(task.jobs) > 1 or (lost and task.attempt < ATTEMPTS):
            del self.running[task]
            for job in reversed(task.jobs):  # each alone, so that only the faulty one fails
                self._add(replace(task, jobs=(job,), attempt=task.attempt + 1), first=True)
            return []
        return self.finish(task, [Outcome(error=f"{error} ({ATTEMPTS} times)" if lost else error)])

    def failures(self) -> Iterator[Result]:
        """The jobs that could not even be started."""
        while self._failed:
            self._open -= 1
            yield self._failed.popleft()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped = True
        for ready in self._ready.values():
            ready.clear()

    def _order(self) -> tuple[Kind, ...]:
        """Transfers that are to go together wait until there are enough of them, or no more poses to find."""
        first = self._ready["transfer"][0] if self._ready["transfer"] else None
        if first is None or self._together == 1 or len(self._like(first)) >= self._together:
            return KINDS
        return ("join", "part", "poses", "transfer", "train")

    def _like(self, task: Task) -> list[Task]:
        """The transfers that may go together with one: it and those of the same subject that were not tried before."""
        if task.kind != "transfer" or task.attempt > 1:
            return [task]
        others = (one for one in self._ready["transfer"] if one.attempt == 1 and one is not task)
        return [task, *(one for one in others if one.job.subject == task.job.subject)]

    def _with_others(self, task: Task) -> Task:
        alike = self._like(task)[: self._together]
        for other in alike[1:]:
            self._ready["transfer"].remove(other)
        return replace(task, jobs=tuple(one.job for one in alike))

    def _admit(self) -> bool:
        """Take the next job from the stream; whether there was one."""
        job = next(self._jobs, None)
        if job is None:
            return False
        self._open += 1
        if isinstance(job, TrainingJob):
            self._add(Task("train", (job,)))
            return True
        try:
            key = job.poses_key()
        except MotionTransferError as error:  # the subject has changed since the check
            self._failed.append(Result(job, "failed", error=f"{type(error).__name__}: {error}"))
            return True
        if key is None and self._cut:
            key = json.dumps([str(job.source), job.options.start, job.options.end, str(job.poses)])
        if key is None:
            self._add(Task("transfer", (job,)))
        elif key in self._waiting:
            self._waiting[key].append(job)
        else:
            self._waiting[key] = [job]
            self._add(Task("poses", (job,)))
        return True

    def _found(self, task: Task, outcome: Outcome) -> list[Result]:
        """Go on with all jobs that need the poses that were found, or fail them."""
        key = next(key for key, jobs in self._waiting.items() if jobs[0] == task.job)
        jobs = self._waiting.pop(key)
        if outcome.error is not None:
            first, *others = jobs
            shared = Outcome(error=outcome.error)
            return [self._result(first, outcome), *(self._result(job, shared) for job in others)]
        self._before[task.job] = [outcome]
        for job in jobs:
            if outcome.cuts and job.divisible:
                for part, _ in enumerate(pairwise(outcome.cuts)):
                    self._add(Task("part", (job,), cuts=outcome.cuts, part=part))
            else:
                self._add(Task("transfer", (job,)))
        return []

    def _part_done(self, task: Task, outcome: Outcome) -> list[Result]:
        """Join the parts after the last one; after one that failed do no others."""
        self._before.setdefault(task.job, []).append(outcome)
        if outcome.error is not None:
            ready = self._ready["part"]
            self._ready["part"] = deque(other for other in ready if other.job != task.job)
        parts = [one for tasks in (self._ready["part"], self.running) for one in tasks if one.kind == "part"]
        if any(one.job == task.job for one in parts):
            return []
        for failed in self._before[task.job]:
            if failed.error is not None:
                self._before[task.job].remove(failed)
                return [self._result(task.job, failed)]
        self._add(replace(task, kind="join", attempt=1, part=0))
        return []

    def _add(self, task: Task, *, first: bool = False) -> None:
        ready = self._ready[task.kind]
        if not self._stopped:
            (ready.appendleft if first else ready.append)(task)

    def _result(self, job: Job | TrainingJob, outcome: Outcome) -> Result:
        """All that became of a job, in its last task and those before."""
        self._open -= 1
        tasks = [outcome, *self._before.pop(job, [])]
        seconds: dict[str, float] = {}
        for stage, value in (item for one in tasks for item in one.seconds.items()):
            seconds[stage] = round(seconds.get(stage, 0) + value, 2)
        return Result(
            job,
            "done" if outcome.error is None else "failed",
            error=outcome.error,
            stop=outcome.stop,
            seconds=seconds,
            frames=sum(one.frames for one in tasks),
            missing=sum(one.missing for one in tasks),
            extracted=any(one.extracted for one in tasks),
            warnings=tuple(dict.fromkeys(warning for one in reversed(tasks) for warning in one.warnings)),
        )
