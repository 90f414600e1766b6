"""Silence for native libraries that write their log straight to the process's standard error."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STDERR = 2


@contextmanager
def suppress_native_stderr() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 away from the user, for as long as the block lasts.

    Python's own `sys.stderr` (progress bars, warnings, logging) goes on to reach the user: it is replaced by a
    duplicate of the real descriptor. If an exception leaves the block, the last lines that were held
    back are added to it as a note, since they may explain it. The redirection affects the entire process.
    """
    with tempfile.TemporaryFile() as log:
        real = os.dup(_STDERR)
        python_stderr = sys.stderr
        duplicate = open(real, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        with suppress(AttributeError, OSError, ValueError):  # no stream, or one without a descriptor
            if python_stderr.fileno() == _STDERR:
                python_stderr.flush()
                sys.stderr = duplicate
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
            duplicate.flush()
            if sys.stderr is duplicate:
                sys.stderr = python_stderr
            os.close(real)
