"""Kill a batch at random moments, start it again each time, and compare with one that was never interrupted.

    python -m benchmarks.batch_kills [--kills 20] [--jobs 24] [--engine local|ray] [--seed 0]

Half of the kills are of the command (SIGKILL), half of one of its workers. In the end every output must have the bytes
of the uninterrupted run, nothing half-written may lie about, and nothing that results.jsonl once called done may have
been done again. Footage and poses are drawn, the networks tiny, the commands real. Prints one line and exits with 1 on
failure.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.interruptions import draw_world, finish, start, wait_for_news
from motion_transfer.batch.state import read_records

WORKERS = ("motion_transfer.batch.process", "ray::_Actor")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=24)
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_world(folder)
        train = "train me.mp4 --out me --poses me.npz --pipeline tiny.toml --steps 3 --device cpu --quiet --force"
        finish(start(folder, train.split()))
        rows = [f"me.mp4,me,me.npz,{n:03}.mp4,{n / 1000:.3f}" for n in range(options.jobs)]
        (folder / "jobs.csv").write_text("\n".join(["source,subject,poses,output,normalise.shift_x", *rows]) + "\n")
        finish(start(folder, batch("whole", options.engine)))
        commands, workers = kill_batch(folder, options.kills, options.engine, random.Random(options.seed))
        equal, twice, unfinished = compare(folder)
    print(
        f"{options.engine}: command killed {commands} times, a worker {workers} times; "
        f"{equal} of {options.jobs} outputs equal, {twice} done twice, {unfinished} unfinished files"
    )
    return 0 if equal == options.jobs and not twice and not unfinished else 1


def batch(out: str, engine: str) -> list[str]:
    words = f"batch jobs.csv --out {out} --workers 2 --engine {engine} --device cpu --cache off --quiet"
    return words.split()


def kill_batch(folder: Path, kills: int, engine: str, chance: random.Random) -> tuple[int, int]:
    """Kill until `kills` are spent, then let the batch end; how often the command and a worker were really killed."""
    counts = Counter[str]()
    process = start(folder, batch("killed", engine))
    for number in range(kills):
        if chance.random() < 0.8:  # into the work, that is after a job has begun or ended; the others into the start
            wait_for_news(folder / "killed" / "results.jsonl", process)
        time.sleep(chance.uniform(0, 2))
        if number % 2 == 0:
            process.kill()
            counts["command"] += process.wait() == -signal.SIGKILL
            process = start(folder, batch("killed", engine))
        elif victims := workers_of(process):
            os.kill(chance.choice(victims), signal.SIGKILL)
            counts["worker"] += 1
    finish(process)
    return counts["command"], counts["worker"]


def workers_of(process: "subprocess.Popen[bytes]") -> list[int]:
    """The batch's workers that are alive."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            if any(name in " ".join(child.cmdline()) for name in WORKERS):
                found.append(child.pid)
        except psutil.Error:  # gone meanwhile
            continue
    return found


def compare(folder: Path) -> tuple[int, int, int]:
    """Outputs that are equal, that were done more than once, and files that nobody finished."""
    outputs = sorted((folder / "whole").glob("*.mp4"))
    equal = sum((folder / "killed" / one.name).read_bytes() == one.read_bytes() for one in outputs)
    done = Counter(r["output"] for r in read_records(folder / "killed" / "results.jsonl") if r["status"] == "done")
    return equal, sum(count > 1 for count in done.values()), len(list((folder / "killed").glob(".*.mp4")))


if __name__ == "__main__":
    sys.exit(main())
