"""The list of a batch's jobs, read as a stream."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from motion_transfer.batch.job import Job, Settings, TrainingJob, with_values
from motion_transfer.batch.manifest.columns import TRAINING_COLUMNS, TRANSFER_COLUMNS, Columns
from motion_transfer.batch.manifest.places import NAME, check_template, fill, place_output, place_source
from motion_transfer.batch.manifest.rows import read_rows
from motion_transfer.batch.options import BatchOptions
from motion_transfer.batch.storage import Location
from motion_transfer.config import Pipeline
from motion_transfer.config.options import MarkingOptions, TrainOptions, TransferOptions
from motion_transfer.errors import ConfigError
from motion_transfer.types import StrPath

Kind = TypeVar("Kind", Job, TrainingJob)
Options = TypeVar("Options", TransferOptions, TrainOptions)
Values = dict[str, Any]


class Line(NamedTuple, Generic[Kind]):
    """A line of a manifest."""

    number: int
    job: Kind | None  # what it asks for, its unknown columns aside; None where there are problems
    problems: list[str]
    unknown: list[str]  # what is wrong with the columns: most likely the same in every line


class Manifest(ABC, Generic[Kind]):
    """The jobs of a manifest, one at a time: CSV, JSON lines (.jsonl) or Parquet (.parquet), by the name's ending.

    Its paths are relative to its folder, but outputs to `out`. Each iteration reads the file once.

    Args:
        path: the file; its columns are `columns`.
        out: folder of the outputs.
        options: what they allow; the others are of `transfer_many`.

    Raises:
        ConfigError: it cannot be read, or a line is wrong: `check_manifest` lists all of them.
    """

    columns: Columns

    def __init__(self, path: StrPath, out: StrPath, options: BatchOptions = BatchOptions()) -> None:
        self.path, self.out, self.options = Path(path), Path(out), options
        self._folder = self.path.absolute().parent

    def lines(self) -> Iterator[Line[Kind]]:
        """The lines as jobs, and what is wrong with them."""
        for number, row in read_rows(self.path):
            if isinstance(row, str):
                yield Line(number, None, [row], [])
                continue
            values, problems, unknown = self.columns.read(row)
            settings = tuple(sorted((key, value) for key, value in values.items() if "." in key))
            job = None
            try:
                problems += self._problems(values, settings)
                job = None if problems else self._make(values, settings, number)
            except ConfigError as error:
                problems.append(str(error))
            yield Line(number, job, problems, unknown)

    def __iter__(self) -> Iterator[Kind]:
        line: Line[Kind]
        for line in self.lines():
            if line.job is None or line.unknown:
                raise ConfigError(f"{self.path}, line {line.number}: {[*line.unknown, *line.problems][0]}")
            yield line.job

    @abstractmethod
    def _make(self, values: Values, settings: Settings, line: int) -> Kind:
        """The job of a line's values, settings among them."""

    def _problems(self, values: Values, settings: Settings) -> list[str]:
        """What does not go together."""
        return []

    def _path(self, path: str) -> Path:
        return Path(os.path.normpath(os.path.join(self._folder, path)))

    def _poses(self, values: Values) -> Path | None:
        return self._path(values["poses"]) if "poses" in values else None


class TransferManifest(Manifest[Job]):
    """Transfers; `name` is the template of outputs that are not given, of {dance} and {subject}. See `Manifest`."""

    columns = TRANSFER_COLUMNS

    def __init__(
        self, path: StrPath, out: StrPath, options: BatchOptions = BatchOptions(), *, name: str = NAME
    ) -> None:
        super().__init__(path, out, options)
        check_template(name)
        self._name = name

    def _make(self, values: Values, settings: Settings, line: int) -> Job:
        source, subject = place_source(values["source"], self._folder, self.options), self._path(values["subject"])
        output = place_output(
            values.get("output") or fill(self._name, values["source"], subject), self.out, self.options
        )
        if "background" in values and os.path.isfile(file := self._path(values["background"])):
            values["background"] = str(file)
        options = _options(TransferOptions, _marking(self.options) | values)
        return Job(source, subject, output, options, self._poses(values), settings, line)

    def _problems(self, values: Values, settings: Settings) -> list[str]:
        problems = list(_settings_problems(settings))
        start, end = values.get("start", 0.0), values.get("end")
        if end is not None and end <= start:
            problems.append(f"end is {end:g}, but start is {start:g}; expected a later one")
        return problems


class TrainingManifest(Manifest[TrainingJob]):
    """Trainings, whose subjects are made in `out`. See `Manifest`."""

    columns = TRAINING_COLUMNS

    def _make(self, values: Values, settings: Settings, line: int) -> TrainingJob:
        source = place_source(values["source"], self._folder, self.options)
        subject = place_output(values["subject"], self.out, self.options)
        if isinstance(subject, str):
            raise ConfigError(f'subject is "{subject}"; expected a folder on a disk')
        pipeline = values.get("pipeline", "default")
        return TrainingJob(
            source,
            subject,
            _options(TrainOptions, values),
            str(self._path(pipeline)) if pipeline.endswith(".toml") else pipeline,
            values.get("steps"),
            values.get("minutes"),
            self._poses(values),
            settings,
            line,
        )


def cross(
    dances: Sequence[Location],
    subjects: Sequence[StrPath],
    out: StrPath,
    name: str = NAME,
    options: BatchOptions = BatchOptions(),
) -> Iterator[Job]:
    """A job for every dance and every subject, the subjects of one dance after each other. Refuses a wrong `name`."""
    check_template(name)
    for dance in dances:
        for subject in map(Path, subjects):
            source = dance.absolute() if isinstance(dance, Path) else dance
            output = place_output(fill(name, str(dance), subject), Path(out), options)
            yield Job(source, subject.absolute(), output, TransferOptions(**_marking(options)))


def _marking(options: BatchOptions) -> Values:
    """How the batch's results say that they were generated."""
    return {field.name: getattr(options, field.name) for field in fields(MarkingOptions)}


def _options(kind: type[Options], values: Values) -> Options:
    return kind(**{field.name: values[field.name] for field in fields(kind) if field.name in values})


@lru_cache(maxsize=4096)
def _settings_problems(settings: Settings) -> tuple[str, ...]:
    """What is wrong with settings that are each in their range: one may not go with another."""
    try:
        with_values(Pipeline(), settings)
    except ConfigError as error:
        return (str(error),)
    return ()
