"""Processes that end with this one, however it ends: also where it is killed and can do nothing any more.

A guard, a shell of one line, reads which processes run. It ends when nobody can write to it any more, and then kills
those that were not taken back. (The system's own signal at a parent's death, PR_SET_PDEATHSIG, comes at the end of
the *thread* that started the process.)
"""

import atexit
import os
import subprocess
import threading
from contextlib import suppress

GUARD = """\
running=" "
while read -r sign number; do
    case $sign in
    +) running="$running$number " ;;
    -) case $running in *" $number "*) running="${running%% $number *} ${running#* $number }" ;; esac ;;
    esac
done
for number in $running; do kill -9 "$number"; done
"""

_lock = threading.Lock()
_guard: "subprocess.Popen[bytes] | None" = None


def guard(process: "subprocess.Popen[bytes]") -> None:
    """Let a child process be killed when this process is gone."""
    _tell("+", process.pid)


def release(process: "subprocess.Popen[bytes]") -> None:
    """Take back a child process that has ended."""
    _tell("-", process.pid)


def _tell(sign: str, number: int) -> None:
    global _guard
    with _lock, suppress(OSError):  # without a shell, or with a guard that was killed, only this service is missing
        if _guard is None:
            _guard = subprocess.Popen(
                ["/bin/sh", "-c", GUARD],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        assert _guard.stdin is not None
        _guard.stdin.write(f"{sign} {number}\n".encode())


def _end() -> None:
    """Let the guard end, in order; after a fork this is that of the parent, whom it stays with."""
    global _lock, _guard
    _lock = threading.Lock()
    if _guard is not None and _guard.stdin is not None:
        with suppress(subprocess.TimeoutExpired, SystemExit, KeyboardInterrupt):  # this process is ending anyway
            _guard.stdin.close()
            _guard.wait(1.0)
    _guard = None


atexit.register(_end)
os.register_at_fork(after_in_child=_end)
