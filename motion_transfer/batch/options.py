"""How a batch is done: one dataclass for Python, the command line and the workers."""

from dataclasses import dataclass
from typing import Literal

from motion_transfer.config.checking import check_fields
from motion_transfer.config.options import Count, Duration, Gpus
from motion_transfer.pose_cache import PoseCache

Engine = Literal["local", "ray"]


@dataclass(frozen=True)
class BatchOptions:
    """How the jobs of a batch are distributed and repeated."""

    engine: Engine = "local"
    """"local" for processes on this machine, "ray" for a Ray cluster."""
    workers: Count | None = None
    """Tasks that are done at a time; one for each GPU, or else for each core, if not given."""
    device: str | None = None
    """Where the networks run; the fastest available, and all GPUs in turn, if not given."""
    cache: PoseCache | None = None
    """Where poses are kept; without it they are deleted with the end of the batch."""
    retry: bool = False
    """Repeat what failed and has not changed since."""
    fail_fast: bool = False
    """Begin nothing more after the first failure."""
    overwrite: bool = False
    """Overwrite outputs that this batch did not make."""
    allow_outside: bool = False
    """Let outputs be written outside of the batch's folder: to absolute paths, and to addresses."""
    allow_web: bool = False
    """Fetch sources from servers that a manifest names: http, https, ftp and others."""
    timeout: Duration | None = None
    """Seconds that finding the poses of a clip, a transfer, or a training may take."""
    together: Count | None = None
    """Clips of one subject that a worker takes through the generator at a time; 4 on a GPU, else 1, if not given.
    With more than 1, outputs are those of `transfer` up to the last bits of the arithmetic."""
    chunk: Duration | None = None
    """Seconds into which longer clips are cut, so that several workers share one; not cut if not given."""
    address: str | None = None
    """Of a Ray cluster; a local one is started without it."""
    gpus: Gpus = 1.0
    """Share of a GPU that a Ray worker takes where there are some."""

    def __post_init__(self) -> None:
        check_fields(self, BatchOptions)
