"""What passes between the scheduler, the workers and the caller of a batch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from motion_transfer.batch.job import Job, TrainingJob
from motion_transfer.batch.options import BatchOptions
from motion_transfer.pose_cache import PoseCache

Kind = Literal["join", "part", "transfer", "poses", "train"]
Status = Literal["done", "failed", "skipped"]

KINDS: tuple[Kind, ...] = ("join", "part", "transfer", "poses", "train")
"""The order in which workers prefer them: what is started is finished first."""


@dataclass(frozen=True)
class Task:
    """The unit of work of a worker."""

    kind: Kind
    jobs: tuple[Job | TrainingJob, ...]  # one; several transfers of one subject that go together
    attempt: int = 1
    cuts: tuple[int, ...] = ()  # frames at which a clip is cut, from 0 to its length
    part: int = 0  # number of the part, from 0

    @property
    def job(self) -> Job | TrainingJob:
        """The first job."""
        return self.jobs[0]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a job in one task."""

    error: str | None = None  # why it failed or was skipped
    stop: bool = False  # the disk is full: no other job can succeed either, and the batch ends
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by stage: "poses", in the job that they were found for, "synthesis" and others."""
    frames: int = 0
    missing: int = 0  # frames without a detected person; they show the empty background
    extracted: bool = False  # poses were estimated for this job, not taken from an earlier one or the cache
    warnings: tuple[str, ...] = ()
    cuts: tuple[int, ...] = ()  # of poses: frames at which the clip is to be cut; empty for a clip in one piece


@dataclass(frozen=True)
class Result(Outcome):
    """What became of a job in all its tasks."""

    job: Job | TrainingJob
    status: Status


@dataclass(frozen=True)
class WorkerSettings:
    """What all workers of a batch need to know; it is sent to each of them."""

    options: BatchOptions
    workers: int  # how many tasks are done at a time
    threads: int  # of each worker
    cache: PoseCache  # where poses go from the task that finds them to the transfers
    state: Path  # folder of what is no result: previews of the outputs, parts of long clips
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
