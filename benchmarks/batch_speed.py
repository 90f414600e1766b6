"""How much faster are two workers than one, and what does Ray cost?

    python -m benchmarks.batch_speed [--clips 12] [--seconds 10] [--runs local:1 local:2 ray:2]

Every run transfers so many clips of so many seconds onto the sample subject: parts of her own footage, whose poses are
given (samples/footage.npz), so that what is measured is reading, synthesis and encoding. A first clip of each worker
warms it up and does not count. Needs a quiet machine. Prints the clips an hour and their ratio to the first run.
"""

import argparse
import tempfile
import time
from pathlib import Path

from motion_transfer.batch import Job, transfer_many
from motion_transfer.cache import PoseCache
from motion_transfer.pose import load_poses, save_poses

SAMPLES = Path("samples").absolute()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", nargs="+", default=["local:1", "local:2", "ray:2"])
    options = parser.parse_args()
    print(f"| engine, workers | seconds for {options.clips} clips of {options.seconds:g} s | clips an hour | ratio |")
    print("|---|---:|---:|---:|")
    first = 0.0
    with tempfile.TemporaryDirectory() as name:
        for run in options.runs:
            engine, workers = run.split(":")
            seconds = measure(Path(name), engine, int(workers), options.clips, options.seconds)
            hourly = options.clips / seconds * 3600
            first = first or hourly
            print(f"| {engine}, {workers} | {seconds:.1f} | {hourly:.0f} | {hourly / first:.2f} |", flush=True)


def measure(folder: Path, engine: str, workers: int, clips: int, length: float) -> float:
    """Seconds from the first worker's being warm until the last clip is there."""
    out = folder / f"{engine}{workers}"
    jobs = [job(folder, out, number, length if number >= workers else 0.2) for number in range(workers + clips)]
    cache = PoseCache(folder / "cache")
    results = transfer_many(jobs, out, engine=engine, workers=workers, device="cpu", cache=cache)
    began = 0.0
    for number, result in enumerate(results):
        assert result.status == "done", result.error
        if number == workers - 1:  # the short ones are done first, so all workers are there
            began = time.monotonic()
    return time.monotonic() - began


def job(folder: Path, out: Path, number: int, length: float) -> Job:
    """Ten seconds of the footage, from another place for each."""
    poses = load_poses(SAMPLES / "footage.npz")
    count, start = round(length * poses.fps), round((number % 5) * 11 * poses.fps)
    part = folder / f"{number % 5}-{count}.npz"
    if not part.exists():
        save_poses(part, poses[start : start + count])
    begin = float(start / poses.fps)
    return Job(
        SAMPLES / "footage.mp4",
        SAMPLES / "subjects" / "amara",
        out / f"{number}.mp4",
        start=begin,
        end=float((start + count) / poses.fps),
        poses=part,
    )


if __name__ == "__main__":
    main()
