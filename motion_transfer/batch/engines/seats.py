"""What the engines have in common: seats for workers, and the loop that gives them tasks."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from motion_transfer.batch.scheduler import Schedule
from motion_transfer.batch.task import Kind, Outcome, Result, Task, WorkerSettings

GRACE = 5.0  # seconds that the workers get to end in order


class WorkerLost(Exception):
    """A worker has died, and with it its task."""


class Seat(ABC):
    """Where one worker at a time works; one that is lost is replaced for the next task."""

    def __init__(self, settings: WorkerSettings, number: int, kinds: tuple[Kind, ...] = ()) -> None:
        self.settings = settings
        self.number = number
        self.kinds = kinds  # kinds of tasks that it takes; all if empty
        self.task: Task | None = None
        self.began: float | None = None  # when the worker, having started up, began the task (`time.monotonic`)

    def give(self, task: Task) -> None:
        """Let the worker do a task; it is started if there is none."""
        self.task, self.began = task, None

    @abstractmethod
    def outcomes(self) -> tuple[Outcome, ...] | None:
        """What became of the task's jobs, or None while it is worked on; else raises `WorkerLost`. Sets `began`."""

    def ask_to_end(self) -> None:
        """Let the worker end in order, without waiting for it; where that is not possible, end it."""
        self.end()

    @abstractmethod
    def end(self, grace: float = 0.0) -> None:
        """End the worker, if there is one: in order within so many seconds, or by force."""

    def release(self) -> None:
        """End the worker now, and give its task up."""
        self.end()
        self.task = None


S = TypeVar("S", bound=Seat)


def run_tasks(
    schedule: Schedule, seats: Sequence[S], wait: Callable[[list[S]], None], timeout: float | None
) -> Generator[Result, None, None]:
    """Do all tasks of a schedule; yields the results, as they come. Closing the iterator ends the workers.

    `wait` returns when one of some seats has news, or after a second at most; `timeout` is that of a job, in seconds.
    """
    try:
        while True:
            for seat in seats:
                if seat.task is None and (task := schedule.take(*seat.kinds)) is not None:
                    seat.give(task)
            yield from schedule.failures()
            busy = [(seat, seat.task) for seat in seats if seat.task is not None]
            if not busy:
                return
            wait([seat for seat, _ in busy])
            for seat, task in busy:
                try:
                    outcomes = seat.outcomes()
                except WorkerLost as error:
                    seat.release()
                    yield from schedule.give_up(task, str(error), lost=True)
                    continue
                if outcomes is not None:
                    seat.task = None
                    yield from schedule.finish(task, outcomes)
                elif timeout and seat.began and time.monotonic() > seat.began + timeout * len(task.jobs):
                    late = f"took longer than {timeout:g} s (`timeout`) and was given up"
                    seat.release()
                    yield from schedule.give_up(task, late, lost=False)
    finally:
        for seat in seats:
            seat.ask_to_end()
        until = time.monotonic() + GRACE
        for seat in seats:
            seat.end(max(0.0, until - time.monotonic()))


def start_worker(settings: WorkerSettings, number: int) -> Callable[[Task], tuple[Outcome, ...]]:
    """The worker of a number, from 0; called in its own process."""
    if settings.worker_factory is not None:
        return settings.worker_factory(settings, number)
    from motion_transfer.batch.worker import Worker  # imports torch

    return Worker(settings, number)
