"""What became of every job, in a file that survives being killed at any moment: one JSON object a line.

    {"status": "started" | "done" | "failed", "output": ..., "fingerprint": ..., "source": ..., ...}

The last line of an output counts. A line is written by one call that appends, and a torn one is not believed.
"""

import json
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from motion_transfer.batch.job import Job, TrainingJob
from motion_transfer.batch.storage import exists
from motion_transfer.batch.task import Result
from motion_transfer.errors import OutputError
from motion_transfer.files import raise_if_disk_full, wait_for_lock
from motion_transfer.loading import Expected, open_regular, read_lines
from motion_transfer.workflows.record import version_record

BEGIN = b'{"status": '  # how a line begins, also a torn one

Decision = Literal["do", "done", "failed", "exists"]


@dataclass
class _Started:
    output: str
    fingerprint: str
    status: Literal["started"]


@dataclass
class _Ended:
    output: str
    fingerprint: str
    status: Literal["done", "failed"]
    source: str
    subject: str
    frames: int
    frames_without_person: int
    seconds: dict[str, Annotated[float, Field(allow_inf_nan=False)]]
    warnings: list[str]
    error: str | None


_RECORD: TypeAdapter[_Started | _Ended] = TypeAdapter(Annotated[_Started | _Ended, Field(discriminator="status")])


class Journal:
    """The file of results. Made by `open_journal`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._last = {
            record["output"]: (record["status"], record["fingerprint"]) for record in read_records(path, warn=True)
        }

    def decide(self, job: Job | TrainingJob, *, retry: bool = False, overwrite: bool = False) -> Decision:
        """Whether a job is to be done.

        Returns:
            "done" and "failed" are finished and unchanged; "exists": the output is not of this batch.
        """
        status, fingerprint = self._last.get(str(job.output), (None, None))
        present = exists(job.output)
        if status is None:
            return "exists" if present and not overwrite else "do"
        if fingerprint == job.fingerprint():
            if status == "done" and present:
                return "done"
            if status == "failed" and not retry:
                return "failed"
        return "do"

    def begin(self, job: Job | TrainingJob) -> None:
        """Record that the output, should it appear, is this batch's."""
        self._append({"status": "started", "output": str(job.output), "fingerprint": job.fingerprint()})

    def end(self, result: Result) -> None:
        """Record what became of a job, as it was when it was started."""
        job = result.job
        fingerprint = self._last[str(job.output)][1]
        record = {
            "status": result.status,
            "output": str(job.output),
            "fingerprint": fingerprint,
            "source": str(job.source),
            "subject": str(job.subject),
            "frames": result.frames,
            "frames_without_person": result.missing,
            "seconds": result.seconds,
            "extracted": result.extracted,
            "warnings": list(result.warnings),
            "error": result.error,
            **version_record(),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._append(record)

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record).encode() + b"\n"
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):  # the disk is full; the rest of the line will not follow either
                os.write(self._descriptor, line[written:])
        except OSError as error:
            raise_if_disk_full(error, self.path)
            raise
        self._last[record["output"]] = (record["status"], record["fingerprint"])


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """The results of a batch, this process's alone until the block ends.

    Raises:
        OutputError: another process has it, or it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o644)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}). Choose another `out`.") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OutputError(f"{path} is no regular file; expected the results of a batch. Choose another `out`.")
        wait_for_lock(
            descriptor,
            f"{path} belongs to a batch that is running. Wait for its end or stop it, or choose another `out`.",
        )
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # torn by a kill or a full disk
            os.write(descriptor, b"\n")
        yield Journal(path, descriptor)
    finally:
        os.close(descriptor)


def read_records(path: Path, *, warn: bool = False) -> Iterator[dict[str, Any]]:
    """The records of a file of results, oldest first; lines that are none are left out, `warn` says how many."""
    if not path.is_file():
        return
    strange = 0
    with open_regular(path, Expected("the results of a batch", OutputError, "Choose another `out`.")) as file:
        for line in read_lines(file):
            try:
                record = json.loads(line or b"")
                _RECORD.validate_python(record)
            except (ValueError, RecursionError):  # pydantic's errors are ValueErrors
                strange += line is None or not BEGIN.startswith(line[: len(BEGIN)].rstrip())
            else:
                yield record
    if strange and warn:
        warnings.warn(f"{path}: {strange} lines are no records of a batch and were passed over.", stacklevel=2)
