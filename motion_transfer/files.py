"""Results appear complete or not at all: they are written beside their place and renamed into it."""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from motion_transfer.errors import DiskFullError, OutputError

PATIENCE = 6.0
"""Seconds to wait for the lock of another process: one that was killed may take some to be gone."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a path to write to; what was written there becomes `path` when the block ends without an error.

    The temporary file lies in the same folder (a rename is atomic only within one file system), is
    hidden, and keeps the ending of `path`, from which ffmpeg and others read the format. It is
    removed when the block raises, Ctrl-C included.

    Raises:
        DiskFullError: see its message.
    """
    temporary = _temporary(path, "part", path.suffix)
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise_if_disk_full(error, path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Give a folder to write files to; it becomes `path` when the block ends without an error.

    An earlier folder of that name is then deleted. At every other moment it is complete, under its own name or,
    between two renames, under a hidden one; a failure there brings it back.

    Args:
        path: the folder to make.
        ours: whether a file in an earlier folder may be deleted.

    Raises:
        OutputError: `path` is a file, or holds something that is not `ours`; the disk is full.
    """
    check_folder(path, ours)
    temporary, old = _temporary(path, "part"), _temporary(path, "old")
    try:
        temporary.mkdir()
        yield temporary
        if path.exists():
            os.replace(path, old)
        os.replace(temporary, path)
    except OSError as error:
        raise_if_disk_full(error, path)
        raise
    finally:
        if old.exists() and not path.exists():
            os.replace(old, path)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_folder(path: Path, ours: Callable[[Path], bool]) -> None:
    """Refuse, before any work is done, a folder that could not be written at the end.

    Raises:
        OutputError: the folder around it is missing or not writable; `path` is a file, or holds something not `ours`.
    """
    if path.is_dir():
        for other in path.iterdir():
            if not ours(other):
                raise OutputError(
                    f"{path} is a folder that also holds {other.name}; expected an empty or a new one. "
                    "Choose another `out`."
                )
    elif path.exists():
        raise OutputError(f"{path} is a file; expected the name of a folder. Choose another `out`.")
    _check_parent(path)


def check_output(path: Path, *, inputs: tuple[Path, ...] = ()) -> None:
    """Refuse, before any work is done, an output file that could not be written at the end.

    Raises:
        OutputError: the folder is missing or not writable, `path` is a folder, or it is one of `inputs`.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; expected the name of a file to write. Add a file name to `out`.")
    _check_parent(path)
    if path.exists():
        if not os.access(path, os.W_OK):
            raise _no_permission(path)
        if any(source.exists() and path.samefile(source) for source in inputs):
            raise OutputError(f"{path} is also the input; it would be overwritten. Choose another `out`.")


def raise_if_disk_full(error: OSError, path: Path) -> None:
    """Turn the system's error of a full disk into a `DiskFullError`; let others pass."""
    if is_disk_full(error):
        raise disk_full(path) from error


def disk_full(path: Path) -> DiskFullError:
    """The error that says that `path` could not be written for lack of space."""
    free = shutil.disk_usage(path.parent).free / 1e6
    return DiskFullError(
        f"{path}: the disk is full ({free:.0f} MB free). Nothing was kept of the unfinished file; "
        "free some space or choose another place with `out`."
    )


def wait_for_lock(descriptor: int, busy: str) -> None:
    """Lock an open file or folder against other processes that do so, until it is closed.

    Raises:
        OutputError: another process has the lock and keeps it; its message is `busy`.
    """
    began = time.monotonic()
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - began > PATIENCE:
                raise OutputError(busy) from None
            time.sleep(0.1)


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no space left, a quota used up, or a limit of the file's size reached."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return full or isinstance(error, DiskFullError)


def _temporary(path: Path, kind: str, suffix: str = "") -> Path:
    """A hidden name beside `path` that no other process uses, on this or another machine."""
    stem = path.name.removesuffix(suffix)
    return path.with_name(f".{stem}.{os.getpid()}-{secrets.token_hex(4)}.{kind}{suffix}")


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise OutputError(f"{path}: its folder {path.parent} does not exist. Create it first, or choose another `out`.")
    if not os.access(path.parent, os.W_OK):
        raise _no_permission(path)


def _no_permission(path: Path) -> OutputError:
    return OutputError(f"{path}: no permission to write there. Choose another `out`.")
