"""A clip's frames observed by several processes at once: each takes parts of the clip and reads them itself.

A part begins some frames early. The detector follows the person from frame to frame, so what it sees depends a little
on where it began; after the warm-up (`WARM_UP`) it sees what it would have seen in one go.

The processes are programs of their own (`motion_transfer.pose.estimation.worker`), neither forks nor copies of the
caller's `__main__`: so a script that estimates poses needs no guard, and no lock or thread of the caller is
inherited. Each runs in a session of its own, as ffmpeg does: a Ctrl-C in the terminal reaches only the caller, which
then ends them in order. One whose caller died ends when it next sends something.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from motion_transfer.errors import MotionTransferError, PoseError
from motion_transfer.types import Frame

Result = TypeVar("Result")

WARM_UP = 12
"""Frames that a part begins early: half a second, after which a tracked person no longer depends on the start."""

SHORTEST_PART = 120
"""Frames; starting a process takes as long as finding poses in about forty."""

PARTS_EACH = 2
"""Parts for each process, so that one which is done sooner takes more. Each costs a start and a warm-up."""


@runtime_checkable
class Clip(Protocol):
    """Frames that can be read more than once and in parts, such as those of a `VideoReader`."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def part(self, first: int, stop: int) -> Iterable[Frame]:
        """The frames from `first` up to, without, `stop`; can be pickled."""


Observe = Callable[[Iterable[Frame], int], Iterator[Any]]
"""Called with consecutive frames and the number of the first; gives one result a frame. Can be pickled."""


@dataclass(frozen=True)
class Part:
    """A part of a clip: read from `begin`, of use from `first` up to, without, `stop`."""

    begin: int
    first: int
    stop: int


def count_workers(wanted: int, frames: int) -> int:
    """How many processes shall share the work.

    Args:
        wanted: that many, 0 for as many as there are cores.
        frames: of the clip; a short one is not worth the start of a process.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(wanted or cores, frames // SHORTEST_PART))


def cut(frames: int, workers: int) -> list[Part]:
    """Cut a clip into parts of nearly the same length that overlap by the warm-up."""
    count = max(1, min(PARTS_EACH * workers, frames // SHORTEST_PART))
    edges = [frames * i // count for i in range(count + 1)]
    return [Part(max(0, a - WARM_UP), a, b) for a, b in pairwise(edges)]


def observe_in_parallel(clip: Clip, observe: Observe, workers: int) -> Iterator[list[Any]]:
    """Give each frame of a clip to `observe`, in several processes.

    Memory: the results; of the frames each process holds one.

    Args:
        clip: T frames.
        observe: see `Observe`.
        workers: processes.

    Yields:
        After every few frames that were observed anywhere, the list of all T results, filled so far (None where
        not yet): at the end it is whole.

    Raises:
        MotionTransferError: what `observe` or reading the clip raised in a process.
        PoseError: a process ended without saying why.
    """
    results: list[Any] = [None] * len(clip)
    waiting = cut(len(clip), workers)
    with ExitStack() as stack:
        idle = [stack.enter_context(_Worker(observe)) for _ in range(min(workers, len(waiting)))]
        busy: dict[Connection, _Worker] = {}
        while waiting or busy:
            while idle and waiting:
                worker, part = idle.pop(), waiting.pop(0)
                worker.take(part, clip)
                busy[worker.connection] = worker
            for connection in wait(list(busy)):
                worker = busy[cast(Connection, connection)]
                at, found = worker.receive()
                results[at : at + len(found)] = found
                if at + len(found) == worker.part.stop:
                    del busy[worker.connection]
                    idle.append(worker)
                yield results


class _Worker:
    """A process that observes parts of a clip. A context manager; the process ends with the block."""

    part: Part

    def __init__(self, observe: Observe) -> None:
        self._observe = observe

    def __enter__(self) -> "_Worker":
        self.connection, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-m", "motion_transfer.pose.estimation.worker", str(theirs.fileno())]
            environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment,
                start_new_session=True,
            )
        self._send(self._observe)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()

    def take(self, part: Part, clip: Clip) -> None:
        self.part = part
        self._send((part, clip.part(part.begin, part.stop)))

    def receive(self) -> tuple[int, list[Any]]:
        """The next few results, and the frame of the first."""
        try:
            answer = self.connection.recv()
        except (EOFError, OSError):
            raise self._ended() from None
        if isinstance(answer, BaseException):
            raise answer
        return cast(tuple[int, list[Any]], answer)

    def _send(self, what: object) -> None:
        try:
            self.connection.send_bytes(pickle.dumps(what))
        except OSError:
            raise self._ended() from None

    def _ended(self) -> PoseError:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        return PoseError(
            f"a process that finds poses ended (exit status {self._process.returncode}), perhaps for want of memory. "
            "Try again with fewer of them, such as --pose.workers 1."
        )


def picklable_error(error: Exception) -> Exception:
    """An error in a form that every other process can read."""
    if isinstance(error, MotionTransferError):
        return error
    import traceback

    wrapped = RuntimeError(f"{type(error).__name__}: {error}")
    wrapped.add_note("In a process that finds poses:\n" + "".join(traceback.format_exception(error)))
    return wrapped
