"""Results appear whole or not at all: they are written beside their place and renamed into it."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from motion_transfer.errors import OutputError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a path to write to; what was written there becomes `path` when the block ends well.

    The temporary file lies in the same folder (a rename is atomic only within one file system), is
    hidden, and keeps the ending of `path`, from which ffmpeg and others read the format. It is
    removed when the block raises, Ctrl-C included.

    Raises:
        OutputError: the disk is full.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
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
    """Give a folder to write files to; it becomes `path` when the block ends well, in place of an earlier one.

    Args:
        path: the folder that is to be.
        ours: whether a file in an earlier folder of that name may be lost.

    Raises:
        OutputError: `path` is a file, or holds something that is not `ours`; the disk is full.
    """
    check_folder(path, ours)
    temporary, old = (path.with_name(f".{path.name}.{os.getpid()}.{kind}") for kind in ("part", "old"))
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
                    "Choose another --out."
                )
    elif path.exists():
        raise OutputError(f"{path} is a file; expected the name of a folder. Choose another --out.")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: its folder {path.parent} does not exist. Create it first, or choose another --out.")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path}: no permission to write there. Choose another --out.")


def raise_if_disk_full(error: OSError, path: Path) -> None:
    """Turn "no space left" (or a file-size limit) into an `OutputError`; let others pass."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        raise OutputError(
            f"{path}: the disk is full ({free_bytes_text(path)} free). Nothing was kept of the unfinished file; "
            "free some space or choose another place with --out."
        ) from error


def free_bytes_text(path: Path) -> str:
    """How much room is left where `path` lies, for people."""
    return f"{shutil.disk_usage(path.parent).free / 1e6:.0f} MB"


def check_output(path: Path, *, inputs: tuple[Path, ...] = ()) -> None:
    """Refuse, before any work is done, an output file that could not be written at the end.

    Raises:
        OutputError: the folder is missing or not writable, `path` is a folder, or it is one of `inputs`.
    """
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"{path}: its folder {folder} does not exist. Create it first, or choose another --out.")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; expected the name of a file to write. Add a file name to --out.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError(f"{path}: no permission to write there. Choose another --out.")
    for source in inputs:
        if path.exists() and source.exists() and path.samefile(source):
            raise OutputError(f"{path} is also the input; it would be overwritten. Choose another --out.")
