"""A worker that does nothing, for what a batch costs by itself; it imports no more than it must."""

from pathlib import Path

from motion_transfer.batch.task import Outcome, Task
from motion_transfer.batch.worker_settings import WorkerSettings


class Idle:
    """Claims to have done its tasks, and leaves empty outputs."""

    def __init__(self, settings: WorkerSettings, number: int) -> None:
        self.number = number

    def __call__(self, task: Task) -> tuple[Outcome, ...]:
        """Leave the outputs."""
        if task.kind == "transfer":
            for job in task.jobs:
                Path(job.output).touch()
        return tuple(Outcome(frames=250, seconds={task.kind: 0.0}) for _ in task.jobs)
