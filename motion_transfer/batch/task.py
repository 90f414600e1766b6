"""What passes between the scheduler, the workers and the caller of a batch."""

from dataclasses import dataclass, field
from typing import Literal

from motion_transfer.batch.job import Job
from motion_transfer.batch.training_job import TrainingJob

Kind = Literal["join", "part", "transfer", "poses", "train"]
Status = Literal["done", "failed", "skipped"]

KINDS: tuple[Kind, ...] = ("join", "part", "transfer", "poses", "train")
"""The order in which workers prefer them: what is started is finished first."""


@dataclass(frozen=True)
class Task:
    """The unit of work of a worker."""

    kind: Kind
    jobs: tuple[Job | TrainingJob, ...]
    """One; several transfers of one subject that go together."""
    attempt: int = 1
    cuts: tuple[int, ...] = ()
    """Frames at which a clip is cut, from 0 to its length."""
    part: int = 0
    """Number of the part, from 0."""

    @property
    def job(self) -> Job | TrainingJob:
        """The first job."""
        return self.jobs[0]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a job in one task."""

    error: str | None = None
    """Why it failed or was skipped."""
    stop: bool = False
    """The disk is full: no other job can succeed either, and the batch ends."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by stage: "poses", in the job that they were found for, "synthesis" and others."""
    frames: int = 0
    missing: int = 0
    """Frames without a detected person; they show the empty background."""
    extracted: bool = False
    """Poses were estimated for this job, not taken from an earlier one or the cache."""
    warnings: tuple[str, ...] = ()
    cuts: tuple[int, ...] = ()
    """Of poses: frames at which the clip is to be cut; empty for a clip in one piece."""


@dataclass(frozen=True)
class Result(Outcome):
    """What became of a job in all its tasks."""

    job: Job | TrainingJob
    status: Status
