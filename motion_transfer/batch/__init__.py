"""Batches: many dances, many subjects, resumable."""

from motion_transfer.batch.job import Job as Job
from motion_transfer.batch.job import TrainingJob as TrainingJob
from motion_transfer.batch.manifest.check import check_jobs as check_jobs
from motion_transfer.batch.manifest.check import check_manifest as check_manifest
from motion_transfer.batch.manifest.manifest import TrainingManifest as TrainingManifest
from motion_transfer.batch.manifest.manifest import TransferManifest as TransferManifest
from motion_transfer.batch.manifest.manifest import cross as cross
from motion_transfer.batch.options import BatchOptions as BatchOptions
from motion_transfer.batch.run import BatchProgress as BatchProgress
from motion_transfer.batch.run import train_many as train_many
from motion_transfer.batch.run import transfer_many as transfer_many
from motion_transfer.batch.task import Result as Result
