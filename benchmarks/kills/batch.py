"""A batch killed at random moments: its process group, one of its workers, or everything that it started."""

import argparse
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.harness import Row
from benchmarks.kills.single import train_words, unfinished_files
from benchmarks.processes import Process, finish, is_batch_worker, leftovers, start, wait_for_change
from motion_transfer.batch.journal import read_records

TARGETS = ("group", "worker", "everything")


def kill_batch(folder: Path, options: argparse.Namespace, chance: random.Random) -> Row:
    """Run a batch without interruption, and again with kills, and compare."""
    finish(start(folder, train_words("subject")))
    rows = [f"me.mp4,subject,me.npz,{n:03}.mp4,{n / 1000:.3f}" for n in range(options.jobs)]
    (folder / "jobs.csv").write_text("\n".join(["source,subject,poses,output,normalise.shift_x", *rows]) + "\n")
    words = f"batch jobs.csv --workers 2 --engine {options.engine} --device cpu --cache off".split()
    words += ["--quiet", "--no-credentials"]  # no signature is made twice, and files are compared
    words += ["--chunk", str(options.chunk)] if options.chunk else []
    finish(start(folder, [*words, "--out", "uninterrupted"]))
    counts, stamps = kill_until_done(folder / "interrupted", [*words, "--out", "interrupted"], options.kills, chance)
    equal, twice, unfinished = compare(folder, stamps)
    parts = f", parts of {options.chunk:g} s" if options.chunk else ""
    fair = counts.total() == options.kills and equal == options.jobs and not twice and not unfinished
    return {
        "what": f"batch, {options.engine}{parts} ({', '.join(f'{target} {counts[target]}' for target in TARGETS)})",
        "kills": counts.total(),
        "equal": f"{equal} of {options.jobs}",
        "twice": twice,
        "unfinished": unfinished,
        "processes": leftovers(folder),
        "failure": "" if fair else "it did not end as the uninterrupted batch, or before all kills",
    }


def kill_until_done(
    out: Path, words: list[str], kills: int, chance: random.Random
) -> tuple[Counter[str], dict[str, int]]:
    """Kill a batch, and start it again, so often; then let it end.

    Returns:
        How often each target was really killed, and the outputs' times of change when they were first found done.
    """
    counts: Counter[str] = Counter()
    stamps: dict[str, int] = {}
    process = start(out.parent, words, process_group=0)
    while counts.total() < kills and process.poll() is None:
        if chance.random() < 0.8:  # into the work: a job has begun or ended; the others into the start
            wait_for_change(out / "results.jsonl", process)
        time.sleep(chance.uniform(0, 2))
        target = TARGETS[counts.total() % len(TARGETS)]
        if process.poll() is None and kill_target(process, target, chance):
            counts[target] += 1
            for output in done(out):
                stamps.setdefault(output, Path(output).stat().st_mtime_ns)
            if target != "worker":
                process.wait()
                process = start(out.parent, words, process_group=0)
    finish(process)
    return counts, stamps


def kill_target(process: Process, target: str, chance: random.Random) -> bool:
    """Kill a batch or a part of it; whether there was something to kill."""
    if target == "group":
        os.killpg(process.pid, signal.SIGKILL)
        return True
    children = psutil.Process(process.pid).children(recursive=True)
    workers = [child for child in children if is_batch_worker(child)]
    victims = [chance.choice(workers)] if workers else []
    if target == "everything":
        victims = [psutil.Process(process.pid), *children]
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    return bool(victims)


def done(out: Path) -> Counter[str]:
    """How often each output was recorded as done."""
    return Counter(r["output"] for r in read_records(out / "results.jsonl") if r["status"] == "done")


def compare(folder: Path, stamps: dict[str, int]) -> tuple[int, int, int]:
    """Outputs that are equal, that were done more than once, and files that are not finished."""
    outputs = sorted((folder / "uninterrupted").glob("*.mp4"))
    equal = sum((folder / "interrupted" / one.name).read_bytes() == one.read_bytes() for one in outputs)
    twice = {output for output, count in done(folder / "interrupted").items() if count > 1}
    twice |= {output for output, stamp in stamps.items() if Path(output).stat().st_mtime_ns != stamp}
    return equal, len(twice), unfinished_files(folder)
