"""Batches: many dances, many subjects, resumable."""

from motion_transfer.batch.job import Job
from motion_transfer.batch.manifest import check_jobs, check_manifest, cross, read_jobs
from motion_transfer.batch.plan import Result
from motion_transfer.batch.run import Board, transfer_many

__all__ = ["Board", "Job", "Result", "check_jobs", "check_manifest", "cross", "read_jobs", "transfer_many"]
