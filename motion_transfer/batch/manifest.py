"""The list of a batch's jobs: read as a stream, and checked as a whole before any work starts."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from motion_transfer.batch.columns import Columns
from motion_transfer.batch.job import Job, Settings, with_values
from motion_transfer.batch.lesson import Lesson
from motion_transfer.batch.places import Place, address_problem, place_of
from motion_transfer.batch.rows import Row, read_rows
from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.subject import read_pipeline
from motion_transfer.synthesis import SUBJECT, check_name

NAME = "{dance}-{subject}.mp4"
"""Name of an output that a line does not give."""

JOBS = Columns(
    ("source", "subject"),
    ("output", "start", "end", "person", "poses", "side_by_side", "background"),
    ("pose", "normalise", "encode"),  # drawing and networks are the subject's
)
LESSONS = Columns(
    ("source", "subject"),
    ("pipeline", "steps", "minutes", "person", "poses", "force"),
    ("pose", "draw", "model", "train", "train_local", "train_face"),
)

SHOWN = 50
"""Problems that are listed one by one."""

Made = Job | Lesson | list[str]
"""What a row says, or what is wrong with it."""


def read_jobs(manifest: Path, out: Path, name: str = NAME) -> Iterator[Job]:
    """The jobs of a manifest, one at a time: CSV, JSON lines (.jsonl) or Parquet (.parquet), by the name's ending.

    Its paths are relative to the manifest's folder, but outputs to `out`.

    Args:
        manifest: the file; its columns are `JOBS` and settings such as "pose.smoothing".
        out: folder of the outputs.
        name: template of outputs that are not given, of {dance} and {subject}.

    Raises:
        ConfigError: it cannot be read, or a line is wrong: `check_manifest` tells all of them.
    """
    for made in _read(manifest, lambda line, row, folder: _job(line, row, folder, out, name)):
        assert isinstance(made, Job)
        yield made


def read_lessons(manifest: Path, out: Path) -> Iterator[Lesson]:
    """The trainings of a manifest, in the same way; its columns are `LESSONS` and settings, subjects are in `out`.

    Raises:
        ConfigError: it cannot be read, or a line is wrong: `check_lessons` tells all of them.
    """
    for made in _read(manifest, lambda line, row, folder: _lesson(line, row, folder, out)):
        assert isinstance(made, Lesson)
        yield made


def cross(dances: Sequence[Place], subjects: Sequence[Path], out: Path, name: str = NAME) -> Iterator[Job]:
    """A job for every dance and every subject, the subjects of one dance after each other.

    Raises:
        ConfigError: the template is wrong.
    """
    for dance in dances:
        for subject in subjects:
            source = dance.absolute() if isinstance(dance, Path) else dance
            yield Job(source, subject.absolute(), place_of(_fill(name, str(dance), subject), out))


def check_manifest(manifest: Path, out: Path, name: str = NAME) -> int:
    """Check all lines of a manifest; arguments as of `read_jobs`.

    Returns:
        How many jobs there are.

    Raises:
        ConfigError: lists what is wrong, with line numbers, up to `SHOWN` problems.
    """
    folder = manifest.absolute().parent
    return _check(str(manifest), ((line, _job(line, row, folder, out, name)) for line, row in read_rows(manifest)))


def check_lessons(manifest: Path, out: Path) -> int:
    """Check all lines of a manifest of trainings, as `check_manifest` does; arguments as of `read_lessons`.

    Raises:
        ConfigError: lists what is wrong, with line numbers.
    """
    folder = manifest.absolute().parent
    return _check(str(manifest), ((line, _lesson(line, row, folder, out)) for line, row in read_rows(manifest)))


def check_jobs(jobs: Iterable[Job]) -> int:
    """Check jobs that come from elsewhere in the same way.

    Raises:
        ConfigError: lists what is wrong.
    """
    return _check("the batch", enumerate(jobs, 1))


def _read(manifest: Path, make: Callable[[int, Row | str, Path], Made]) -> Iterator[Job | Lesson]:
    folder = manifest.absolute().parent
    for line, row in read_rows(manifest):
        made = make(line, row, folder)
        if isinstance(made, list):
            raise ConfigError(f"{manifest}, line {line}: {made[0]}")
        yield made


def _check(where: str, jobs: Iterable[tuple[int, Made]]) -> int:
    problems: list[str] = []
    found = count = 0
    outputs: dict[str, int] = {}
    for count, (line, job) in enumerate(jobs, 1):  # noqa: B007
        if isinstance(job, list):
            wrong = job
        else:
            shown = job.output if isinstance(job, Job) else job.subject
            again = outputs.setdefault(os.path.normpath(shown), line)
            wrong = [f'output is "{shown}", the same as in line {again}'] if again != line else []
            wrong += _missing(job)
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


def _missing(job: Job | Lesson) -> list[str]:
    """What a job needs and is not there. At addresses nobody looks before its turn comes: each look takes a while."""
    problems = [_place_problem(str(job.source), "source")]
    if job.poses is not None and not os.path.isdir(job.poses):
        problems.append(_place_problem(str(job.poses), "poses"))
    if isinstance(job, Lesson):
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


def _background(name: str, folder: Path) -> str:
    """A file by its path; what is none as it is."""
    path = _path(name, folder)
    return str(path) if path.is_file() else name


@cache
def _background_problem(name: str) -> str:
    try:
        check_name(name)
    except ConfigError as error:
        return str(error).removeprefix("--")
    return ""


def _job(line: int, row: Row | str, folder: Path, out: Path, name: str) -> Job | list[str]:
    """The job of a row, or what is wrong with it."""
    if isinstance(row, str):
        return [row]
    values, problems = JOBS.read(row)
    settings = _settings(values)
    problems += _settings_problem(settings)
    start, end = values.get("start"), values.get("end")
    if end is not None and end <= (start or 0):
        problems.append(f"end is {end:g}, but start is {start or 0:g}; expected a later one")
    if problems:
        return problems
    output = values.get("output") or _fill(name, values["source"], Path(values["subject"]))
    return Job(
        place_of(values["source"], folder),
        _path(values["subject"], folder),
        place_of(output, out),
        start,
        end,
        values.get("person", "largest"),
        _path(values["poses"], folder) if "poses" in values else None,
        values.get("side_by_side", False),
        _background(values["background"], folder) if "background" in values else SUBJECT,
        settings,
        line,
    )


def _lesson(line: int, row: Row | str, folder: Path, out: Path) -> Lesson | list[str]:
    if isinstance(row, str):
        return [row]
    values, problems = LESSONS.read(row)
    if problems:
        return problems
    recipe = values.get("pipeline", "default")
    return Lesson(
        place_of(values["source"], folder),
        _path(values["subject"], out),
        str(_path(recipe, folder)) if recipe.endswith(".toml") else recipe,
        values.get("steps"),
        values.get("minutes"),
        values.get("person", "largest"),
        _path(values["poses"], folder) if "poses" in values else None,
        values.get("force", False),
        _settings(values),
        line,
    )


def _settings(values: dict[str, Any]) -> Settings:
    return tuple(sorted((key, value) for key, value in values.items() if "." in key))


@lru_cache(maxsize=4096)
def _settings_problem(settings: Settings) -> list[str]:
    """What is wrong with settings that are each in their range: one may not go with another."""
    try:
        with_values(Pipeline(), settings)
    except ConfigError as error:
        return [str(error)]
    return []


def _fill(name: str, dance: str, subject: Path) -> str:
    try:
        return name.format(dance=Path(dance).stem, subject=subject.name)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigError(
            f"--name is {name!r}; expected a template of {{dance}} and {{subject}}, as {NAME}."
        ) from error


def _path(path: str, folder: Path) -> Path:
    return Path(os.path.normpath(os.path.join(folder, path)))
