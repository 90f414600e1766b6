"""The program of a process that finds poses for another: `python -m motion_transfer.pose.estimation.worker DESCRIPTOR`.

Through the pipe of that file descriptor it gets what to do with frames, then parts of a clip, one after the other. It
answers with results, a few at a time, or with the error that ended it. See `motion_transfer.pose.estimation.parallel`.
"""

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec, module_from_spec
from itertools import islice
from multiprocessing.connection import Connection

import cv2

from motion_transfer.pose.estimation.parallel import TOGETHER, Observe
from motion_transfer.processes import picklable_error
from motion_transfer.types import Frame


def main(descriptor: int) -> None:
    """Serve until the other side closes the pipe."""
    # SIGTERM ends it at once: it has nothing to put in order, and its ffmpeg ends with it (`video.lifeline`).
    cv2.setNumThreads(1)  # the processes share the cores already
    _skip_init("mediapipe")
    with Connection(descriptor) as connection, suppress(EOFError, ConnectionError):
        observe: Observe = connection.recv()
        while True:
            part, frames = connection.recv()
            try:
                if frames is None:
                    frames = _sent_frames(connection, part.stop - part.begin)
                results, at = observe(frames, part.begin), part.first
                deque(islice(results, part.first - part.begin), maxlen=0)  # the warm-up
                while found := list(islice(results, TOGETHER)):
                    connection.send((at, found))
                    at += len(found)
            except ConnectionError:  # the caller is gone
                raise
            except Exception as error:
                connection.send(picklable_error(error))
                return


def _sent_frames(connection: Connection, count: int) -> Iterator[Frame]:
    """Frames that the caller sends on request, a few at a time."""
    while count > 0:
        connection.send(None)
        frames = connection.recv()
        count -= len(frames)
        yield from frames


def _skip_init(package: str) -> None:
    """Let modules of a package be imported without running its `__init__`.

    That of MediaPipe imports all its solutions and Matplotlib to draw them, which takes longer than all else here.
    """
    if spec := find_spec(package):
        sys.modules[package] = module_from_spec(spec)


if __name__ == "__main__":
    main(int(sys.argv[1]))
