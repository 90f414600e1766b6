"""The columns of a manifest: which there are, and how their cells are read and checked."""

import difflib
import re
from collections.abc import Callable
from dataclasses import fields
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from motion_transfer.batch.job import Job, TrainingJob, Value
from motion_transfer.batch.manifest.rows import Row
from motion_transfer.config import Pipeline
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import ConfigError
from motion_transfer.marking.consent import parse_consent
from motion_transfer.pose.formats.pose_format import PoseFormat
from motion_transfer.pose.tracking.selection import check_person

REQUIRED = ("source", "subject")

CHECKS: dict[str, Callable[[str], object]] = {
    "person": check_person,
    "poses_format": PoseFormat.parse,
    "consent": parse_consent,
}
"""Columns of text that is not free."""

NO_COLUMNS = frozenset({"options", "settings", "line", "device", "pose.workers", "credentials", "sign_with"})
"""Fields that are not read from a cell; a batch does several clips at a time, each in one process, and who starts it
says how results are signed."""


class Columns:
    """What a manifest of one kind of job may contain: its fields, its options, and stages' settings ("pose.span")."""

    def __init__(self, job: type, options: type, stages: tuple[str, ...]) -> None:
        types = _types_of(job) | _types_of(options)
        self.plain = tuple(name for name in types if name not in NO_COLUMNS)
        for stage in stages:
            settings = _types_of(type(getattr(Pipeline(), stage)))
            types |= {f"{stage}.{name}": kind for name, kind in settings.items()}
        self._types = {name: kind for name, kind in types.items() if name not in NO_COLUMNS}

    def read(self, row: Row) -> tuple[dict[str, Any], list[str], list[str]]:
        """The values of a row's cells that are not empty, what is wrong with them, and with its columns."""
        given = {key: value for key, value in row.items() if key and value is not None and value != ""}
        unknown = [self._unknown(str(key)) for key in row if key and key not in self._types]
        problems = [f"{key} is missing" for key in REQUIRED if key not in given]
        values: dict[str, Any] = {}
        for key, raw in given.items():
            if key not in self._types:
                continue
            if not isinstance(raw, str | bool | int | float):
                problems.append(f"{key} is {str(raw)[:40]!r}; expected a single value")
                continue
            if isinstance(raw, str) and "\0" in raw:
                problems.append(f"{key} is {raw[:40]!r}; expected no zero byte")
                continue
            try:
                values[key] = self._checked(key, type(raw).__name__, raw)
            except ConfigError as error:
                problems.append(str(error))
        return values, problems, unknown

    @cache  # noqa: B019  the columns live as long as the program
    def _unknown(self, key: str) -> str:
        # "smoothing" is meant as "pose.smoothing" more often than as anything spelled alike.
        meant = [name for name in self._types if name.endswith(f".{key}")]
        meant = meant or difflib.get_close_matches(key, self._types, n=1)
        hint = f'; did you mean "{meant[0]}"?' if meant else f". Known: {', '.join(self.plain)}, and settings."
        return f'there is no column "{key}"{hint}'

    @lru_cache(maxsize=4096)  # noqa: B019  as above; most cells repeat
    def _checked(self, key: str, kind_of_raw: str, raw: Value) -> Value:
        """A cell's value in its type and range. Text is read as what is expected: "0.5" as a number."""
        if key in CHECKS:
            try:
                CHECKS[key](str(raw))
            except ConfigError as error:
                raise ConfigError(as_columns(str(error))) from None
            return str(raw)
        kind = self._types[key]
        if {str, Path} & {kind, *get_args(kind)}:
            return str(raw)
        try:
            value: Value = _adapter(kind).validate_python(raw)
        except ValidationError as error:
            problem = error.errors()[0]["msg"].replace("Input", "it")
            raise ConfigError(f"{key} is {raw!r}, but {problem}") from None
        return value


def as_columns(message: str) -> str:
    """Name the settings in an error as the columns that they are: without backticks."""
    return re.sub(r"`([a-z_.]+)`", r"\1", message)


def _types_of(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields, in their order."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


TRANSFER_COLUMNS = Columns(Job, TransferOptions, ("pose", "normalise", "encode"))
"""Drawing and networks are the subject's."""

TRAINING_COLUMNS = Columns(TrainingJob, TrainOptions, ("pose", "draw", "model", "train", "train_local", "train_face"))
