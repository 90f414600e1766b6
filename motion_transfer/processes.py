"""Processes that work for this one: programs of their own, neither forks nor copies of the caller's `__main__`.

So a script needs no guard, and no lock or thread of the caller is inherited. Each runs in a session of its own, as
ffmpeg does: a Ctrl-C in the terminal reaches only the caller, which then ends them in order. One whose caller died ends
when it next sends something, or waits for something to do.
"""

import mmap
import os
import pickle
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import accumulate, pairwise
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from queue import SimpleQueue
from typing import Any, TypeVar

import cv2

from motion_transfer.errors import MotionTransferError, OutputError

Result = TypeVar("Result")

PATIENCE = 5.0  # seconds that a process has to end


def count_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_program(module: str, pipe: Connection, **variables: str) -> subprocess.Popen[bytes]:
    """Start a module as a program in a session of its own, given its end of a pipe, with environment variables.

    It imports from where the caller does, whatever lies in the working folder.
    """
    places = os.pathsep.join(place or os.getcwd() for place in sys.path)
    return subprocess.Popen(
        [sys.executable, "-m", module, str(pipe.fileno())],
        stdin=subprocess.DEVNULL,
        pass_fds=[pipe.fileno()],
        env=os.environ | {"PYTHONPATH": places, "PYTHONSAFEPATH": "1"} | variables,
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
        """Let all of them hold a state, which can be pickled; what functions do to it stays in their process.

        Its arrays are in memory once more, not once for each process.

        Raises:
            OutputError: the folder of temporary files is full.
        """
        self._state = state
        if self._all:
            buffers: list[pickle.PickleBuffer] = []
            pickled = pickle.dumps(state, pickle.HIGHEST_PROTOCOL, buffer_callback=buffers.append)
            with tempfile.TemporaryFile() as file:
                try:
                    sizes = [file.write(buffer.raw()) for buffer in buffers]
                    file.flush()
                except OSError as error:
                    raise OutputError(
                        f"{tempfile.gettempdir()}: what the processes that make frames share cannot be written there "
                        f"({error}). Free some space there, or set TMPDIR to another folder."
                    ) from error
                for process in self._all:
                    process.hold(pickled, sizes, file.fileno())

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

    def hold(self, pickled: bytes, sizes: Sequence[int], file: int) -> None:
        try:
            self._connection.send((pickled, sizes))
            send_handle(self._connection, file, self._process.pid)
        except OSError:
            raise self._ended() from None

    def call(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        try:
            self._connection.send_bytes(pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL))
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
            f"a process that helps this ended (exit status {self._process.returncode}), perhaps for lack of memory. "
            "Set the environment variable OMP_NUM_THREADS=1, so that frames are made one after the other."
        )


def main(descriptor: int) -> None:
    """Serve until the other side closes the pipe."""
    cv2.setNumThreads(1)  # the processes share the cores already
    with Connection(descriptor) as connection, suppress(EOFError, ConnectionError):
        state = _received_state(connection)
        while True:
            function, arguments = pickle.loads(connection.recv_bytes())
            try:
                result = function(state, *arguments)
            except Exception as error:
                result = picklable_error(error)
            connection.send_bytes(pickle.dumps(result, pickle.HIGHEST_PROTOCOL))


def _received_state(connection: Connection) -> Any:
    """The state, whose arrays lie in a file: memory holds them once for all processes, but for what one changes."""
    pickled, sizes = connection.recv()
    with open(recv_handle(connection), "rb") as file:
        memory = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)) if any(sizes) else memoryview(b"")
    ends = list(accumulate(sizes, initial=0))
    return pickle.loads(pickled, buffers=[memory[start:end] for start, end in pairwise(ends)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
