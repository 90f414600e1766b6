"""Unfinished files: their hidden names beside the results that they become, and removing what was left behind."""

import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

LONGEST = 160
"""Bytes of a name that stay in its temporary one; file systems take 255, and endings and a number come to it."""

ABANDONED = 86_400.0  # seconds after which an unfinished file of another machine is taken for left behind


def sweep(path: Path, *, every: bool = False) -> None:
    """Delete the unfinished files and folders that killed runs left of an output.

    With `every`, also those of runs that may live: no other one writes this output.
    """
    suffixes = rf"(\.picture\.mp4|\.parts\.txt|(\.picture|\.signed)?{re.escape(path.suffix)})"
    left = re.compile(rf"\.{re.escape(_stem(path, path.suffix))}\.(\d+)-([0-9a-f]+)-[0-9a-f]+\.part{suffixes}")
    folder = re.compile(rf"\.{re.escape(_stem(path))}\.(\d+)-([0-9a-f]+)-[0-9a-f]+\.(?:part|old)")
    names: list[str] = []
    with suppress(OSError):
        names = os.listdir(path.parent)
    for name in (name for name in names if name.startswith(".") and (".part" in name or ".old" in name)):
        match = left.fullmatch(name) or folder.fullmatch(name)
        if match is None:
            continue
        unfinished = path.with_name(name)
        with suppress(OSError):
            if not (every or _is_left(unfinished, int(match[1]), match[2])):
                continue
            if name.endswith(".old") and not path.exists():
                os.replace(unfinished, path)
            elif unfinished.is_dir():
                shutil.rmtree(unfinished, ignore_errors=True)
            else:
                unfinished.unlink()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A private folder among the system's temporary ones, deleted with the block; killed runs' are deleted before."""
    place = Path(tempfile.gettempdir(), "motion-transfer")
    sweep(place)
    folder = temporary_path(place, "part")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def temporary_path(path: Path, kind: str, suffix: str = "") -> Path:
    """A hidden name beside `path` that no other process uses, on this or another machine."""
    return path.with_name(f".{_stem(path, suffix)}.{os.getpid()}-{_machine()}-{secrets.token_hex(4)}.{kind}{suffix}")


def _stem(path: Path, suffix: str = "") -> str:
    """The name of `path` in a temporary one, which is longer: where that may not be, a hash of it."""
    stem = path.name.removesuffix(suffix)
    return stem if len(os.fsencode(stem)) <= LONGEST else hashlib.sha256(os.fsencode(stem)).hexdigest()[:40]


@cache
def _machine() -> str:
    """A short name for where process numbers mean the same: this system since it was started, or a container."""
    facts = [platform.node()]
    with suppress(OSError):  # only Linux has them
        facts = [Path("/proc/sys/kernel/random/boot_id").read_text(), os.readlink("/proc/self/ns/pid")]
    return hashlib.sha256(" ".join(facts).encode()).hexdigest()[:8]


def _is_left(unfinished: Path, process: int, machine: str) -> bool:
    """Whether the process that made it is gone; of another machine's, whether that was long ago."""
    if machine != _machine():
        return time.time() - unfinished.lstat().st_mtime > ABANDONED
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False
