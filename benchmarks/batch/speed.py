"""How much faster are two workers than one, and what does Ray cost?

Every run transfers so many clips of so many seconds onto the sample subject: parts of her own footage, from the video
to the encoded result; poses are found in each run. A short clip for each worker goes before them, so that its
libraries and the subject are there. Clips an hour are counted after that.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.clips import SAMPLES, SUBJECT
from benchmarks.harness import Column, Row, Table, Workspace
from motion_transfer.batch import BatchOptions, Job, transfer_many
from motion_transfer.config.options import TransferOptions
from motion_transfer.pose_cache import PoseCache
from samples.make import FOOTAGE

PLACES = 5  # so many clips of ten seconds fit into the footage
COLUMNS = (
    Column("engine", "engine"),
    Column("workers", "workers", "d"),
    Column("seconds", "seconds", ".1f", "lower"),
    Column("hourly", "clips an hour", ".0f", "higher"),
    Column("ratio", "times the first", ".2f", "higher"),
    Column("total", "seconds from the start", ".1f", "lower"),
    Column("others", "cores of other programs", ".2f"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", nargs="+", default=["local:1", "local:2", "ray:2"], metavar="ENGINE:WORKERS")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    work.bind(clips=options.clips, seconds=options.seconds)
    rows = []
    for name in options.runs:
        engine, workers = name.split(":")
        rows.append(work.once(name.replace(":", "-"), lambda e=engine, w=int(workers): measure(e, w, options)))
        rows[-1]["ratio"] = rows[-1]["hourly"] / rows[0]["hourly"]
    note = (
        f"{options.clips} clips of {options.seconds:g} seconds. Where other programs had more than a few hundredths of "
        "a core, a row says little."
    )
    return [Table("Speed", COLUMNS, rows, note)]


def measure(engine: str, workers: int, options: argparse.Namespace) -> Row:
    """One run: seconds from the moment when every worker was warm to the last clip, and from the start."""
    before = processor_seconds()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lengths = [0.2] * workers + [options.seconds] * options.clips
        starts = [number % PLACES * 11 + number // PLACES / 10 for number in range(len(lengths))]
        jobs = [
            Job(SAMPLES[FOOTAGE], SUBJECT, folder / f"{number}.mp4", TransferOptions(start=start, end=start + seconds))
            for number, (start, seconds) in enumerate(zip(starts, lengths, strict=True))
        ]
        began = warm = time.monotonic()
        batch = BatchOptions(engine=engine, workers=workers, device="cpu", cache=PoseCache(folder / "cache"))
        results = transfer_many(jobs, folder, batch)
        for number, result in enumerate(results, 1):
            assert result.status == "done", result.error
            assert result.extracted, "poses are part of the work"
            if number == workers:  # each worker had one of the short ones, which end first
                warm = time.monotonic()
        seconds, total = time.monotonic() - warm, time.monotonic() - began
    everything, own = (after - then for after, then in zip(processor_seconds(), before, strict=True))
    row: Row = {"engine": engine, "workers": workers, "seconds": seconds, "hourly": options.clips / seconds * 3600}
    return row | {"total": total, "others": (everything - own) / total}


def processor_seconds() -> tuple[float, float]:
    """Processor time that the machine has spent or lost since it was started, and that of this process's tree."""
    times = psutil.cpu_times()
    own = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.Error):
            own += sum(process.cpu_times()[:4])  # with those of its children that have ended
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice, own
