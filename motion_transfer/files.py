"""Results appear complete or not at all: they are written beside their place and renamed into it."""

import errno
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from motion_transfer.errors import DiskFullError, OutputError
from motion_transfer.types import StrPath
from motion_transfer.unfinished import sweep, temporary_path

Inputs = Iterable[StrPath | None]
Ours = Callable[[Path], bool]
"""Whether something in a folder is of an earlier result, and may be replaced with it."""

PATIENCE = 6.0  # seconds to wait for the lock of another process: one that was killed may take some to be gone


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a path to write to; what was written there becomes `path` when the block ends without an error.

    The temporary file lies in the same folder (a rename is atomic only within one file system), is
    hidden, and keeps the ending of `path`, from which ffmpeg and others read the format. It is
    removed when the block raises, Ctrl-C included; those that killed runs left of `path` are removed before.

    Raises:
        OutputError: nothing can be written there.
        DiskFullError: see its message.
    """
    sweep(path)
    temporary = temporary_path(path, "part", path.suffix)
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        _explain(error, path, temporary)
        raise
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, ours: Ours = lambda _: False) -> Iterator[Path]:
    """Give a folder to write files to; it becomes `path` when the block ends without an error.

    An earlier folder of that name is then deleted. At every other moment it is complete, under its own name or,
    between two renames, under a hidden one; a failure there brings it back, and the next call where this one is killed.

    Raises:
        OutputError: `path` is a file, or holds something that is not `ours` to delete; the disk is full.
    """
    sweep(path)
    check_folder(path, ours)
    temporary, old = temporary_path(path, "part"), temporary_path(path, "old")
    try:
        temporary.mkdir()
        yield temporary
        if path.exists():
            os.replace(path, old)
        os.replace(temporary, path)
    except OSError as error:
        _explain(error, path, temporary)
        raise
    finally:
        if old.exists() and not path.exists():
            os.replace(old, path)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_folder(path: Path, ours: Ours = lambda _: False, inputs: Inputs = ()) -> None:
    """Refuse, before any work is done, a folder that could not be written at the end.

    Raises:
        OutputError: the folder around it is missing or not writable; `path` is a file, or holds something not `ours`;
            it is one of `inputs` or holds one, or lies in a subject.
    """
    status = _status(path)
    _refuse_inputs(path, status, inputs)
    if status is not None and stat.S_ISDIR(status.st_mode):
        for other in path.iterdir():
            if not ours(other):
                raise OutputError(
                    f"{path} is a folder that also holds {other.name}; expected an empty or a new one. "
                    "Choose another `out`."
                )
    elif status is not None:
        raise OutputError(f"{path} is a file; expected the name of a folder. Choose another `out`.")
    _check_parent(path)


def check_output(path: Path, inputs: Inputs = ()) -> None:
    """Refuse, before any work is done, an output file that could not be written at the end.

    `inputs` is everything that the result is made from, files and folders; None for what is not given.

    Raises:
        OutputError: the folder is missing or takes no files; `path` is a folder or a device; it is one of `inputs`,
            by whatever path or link, or lies in a subject.
    """
    status = _status(path)
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise OutputError(f"{path} is a folder; expected the name of a file to write. Add a file name to `out`.")
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise OutputError(f"{path} is no regular file; expected the name of a file to write. Choose another `out`.")
    _refuse_inputs(path, status, inputs)
    _check_parent(path)
    if status is not None and not os.access(path, os.W_OK):
        raise _no_permission(path)


def check_results(folder: Path, names: Sequence[str], inputs: Inputs = ()) -> None:
    """Refuse, as `check_output`, a folder that files of these names could not be written to; it may be new."""
    for name in names:
        path = folder / name
        while not os.path.lexists(path.parent):
            path = path.parent
        check_output(path, inputs)


def check_different(*paths: Path | None) -> None:
    """Refuse results of one run that would replace each other."""
    given = [path for path in paths if path is not None]
    places = [real_path(path) for path in given]
    for path, place in zip(given, places, strict=True):
        if places.count(place) > 1:
            raise OutputError(f"{path} is given for two results. Choose a name for each.")


def check_not_input(path: Path, inputs: Inputs) -> None:
    """Refuse an output that is one of the inputs, or a file in one, by whatever path or link.

    Raises:
        OutputError: it is.
    """
    for status in _statuses(path):
        for source in (Path(one) for one in inputs if one is not None):
            if any(os.path.samestat(status, other) for other in _statuses(source, *_content(source))):
                raise OutputError(f"{path} is also the input; it would be overwritten. Choose another `out`.")


def check_outside_subjects(path: Path, planned: Path | None = None) -> None:
    """Refuse to write into the folder of a subject, where only what makes subjects writes.

    Raises:
        OutputError: `path` or a folder around it has a subject.json, is being trained in, or is `planned` as one.
    """
    place = real_path(path)
    for folder in (place, *place.parents):
        # Where a name is too long, Path.is_file raises.
        made = os.path.isfile(folder / "subject.json") or os.path.isfile(folder / "training" / "run.json")
        if made or (planned is not None and folder == real_path(planned)):
            raise OutputError(f"{path} lies in the subject {folder}, whose files are its own. Choose another `out`.")


def real_path(path: StrPath) -> Path:
    """A path without links; as it is where no file can have its name."""
    try:
        return Path(os.path.realpath(path))
    except ValueError:  # a zero byte
        return Path(path)


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
    """Lock an open file or folder until it is closed; raise `OutputError(busy)` where another process keeps it."""
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


def _status(path: Path) -> os.stat_result | None:
    """What there is under a name; nothing where it is free."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):  # of the latter `_check_parent` tells
        return None
    except (OSError, ValueError) as error:  # too long, or with a zero byte
        raise _cannot_be_written(path, error) from error


def _refuse_inputs(path: Path, status: os.stat_result | None, inputs: Inputs) -> None:
    """Refuse to replace an input, and to write into a subject."""
    sources = [Path(one) for one in inputs if one is not None]
    check_not_input(path, sources)
    for source in sources:
        around = _statuses(*real_path(source).parents)
        if status is not None and any(os.path.samestat(status, other) for other in around):
            raise OutputError(f"{path} holds the input {source}; it would be deleted. Choose another `out`.")
    check_outside_subjects(path)


def _content(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from folder.iterdir()


def _statuses(*places: Path) -> Iterator[os.stat_result]:
    for place in places:
        with suppress(OSError, ValueError):
            yield os.stat(place)


def _explain(error: OSError, path: Path, temporary: Path) -> None:
    """Turn the system's error about an unfinished file into an `OutputError`; let those about other files pass."""
    raise_if_disk_full(error, path)
    if error.filename is not None and os.fsdecode(error.filename).startswith(str(temporary)):
        raise _cannot_be_written(path, error) from error


def _check_parent(path: Path) -> None:
    """Refuse a folder that does not take files, by trying it."""
    folder = path.parent
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{path}: {folder} is a file; expected a folder. Choose another `out`.")
    if not folder.is_dir():
        raise OutputError(f"{path}: its folder {folder} does not exist. Create it first, or choose another `out`.")
    trial = temporary_path(path, "part")
    try:
        os.close(os.open(trial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except PermissionError:
        raise _no_permission(path) from None
    except FileNotFoundError:
        raise OutputError(f"{path}: its folder {folder} takes no files. Choose another `out`.") from None
    except OSError as error:
        raise_if_disk_full(error, path)
        raise _cannot_be_written(path, error) from error
    finally:  # also where a signal ends this between two lines
        with suppress(OSError):
            trial.unlink()


def _cannot_be_written(path: Path, error: OSError | ValueError) -> OutputError:
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"{path} cannot be written ({reason}). Choose another `out`.")


def _no_permission(path: Path) -> OutputError:
    return OutputError(f"{path}: no permission to write there. Choose another `out`.")
