"""What all workers of a batch need to know."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from motion_transfer.batch.options import BatchOptions
from motion_transfer.batch.task import Outcome, Task
from motion_transfer.pose_cache import PoseCache


@dataclass(frozen=True)
class WorkerSettings:
    """What all workers of a batch need to know; it is sent to each of them."""

    options: BatchOptions
    workers: int
    """How many tasks are done at a time."""
    threads: int
    """Of each worker."""
    cache: PoseCache
    """Where poses go from the task that finds them to the transfers."""
    state: Path
    """Folder of what is no result: previews of the outputs, parts of long clips."""
    worker_factory: Callable[["WorkerSettings", int], Callable[[Task], tuple[Outcome, ...]]] | None = None
    """Makes the worker of a number; `Worker` if not given."""

    @property
    def previews(self) -> Path:
        """Folder of a small picture of every output."""
        return self.state / "previews"

    @property
    def parts(self) -> Path:
        """Folder of the parts of long clips, until they are joined."""
        return self.state / "parts"
