"""Batches: many dances, many subjects, resumable."""

from motion_transfer.batch.job import Job
from motion_transfer.batch.manifest.check import check_jobs, check_manifest, check_training_jobs
from motion_transfer.batch.manifest.manifest import cross, read_jobs, read_training_jobs
from motion_transfer.batch.options import BatchOptions
from motion_transfer.batch.run import BatchProgress, train_many, transfer_many
from motion_transfer.batch.task import Result
from motion_transfer.batch.training_job import TrainingJob

__all__ = [
    "BatchOptions",
    "BatchProgress",
    "Job",
    "Result",
    "TrainingJob",
    "check_jobs",
    "check_manifest",
    "check_training_jobs",
    "cross",
    "read_jobs",
    "read_training_jobs",
    "train_many",
    "transfer_many",
]
