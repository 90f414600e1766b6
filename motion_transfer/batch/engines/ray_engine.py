"""The engine for a Ray cluster. The only file that imports ray; the schedule is the same as on one machine.

A worker is an actor that keeps its subjects. Where there are GPUs, transfers and trainings go to actors that hold a
share of one, and poses to actors that hold a core. Ray starts the actors where cores are free, on any node. A seat has
one task at a time and few jobs are started ahead, so that memory does not grow with the batch.
"""

import time
from collections.abc import Generator
from typing import Any

from motion_transfer.batch.engines.seats import Seat, WorkerLost, run_tasks, start_worker
from motion_transfer.batch.scheduler import Schedule
from motion_transfer.batch.task import Kind, Outcome, Result, Task, WorkerSettings
from motion_transfer.errors import ConfigError

PATIENCE = 20.0
"""Seconds that an actor may take to start before idle ones free their cores for it; most of them it loads torch."""

ON_GPU: tuple[Kind, ...] = ("join", "part", "transfer", "train")


def run_ray(schedule: Schedule, settings: WorkerSettings) -> Generator[Result, None, None]:
    """Do all tasks of a schedule with actors of a Ray cluster; yields as `run_tasks`.

    Raises:
        ConfigError: Ray is not installed, or the cluster cannot be reached.
    """
    cores = {"num_cpus": settings.workers * settings.threads, "include_dashboard": False}
    ray = _connect(settings.options.address, {} if settings.options.address else cores)
    seats = _seats(ray, settings)

    def wait(busy: list[_RaySeat]) -> None:
        now = time.monotonic()
        if any(seat.began is None and now > seat.given + PATIENCE for seat in busy):  # a node is gone, say
            for idle in seats:
                if idle.task is None:
                    idle.end()
        ray.wait([seat.awaited for seat in busy], timeout=1.0)

    return run_tasks(schedule, seats, wait, settings.options.timeout)


def cluster_workers(address: str | None, device: str | None) -> int:
    """How many workers a cluster has use for: one for each GPU, else one for each core. Errors as of `run_ray`."""
    resources = _connect(address, {}).cluster_resources()
    return int((device != "cpu" and resources.get("GPU")) or resources.get("CPU") or 1)


class _RaySeat(Seat):
    """An actor, which Ray starts where there are resources for it."""

    awaited: Any  # a reference to the actor's start, then to the outcomes
    _outcomes: Any
    given: float
    _actor: Any = None

    def __init__(
        self, ray: Any, settings: WorkerSettings, number: int, resources: dict[str, Any], kinds: tuple[Kind, ...] = ()
    ) -> None:
        super().__init__(settings, number, kinds)
        self._ray = ray
        self._resources = resources

    def give(self, task: Task) -> None:
        super().give(task)
        if self._actor is None:
            self._actor = self._ray.remote(_Actor).options(**self._resources).remote(self.settings, self.number)
        self.given = time.monotonic()
        self.awaited = self._actor.is_started.remote()
        self._outcomes = self._actor.do.remote(task)

    def outcomes(self) -> tuple[Outcome, ...] | None:
        try:
            while self._ray.wait([self.awaited], timeout=0)[0]:
                found: tuple[Outcome, ...] | None = self._ray.get(self.awaited)
                if found is not None:
                    return found
                self.began, self.awaited = time.monotonic(), self._outcomes
        except self._ray.exceptions.RayError as error:
            raise WorkerLost(f"the worker died ({type(error).__name__})") from None
        return None

    def end(self, grace: float = 0.0) -> None:
        if self._actor is not None:
            self._ray.kill(self._actor)
            self._actor = None


class _Actor:
    """A worker in a process of Ray's."""

    def __init__(self, settings: WorkerSettings, number: int) -> None:
        self._worker = start_worker(settings, number)

    def is_started(self) -> None:
        """Return, as soon as the actor has its resources and its libraries are loaded."""

    def do(self, task: Task) -> tuple[Outcome, ...]:
        return self._worker(task)


def _connect(address: str | None, options: dict[str, Any]) -> Any:
    try:
        import ray
    except ImportError as error:
        raise ConfigError("`engine` ray needs Ray: pip install 'motion-transfer[batch]'.") from error
    if not ray.is_initialized():
        # Its notes about lost workers would go to standard output, into the JSON. There is no public switch.
        ray._private.worker._worker_logs_enabled = False
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"`address`: no Ray cluster answers at {address} ({error}). Start one with `ray start --head`."
            ) from error
    return ray


def _seats(ray: Any, settings: WorkerSettings) -> list[_RaySeat]:
    """A seat for each worker; with GPUs, as many more that only find poses."""
    # A node with fewer cores than a worker has threads here would never get one.
    most = max(node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"])
    cores = {"num_cpus": min(settings.threads, most), "max_restarts": 0, "scheduling_strategy": "SPREAD"}
    numbers = range(settings.workers)
    if settings.options.device == "cpu" or not ray.cluster_resources().get("GPU"):
        return [_RaySeat(ray, settings, number, cores) for number in numbers]
    gpu = cores | {"num_gpus": settings.options.gpus}
    transfers = [_RaySeat(ray, settings, number, gpu, ON_GPU) for number in numbers]
    return transfers + [_RaySeat(ray, settings, len(numbers) + number, cores, ("poses",)) for number in numbers]
