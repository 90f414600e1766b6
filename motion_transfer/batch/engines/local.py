"""The engine for one machine: a process for each worker, each a program of its own.

A worker that is killed costs only its task, which another one repeats. A worker whose parent is gone ends at once.
Each runs in a session of its own, so that Ctrl-C reaches the parent only, which then ends them in order.
A worker's program is this module, started as `python -m` with the file descriptor of a pipe.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from motion_transfer.batch.engines.seats import Seat, WorkerLost, run_tasks, start_worker
from motion_transfer.batch.scheduler import Schedule
from motion_transfer.batch.task import Outcome, Result, Task, WorkerSettings
from motion_transfer.processes import start_program
from motion_transfer.video.lifeline import guard, release


def run_local(schedule: Schedule, settings: WorkerSettings) -> Generator[Result, None, None]:
    """Do all tasks of a schedule with processes on this machine; yields as `run_tasks`."""
    seats = [_LocalSeat(settings, number) for number in range(settings.workers)]
    timeout = settings.options.timeout

    def wait_for_news(busy: list[_LocalSeat]) -> None:
        wait([seat.connection for seat in busy], timeout=min(1.0, (timeout or 4) / 4))

    return run_tasks(schedule, seats, wait_for_news, timeout)


class _LocalSeat(Seat):
    """A worker's process, seen from its parent."""

    connection: Connection
    _process: subprocess.Popen[bytes] | None = None

    def give(self, task: Task) -> None:
        super().give(task)
        if self._process is None:
            self._start()
        self._send(task)

    def outcomes(self) -> tuple[Outcome, ...] | None:
        try:
            while self.connection.poll():
                message: tuple[Outcome, ...] | None = self.connection.recv()
                if message is not None:
                    return message
                self.began = time.monotonic()
        except (EOFError, OSError):
            assert self._process is not None  # it has a task
            self._process.kill()
            code = self._process.wait()
            why = f"signal {-code}" if code < 0 else f"exit code {code}"
            hint = "; perhaps the machine ran out of memory" if code == -9 else ""
            raise WorkerLost(f"the worker died ({why}{hint})") from None
        return None

    def ask_to_end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def end(self, grace: float = 0.0) -> None:
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        self._process.kill()
        self._process.wait()
        release(self._process)
        self._process = None
        self.connection.close()

    def _start(self) -> None:
        self.connection, theirs = Pipe()
        threads = str(self.settings.threads)
        module = "motion_transfer.batch.engines.local"
        self._process = start_program(module, theirs, OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
        guard(self._process)
        theirs.close()
        self._send((self.settings, self.number))

    def _send(self, message: object) -> None:
        with suppress(OSError):  # the worker is gone, which is noticed when its outcome is asked for
            self.connection.send(message)


def main(pipe: int) -> None:
    """Serve until the parent closes the pipe or asks to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # through the blocks that clean up
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Ends when the parent closes the pipe, or with the interruption of a training that was asked to end.
    with Connection(pipe) as connection, suppress(EOFError, ConnectionError, KeyboardInterrupt):
        worker = start_worker(*connection.recv())
        while True:
            task = connection.recv()
            connection.send(None)  # it has started
            connection.send(worker(task))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending; the parent may ask for that a moment later


if __name__ == "__main__":
    main(int(sys.argv[1]))
