"""Programs that start processes, and are ended."""

import os
import subprocess
import sys

import psutil


def assert_nothing_is_left_behind(program: str, how: int, lines: int, count: int = 2) -> None:
    """A Python program that is ended by a signal, once it has printed some lines, takes its processes along."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    with process:
        assert all(process.stdout.readline() for _ in range(lines))
        workers = psutil.Process(process.pid).children()
        assert len(workers) == count
        process.send_signal(how)
        process.wait(timeout=120)
        process.stdout.close()
    assert not psutil.wait_procs(workers, timeout=120)[1]
