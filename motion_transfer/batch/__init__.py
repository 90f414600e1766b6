"""Batches: many dances, many subjects, resumable."""

from motion_transfer.batch.job import Job
from motion_transfer.batch.manifest.check import check_jobs, check_lessons, check_manifest
from motion_transfer.batch.manifest.manifest import cross, read_jobs, read_lessons
from motion_transfer.batch.run import Board, train_many, transfer_many
from motion_transfer.batch.task import Result
from motion_transfer.batch.training_job import Lesson

__all__ = [
    "Board",
    "Job",
    "Lesson",
    "Result",
    "check_jobs",
    "check_lessons",
    "check_manifest",
    "cross",
    "read_jobs",
    "read_lessons",
    "train_many",
    "transfer_many",
]
