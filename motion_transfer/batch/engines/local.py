"""The engine for one machine: a process for each worker, each a program of its own.

A worker that is killed costs only its task, which another one begins anew. A worker whose parent is gone ends at once.
Each runs in a session of its own, so that Ctrl-C reaches the parent only, which then ends them in order.
"""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from motion_transfer.batch.scheduler import Schedule
from motion_transfer.batch.task import Outcome, Result, Task
from motion_transfer.batch.worker_settings import WorkerSettings

GRACE = 5.0
"""Seconds that a worker gets to end in order."""


def run_local(schedule: Schedule, worker_settings: WorkerSettings) -> Generator[Result, None, None]:
    """Do all tasks of a schedule with processes on this machine.

    Yields:
        The results, as they come. Closing the iterator ends the workers.
    """
    places: list[_Process | None] = [None] * worker_settings.workers
    try:
        while True:
            for number, process in enumerate(places):
                if process is not None and process.task is not None:
                    continue
                task = schedule.take()
                if task is None:
                    break
                process = process or _Process(worker_settings, number)
                places[number] = process
                process.give(task)
            yield from schedule.failures()
            busy = {number: process for number, process in enumerate(places) if process is not None and process.task}
            if not busy:
                return
            wait(
                [process.connection for process in busy.values()], timeout=min(1.0, (worker_settings.timeout or 4) / 4)
            )
            for number, process in busy.items():
                task = process.task
                assert task is not None  # it is busy
                try:
                    outcomes = process.outcomes(worker_settings.timeout)
                except _Gone as gone:
                    places[number] = None
                    yield from schedule.give_up(task, str(gone), lost=gone.lost)
                else:
                    if outcomes is not None:
                        yield from schedule.finish(task, outcomes)
    finally:
        _end([process for process in places if process is not None])


class _Gone(Exception):
    """A worker is gone, and with it what it did: lost, or ended because it took too long."""

    def __init__(self, why: str, *, lost: bool) -> None:
        super().__init__(why)
        self.lost = lost


class _Process:
    """A worker's process, seen from its parent."""

    def __init__(self, worker_settings: WorkerSettings, number: int) -> None:
        self.task: Task | None = None
        self._began: float | None = None  # once the worker has started up and has the task
        self.connection, theirs = Pipe()
        # Its reading end is all that the worker has; it ends when no process has the writing end any more.
        lifeline, self._lifeline = os.pipe()
        command = [
            sys.executable,
            "-m",
            "motion_transfer.batch.engines.local_process",
            str(theirs.fileno()),
            str(lifeline),
        ]
        threads = str(worker_settings.threads)
        self._process = subprocess.Popen(
            command,
            pass_fds=(theirs.fileno(), lifeline),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            env=os.environ
            | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
            | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        theirs.close()
        os.close(lifeline)
        self._send((worker_settings, number))

    def give(self, task: Task) -> None:
        self.task, self._began = task, None
        self._send(task)

    def outcomes(self, timeout: float | None) -> tuple[Outcome, ...] | None:
        """What became of the task's jobs, or None while it is worked on.

        Raises:
            _Gone: the worker has died, or was ended because it took too long.
        """
        outcomes = self._received()
        if outcomes is not None:
            self.task = None
            return outcomes
        jobs = len(self.task.jobs) if self.task else 1
        if timeout is not None and self._began is not None and time.monotonic() > self._began + timeout * jobs:
            self.kill()
            raise _Gone(f"took longer than {timeout:g} s (--timeout) and was given up", lost=False)
        return None

    def _received(self) -> tuple[Outcome, ...] | None:
        try:
            while self.connection.poll():
                message = self.connection.recv()
                if isinstance(message, tuple):
                    return message
                self._began = time.monotonic()
        except (EOFError, OSError):
            self.kill()
            code = self._process.returncode
            why = f"signal {-code}" if code < 0 else f"exit code {code}"
            hint = "; perhaps the machine ran out of memory" if code == -9 else ""
            raise _Gone(f"the worker died ({why}{hint})", lost=True) from None
        return None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._close()

    def ask_to_end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()

    def end(self, within: float) -> None:
        """Wait for the end that was asked for; kill what does not end."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, within))
        self.kill()

    def _send(self, message: object) -> None:
        with suppress(OSError):  # the worker is gone, which is noticed when its outcome is asked for
            self.connection.send(message)

    def _close(self) -> None:
        self.connection.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


def _end(processes: list[_Process]) -> None:
    """End workers in order, all at the same time."""
    for process in processes:
        process.ask_to_end()
    until = time.monotonic() + GRACE
    for process in processes:
        process.end(until - time.monotonic())


def serve(connection: Connection) -> None:
    """What a worker's process does: tasks, until its parent closes the pipe."""
    with suppress(EOFError, ConnectionError, KeyboardInterrupt):  # the last: a training that was asked to end
        worker_settings, number = connection.recv()
        worker = worker_settings.worker(number)
        while True:
            task = connection.recv()
            connection.send("begun")
            connection.send(worker(task))
