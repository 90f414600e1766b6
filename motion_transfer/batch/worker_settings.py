"""The workers of a batch, and what they all need to know."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from motion_transfer.batch.task import Outcome, Task
from motion_transfer.pose_cache import PoseCache

Engine = Literal["local", "ray"]

Labour = Callable[[Task], tuple[Outcome, ...]]
"""Does a task; gives what became of each of its jobs."""


@dataclass(frozen=True)
class WorkerSettings:
    """The workers of a batch, and what they all need to know."""

    workers: int
    """How many tasks are done at a time."""
    threads: int
    """Of each worker."""
    cache: PoseCache
    """Where poses go from the task that finds them to the transfers."""
    state: Path
    """Folder of what is no result: small pictures of every output, parts of long clips."""
    engine: Engine = "local"
    """"local" for processes on this machine, "ray" for a Ray cluster."""
    device: str | None = None
    """Where the networks run; None for the fastest there is, one GPU after the other."""
    timeout: float | None = None
    """Seconds after which a clip is given up."""
    chunk: float | None = None
    """Seconds into which longer clips are cut; None for none."""
    address: str | None = None
    """Of a Ray cluster; a local one is started without it."""
    gpus: float = 1.0
    """Share of a GPU that a Ray worker takes where there are some."""
    hire: Callable[["WorkerSettings", int], Labour] | None = None
    """Makes the worker of a number; `Worker` if not given."""

    @property
    def previews(self) -> Path:
        """Folder of a small picture of every output."""
        return self.state / "previews"

    @property
    def parts(self) -> Path:
        """Folder of the parts of long clips, until they are joined."""
        return self.state / "parts"

    def worker(self, number: int) -> Labour:
        """What does the tasks in a worker's process, from number 0."""
        if self.hire is not None:
            return self.hire(self, number)
        from motion_transfer.batch.worker import Worker  # imports torch

        return Worker(self, number)
