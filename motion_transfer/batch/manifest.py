"""The list of a batch's jobs: read as a stream, and checked as a whole before any work starts."""

import csv
import difflib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from motion_transfer.batch.job import Job, Value, with_values
from motion_transfer.config import Pipeline
from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.pose.choose import check_person
from motion_transfer.subject import read_pipeline

NAME = "{dance}-{subject}.mp4"
"""Name of an output that a line does not give."""

REQUIRED = ("source", "subject")
COLUMNS = (*REQUIRED, "output", "start", "end", "person", "poses", "side_by_side")
STAGES = ("pose", "normalise", "encode")
"""Those whose settings a transfer may change; drawing and networks are the subject's."""

NOT_HERE = frozenset({"pose.workers"})
"""A batch does several clips at a time, each in one process."""

SHOWN = 50
"""Problems that are listed one by one."""

Row = Mapping[str, Any]


def read_jobs(manifest: Path, out: Path, name: str = NAME) -> Iterator[Job]:
    """The jobs of a manifest, one at a time: CSV, JSON lines (.jsonl) or Parquet (.parquet), by the name's ending.

    Its paths are relative to the manifest's folder, but outputs to `out`.

    Args:
        manifest: the file; its columns are `COLUMNS` and settings such as "pose.smoothing".
        out: folder of the outputs.
        name: template of outputs that are not given, of {dance} and {subject}.

    Raises:
        ConfigError: it cannot be read, or a line is wrong: `check_manifest` tells all of them.
    """
    folder = manifest.absolute().parent
    for line, row in _rows(manifest):
        made = _job(line, row, folder, out, name)
        if not isinstance(made, Job):
            raise ConfigError(f"{manifest}, line {line}: {made[0]}")
        yield made


def cross(dances: Sequence[Path], subjects: Sequence[Path], out: Path, name: str = NAME) -> Iterator[Job]:
    """A job for every dance and every subject, the subjects of one dance after each other.

    Raises:
        ConfigError: the template is wrong.
    """
    for dance in dances:
        for subject in subjects:
            yield Job(dance.absolute(), subject.absolute(), _absolute(_fill(name, dance, subject), out))


def check_manifest(manifest: Path, out: Path, name: str = NAME) -> int:
    """Check all lines of a manifest; arguments as of `read_jobs`.

    Returns:
        How many jobs there are.

    Raises:
        ConfigError: lists what is wrong, with line numbers, up to `SHOWN` problems.
    """
    folder = manifest.absolute().parent
    return _check(str(manifest), ((line, _job(line, row, folder, out, name)) for line, row in _rows(manifest)))


def check_jobs(jobs: Iterable[Job]) -> int:
    """Check jobs that come from elsewhere in the same way.

    Raises:
        ConfigError: lists what is wrong.
    """
    return _check("the batch", enumerate(jobs, 1))


def _check(where: str, jobs: Iterable[tuple[int, Job | list[str]]]) -> int:
    problems: list[str] = []
    found = count = 0
    outputs: dict[str, int] = {}
    for count, (line, job) in enumerate(jobs, 1):  # noqa: B007
        if isinstance(job, Job):
            again = outputs.setdefault(os.path.normpath(job.output), line)
            wrong = [f'output is "{job.output}", the same as in line {again}'] if again != line else []
            wrong += _missing(str(job.source), str(job.subject), str(job.poses or ""))
        else:
            wrong = job
        found += len(wrong)
        problems += [f"line {line}: {problem}" for problem in wrong[: SHOWN - len(problems)]]
    _file_there.cache_clear()
    _subject_problem.cache_clear()
    if found:
        more = f"\n  and {found - len(problems)} more" if found > len(problems) else ""
        plural = "problem" if found == 1 else "problems"
        listed = "\n  ".join(problems)
        raise ConfigError(f"{where}: {found} {plural}, nothing was started.\n  {listed}{more}")
    if not count:
        raise ConfigError(f"{where} has no jobs; expected a line for each, under the columns source and subject.")
    return count


def _missing(source: str, subject: str, poses: str) -> list[str]:
    problems = []
    if not _file_there(source):
        problems.append(f"there is no file {source} (source)")
    if poses and not (_file_there(poses) or os.path.isdir(poses)):
        problems.append(f"there is no file {poses} (poses)")
    if wrong := _subject_problem(subject):
        problems.append(wrong)
    return problems


@cache
def _file_there(path: str) -> bool:
    return os.path.isfile(path)


@cache
def _subject_problem(folder: str) -> str:
    try:
        read_pipeline(Path(folder))
    except MotionTransferError as error:
        return str(error)
    return ""


def _rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    """Line numbers and rows; text instead of a row says what is wrong with it."""
    read = {".csv": _csv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows, ".parquet": _parquet_rows}
    kind = manifest.suffix.lower()
    if kind not in read:
        raise ConfigError(
            f"{manifest}: a manifest is .csv, .jsonl or .parquet. Rename it, or write it as one of these."
        )
    try:
        yield from read[kind](manifest)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{manifest} cannot be read as a manifest: {error}. Expected {kind[1:]} in UTF-8.") from error


def _csv_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    with manifest.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="", strict=True)
        for row in reader:
            yield reader.line_num, "more cells than columns" if row.get("") else row


def _json_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    with manifest.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except ValueError as error:
                yield line, f"no JSON: {error}"
                continue
            yield line, row if isinstance(row, dict) else "no JSON object; expected {...}"


def _parquet_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise ConfigError(f"{manifest}: Parquet needs pyarrow: pip install 'motion-transfer[batch]'.") from error
    try:
        with ParquetFile(manifest) as file:
            line = 0
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    line += 1
                    yield line, row
    except ArrowException as error:
        raise ConfigError(f"{manifest} cannot be read as a manifest: {error}. Expected Parquet.") from error


def _job(line: int, row: Row | str, folder: Path, out: Path, name: str) -> Job | list[str]:
    """The job of a row, or what is wrong with it."""
    if isinstance(row, str):
        return [row]
    given = {key: value for key, value in row.items() if key and value is not None and value != ""}
    problems = [problem for key in row if key and (problem := _column_problem(str(key)))]
    problems += [f"{key} is missing" for key in REQUIRED if key not in given]
    values: dict[str, Any] = {}
    for key, raw in given.items():
        if not _column_problem(key):
            try:
                values[key] = _value(key, raw) if isinstance(raw, str | bool | int | float) else _refuse(key, raw)
            except ConfigError as error:
                problems.append(str(error))
    settings = tuple(sorted((key, value) for key, value in values.items() if "." in key))
    problems += _settings_problem(settings)
    start, end = values.get("start"), values.get("end")
    if end is not None and end <= (start or 0):
        problems.append(f"end is {end:g}, but start is {start or 0:g}; expected a later one")
    if problems:
        return problems
    source, subject = _absolute(values["source"], folder), _absolute(values["subject"], folder)
    return Job(
        source,
        subject,
        _absolute(values.get("output") or _fill(name, source, subject), out),
        start,
        end,
        values.get("person", "largest"),
        _absolute(values["poses"], folder) if "poses" in values else None,
        values.get("side_by_side", False),
        settings,
        line,
    )


@cache
def _known() -> tuple[str, ...]:
    stages = {stage: type(getattr(Pipeline(), stage)) for stage in STAGES}
    settings = (f"{stage}.{setting.name}" for stage, table in stages.items() for setting in fields(table))
    return (*COLUMNS, *(setting for setting in settings if setting not in NOT_HERE))


@cache
def _column_problem(key: str) -> str:
    if key in _known():
        return ""
    # "smoothing" is meant as "pose.smoothing" more often than as anything spelled alike.
    meant = [name for name in _known() if name.endswith(f".{key}")] or difflib.get_close_matches(key, _known(), n=1)
    hint = f'; did you mean "{meant[0]}"?' if meant else f". Known: {', '.join(COLUMNS)}, and settings."
    return f'there is no column "{key}"{hint}'


def _value(key: str, raw: Value) -> Value | Path:
    if key in ("source", "subject", "output", "poses"):
        return str(raw)
    return _checked(key, type(raw).__name__, raw)


@lru_cache(maxsize=4096)
def _checked(key: str, kind: str, raw: Value) -> Value:
    """A cell's value in its type and range. Text is read as what is expected: "0.5" as a number. Kept for the next."""
    try:
        if key == "person":
            return check_person(str(raw))
        value: Value = _adapter(key).validate_python(raw)
    except ValidationError as error:
        problem = error.errors()[0]["msg"].replace("Input", "it")
        raise ConfigError(f"{key} is {raw!r}, but {problem}") from None
    except ConfigError as error:
        raise ConfigError(str(error).replace("--person", "person")) from None
    if key in ("start", "end") and not 0 <= float(value) < float("inf"):
        raise ConfigError(f"{key} is {raw!r}; expected seconds from 0")
    return value


@cache
def _adapter(key: str) -> TypeAdapter[Any]:
    stage, _, setting = key.partition(".")
    if setting:
        table = type(getattr(Pipeline(), stage))
        return TypeAdapter(get_type_hints(table, include_extras=True)[setting])
    return TypeAdapter({"start": float, "end": float, "side_by_side": bool}[key])


def _refuse(key: str, raw: object) -> Value:
    raise ConfigError(f"{key} is {raw!r}; expected a single value")


@lru_cache(maxsize=4096)
def _settings_problem(settings: tuple[tuple[str, Value], ...]) -> list[str]:
    """What is wrong with settings that are each in their range: one may not go with another."""
    try:
        with_values(Pipeline(), settings)
    except ConfigError as error:
        return [str(error)]
    return []


def _fill(name: str, dance: Path, subject: Path) -> str:
    try:
        return name.format(dance=dance.stem, subject=subject.name)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigError(
            f"--name is {name!r}; expected a template of {{dance}} and {{subject}}, as {NAME}."
        ) from error


def _absolute(path: str, folder: Path) -> Path:
    return Path(os.path.normpath(os.path.join(folder, path)))
