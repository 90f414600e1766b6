"""Processes that work for this one: programs of their own, neither forks nor copies of the caller's `__main__`.

So a script needs no guard, and no lock or thread of the caller is inherited. Each runs in a session of its own, as
ffmpeg does: a Ctrl-C in the terminal reaches only the caller, which then ends them in order. One whose caller died ends
when it next sends something, or waits for something to do.
"""

import os
import pickle
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, TypeVar

import cv2

from motion_transfer.ahead import ahead
from motion_transfer.errors import MotionTransferError, OutputError

Result = TypeVar("Result")

PATIENCE = 5.0  # seconds that a process has to end


def count_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_program(module: str, pipe: Connection, **variables: str) -> subprocess.Popen[bytes]:
    """Start a module as a program in a session of its own, given its end of a pipe, with environment variables."""
    return subprocess.Popen(
        [sys.executable, "-m", module, str(pipe.fileno())],
        stdin=subprocess.DEVNULL,
        pass_fds=[pipe.fileno()],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | variables,
        start_new_session=True,
    )


def end_program(process: subprocess.Popen[bytes]) -> None:
    """Let a program end, in order if it does so soon."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    process.kill()
    process.wait()


def picklable_error(error: Exception) -> Exception:
    """An error in a form that every other process can read."""
    if isinstance(error, MotionTransferError):
        return error
    wrapped = RuntimeError(f"{type(error).__name__}: {error}")
    wrapped.add_note("In another process:\n" + "".join(traceback.format_exception(error)))
    return wrapped


class Processes:
    """Processes that each hold a copy of one state. A context manager; they end with the block.

        with Processes(4) as processes:
            processes.hold(state)
            result = processes.call(function, 7)  # function(state, 7), in one of them

    Args:
        count: how many; with 0 functions are called in this process, with the state itself.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._state: Any = None
        self._all: Sequence[_Process] = []
        self._idle: SimpleQueue[_Process] = SimpleQueue()

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> "Processes":
        self._all = [_Process() for _ in range(self._count)]
        for process in self._all:
            self._idle.put(process)
        return self

    def __exit__(self, *error: object) -> None:
        for process in self._all:
            process.end()

    def hold(self, state: Any) -> None:
        """Let all of them hold a state, which can be pickled; what functions do to it stays in their process."""
        self._state = state
        if self._all:
            pickled = pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
            deque(ahead(lambda process: process.send(pickled), self._all, self._count), maxlen=0)

    def tell(self, function: Callable[..., object], *arguments: Any) -> None:
        """`function(state, *arguments)` in every process; all must be idle."""
        for process in self._all:
            process.call(function, arguments)

    def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """`function(state, *arguments)` in the next process that is idle; may be called in several threads at once.

        Args:
            function: of a module.
            arguments: can be pickled, as the result can.

        Raises:
            MotionTransferError: what the function raised.
            OutputError: the process has ended without an answer.
        """
        if not self._all:
            return function(self._state, *arguments)
        process = self._idle.get()
        try:
            result: Result = process.call(function, arguments)
            return result
        finally:
            self._idle.put(process)


class _Process:
    """One of them, seen from its caller."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self._process = start_program("motion_transfer.processes", theirs, OMP_NUM_THREADS="1")

    def send(self, pickled: bytes) -> None:
        try:
            self._connection.send_bytes(pickled)
        except OSError:
            raise self._ended() from None

    def call(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        self.send(pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL))
        try:
            result = pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            raise self._ended() from None
        if isinstance(result, Exception):
            raise result
        return result

    def end(self) -> None:
        self._connection.close()
        end_program(self._process)

    def _ended(self) -> OutputError:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        return OutputError(
            f"a process that makes frames ended (exit status {self._process.returncode}), perhaps for lack of memory. "
            "Set the environment variable OMP_NUM_THREADS=1, so that frames are made one after the other."
        )


def main(descriptor: int) -> None:
    """Serve until the other side closes the pipe."""
    cv2.setNumThreads(1)  # the processes share the cores already
    with Connection(descriptor) as connection, suppress(EOFError, ConnectionError):
        state = pickle.loads(connection.recv_bytes())
        while True:
            function, arguments = pickle.loads(connection.recv_bytes())
            try:
                result = function(state, *arguments)
            except Exception as error:
                result = picklable_error(error)
            connection.send_bytes(pickle.dumps(result, pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main(int(sys.argv[1]))
