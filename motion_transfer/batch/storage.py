"""Files of a batch: on paths that every worker sees, or at addresses that fsspec knows, such as s3://bucket/dance.mp4.

An address is text with "://" in it. Its file is copied to a local folder whole before it is used, and stored whole:
it appears when all of it is there, or not at all.
"""

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from motion_transfer.errors import OutputError, VideoError
from motion_transfer.files import atomic_path

Place = Path | str
"""A path, or an address as text."""


def place_of(text: str, folder: Path) -> Place:
    """An address as it is; anything else as a path relative to a folder."""
    return text if "://" in text else Path(os.path.normpath(os.path.join(folder, text)))


def name_of(place: Place) -> str:
    """The file's name, without its folders."""
    return str(place).rsplit("/", 1)[-1] if isinstance(place, str) else place.name


@cache
def address_problem(protocol: str) -> str:
    """Why addresses of a kind, such as "s3", cannot be used here; empty if they can."""
    import fsspec

    try:
        fsspec.get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        return f"addresses that begin with {protocol}:// cannot be used: {error}"
    return ""


def stamp(place: Place) -> str:
    """Changes when the file does; empty where there is none. Of a path: its size and time of change."""
    if isinstance(place, Path):
        try:
            status = os.stat(place)
        except OSError:
            return ""
        return f"{status.st_size} {status.st_mtime_ns}"
    system, path = _at(place)
    try:
        return str(system.ukey(path))
    except FileNotFoundError:
        return ""


def exists(place: Place) -> bool:
    """Whether there is something at a place."""
    if isinstance(place, Path):
        return place.exists()
    system, path = _at(place)
    return bool(system.exists(path))


def fetch(address: str, folder: Path) -> Path:
    """A local copy of the file at an address: the one that is in the folder already, unless it has changed.

    Raises:
        VideoError: there is no such file, or it cannot be reached.
        OutputError: the disk is full.
    """
    try:
        key = hashlib.sha256(f"{address} {stamp(address)}".encode()).hexdigest()[:20]
        local = folder / f"{key}{Path(name_of(address)).suffix}"
        if not local.exists():
            folder.mkdir(parents=True, exist_ok=True)
            system, path = _at(address)
            with atomic_path(local) as temporary:
                system.get_file(path, str(temporary))
    except OutputError:
        raise
    except Exception as error:  # every file system has its own
        raise VideoError(f"{address} cannot be fetched: {type(error).__name__}: {error}. Check the address.") from error
    return local


def store(local: Path, address: str) -> None:
    """Put a file to an address; it appears there whole.

    Raises:
        OutputError: it cannot be written there.
    """
    try:
        system, path = _at(address)
        system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        with local.open("rb") as file, system.transaction, system.open(path, "wb") as there:
            shutil.copyfileobj(file, there, 1 << 20)
    except Exception as error:
        raise OutputError(
            f"{address} cannot be written: {type(error).__name__}: {error}. Check the address."
        ) from error


def _at(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path within it."""
    import fsspec

    system, path = fsspec.core.url_to_fs(address)
    return system, path
