"""Files of a batch: on paths that every worker sees, or at addresses that fsspec knows, such as s3://bucket/dance.mp4.

An address is text with "://" in it. Its file is copied to a local folder before it is used; one that is
stored appears complete or not at all.
"""

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from motion_transfer.errors import OutputError, VideoError
from motion_transfer.files import atomic_path
from motion_transfer.marking.sidecar import SIDECAR, sidecar_path
from motion_transfer.unfinished import sweep

Location = Path | str  # a path, or an address as text
KEPT = 4  # files that stay in a worker's temporary folder for the next tasks


class Scratch:
    """A private folder for each worker of a batch; those that a killed worker of the same number left are deleted."""

    def __init__(self, state: Path, number: int) -> None:
        prefix = f"motion-transfer-{digest(state)}-{number}-"
        for left_behind in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            if left_behind.lstat().st_uid == os.getuid():
                shutil.rmtree(left_behind, ignore_errors=True)
        self.folder = Path(tempfile.mkdtemp(prefix=prefix))  # only this user can look into it
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Delete all but the newest files."""
        for path in sorted(self.folder.glob("*"), key=os.path.getmtime)[:-KEPT]:
            path.unlink(missing_ok=True)

    def local(self, location: Location) -> Path:
        """A path as it is; of an address a copy."""
        return location if isinstance(location, Path) else fetch(location, self.folder)

    @contextmanager
    def output(self, output: Location) -> Iterator[Path]:
        """Give a path to write an output to; at the block's end it goes to its address, if it has one."""
        local = output if isinstance(output, Path) else self.folder / f"out-{digest(output)}-{file_name(output)}"
        local.parent.mkdir(parents=True, exist_ok=True)
        sweep(local, every=True)
        yield local
        if isinstance(output, str):
            store(local, output)
            local.unlink()
            if (sidecar := sidecar_path(local)).exists():
                store(sidecar, output + SIDECAR)
                sidecar.unlink()


def parse_location(text: str, folder: Path) -> Location:
    """An address as it is, but a path where it is that of a file; anything else as a path relative to a folder."""
    for protocol in ("file://", "local://"):
        text = text.removeprefix(protocol)
    return text if "://" in text else Path(os.path.normpath(os.path.join(folder, text)))


def file_name(location: Location) -> str:
    """The file's name, without its folders."""
    return str(location).rsplit("/", 1)[-1] if isinstance(location, str) else location.name


@cache
def address_problem(protocol: str) -> str:
    """Why addresses of a kind, such as "s3", cannot be used here; empty if they can."""
    import fsspec

    try:
        fsspec.get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        return f"addresses that begin with {protocol}:// cannot be used: {error}"
    return ""


def stamp(location: Location) -> str:
    """Changes when the file does; empty where there is none. Of a path: its size and time of change."""
    if isinstance(location, Path):
        try:
            status = os.stat(location)
        except OSError:
            return ""
        return f"{status.st_size} {status.st_mtime_ns}"
    system, path = _at(location)
    try:
        return str(system.ukey(path))
    except FileNotFoundError:
        return ""


def exists(location: Location) -> bool:
    """Whether there is something at a location."""
    if isinstance(location, Path):
        return os.path.exists(location)
    system, path = _at(location)
    return bool(system.exists(path))


def fetch(address: str, folder: Path) -> Path:
    """A local copy of the file at an address: the one that is in the folder already, unless it has changed.

    Raises:
        VideoError: there is no such file, or it cannot be reached.
        OutputError: the disk is full.
    """
    try:
        key = hashlib.sha256(f"{address} {stamp(address)}".encode()).hexdigest()[:20]
        local = folder / f"{key}{Path(file_name(address)).suffix}"
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
    """Put a file to an address; it appears there complete or, with an `OutputError`, not at all."""
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


def digest(content: object) -> str:
    """A hash of JSON values and paths, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]
