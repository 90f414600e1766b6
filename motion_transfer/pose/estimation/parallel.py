"""A clip's frames observed by several processes at once, each of which takes parts of the clip.

A part begins some frames early. The detector follows the person from frame to frame, so its result depends a little
on where it began; after the warm-up (`WARM_UP`) it is what it would have been in one go.

The processes are programs of their own (`motion_transfer.pose.estimation.worker`), see `motion_transfer.processes`.
"""

import pickle
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from motion_transfer.errors import PoseError
from motion_transfer.processes import count_cores, end_program, start_program
from motion_transfer.types import Frame

WARM_UP = 12  # frames that a part begins early, after which a tracked person no longer depends on the start
SHORTEST_PART = 120  # frames; starting a process takes as long as finding poses in about forty
PARTS_EACH = 2  # parts for each process, so that one which is done sooner takes more. Each costs a start and a warm-up
TOGETHER = 8  # frames or results in one message


@runtime_checkable
class Clip(Protocol):
    """Frames that can be read more than once and in parts, such as those of a `VideoReader`."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def part(self, first: int, stop: int) -> Iterable[Frame]:
        """The frames from `first` to `stop` (exclusive); can be pickled."""


Frames: TypeAlias = Clip | Sequence[Frame]
"""What can be divided: processes read parts of a clip themselves; parts of a list are sent to them."""

Observe = Callable[[Iterable[Frame], int], Iterator[Any]]
"""Called with consecutive frames and the number of the first; gives one result a frame. Can be pickled."""


@dataclass(frozen=True)
class Part:
    """A part of a clip: read from `begin`, of use from `first` to `stop` (exclusive)."""

    begin: int
    first: int
    stop: int


def count_workers(wanted: int, frames: int) -> int:
    """How many processes share the work: as `wanted`, 0 for the number of cores. A short clip is not worth any."""
    return max(1, min(wanted or count_cores(), frames // SHORTEST_PART))


def cut(frames: int, workers: int) -> list[Part]:
    """Cut a clip into parts of nearly the same length that overlap by the warm-up."""
    count = max(1, min(PARTS_EACH * workers, frames // SHORTEST_PART))
    edges = [frames * i // count for i in range(count + 1)]
    return [Part(max(0, a - WARM_UP), a, b) for a, b in pairwise(edges)]


def observe_in_parallel(
    frames: Frames, observe: Observe, workers: int, progress: Callable[[int], None] = lambda done: None
) -> list[Any]:
    """Give each of T frames to `observe`, in several processes, for T results.

    Memory: the results; of the frames each process holds one, of a list at most `TOGETHER`. Every few frames
    `progress` is called with the number of those that are done.

    Raises:
        MotionTransferError: what `observe` or reading the clip raised in a process.
        PoseError: a process ended without an answer.
    """
    results: list[Any] = [None] * len(frames)
    waiting, done = cut(len(frames), workers), 0
    progress(0)
    with ExitStack() as stack:
        idle = [stack.enter_context(_Worker(observe)) for _ in range(min(workers, len(waiting)))]
        busy: dict[Connection, _Worker] = {}
        while waiting or busy:
            while idle and waiting:
                worker = idle.pop()
                worker.take(waiting.pop(0), frames)
                busy[worker.connection] = worker
            for connection in wait(list(busy)):
                worker = busy[cast(Connection, connection)]
                at, found = worker.receive()
                results[at : at + len(found)] = found
                done += len(found)
                progress(done)
                if at + len(found) == worker.part.stop:
                    del busy[worker.connection]
                    idle.append(worker)
    return results


class _Worker:
    """A process that observes parts of a clip. A context manager; the process ends with the block."""

    part: Part

    def __init__(self, observe: Observe) -> None:
        self._observe = observe

    def __enter__(self) -> "_Worker":
        self.connection, theirs = Pipe()
        with theirs:
            self._process = start_program("motion_transfer.pose.estimation.worker", theirs)
        self._send(self._observe)
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()
        end_program(self._process)

    def take(self, part: Part, frames: Frames) -> None:
        """Begin a part."""
        self.part = part
        if isinstance(frames, Clip):
            self._send((part, frames.part(part.begin, part.stop)))
        else:
            self._frames = iter(frames[part.begin : part.stop])
            self._send((part, None))

    def receive(self) -> tuple[int, list[Any]]:
        """The next few results, and the frame of the first; none, if the process asked for frames and got them."""
        try:
            answer = self.connection.recv()
        except (EOFError, OSError):
            raise self._ended() from None
        if isinstance(answer, BaseException):
            raise answer
        if answer is None:
            self._send(list(islice(self._frames, TOGETHER)))
            return self.part.first, []
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
            f"a process that finds poses ended (exit status {self._process.returncode}), perhaps for lack of memory. "
            "Try again with fewer processes, such as 1 for `pose.workers`."
        )
