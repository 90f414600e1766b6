"""Batches: many dances, many subjects, resumable."""

from motion_transfer.batch.job import Job
from motion_transfer.batch.lesson import Lesson
from motion_transfer.batch.manifest import check_jobs, check_lessons, check_manifest, cross, read_jobs, read_lessons
from motion_transfer.batch.plan import Result
from motion_transfer.batch.run import Board, train_many, transfer_many

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
