"""The list of a batch's jobs, read as a stream."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from motion_transfer.batch.job import Job, Settings, with_values
from motion_transfer.batch.manifest.columns import TRAINING_COLUMNS, TRANSFER_COLUMNS, Columns
from motion_transfer.batch.manifest.places import NAME, check_template, fill, place_output, place_source
from motion_transfer.batch.manifest.rows import read_rows
from motion_transfer.batch.options import BatchOptions
from motion_transfer.batch.storage import Location
from motion_transfer.batch.training_job import TrainingJob
from motion_transfer.config import Pipeline
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import ConfigError
from motion_transfer.types import StrPath

Kind = TypeVar("Kind", Job, TrainingJob)
Options = TypeVar("Options", TransferOptions, TrainOptions)
Values = dict[str, Any]


class Line(NamedTuple, Generic[Kind]):
    """A line of a manifest."""

    number: int
    job: Kind | None
    """What it asks for, its unknown columns aside; None where there are problems."""
    problems: list[str]
    unknown: list[str]
    """What is wrong with the columns: most likely the same in every line."""


def read_jobs(
    manifest: StrPath, out: StrPath, name: str = NAME, options: BatchOptions = BatchOptions()
) -> Iterator[Job]:
    """The jobs of a manifest, one at a time: CSV, JSON lines (.jsonl) or Parquet (.parquet), by the name's ending.

    Its paths are relative to the manifest's folder, but outputs to `out`.

    Args:
        manifest: the file; its columns are `TRANSFER_COLUMNS`.
        out: folder of the outputs.
        name: template of outputs that are not given, of {dance} and {subject}.
        options: what they allow; the others are of `transfer_many`.

    Raises:
        ConfigError: it cannot be read, or a line is wrong: `check_manifest` lists all of them.
    """
    return (_job_of(line, manifest) for line in job_lines(Path(manifest), Path(out), name, options))


def read_training_jobs(
    manifest: StrPath, out: StrPath, options: BatchOptions = BatchOptions()
) -> Iterator[TrainingJob]:
    """The training jobs of a manifest: columns are `TRAINING_COLUMNS`, subjects are made in `out`.

    Raises:
        ConfigError: it cannot be read, or a line is wrong: `check_training_jobs` lists all of them.
    """
    return (_job_of(line, manifest) for line in training_job_lines(Path(manifest), Path(out), options))


def cross(
    dances: Sequence[Location],
    subjects: Sequence[StrPath],
    out: StrPath,
    name: str = NAME,
    options: BatchOptions = BatchOptions(),
) -> Iterator[Job]:
    """A job for every dance and every subject, the subjects of one dance after each other.

    Raises:
        ConfigError: the template is wrong, or leads out of `out`.
    """
    check_template(name)
    for dance in dances:
        for subject in map(Path, subjects):
            source = dance.absolute() if isinstance(dance, Path) else dance
            output = place_output(fill(name, str(dance), subject), Path(out), options)
            yield Job(source, subject.absolute(), output)


def job_lines(
    manifest: Path, out: Path, name: str = NAME, options: BatchOptions = BatchOptions()
) -> "Iterator[Line[Job]]":
    """The lines of a manifest as jobs of `read_jobs`, and what is wrong with them."""
    folder = manifest.absolute().parent
    check_template(name)

    def make(values: Values, settings: Settings, line: int) -> Job:
        subject = _path(values["subject"], folder)
        output = place_output(values.get("output") or fill(name, values["source"], subject), out, options)
        if "background" in values and (file := _path(values["background"], folder)).is_file():
            values["background"] = str(file)
        return Job(
            place_source(values["source"], folder, options),
            subject,
            output,
            _options(TransferOptions, values),
            _poses(values, folder),
            settings,
            line,
        )

    return _lines(manifest, TRANSFER_COLUMNS, _transfer_problems, make)


def training_job_lines(
    manifest: Path, out: Path, options: BatchOptions = BatchOptions()
) -> "Iterator[Line[TrainingJob]]":
    """The lines of a manifest as jobs of `read_training_jobs`, and what is wrong with them."""
    folder = manifest.absolute().parent

    def make(values: Values, settings: Settings, line: int) -> TrainingJob:
        pipeline = values.get("pipeline", "default")
        return TrainingJob(
            place_source(values["source"], folder, options),
            _folder(place_output(values["subject"], out, options)),
            _options(TrainOptions, values),
            str(_path(pipeline, folder)) if pipeline.endswith(".toml") else pipeline,
            values.get("steps"),
            values.get("minutes"),
            _poses(values, folder),
            settings,
            line,
        )

    return _lines(manifest, TRAINING_COLUMNS, lambda values, settings: [], make)


def _lines(
    manifest: Path,
    columns: Columns,
    check: Callable[[Values, Settings], list[str]],
    make: Callable[[Values, Settings, int], Kind],
) -> "Iterator[Line[Kind]]":
    for number, row in read_rows(manifest):
        if isinstance(row, str):
            yield Line(number, None, [row], [])
            continue
        values, problems, unknown = columns.read(row)
        settings = tuple(sorted((key, value) for key, value in values.items() if "." in key))
        problems += check(values, settings)
        job = None
        if not problems:
            try:
                job = make(values, settings, number)
            except ConfigError as error:
                problems.append(str(error))
        yield Line(number, job, problems, unknown)


def _job_of(line: "Line[Kind]", manifest: StrPath) -> Kind:
    wrong = [*line.unknown, *line.problems]
    if line.job is None or wrong:
        raise ConfigError(f"{manifest}, line {line.number}: {wrong[0]}")
    return line.job


def _options(kind: type[Options], values: Values) -> Options:
    return kind(**{field.name: values[field.name] for field in fields(kind) if field.name in values})


def _transfer_problems(values: Values, settings: Settings) -> list[str]:
    """What does not go together."""
    problems = list(_settings_problems(settings))
    start, end = values.get("start", 0.0), values.get("end")
    if end is not None and end <= start:
        problems.append(f"end is {end:g}, but start is {start:g}; expected a later one")
    return problems


@lru_cache(maxsize=4096)
def _settings_problems(settings: Settings) -> tuple[str, ...]:
    """What is wrong with settings that are each in their range: one may not go with another."""
    try:
        with_values(Pipeline(), settings)
    except ConfigError as error:
        return (str(error),)
    return ()


def _folder(location: Location) -> Path:
    if isinstance(location, str):
        raise ConfigError(f'subject is "{location}"; expected a folder on a disk')
    return location


def _poses(values: Values, folder: Path) -> Path | None:
    return _path(values["poses"], folder) if "poses" in values else None


def _path(path: str, folder: Path) -> Path:
    return Path(os.path.normpath(os.path.join(folder, path)))
