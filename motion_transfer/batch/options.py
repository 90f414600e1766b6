"""How a batch is done: one dataclass for Python and the workers."""

from dataclasses import dataclass

from motion_transfer.config.checking import check_fields
from motion_transfer.config.options import Count, Duration, MarkingOptions, WorkerOptions
from motion_transfer.pose_cache import PoseCache


@dataclass(frozen=True)
class BatchOptions(WorkerOptions, MarkingOptions):
    """How the jobs of a batch are distributed and repeated, and how transfers share workers."""

    cache: PoseCache | None = None
    """Where poses are kept; without it they are deleted with the end of the batch."""
    overwrite: bool = False
    """Overwrite outputs that this batch did not make."""
    together: Count | None = None
    """Clips of one subject that a worker takes through the generator at a time; 4 on a GPU, else 1, if not given.
    With more than 1, outputs are those of `transfer` up to the last bits of the arithmetic."""
    chunk: Duration | None = None
    """Seconds into which longer clips are cut, so that several workers share one; not cut if not given."""

    def __post_init__(self) -> None:
        check_fields(self, BatchOptions)
