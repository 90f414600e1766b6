"""How much faster are two workers than one, and what does Ray cost?

    python -m benchmarks.batch_speed [--clips 4] [--seconds 10] [--runs local:1 local:2 ray:2]

Every run transfers so many clips of so many seconds onto the sample subject: parts of her own footage, from the video
to the encoded result; poses are found anew in each run. A short clip for each worker goes before them, so that its
libraries and the subject are there. Prints the clips an hour after that, their ratio to the first run, the whole time
from the start, and how many cores other programs had meanwhile: above a few hundredths, the run says little.
"""

import argparse
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from motion_transfer.batch import BatchOptions, Job, transfer_many
from motion_transfer.config.options import TransferOptions
from motion_transfer.pose_cache import PoseCache

SAMPLES = Path("samples").absolute()
PLACES = 5
"""The footage has room for so many clips of ten seconds."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", nargs="+", default=["local:1", "local:2", "ray:2"])
    options = parser.parse_args()
    print(f"{options.clips} clips of {options.seconds:g} seconds\n")
    print("| engine, workers | seconds | clips an hour | ratio | seconds from the start | cores of others |")
    print("|---|---:|---:|---:|---:|---:|")
    first = 0.0
    for run in options.runs:
        engine, workers = run.split(":")
        before = processor_seconds()
        with tempfile.TemporaryDirectory() as name:
            warm, whole = measure(Path(name), engine, int(workers), options.clips, options.seconds)
        hourly = options.clips / warm * 3600
        first = first or hourly
        everybody, own = (after - then for after, then in zip(processor_seconds(), before, strict=True))
        row = f"{warm:.1f} | {hourly:.0f} | {hourly / first:.2f} | {whole:.1f} | {(everybody - own) / whole:.2f}"
        print(f"| {engine}, {workers} | {row} |", flush=True)


def measure(folder: Path, engine: str, workers: int, clips: int, length: float) -> tuple[float, float]:
    """Seconds until the last clip is there: from the first moment when every worker was warm, and from the start."""
    lengths = [0.2] * workers + [length] * clips
    jobs = [job(folder, number, seconds) for number, seconds in enumerate(lengths)]
    began = warm = time.monotonic()
    cache = PoseCache(folder / "cache")
    options = BatchOptions(engine=engine, workers=workers, device="cpu", cache=cache)
    results = transfer_many(jobs, folder, options)
    for number, result in enumerate(results, 1):
        assert result.status == "done", result.error
        assert result.extracted, "poses are part of the work"
        if number == workers:  # each worker had one of the short ones, which end first
            warm = time.monotonic()
    return time.monotonic() - warm, time.monotonic() - began


def processor_seconds() -> tuple[float, float]:
    """Processor time that the machine has spent or lost since it was started, and that of this process's tree."""
    times = psutil.cpu_times()
    own = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.Error):
            own += sum(process.cpu_times()[:4])  # with those of its children that have ended
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice, own


def job(folder: Path, number: int, length: float) -> Job:
    """A part of the footage, from another place for each."""
    start = number % PLACES * 11 + number // PLACES / 10
    subject = SAMPLES / "subjects" / "amara"
    options = TransferOptions(start=start, end=start + length)
    return Job(SAMPLES / "footage.mp4", subject, folder / f"{number}.mp4", options)


if __name__ == "__main__":
    main()
