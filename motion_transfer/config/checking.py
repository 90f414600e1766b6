"""Types and ranges of declared values, checked however an instance was made."""

from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from motion_transfer.errors import ConfigError
from motion_transfer.loading import shown


def check_fields(values: object, declared: type, form: str = "`{}`", *, without: frozenset[str] = frozenset()) -> None:
    """Compare the fields that a dataclass declares with its annotations, such as `Annotated[int, Field(ge=1, le=9)]`.

    `values` is an instance of `declared`; fields in `without` are not checked. A message names a field by `form`.

    Raises:
        ConfigError: names the first field of another type or out of its range.
    """
    for each in fields(declared):
        if each.name in without:
            continue
        value = getattr(values, each.name)
        try:
            _adapter(declared, each.name).validate_python(value, strict=True)
        except ValidationError as error:
            problem = error.errors()[0]["msg"].replace("Input", "it")
            raise ConfigError(f"{form.format(each.name)} is {shown(value)}, but {problem}.") from error


@cache
def _adapter(declared: type, name: str) -> TypeAdapter[Any]:
    hint = get_type_hints(declared, include_extras=True)[name]
    return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True))
