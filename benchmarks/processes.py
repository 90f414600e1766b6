"""Commands run as processes: started, waited for, killed, and their memory watched."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.harness import ROOT
from motion_transfer.errors import MotionTransferError

Process = subprocess.Popen[bytes]

BATCH_WORKERS = ("motion_transfer.batch.engines.local", "ray::_Actor")
"""What the command line of a batch's worker contains."""


def start(folder: Path, words: list[str], *, process_group: int | None = None) -> Process:
    """Start `motion-transfer` with some words, in a folder; one thread, so that its arithmetic is repeatable."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    environment["MOTION_TRANSFER_CACHE"] = "off"
    command = [sys.executable, "-m", "motion_transfer", *words]
    return subprocess.Popen(command, cwd=folder, env=environment, process_group=process_group)


def finish(process: Process) -> None:
    """Wait for the end of a process.

    Raises:
        MotionTransferError: it failed.
    """
    if process.wait() != 0:
        raise MotionTransferError(f"{process.args!r} failed with exit code {process.returncode}")


def kill(process: Process, after: float) -> bool:
    """Kill a process after some seconds; False if it had ended by itself."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def leftovers(folder: Path, patience: float = 20.0) -> int:
    """Processes whose command or current folder is in `folder`, once those that notice that they should end have."""
    until = time.monotonic() + patience
    while True:
        found = 0
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                living = process.status() != psutil.STATUS_ZOMBIE
                place = str(folder) in " ".join(process.cmdline()) or process.cwd().startswith(str(folder))
                found += living and place
        if not found or time.monotonic() > until:
            return found
        time.sleep(0.5)


def wait_for_change(path: Path, process: Process) -> None:
    """Wait until a file is written, while a process lives."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    while process.poll() is None and not (path.exists() and path.stat().st_mtime_ns > before):
        time.sleep(0.005)


def is_batch_worker(process: psutil.Process) -> bool:
    """Whether it is one of a batch's workers, alive."""
    try:
        return any(name in " ".join(process.cmdline()) for name in BATCH_WORKERS)
    except psutil.Error:  # it has ended meanwhile
        return False


def processor_seconds() -> tuple[float, float]:
    """Processor time that the machine has spent or lost since it was started, and that of this process's tree."""
    times = psutil.cpu_times()
    own = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.Error):
            own += sum(process.cpu_times()[:4])  # with those of its children that have ended
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice, own


def peak_memory(process: Process) -> dict[str, float]:
    """Watch a process to its end.

    Returns:
        Resident memory at most, in MB of 10^6 bytes, of the process itself ("python") and of all below it together
        ("children"), and the "seconds" that it took.

    Raises:
        MotionTransferError: it failed.
    """
    watched, began = psutil.Process(process.pid), time.monotonic()
    own = below = 0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            own = max(own, watched.memory_info().rss)
            below = max(below, sum(child.memory_info().rss for child in watched.children(recursive=True)))
        time.sleep(0.05)
    finish(process)
    return {"python": own / 1e6, "children": below / 1e6, "seconds": time.monotonic() - began}
