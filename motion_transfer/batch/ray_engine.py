"""The engine for a Ray cluster. The only file that imports ray; the plan is the same as on one machine.

A worker is an actor that keeps its subjects. Where there are GPUs, transfers go to actors that hold a share of one, and
poses to actors that hold a core. Ray starts the actors where there is room, on any node. Files are found by their
paths, so all nodes need to see the same folders.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from motion_transfer.batch.plan import Kind, Outcome, Result, Schedule, Task
from motion_transfer.errors import ConfigError

if TYPE_CHECKING:
    from motion_transfer.batch.work import Crew


def run_ray(schedule: Schedule, crew: "Crew") -> Generator[Result, None, None]:
    """Do all tasks of a schedule with actors of a Ray cluster.

    Yields:
        The results, as they come. Closing the iterator ends the actors.

    Raises:
        ConfigError: Ray is not installed, or the cluster cannot be reached.
    """
    ray = _connect(crew)
    seats = _seats(ray, crew)
    running: dict[Any, _Seat] = {}
    try:
        while True:
            for seat in seats:
                if seat.task is None and (task := schedule.take(*seat.kinds)) is not None:
                    running[seat.give(ray, crew, task)] = seat
            yield from schedule.failures()
            if not running:
                return
            ready, _ = ray.wait(list(running), timeout=1.0)
            for reference in [*ready, *_overdue(running, ready, crew.timeout)]:
                seat = running.pop(reference)
                task = seat.task
                outcome = seat.outcome(ray, reference, crew.timeout, overdue=reference not in ready)
                if task is not None:
                    yield from schedule.finish(task, outcome)
    finally:
        for seat in seats:
            seat.leave(ray)


@dataclass
class _Seat:
    """A place for one actor: another one takes it when that is lost."""

    number: int
    kinds: tuple[Kind, ...]
    gpus: float
    task: Task | None = None
    began: float = 0.0
    actor: Any = None

    def give(self, ray: Any, crew: "Crew", task: Task) -> Any:
        """Let the actor do a task; gives the reference to its outcome."""
        if self.actor is None:
            options = {"num_cpus": crew.threads, "num_gpus": self.gpus, "max_restarts": 0}
            self.actor = ray.remote(_Actor).options(**options).remote(crew, self.number)
        self.task, self.began = task, time.monotonic()
        return self.actor.do.remote(task)

    def outcome(self, ray: Any, reference: Any, timeout: float | None, *, overdue: bool) -> Outcome:
        """What became of the task; the seat is free again."""
        self.task = None
        if overdue:
            self.leave(ray)
            return Outcome(f"took longer than {timeout:g} s (--timeout) and was given up")
        try:
            outcome: Outcome = ray.get(reference)
        except ray.exceptions.RayError as error:
            self.leave(ray)
            return Outcome(f"the worker died ({type(error).__name__})", lost=True)
        return outcome

    def leave(self, ray: Any) -> None:
        """End the actor, if there is one."""
        if self.actor is not None:
            ray.kill(self.actor)
            self.actor = None


class _Actor:
    """A worker in a process of Ray's."""

    def __init__(self, crew: "Crew", number: int) -> None:
        from motion_transfer.batch.work import Worker

        self._worker = Worker(crew, number)

    def do(self, task: Task) -> Outcome:
        return self._worker(task)


def _connect(crew: "Crew") -> Any:
    try:
        import ray
    except ImportError as error:
        raise ConfigError("--engine ray needs Ray: pip install 'motion-transfer[batch]'.") from error
    if not ray.is_initialized():
        local = {} if crew.address else {"num_cpus": crew.workers * crew.threads, "include_dashboard": False}
        try:
            ray.init(address=crew.address, log_to_driver=False, logging_level="ERROR", **local)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"--address: no Ray cluster answers at {crew.address} ({error}). Start one with `ray start --head`."
            ) from error
    return ray


def _seats(ray: Any, crew: "Crew") -> list[_Seat]:
    """A seat for each worker; with GPUs, as many more that only find poses."""
    if crew.device == "cpu" or not ray.cluster_resources().get("GPU"):
        return [_Seat(number, (), 0.0) for number in range(crew.workers)]
    transfers = [_Seat(number, ("transfer",), crew.gpus or 1.0) for number in range(crew.workers)]
    return transfers + [_Seat(crew.workers + number, ("poses",), 0.0) for number in range(crew.workers)]


def _overdue(running: dict[Any, _Seat], ready: list[Any], timeout: float | None) -> list[Any]:
    if timeout is None:
        return []
    now = time.monotonic()
    return [reference for reference, seat in running.items() if reference not in ready and now - seat.began > timeout]
