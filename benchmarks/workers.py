"""How much faster two workers of a batch are than one: the last table of `speed`."""

import tempfile
import time
from pathlib import Path

from benchmarks.clips import SAMPLES, SUBJECT
from benchmarks.harness import Column, Row, Table
from motion_transfer.batch import BatchOptions, Job, transfer_many
from motion_transfer.config.options import TransferOptions
from motion_transfer.pose_cache import PoseCache
from samples.make import FOOTAGE

PLACES = 5  # so many clips of ten seconds fit into the footage
COLUMNS = (
    Column("workers", "workers", "d"),
    Column("seconds", "seconds", ".1f", "lower"),
    Column("hourly", "clips an hour", ".0f", "higher"),
    Column("ratio", "times the first", ".2f", "higher"),
    Column("total", "seconds from the start", ".1f", "lower"),
)


def measure_workers(clips: int, seconds: float) -> Table:
    """Transfers of so many clips of so many seconds, parts of the sample's footage, onto the sample subject.

    From the video to the encoded result; poses are found in each run. A short clip for each worker goes before them, so
    that its libraries and the subject are there; what is counted comes after that.
    """
    rows = [_run(workers, clips, seconds) for workers in (1, 2)]
    for row in rows:
        row["ratio"] = row["hourly"] / rows[0]["hourly"]
    return Table("Batch", COLUMNS, rows, f"{clips} clips of {seconds:g} seconds.")


def _run(workers: int, clips: int, seconds: float) -> Row:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lengths = [0.2] * workers + [seconds] * clips
        starts = [number % PLACES * 11 + number // PLACES / 10 for number in range(len(lengths))]
        jobs = [
            Job(SAMPLES[FOOTAGE], SUBJECT, folder / f"{number}.mp4", TransferOptions(start=start, end=start + length))
            for number, (start, length) in enumerate(zip(starts, lengths, strict=True))
        ]
        began = warm = time.monotonic()
        batch = BatchOptions(workers=workers, device="cpu", cache=PoseCache(folder / "cache"))
        for number, result in enumerate(transfer_many(jobs, folder, batch), 1):
            assert result.status == "done", result.error
            assert result.extracted, "poses are part of the work"
            if number == workers:  # each worker had one of the short ones, which end first
                warm = time.monotonic()
        end = time.monotonic()
    return {"workers": workers, "seconds": end - warm, "hourly": clips / (end - warm) * 3600, "total": end - began}
