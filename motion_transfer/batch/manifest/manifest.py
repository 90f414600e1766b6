"""The list of a batch's jobs, read as a stream."""

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from motion_transfer.batch.job import Job, Settings, with_values
from motion_transfer.batch.manifest.columns import Columns
from motion_transfer.batch.manifest.rows import Row, read_rows
from motion_transfer.batch.storage import Place, place_of
from motion_transfer.batch.training_job import TrainingJob
from motion_transfer.config import Pipeline
from motion_transfer.errors import ConfigError
from motion_transfer.synthesis import SUBJECT

NAME = "{dance}-{subject}.mp4"
"""Name of an output that a line does not give."""

JOBS = Columns(
    ("source", "subject"),
    ("output", "start", "end", "person", "poses", "side_by_side", "background"),
    ("pose", "normalise", "encode"),  # drawing and networks are the subject's
)
TRAINING_COLUMNS = Columns(
    ("source", "subject"),
    ("pipeline", "steps", "minutes", "person", "poses", "force"),
    ("pose", "draw", "model", "train", "train_local", "train_face"),
)

Made = TypeVar("Made", Job, TrainingJob)


class Read(NamedTuple, Generic[Made]):
    """A line of a manifest."""

    line: int
    made: Made | None
    """What it says, its wrong columns aside; None where there are problems."""
    problems: list[str]
    columns: list[str]
    """What is wrong with the columns: most likely the same in every line."""


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
    for read in job_rows(manifest, out, name):
        yield _right(read, manifest)


def read_training_jobs(manifest: Path, out: Path) -> Iterator[TrainingJob]:
    """The training jobs of a manifest: columns are `TRAINING_COLUMNS` and settings, subjects are made in `out`.

    Raises:
        ConfigError: it cannot be read, or a line is wrong: `check_training_jobs` tells all of them.
    """
    for read in training_job_rows(manifest, out):
        yield _right(read, manifest)


def cross(dances: Sequence[Place], subjects: Sequence[Path], out: Path, name: str = NAME) -> Iterator[Job]:
    """A job for every dance and every subject, the subjects of one dance after each other.

    Raises:
        ConfigError: the template is wrong.
    """
    for dance in dances:
        for subject in subjects:
            source = dance.absolute() if isinstance(dance, Path) else dance
            yield Job(source, subject.absolute(), place_of(_fill(name, str(dance), subject), out))


def job_rows(manifest: Path, out: Path, name: str = NAME) -> "Iterator[Read[Job]]":
    """What the lines say, as jobs of `read_jobs`, and what is wrong with them."""
    folder = manifest.absolute().parent
    return (_job(line, row, folder, out, name) for line, row in read_rows(manifest))


def training_job_rows(manifest: Path, out: Path) -> "Iterator[Read[TrainingJob]]":
    """What the lines say, as trainings of `read_training_jobs`, and what is wrong with them."""
    folder = manifest.absolute().parent
    return (_lesson(line, row, folder, out) for line, row in read_rows(manifest))


def _right(read: "Read[Made]", manifest: Path) -> Made:
    wrong = [*read.columns, *read.problems]
    if read.made is None or wrong:
        raise ConfigError(f"{manifest}, line {read.line}: {wrong[0]}")
    return read.made


def _background(name: str, folder: Path) -> str:
    """A file by its path; what is none as it is."""
    path = _path(name, folder)
    return str(path) if path.is_file() else name


def _job(line: int, row: Row | str, folder: Path, out: Path, name: str) -> Read[Job]:
    if isinstance(row, str):
        return Read(line, None, [row], [])
    values, problems, columns = JOBS.read(row)
    settings = _settings(values)
    problems += _settings_problem(settings)
    start, end = values.get("start"), values.get("end")
    if end is not None and end <= (start or 0):
        problems.append(f"end is {end:g}, but start is {start or 0:g}; expected a later one")
    if problems:
        return Read(line, None, problems, columns)
    output = values.get("output") or _fill(name, values["source"], Path(values["subject"]))
    job = Job(
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
    return Read(line, job, [], columns)


def _lesson(line: int, row: Row | str, folder: Path, out: Path) -> Read[TrainingJob]:
    if isinstance(row, str):
        return Read(line, None, [row], [])
    values, problems, columns = TRAINING_COLUMNS.read(row)
    if problems:
        return Read(line, None, problems, columns)
    recipe = values.get("pipeline", "default")
    training_job = TrainingJob(
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
    return Read(line, training_job, [], columns)


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
