"""The program of a local worker, started as `python -m` with two file descriptors: PIPE LIFELINE.

See `motion_transfer.batch.engines.local`.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from motion_transfer.batch.engines.seats import start_worker


def main(pipe: int, lifeline: int) -> None:
    """Serve until the parent closes the pipe, asks to end, or is gone."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # through the blocks that clean up
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    # Ends when the parent closes the pipe, or with the interruption of a training that was asked to end.
    with Connection(pipe) as connection, suppress(EOFError, ConnectionError, KeyboardInterrupt):
        worker = start_worker(*connection.recv())
        while True:
            task = connection.recv()
            connection.send(None)  # it has started
            connection.send(worker(task))


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)  # nothing is ever written: it returns when the parent is gone
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
