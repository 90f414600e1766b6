"""Batches: many dances, many subjects, resumable."""

from motion_transfer.batch.check import check_jobs, check_lessons, check_manifest
from motion_transfer.batch.job import Job
from motion_transfer.batch.lesson import Lesson
from motion_transfer.batch.manifest import cross, read_jobs, read_lessons
from motion_transfer.batch.run import Board, train_many, transfer_many
from motion_transfer.batch.task import Result

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
