"""Where the jobs of a batch may read from and write to."""

import os
from functools import lru_cache
from pathlib import Path
from string import Formatter

from motion_transfer.batch.options import BatchOptions
from motion_transfer.batch.storage import Location, parse_location
from motion_transfer.errors import ConfigError

NAME = "{dance}-{subject}.mp4"  # name of an output that a line does not give

STORES = {"file", "local", "memory", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "hdfs"}
"""Addresses of disks and stores, which were set up for it; all others are of servers that a manifest may name."""


def place_output(text: str, out: Path, options: BatchOptions) -> Location:
    """Where an output goes, given relative to `out`; out of it, also by links, only with `options.allow_outside`."""
    output = parse_location(text, out)
    if not options.allow_outside and not (isinstance(output, Path) and _is_in(output, out)):
        raise ConfigError(f'output is "{text}"; expected a path within {out}, unless `allow_outside` is given')
    return output


def place_source(text: str, folder: Path, options: BatchOptions) -> Location:
    """Where a source is, given relative to `folder`; on a server only with `options.allow_web`."""
    source = parse_location(text, folder)
    if isinstance(source, str) and not options.allow_web:
        for link in source.split("::"):
            protocol = link.partition("://")[0].lower()
            if protocol not in STORES:
                raise ConfigError(f'source is "{text}"; {protocol} is fetched only if `allow_web` is given')
    return source


def fill(name: str, dance: str, subject: Path) -> str:
    """The name of an output by a template that `check_template` accepts."""
    return name.format(dance=Path(dance).stem, subject=subject.name)


def check_template(name: str) -> None:
    """Refuse a template of other fields than {dance} and {subject}."""
    try:
        fields = [(field, form or "", way) for _, field, form, way in Formatter().parse(name) if field is not None]
    except ValueError:
        fields = [("", "", None)]
    if any(field not in ("dance", "subject") or form or way for field, form, way in fields):
        raise ConfigError(f"`name` is {name!r}; expected a template of {{dance}} and {{subject}}, as {NAME}.")


def _is_in(output: Path, out: Path) -> bool:
    place = os.path.join(real_path(str(output.parent)), output.name)
    place = os.path.realpath(place) if os.path.islink(place) else place
    return place.startswith(os.path.join(real_path(str(out)), ""))


@lru_cache(maxsize=4096)
def real_path(folder: str) -> str:
    """A folder's path without links; most jobs are of the same few folders."""
    return os.path.realpath(folder)
