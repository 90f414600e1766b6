"""The engine for a Ray cluster. The only file that imports ray; the plan is the same as on one machine.

A worker is an actor that keeps its subjects. Where there are GPUs, transfers and trainings go to actors that hold a
share of one, and poses to actors that hold a core. Ray starts the actors where there is room, on any node. A seat has
one task at a time and the plan begins few jobs ahead, so that memory does not grow with the batch.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from motion_transfer.batch.scheduler import Schedule
from motion_transfer.batch.task import Kind, Outcome, Result, Task
from motion_transfer.batch.worker_settings import WorkerSettings
from motion_transfer.errors import ConfigError

PATIENCE = 20.0
"""Seconds that an actor may take to come before those without a task make room for it; most of them it loads torch."""

ON_GPU: tuple[Kind, ...] = ("join", "part", "transfer", "train")


def run_ray(schedule: Schedule, worker_settings: WorkerSettings) -> Generator[Result, None, None]:
    """Do all tasks of a schedule with actors of a Ray cluster.

    Yields:
        The results, as they come. Closing the iterator ends the actors.

    Raises:
        ConfigError: Ray is not installed, or the cluster cannot be reached.
    """
    ray = _connect(worker_settings)
    seats = _seats(ray, worker_settings)
    try:
        while True:
            for seat in seats:
                if seat.task is None and (task := schedule.take(*seat.kinds)) is not None:
                    seat.give(task)
            yield from schedule.failures()
            watched = {seat.awaited: seat for seat in seats if seat.task is not None}
            if not watched:
                return
            _make_room(seats)
            ready, _ = ray.wait(list(watched), timeout=1.0)
            for reference, seat in watched.items():
                task = seat.task
                assert task is not None  # it is watched
                if reference in ready and not seat.begun():
                    continue
                try:
                    outcomes = seat.outcomes() if reference in ready else None
                except ray.exceptions.RayError as error:
                    seat.leave()
                    yield from schedule.give_up(task, f"the worker died ({type(error).__name__})", lost=True)
                    continue
                if outcomes is not None:
                    yield from schedule.finish(task, outcomes)
                elif worker_settings.timeout is not None and seat.seconds() > worker_settings.timeout * len(task.jobs):
                    seat.leave()
                    late = f"took longer than {worker_settings.timeout:g} s (--timeout) and was given up"
                    yield from schedule.give_up(task, late, lost=False)
    finally:
        for seat in seats:
            seat.leave()


def cluster_workers(address: str | None, device: str | None) -> int:
    """How many workers a cluster has use for: one for each GPU, else one for each core.

    Raises:
        ConfigError: Ray is not installed, or the cluster cannot be reached.
    """
    resources = _ray(address, {}).cluster_resources()
    return int((device != "cpu" and resources.get("GPU")) or resources.get("CPU") or 1)


@dataclass
class _Seat:
    """A place for one actor: another one takes it when that is lost."""

    ray: Any
    worker_settings: WorkerSettings
    number: int
    kinds: tuple[Kind, ...]
    options: dict[str, Any]
    task: Task | None = None
    awaited: Any = None
    """What is watched: a reference to the actor's beginning, then to the outcomes."""
    _outcomes: Any = None
    _given: float = 0.0
    _began: float | None = None
    _actor: Any = None

    def give(self, task: Task) -> None:
        """Let the actor do a task; without one, Ray is asked for one, which takes a while where there is no room."""
        if self._actor is None:
            self._actor = self.ray.remote(_Actor).options(**self.options).remote(self.worker_settings, self.number)
        self.task, self._given, self._began = task, time.monotonic(), None
        self.awaited = self._actor.is_there.remote()
        self._outcomes = self._actor.do.remote(task)

    def begun(self) -> bool:
        """Whether the task was known to have begun before what is awaited came; from now on it is."""
        if self._began is None:
            self._began, self.awaited = time.monotonic(), self._outcomes
            return False
        return True

    def waits(self) -> bool:
        """Whether the actor for the task has not come for long."""
        late = time.monotonic() > self._given + PATIENCE
        return self.task is not None and self._began is None and late

    def seconds(self) -> float:
        """How long the task has been worked on."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of the task's jobs; the seat is free again. Raises RayError where the actor is gone."""
        outcomes: tuple[Outcome, ...] = self.ray.get(self._outcomes)
        self.task = None
        return outcomes

    def leave(self) -> None:
        """End the actor, if there is one."""
        self.task = None
        if self._actor is not None:
            self.ray.kill(self._actor)
            self._actor = None


class _Actor:
    """A worker in a process of Ray's."""

    def __init__(self, worker_settings: WorkerSettings, number: int) -> None:
        self._worker = worker_settings.worker(number)

    def is_there(self) -> None:
        """Return, as soon as there is a place for the actor and its libraries are loaded."""

    def do(self, task: Task) -> tuple[Outcome, ...]:
        return self._worker(task)


def _make_room(seats: list[_Seat]) -> None:
    """Where an actor waits for a place (a node is gone, say), those without a task leave theirs."""
    if any(seat.waits() for seat in seats):
        for seat in seats:
            if seat.task is None:
                seat.leave()


def _connect(worker_settings: WorkerSettings) -> Any:
    local = (
        {}
        if worker_settings.address
        else {"num_cpus": worker_settings.workers * worker_settings.threads, "include_dashboard": False}
    )
    return _ray(worker_settings.address, local)


def _ray(address: str | None, options: dict[str, Any]) -> Any:
    try:
        import ray
    except ImportError as error:
        raise ConfigError("--engine ray needs Ray: pip install 'motion-transfer[batch]'.") from error
    if not ray.is_initialized():
        # Its notes about lost workers would go to standard output, into what --json says. There is no public switch.
        ray._private.worker._worker_logs_enabled = False
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"--address: no Ray cluster answers at {address} ({error}). Start one with `ray start --head`."
            ) from error
    return ray


def _seats(ray: Any, worker_settings: WorkerSettings) -> list[_Seat]:
    """A seat for each worker; with GPUs, as many more that only find poses."""
    # A node with fewer cores than a worker has threads here would never get one.
    most = max(node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"])
    options = {"num_cpus": min(worker_settings.threads, most), "max_restarts": 0, "scheduling_strategy": "SPREAD"}
    if worker_settings.device == "cpu" or not ray.cluster_resources().get("GPU"):
        return [_Seat(ray, worker_settings, number, (), options) for number in range(worker_settings.workers)]
    numbers = range(worker_settings.workers)
    transfers = [
        _Seat(ray, worker_settings, number, ON_GPU, options | {"num_gpus": worker_settings.gpus}) for number in numbers
    ]
    return transfers + [
        _Seat(ray, worker_settings, worker_settings.workers + number, ("poses",), options) for number in numbers
    ]
