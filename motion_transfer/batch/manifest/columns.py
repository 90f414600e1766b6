"""The columns of a manifest: which there are, and how their cells are read and checked."""

import difflib
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Annotated, Any, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from motion_transfer.batch.job import Value
from motion_transfer.batch.manifest.rows import Row
from motion_transfer.config import Pipeline
from motion_transfer.errors import ConfigError
from motion_transfer.pose.tracking.selection import check_person

Moment = Annotated[float, Field(ge=0, allow_inf_nan=False)]

KINDS: dict[str, Any] = {
    "start": Moment,
    "end": Moment,
    "side_by_side": bool,
    "force": bool,
    "steps": Annotated[int, Field(ge=1)],
    "minutes": Annotated[float, Field(gt=0, allow_inf_nan=False)],
}
"""Types of the columns that are no text."""

NOT_HERE = frozenset({"pose.workers"})
"""A batch does several clips at a time, each in one process."""


@dataclass(frozen=True)
class Columns:
    """What a manifest may say."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    stages: tuple[str, ...]
    """Those whose settings are columns too, such as "pose.smoothing"."""

    def read(self, row: Row) -> tuple[dict[str, Any], list[str], list[str]]:
        """The values of a row's cells that are not empty, what is wrong with them, and with its columns."""
        given = {key: value for key, value in row.items() if key and value is not None and value != ""}
        columns = [problem for key in row if key and (problem := _column_problem(self, str(key)))]
        problems = [f"{key} is missing" for key in self.required if key not in given]
        values: dict[str, Any] = {}
        for key, raw in given.items():
            if _column_problem(self, key):
                continue
            try:
                values[key] = _checked(key, type(raw).__name__, raw) if _single(raw) else _refuse(key, raw)
            except ConfigError as error:
                problems.append(str(error))
        return values, problems, columns


def _single(raw: object) -> bool:
    return isinstance(raw, str | bool | int | float)


@cache
def _known(columns: Columns) -> tuple[str, ...]:
    stages = {stage: type(getattr(Pipeline(), stage)) for stage in columns.stages}
    settings = (f"{stage}.{setting.name}" for stage, table in stages.items() for setting in fields(table))
    return (*columns.required, *columns.optional, *(setting for setting in settings if setting not in NOT_HERE))


@cache
def _column_problem(columns: Columns, key: str) -> str:
    known = _known(columns)
    if key in known:
        return ""
    # "smoothing" is meant as "pose.smoothing" more often than as anything spelled alike.
    meant = [name for name in known if name.endswith(f".{key}")] or difflib.get_close_matches(key, known, n=1)
    plain = ", ".join((*columns.required, *columns.optional))
    hint = f'; did you mean "{meant[0]}"?' if meant else f". Known: {plain}, and settings."
    return f'there is no column "{key}"{hint}'


@lru_cache(maxsize=4096)
def _checked(key: str, kind: str, raw: Value) -> Value:
    """A cell's value in its type and range. Text is read as what is expected: "0.5" as a number. Kept for the next."""
    try:
        if key == "person":
            return check_person(str(raw))
        if "." not in key and key not in KINDS:
            return str(raw)
        value: Value = _adapter(key).validate_python(raw)
    except ValidationError as error:
        problem = error.errors()[0]["msg"].replace("Input", "it")
        raise ConfigError(f"{key} is {raw!r}, but {problem}") from None
    except ConfigError as error:
        raise ConfigError(str(error).replace("--person", "person")) from None
    return value


@cache
def _adapter(key: str) -> TypeAdapter[Any]:
    stage, _, setting = key.partition(".")
    if setting:
        return TypeAdapter(get_type_hints(type(getattr(Pipeline(), stage)), include_extras=True)[setting])
    return TypeAdapter(KINDS[key])


def _refuse(key: str, raw: object) -> Value:
    raise ConfigError(f"{key} is {raw!r}; expected a single value")
