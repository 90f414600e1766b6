"""All of a batch's jobs, checked before any work starts: every problem at once, with its line."""

import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from motion_transfer.batch.job import Job, Settings, with_values
from motion_transfer.batch.manifest.columns import as_columns
from motion_transfer.batch.manifest.manifest import NAME, Line, job_lines, training_job_lines
from motion_transfer.batch.storage import address_problem
from motion_transfer.batch.training_job import TrainingJob
from motion_transfer.config import load_pipeline
from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.subject import read_pipeline
from motion_transfer.synthesis.backdrop import check_name
from motion_transfer.types import StrPath

SHOWN = 50
"""Problems that are listed one by one."""


def check_manifest(manifest: StrPath, out: StrPath, name: str = NAME) -> int:
    """Check all lines of a manifest; arguments as of `read_jobs`.

    Returns:
        How many jobs there are.

    Raises:
        ConfigError: lists what is wrong, with line numbers, up to `SHOWN` problems.
    """
    return _check(str(manifest), job_lines(Path(manifest), Path(out), name))


def check_training_jobs(manifest: StrPath, out: StrPath) -> int:
    """Check all lines of a manifest of trainings, as `check_manifest` does; arguments as of `read_training_jobs`.

    Raises:
        ConfigError: lists what is wrong, with line numbers.
    """
    return _check(str(manifest), training_job_lines(Path(manifest), Path(out)))


def check_jobs(jobs: Iterable[Job]) -> int:
    """Check jobs that come from elsewhere in the same way.

    Raises:
        ConfigError: lists what is wrong.
    """
    return _check("the batch", (Line(number, job, [], []) for number, job in enumerate(jobs, 1)))


def _check(manifest: str, lines: Iterable[Line[Job] | Line[TrainingJob]]) -> int:
    problems: list[str] = []
    found = count = 0
    outputs: dict[str, int] = {}
    columns: set[str] = set()
    missing = _FileCheck()
    for count, (line, job, wrong, unknown) in enumerate(lines, 1):  # noqa: B007
        wrong = [*(column for column in unknown if column not in columns), *wrong]
        columns.update(unknown)
        if job is not None:
            output = job.output if isinstance(job, Job) else job.subject
            again = outputs.setdefault(os.path.normpath(output), line)
            wrong += [f'output is "{output}", the same as in line {again}'] if again != line else []
            wrong += missing(job)
        found += len(wrong)
        problems += [f"line {line}: {problem}" for problem in wrong[: SHOWN - len(problems)]]
    if found:
        more = f"\n  and {found - len(problems)} more" if found > len(problems) else ""
        plural = "problem" if found == 1 else "problems"
        listed = "\n  ".join(problems)
        raise ConfigError(f"{manifest}: {found} {plural}, nothing was started.\n  {listed}{more}")
    if not count:
        raise ConfigError(f"{manifest} has no jobs; expected a line for each, under the columns source and subject.")
    return count


class _FileCheck:
    """What a job needs and is not there. Many jobs need the same: each thing is looked at once."""

    def __init__(self) -> None:
        self._file = cache(_file_problem)
        self._subject = cache(_problem(lambda folder: read_pipeline(Path(folder))))
        self._pipeline = cache(_problem(lambda name, settings: with_values(load_pipeline(name), settings)))
        self._background = cache(_problem(check_name))

    def __call__(self, job: Job | TrainingJob) -> list[str]:
        problems = [self._file(str(job.source), "source")]
        if job.poses is not None and not os.path.isdir(job.poses):
            problems.append(self._file(str(job.poses), "poses"))
        if isinstance(job, TrainingJob):
            problems.append(self._pipeline(job.pipeline, job.settings))
        else:
            problems += [self._subject(str(job.subject)), _address_problem(str(job.output))]
            problems.append(self._background(job.options.background))
        return [problem for problem in problems if problem]


def _problem(check: Callable[..., object]) -> Callable[..., str]:
    """A function that gives the message of what `check` raises, or nothing."""

    def problem(*arguments: str | Settings) -> str:
        try:
            check(*arguments)
        except MotionTransferError as error:
            return as_columns(str(error))
        return ""

    return problem


def _file_problem(path: str, column: str) -> str:
    if "://" in path:  # not looked at before its turn comes: each look takes a while
        return _address_problem(path)
    return "" if os.path.isfile(path) else f"there is no file {path} ({column})"


def _address_problem(location: str) -> str:
    protocol, address, _ = location.partition("://")
    return address_problem(protocol) if address else ""
