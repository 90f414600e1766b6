"""How much faster are two workers than one, and what does Ray cost?

    python -m benchmarks.batch_speed [--clips 4] [--seconds 10] [--runs local:1 local:2 ray:2]

Every run transfers so many clips of so many seconds onto the sample subject: parts of her own footage, from the video
to the encoded result; poses are found anew in each run. A short clip for each worker goes before them, so that its
libraries and the subject are there. Needs a quiet machine. Prints the clips an hour after that, their ratio to the
first run, and the whole time from the start.
"""

import argparse
import tempfile
import time
from pathlib import Path

from motion_transfer.batch import Job, transfer_many
from motion_transfer.cache import PoseCache

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
    print("| engine, workers | seconds | clips an hour | ratio | seconds from the start |")
    print("|---|---:|---:|---:|---:|")
    first = 0.0
    for run in options.runs:
        engine, workers = run.split(":")
        with tempfile.TemporaryDirectory() as name:
            warm, whole = measure(Path(name), engine, int(workers), options.clips, options.seconds)
        hourly = options.clips / warm * 3600
        first = first or hourly
        row = f"{warm:.1f} | {hourly:.0f} | {hourly / first:.2f} | {whole:.1f}"
        print(f"| {engine}, {workers} | {row} |", flush=True)


def measure(folder: Path, engine: str, workers: int, clips: int, length: float) -> tuple[float, float]:
    """Seconds until the last clip is there: from the first moment when every worker was warm, and from the start."""
    lengths = [0.2] * workers + [length] * clips
    jobs = [job(folder, number, seconds) for number, seconds in enumerate(lengths)]
    began = warm = time.monotonic()
    cache = PoseCache(folder / "cache")
    results = transfer_many(jobs, folder, engine=engine, workers=workers, device="cpu", cache=cache)
    for number, result in enumerate(results, 1):
        assert result.status == "done", result.error
        assert result.extracted, "poses are part of the work"
        if number == workers:  # each worker had one of the short ones, which end first
            warm = time.monotonic()
    return time.monotonic() - warm, time.monotonic() - began


def job(folder: Path, number: int, length: float) -> Job:
    """A part of the footage, from another place for each."""
    start = number % PLACES * 11 + number // PLACES / 10
    subject = SAMPLES / "subjects" / "amara"
    return Job(SAMPLES / "footage.mp4", subject, folder / f"{number}.mp4", start=start, end=start + length)


if __name__ == "__main__":
    main()
