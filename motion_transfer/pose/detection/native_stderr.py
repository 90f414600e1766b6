"""Silence for native libraries that write their log straight to the process's standard error."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def suppress_native_stderr() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 away from the user, for as long as the block lasts.

    Python's own `sys.stderr` (progress bars, warnings, logging) goes on to reach the user: it is moved to a
    duplicate of the real descriptor. Where an exception leaves the block, the last lines that were held
    back are added to it as a note, for they may say why. The redirection is the whole process's.
    """
    with tempfile.TemporaryFile() as log:
        real = os.dup(_STDERR)
        python_stderr = sys.stderr
        moved = open(real, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        if python_stderr is not None and _descriptor(python_stderr) == _STDERR:
            python_stderr.flush()
            sys.stderr = moved
        os.dup2(log.fileno(), _STDERR)
        try:
            yield
        except Exception as error:
            log.seek(0)
            if text := log.read().decode(errors="replace").strip():
                error.add_note("Native log before the error:\n" + "\n".join(text.splitlines()[-20:]))
            raise
        finally:
            os.dup2(real, _STDERR)
            moved.flush()
            if sys.stderr is moved:
                sys.stderr = python_stderr
            os.close(real)


def _descriptor(stream: object) -> int | None:
    """The file descriptor under a stream, if it has one."""
    try:
        return int(stream.fileno())  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        return None
