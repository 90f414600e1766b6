"""Kill a batch at random moments, start it again each time, and compare with one that was never interrupted.

    python -m benchmarks.batch_kills [--kills 20] [--jobs 60] [--engine local|ray] [--chunk SECONDS] [--seed 0]

The kills (SIGKILL) are in turn of the command's process group, of one of its workers, and of the command with
everything that it started. In the end every output must have the bytes of the uninterrupted run, nothing half-written
may lie about, and nothing that results.jsonl once called done may have been done again: neither by its records nor by
the files' times of change. Footage and poses are drawn, the networks tiny, the commands real. Prints one line, and
exits with 1 on failure.
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
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.interruptions import draw_world, finish, start, wait_for_news
from motion_transfer.batch.journal import read_records

WORKERS = ("motion_transfer.batch.engines.local_process", "ray::_Actor")
TARGETS = ("group", "worker", "everything")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    parser.add_argument("--chunk", type=float, help="cut the clips, of four seconds each")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_world(folder)
        train = "train me.mp4 --out me --poses me.npz --pipeline tiny.toml --steps 3 --device cpu --quiet --force"
        finish(start(folder, train.split()))
        rows = [f"me.mp4,me,me.npz,{n:03}.mp4,{n / 1000:.3f}" for n in range(options.jobs)]
        (folder / "jobs.csv").write_text("\n".join(["source,subject,poses,output,normalise.shift_x", *rows]) + "\n")
        words = f"batch jobs.csv --workers 2 --engine {options.engine} --device cpu --cache off --quiet".split()
        words += ["--chunk", str(options.chunk)] if options.chunk else []
        began = time.monotonic()
        finish(start(folder, [*words, "--out", "whole"]))
        whole = time.monotonic() - began
        killed = Killed(folder / "killed", [*words, "--out", "killed"])
        counts = killed.until_done(options.kills, random.Random(options.seed))
        seconds = time.monotonic() - began - whole
        equal, twice, unfinished = compare(folder, killed.stamps)
    print(
        f"{options.engine}{f', parts of {options.chunk:g} s' if options.chunk else ''}: "
        f"killed {', '.join(f'{target} {counts[target]} times' for target in TARGETS)}, done in {seconds:.0f} s "
        f"(uninterrupted {whole:.0f} s); {equal} of {options.jobs} outputs equal, {twice} done twice, "
        f"{unfinished} unfinished files"
    )
    fair = sum(counts.values()) == options.kills
    return 0 if fair and equal == options.jobs and not twice and not unfinished else 1


class Killed:
    """A batch that is killed again and again."""

    def __init__(self, out: Path, words: list[str]) -> None:
        self.out = out
        self.words = words
        self.stamps: dict[str, int] = {}
        """Times of change of the outputs when they were first seen to be done."""

    def until_done(self, kills: int, chance: random.Random) -> Counter[str]:
        """Kill, and start again, so often; then let it end. How often what was really killed."""
        counts: Counter[str] = Counter()
        process = self._start()
        while sum(counts.values()) < kills and process.poll() is None:
            if chance.random() < 0.8:  # into the work: a job has begun or ended; the others into the start
                wait_for_news(self.out / "results.jsonl", process)
            time.sleep(chance.uniform(0, 2))
            target = TARGETS[sum(counts.values()) % len(TARGETS)]
            if process.poll() is None and kill(process, target, chance):
                counts[target] += 1
                self._look()
                if target != "worker":
                    process.wait()
                    process = self._start()
        finish(process)
        return counts

    def _start(self) -> "subprocess.Popen[bytes]":
        return start(self.out.parent, self.words, process_group=0)

    def _look(self) -> None:
        for output in done(self.out):
            self.stamps.setdefault(output, Path(output).stat().st_mtime_ns)


def kill(process: "subprocess.Popen[bytes]", target: str, chance: random.Random) -> bool:
    """Kill a batch or a part of it; whether there was something to kill."""
    if target == "group":
        os.killpg(process.pid, signal.SIGKILL)
        return True
    children = psutil.Process(process.pid).children(recursive=True)
    victims = [chance.choice(workers)] if (workers := [child for child in children if is_worker(child)]) else []
    if target == "everything":
        victims = [psutil.Process(process.pid), *children]
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    return bool(victims)


def is_worker(process: psutil.Process) -> bool:
    """Whether it is one of a batch's workers, alive."""
    try:
        return any(name in " ".join(process.cmdline()) for name in WORKERS)
    except psutil.Error:  # gone meanwhile
        return False


def done(out: Path) -> Counter[str]:
    """How often each output was recorded as done."""
    return Counter(r["output"] for r in read_records(out / "results.jsonl") if r["status"] == "done")


def compare(folder: Path, stamps: dict[str, int]) -> tuple[int, int, int]:
    """Outputs that are equal, that were done more than once, and files that nobody finished."""
    outputs = sorted((folder / "whole").glob("*.mp4"))
    equal = sum((folder / "killed" / one.name).read_bytes() == one.read_bytes() for one in outputs)
    twice = {output for output, count in done(folder / "killed").items() if count > 1}
    twice |= {output for output, stamp in stamps.items() if Path(output).stat().st_mtime_ns != stamp}
    return equal, len(twice), sum(".part" in path.name for path in (folder / "killed").rglob("*"))


if __name__ == "__main__":
    sys.exit(main())
