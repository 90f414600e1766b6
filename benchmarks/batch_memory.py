"""Does a batch's memory grow with its length? 10,000 jobs whose work is made up, through everything else.

    python -m benchmarks.batch_memory [--jobs 10000] [--lines 100000] [--engine local|ray]

Manifest, check, plan, journal and engine are the real ones; a worker answers at once. Prints the resident memory of the
batch's process and of its largest worker along the way, the jobs a second, what starting again costs, and how long the
check of a manifest of so many lines takes.
"""

import argparse
import tempfile
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil

from benchmarks.batch_kills import is_worker
from motion_transfer.batch import BatchOptions, BatchProgress, check_manifest, read_jobs
from motion_transfer.batch.run import run_batch
from motion_transfer.batch.task import Outcome, Task
from motion_transfer.batch.worker_settings import WorkerSettings
from motion_transfer.pose_cache import PoseCache
from motion_transfer.video import VideoWriter

SUBJECT = Path("samples/subjects/amara").absolute()


class Idle:
    """A worker that claims to have done its tasks, and leaves empty outputs."""

    def __init__(self, worker_settings: WorkerSettings, number: int) -> None:
        self.number = number

    def __call__(self, task: Task) -> tuple[Outcome, ...]:
        """Leave the outputs."""
        if task.kind == "transfer":
            for job in task.jobs:
                Path(job.output).touch()
        return tuple(Outcome(frames=250, seconds={task.kind: 0.0}) for _ in task.jobs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with VideoWriter(folder / "dance.mp4", size=(64, 64), fps=Fraction(25)) as video:
            video.write(np.zeros((64, 64, 3), np.uint8))
        manifest = write_manifest(folder / "jobs.csv", options.jobs)
        began = time.monotonic()
        check_manifest(write_manifest(folder / "long.csv", options.lines), folder / "out")
        print(f"check of {options.lines:,} lines: {time.monotonic() - began:.1f} s", flush=True)
        print("|  jobs done | batch MB | largest worker MB | jobs a second |\n|---:|---:|---:|---:|")
        run(manifest, folder / "out", options.jobs, options.engine)
        began = time.monotonic()
        again = run(manifest, folder / "out", options.jobs, options.engine, quiet=True)
        print(f"started again: {again.skipped:,} jobs skipped in {time.monotonic() - began:.1f} s")
        print(f"results.jsonl: {(folder / 'out' / 'results.jsonl').stat().st_size / options.jobs:.0f} bytes a job")


def write_manifest(path: Path, lines: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("source,subject,output,start,pose.smoothing\n")
        for number in range(lines):
            file.write(f"dance.mp4,{SUBJECT},{number % 100:02}/{number:07}.mp4,{number / 1000:.3f},median\n")
    return path


def run(manifest: Path, out: Path, jobs: int, engine: str, *, quiet: bool = False) -> BatchProgress:
    for number in range(100):
        (out / f"{number:02}").mkdir(parents=True, exist_ok=True)
    from benchmarks.batch_memory import Idle as Importable  # by workers, to whom `__main__` is something else

    options = BatchOptions(engine=engine, device="cpu")
    settings = WorkerSettings(options, 2, 1, PoseCache(out / "cache"), out.absolute() / ".batch", Importable)
    progress, began = BatchProgress(), time.monotonic()
    results = run_batch(read_jobs(manifest, out), settings, progress)
    for number, _ in enumerate(results, 1):
        if not quiet and number in {1, jobs // 100, jobs // 10, *range(jobs // 5, jobs + 1, jobs // 5)}:
            own, worker = memory()
            speed = number / (time.monotonic() - began)
            print(f"| {number:,} | {own:.1f} | {worker:.1f} | {speed:.0f} |", flush=True)
    return progress


def memory() -> tuple[float, float]:
    """Megabytes that this process holds, and that its largest worker does."""
    me, workers = psutil.Process(), [0.0]
    for child in me.children(recursive=True):
        with suppress(psutil.Error):
            if is_worker(child):
                workers.append(child.memory_info().rss / 1e6)
    return me.memory_info().rss / 1e6, max(workers)


if __name__ == "__main__":
    main()
