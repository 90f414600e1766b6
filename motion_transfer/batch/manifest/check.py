"""All of a batch's jobs, checked before any work starts: every problem at once, with its line."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from motion_transfer.batch.job import Job, Settings, with_values
from motion_transfer.batch.manifest.manifest import NAME, Read, job_rows, training_job_rows
from motion_transfer.batch.storage import address_problem
from motion_transfer.batch.training_job import TrainingJob
from motion_transfer.config import load_pipeline
from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.subject import read_pipeline
from motion_transfer.synthesis import check_name

SHOWN = 50
"""Problems that are listed one by one."""


def check_manifest(manifest: Path, out: Path, name: str = NAME) -> int:
    """Check all lines of a manifest; arguments as of `read_jobs`.

    Returns:
        How many jobs there are.

    Raises:
        ConfigError: lists what is wrong, with line numbers, up to `SHOWN` problems.
    """
    return _check(str(manifest), job_rows(manifest, out, name))


def check_training_jobs(manifest: Path, out: Path) -> int:
    """Check all lines of a manifest of trainings, as `check_manifest` does; arguments as of `read_training_jobs`.

    Raises:
        ConfigError: lists what is wrong, with line numbers.
    """
    return _check(str(manifest), training_job_rows(manifest, out))


def check_jobs(jobs: Iterable[Job]) -> int:
    """Check jobs that come from elsewhere in the same way.

    Raises:
        ConfigError: lists what is wrong.
    """
    return _check("the batch", (Read(number, job, [], []) for number, job in enumerate(jobs, 1)))


def _check(where: str, lines: Iterable[Read[Job] | Read[TrainingJob]]) -> int:
    problems: list[str] = []
    found = count = 0
    outputs: dict[str, int] = {}
    columns: set[str] = set()
    for count, (line, made, wrong, strange) in enumerate(lines, 1):  # noqa: B007
        wrong = [*(column for column in strange if column not in columns), *wrong]
        columns.update(strange)
        if made is not None:
            shown = made.output if isinstance(made, Job) else made.subject
            again = outputs.setdefault(os.path.normpath(shown), line)
            wrong += [f'output is "{shown}", the same as in line {again}'] if again != line else []
            wrong += _missing(made)
        found += len(wrong)
        problems += [f"line {line}: {problem}" for problem in wrong[: SHOWN - len(problems)]]
    for memory in (_place_problem, _subject_problem, _recipe_problem, _background_problem):
        memory.cache_clear()
    if found:
        more = f"\n  and {found - len(problems)} more" if found > len(problems) else ""
        plural = "problem" if found == 1 else "problems"
        listed = "\n  ".join(problems)
        raise ConfigError(f"{where}: {found} {plural}, nothing was started.\n  {listed}{more}")
    if not count:
        raise ConfigError(f"{where} has no jobs; expected a line for each, under the columns source and subject.")
    return count


def _missing(job: Job | TrainingJob) -> list[str]:
    """What a job needs and is not there. At addresses nobody looks before its turn comes: each look takes a while."""
    problems = [_place_problem(str(job.source), "source")]
    if job.poses is not None and not os.path.isdir(job.poses):
        problems.append(_place_problem(str(job.poses), "poses"))
    if isinstance(job, TrainingJob):
        problems.append(_recipe_problem(job.recipe, job.settings))
    else:
        problems += [_subject_problem(str(job.subject)), _address_problem(str(job.output))]
        problems.append(_background_problem(job.background))
    return [problem for problem in problems if problem]


@cache
def _place_problem(path: str, column: str) -> str:
    if "://" in path:
        return _address_problem(path)
    return "" if os.path.isfile(path) else f"there is no file {path} ({column})"


def _address_problem(place: str) -> str:
    protocol, address, _ = place.partition("://")
    return address_problem(protocol) if address else ""


@cache
def _subject_problem(folder: str) -> str:
    try:
        read_pipeline(Path(folder))
    except MotionTransferError as error:
        return str(error)
    return ""


@cache
def _recipe_problem(recipe: str, settings: Settings) -> str:
    try:
        with_values(load_pipeline(recipe), settings)
    except MotionTransferError as error:
        return str(error)
    return ""


@cache
def _background_problem(name: str) -> str:
    try:
        check_name(name)
    except ConfigError as error:
        return str(error).removeprefix("--")
    return ""
