"""Processes that tests look for, and the limits that they set."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


def children(name: str, parent: int | None = None) -> list[int]:
    """The living processes that a process, this one if none is given, has started with `name` in their command."""
    found = []
    for child in psutil.Process(parent).children():
        try:
            if child.status() != psutil.STATUS_ZOMBIE and name in " ".join(child.cmdline()):
                found.append(child.pid)
        except psutil.Error:  # it has ended meanwhile
            continue
    return found


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """A block in which no file, also of processes that are started, becomes larger: it stands in for a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
