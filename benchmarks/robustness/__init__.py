"""Do bad files and hostile arguments give one clear error, soon and with little memory?

Sound files are spoilt by chance, by the kind and a seed, and given to loaders and verbs, many in a process whose memory
and time are watched. Refused: a `MotionTransferError`, of a verb exit code 2 and one sentence, with nothing left and
no input changed. Anything else but success fails, as do 1.5 GB, 20 s until a refusal or 90 s until a result;
`--only KIND:SEED ...` repeats such inputs.
"""

import argparse
import math
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

import psutil

from benchmarks.harness import Column, Row, Table, Workspace

MEMORY = 1.5e9  # what an input may take above its process
SECONDS, PATIENCE = 20.0, 90.0
"""Until a refusal, and until a result of what is accepted: some of it is work, such as half a minute's training."""
PER_PROCESS = 100
"""Inputs, after which a process is replaced."""

Case = tuple[str, int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--inputs", type=int, default=2400, help="of all kinds together")
    parser.add_argument("--first", type=int, default=0, help="seed of each kind's first input")
    parser.add_argument("--kinds", nargs="+", help="those that are tried; all if not given")
    parser.add_argument("--only", nargs="+", metavar="KIND:SEED", help="repeat single inputs")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    from benchmarks.robustness.hostile import KINDS
    from benchmarks.robustness.sound_files import make_base

    base = work.folder / "base"
    work.bind(inputs=options.inputs, first=options.first)
    work.once("made", lambda: make_base(base))
    kinds = options.kinds or list(KINDS)
    shares = sum(share for share, _ in KINDS.values())
    counts = {kind: math.ceil(options.inputs * KINDS[kind][0] / shares) for kind in kinds}
    cases = {kind: [(kind, options.first + number) for number in range(count)] for kind, count in counts.items()}
    if options.only:
        chosen = [(kind, int(seed)) for kind, _, seed in (only.rpartition(":") for only in options.only)]
        cases = {kind: [case for case in chosen if case[0] == kind] for kind, _ in chosen}
    results: dict[str, list[Row]] = {}
    for kind, todo in cases.items():

        def tried(todo: Sequence[Case] = todo) -> list[Row]:
            return list(try_all(todo, base.absolute(), options.workers, work))

        results[kind] = tried() if options.only else work.once(f"tried-{kind}", tried)
    everything = [result for each in results.values() for result in each]
    work.failures += [f"{r['kind']}:{r['seed']}: {r['why']}" for r in everything if r["outcome"] == "failed"]
    rows = [_row(kind, each) for kind, each in {**results, "all": everything}.items()]
    columns = [
        Column("kind", "kind"),
        *(Column(name, name, ",d") for name in ("tried", "refused", "accepted")),
        Column("failed", "failed", ",d", "lower"),
        Column("memory", "greatest memory, MB", ".0f", "lower"),
        Column("until_refusal", "until a refusal, s", ".1f", "lower"),
        Column("until_result", "until a result, s", ".1f", "lower"),
    ]
    note = (
        "Memory: resident, of the process and those below it, above that before the input; pages that several share "
        "count once. Times: the greatest, on a machine that others used too; what is accepted may be work, such as "
        "half a minute's training, and a batch starts its workers, whose memory and time count."
    )
    return [Table("Inputs", columns, rows, note)]


def _row(kind: str, results: list[Row]) -> Row:
    counts = {name: sum(each["outcome"] == name for each in results) for name in ("refused", "accepted", "failed")}
    most = {
        "memory": max((each["memory"] for each in results), default=0.0),
        "until_refusal": max((each["took"] for each in results if each["outcome"] == "refused"), default=0.0),
        "until_result": max((each["took"] for each in results if each["outcome"] != "refused"), default=0.0),
    }
    return {"kind": kind, "tried": len(results), **counts, **most}


def try_all(cases: Sequence[Case], base: Path, processes: int, work: Workspace) -> Iterator[Row]:
    """Try cases in several processes; one that dies, hangs or takes too much is replaced."""
    pool, free = ThreadPoolExecutor(processes), SimpleQueue[_Process | None]()
    for _ in range(processes):
        free.put(None)

    def tried(case: Case) -> Row:
        process, kept = free.get(), None
        try:
            process = process or _Process(base)
            result = process.tried(*case)
            if result["outcome"] != "failed" and process.count < PER_PROCESS:
                kept = process
            else:
                process.close()
            return result
        finally:
            free.put(kept)

    try:
        for done, result in enumerate(pool.map(tried, cases), 1):
            if result["outcome"] == "failed":
                print(f"{result['kind']}:{result['seed']}: {result['why']}", file=sys.stderr, flush=True)
            work.progress(f"trying {result['kind']}", done, len(cases))
            yield result
    finally:
        pool.shutdown(cancel_futures=True)
        while not free.empty():
            if process := free.get():
                process.close()


class _Process:
    """A process that tries one case after another.

    Raises:
        EOFError: it cannot start.
    """

    def __init__(self, base: Path) -> None:
        self.connection, other = multiprocessing.Pipe()
        self.folder, self.count = Path(tempfile.mkdtemp(prefix="robustness-")), 0
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_serve, args=(other, base, self.folder))
        self.process.start()
        other.close()
        self.connection.recv()  # it has started

    def tried(self, kind: str, seed: int) -> Row:
        """The result of a case."""
        began, before, self.count = time.monotonic(), self._memory(), self.count + 1
        memory = 0.0
        try:
            self.connection.send((kind, seed))
            while not self.connection.poll(0.1) and memory <= MEMORY and time.monotonic() - began <= PATIENCE:
                memory = max(memory, self._memory() - before)
            took = time.monotonic() - began
            outcome, why = "failed", f"no answer after {took:.0f} s"
            if self.connection.poll():
                outcome, why, grown = self.connection.recv()
                memory = max(memory, grown)
        except (EOFError, OSError):
            self.process.join(5)
            took, outcome = time.monotonic() - began, "failed"
            why = f"the process died with exit code {self.process.exitcode}"
        if memory > MEMORY:
            outcome, why = "failed", f"{memory / 1e6:.0f} MB ({why})"
        if outcome == "refused" and took > SECONDS:
            outcome, why = "failed", f"{took:.0f} s ({why})"
        return {"kind": kind, "seed": seed, "outcome": outcome, "why": why, "memory": memory / 1e6, "took": took}

    def _memory(self) -> float:
        """Resident bytes of the process and all below it; each page that several share counts once."""
        used = 0
        for each in self._tree():
            with suppress(psutil.NoSuchProcess):
                memory = each.memory_full_info()
                used += getattr(memory, "pss", memory.uss)
        return used

    def _tree(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            watched = psutil.Process(self.process.pid)
            return [*watched.children(recursive=True), watched]
        return []

    def close(self) -> None:
        """End it and all below it."""
        for each in self._tree():
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.join()
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _serve(connection: Connection, base: Path, folder: Path) -> None:
    """Try the cases that come."""
    os.environ |= {"MOTION_TRANSFER_CACHE": "off", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silent, stream)
    from benchmarks.robustness.calling import warm_up
    from benchmarks.robustness.hostile import attempt

    warm_up(base, folder / "first")
    # Far above the limit that is watched: what grows faster than it is looked at ends here.
    most = psutil.Process().memory_info().vms + int(4 * MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    lasting = psutil.Process().children()  # the guard of ffmpeg processes
    connection.send("ready")
    number = 0
    with suppress(EOFError):
        while True:
            kind, seed = connection.recv()
            with suppress(OSError):
                Path("/proc/self/clear_refs").write_text("5")  # the peak of memory starts anew
            before = _peak()
            outcome, why = attempt(kind, seed, base, folder / f"{number}")
            number += 1
            left = [child for child in psutil.Process().children() if child not in lasting and _works(child)]
            if left and outcome != "failed":
                outcome, why = "failed", f"a process was left: {left[0].name()}"
            connection.send((outcome, why, _peak() - before))


def _works(process: psutil.Process) -> bool:
    """Whether it is alive, and not the helper of Python's that stays."""
    with suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in " ".join(process.cmdline())
    return False


def _peak() -> float:
    """Greatest resident memory of this process since it was set back."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((float(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0.0)
