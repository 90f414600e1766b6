"""All of a batch's jobs, checked before any work starts: every problem at once, with its line."""

import os
import posixpath
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from motion_transfer.batch.job import Job, Settings, TrainingJob, with_values
from motion_transfer.batch.manifest.columns import as_columns
from motion_transfer.batch.manifest.manifest import Line, TrainingManifest, TransferManifest
from motion_transfer.batch.manifest.places import real_path
from motion_transfer.batch.storage import Location, address_problem
from motion_transfer.config import load_pipeline
from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.files import check_outside_subjects, check_results
from motion_transfer.loading import describe_kind
from motion_transfer.subject import read_pipeline
from motion_transfer.synthesis.backdrop import check_name
from motion_transfer.video.encoders import COPYABLE

RESULTS = ("results.jsonl", "index.html")
LONGEST_NAME = 255
SHOWN = 50  # problems that are listed one by one

Identity = tuple[int, int]


def check_manifest(manifest: TransferManifest | TrainingManifest) -> int:
    """Check all lines of a manifest.

    Returns:
        How many jobs there are.

    Raises:
        ConfigError: lists what is wrong, with line numbers, up to `SHOWN` problems.
        OutputError: nothing can be written to its `out`.
    """
    check_results(manifest.out, RESULTS, (manifest.path,))
    return _check(str(manifest.path), manifest.lines(), manifest.path)


def check_jobs(jobs: Iterable[Job]) -> int:
    """Check jobs that come from elsewhere in the same way; errors as of `check_manifest`."""
    return _check("the batch", (Line(number, job, [], []) for number, job in enumerate(jobs, 1)))


def _check(name: str, lines: Iterable[Line[Job] | Line[TrainingJob]], manifest: Path | None = None) -> int:
    problems: list[str] = []
    found = count = 0
    outputs: dict[str, int] = {}
    inputs = {_identity(manifest)}
    present: dict[Identity, tuple[int, Location]] = {}
    columns: set[str] = set()
    missing = _FileCheck()
    for count, (line, job, wrong, unknown) in enumerate(lines, 1):  # noqa: B007
        wrong = [*(column for column in unknown if column not in columns), *wrong]
        columns.update(unknown)
        if job is not None:
            output = job.output if isinstance(job, Job) else job.subject
            again = outputs.setdefault(_resolved(output), line)
            wrong += [f'output is "{output}", the same as in line {again}'] if again != line else []
            wrong += missing(job)
            inputs.update(map(missing.identity, job.inputs))
            if (identity := _identity(output)) is not None:
                present[identity] = line, output
        found += len(wrong)
        problems += [f"line {line}: {problem}" for problem in wrong[: SHOWN - len(problems)]]
    for line, output in (present[identity] for identity in present.keys() & inputs):
        found += 1
        problems.append(f'line {line}: output is "{output}", which is also an input; it would be overwritten')
    if found:
        more = f"\n  and {found - len(problems)} more" if found > len(problems) else ""
        if found == 1:
            raise ConfigError(f"{name}, {problems[0].rstrip('.')}. Nothing was started.")
        listed = "\n  ".join(problems)
        raise ConfigError(f"{name}: {found} problems, nothing was started.\n  {listed}{more}")
    if not count:
        raise ConfigError(f"{name} has no jobs; expected a line for each, under the columns source and subject.")
    return count


class _FileCheck:
    """What a job needs and is not there. Many jobs need the same: each thing is looked at once."""

    def __init__(self) -> None:
        self._file = cache(_file_problem)
        self._subject = cache(_problem(lambda folder: read_pipeline(Path(folder))))
        self._pipeline = cache(_problem(lambda name, settings: with_values(load_pipeline(name), settings)))
        self._background = cache(_problem(check_name))
        self._folder = cache(_problem(lambda folder: check_outside_subjects(Path(folder))))
        self.identity = cache(_identity)

    def __call__(self, job: Job | TrainingJob) -> list[str]:
        problems = [self._file(str(job.source), "source")]
        output = job.output if isinstance(job, Job) else job.subject
        if isinstance(output, Path):
            problems += [self._folder(str(output.parent)), _name_problem(output)]
        if job.poses is not None and not os.path.isdir(job.poses):
            problems.append(self._file(str(job.poses), "poses"))
        if isinstance(job, TrainingJob):
            problems.append(self._pipeline(job.pipeline, job.settings))
        else:
            problems += [self._subject(str(job.subject)), _address_problem(str(job.output)), _ending_problem(job.name)]
            problems.append(self._background(job.options.background))
        return [problem for problem in problems if problem]


def _identity(location: Location | None) -> Identity | None:
    """Device and inode of a file; None where there is none, and of addresses."""
    try:
        status = os.stat(location) if isinstance(location, Path) else None
    except (OSError, ValueError):
        return None
    return status and (status.st_dev, status.st_ino)


def _resolved(output: Location) -> str:
    """Equal for outputs that are one."""
    if isinstance(output, str):
        protocol, _, place = output.partition("://")
        return f"{protocol.lower()}://{posixpath.normpath(place)}"
    return os.path.join(real_path(str(output.parent)), output.name)


def _name_problem(output: Path) -> str:
    long = next((part for part in output.parts if len(os.fsencode(part)) > LONGEST_NAME), None)
    return f"{long[:40]}... has more than {LONGEST_NAME} bytes, which no file's name can have" if long else ""


def _ending_problem(name: str) -> str:
    ending = Path(name).suffix.lower()
    return "" if ending in COPYABLE else f"output is {name[:80]!r}; expected a video's name, with {', '.join(COPYABLE)}"


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
    if os.path.isfile(path):
        return ""
    there = describe_kind(path)
    return f"{path} ({column}) is {there}; expected a file" if there else f"there is no file {path} ({column})"


def _address_problem(location: str) -> str:
    protocol, address, _ = location.partition("://")
    return address_problem(protocol) if address else ""
