"""A clip whose frames hold their numbers, and somebody who writes them down; other processes import them."""

import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from motion_transfer.errors import VideoError


@dataclass(frozen=True)
class Numbered:
    frames: int
    first: int = 0

    def __len__(self) -> int:
        return self.frames

    def __iter__(self) -> Iterator[np.ndarray]:
        for number in range(self.first, self.first + self.frames):
            yield np.full((2, 2, 3), number, np.int64)

    def part(self, first: int, stop: int) -> "Numbered":
        return Numbered(stop - first, self.first + first)


@dataclass(frozen=True)
class Recorder:
    """Gives each frame's number, and the process in which it was seen."""

    fail_at: int = -1
    error: str = ""

    def __call__(self, frames: Iterable[np.ndarray], first: int = 0) -> Iterator[tuple[int, int]]:
        for expected, frame in enumerate(frames, first):
            number = int(frame[0, 0, 0])
            assert number == expected
            if number == self.fail_at:
                self._fail(number)
            yield number, os.getpid()

    def _fail(self, number: int) -> None:
        if self.error == "video":
            raise VideoError(f"frame {number} is damaged")
        if self.error == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        1 / 0  # noqa: B018
