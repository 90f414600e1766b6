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
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path

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
    cases: dict[str, Sequence[int]] = {
        kind: range(options.first, options.first + count) for kind, count in counts.items()
    }
    if options.only:
        chosen = [only.rpartition(":") for only in options.only]
        cases = {kind: [int(seed) for other, _, seed in chosen if other == kind] for kind, _, _ in chosen}
    rows = []
    for kind, seeds in cases.items():
        todo = [(kind, seed) for seed in seeds]

        def tried(todo: list[Case] = todo) -> list[Row]:
            return list(try_all(todo, base.absolute(), options.workers, work))

        rows.append(_row(kind, tried() if options.only else work.once(f"tried-{kind}", tried), work))
    everything = [row for row in rows if row["tried"]]
    total: Row = {name: sum(row[name] for row in everything) for name in ("tried", "refused", "accepted", "failed")}
    most = ("memory", "until_refusal", "until_result")
    rows.append({"kind": "all", **total} | {name: max(row[name] for row in everything) for name in most})
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


def _row(kind: str, results: list[Row], work: Workspace) -> Row:
    """A kind's row; what failed goes to the failures."""
    work.failures.extend(f"{kind}:{each['seed']}: {each['why']}" for each in results if each["outcome"] == "failed")
    counts = {name: sum(each["outcome"] == name for each in results) for name in ("refused", "accepted", "failed")}
    most = {
        "memory": max((each["memory"] for each in results), default=0.0),
        "until_refusal": max((each["took"] for each in results if each["outcome"] == "refused"), default=0.0),
        "until_result": max((each["took"] for each in results if each["outcome"] != "refused"), default=0.0),
    }
    return {"kind": kind, "tried": len(results), **counts, **most}


def try_all(cases: Sequence[Case], base: Path, processes: int, work: Workspace) -> Iterator[Row]:
    """Try cases in several processes; one that dies, hangs or takes too much is replaced."""
    todo, done, tries = deque(cases), 0, [_Process(base) for _ in range(min(processes, len(cases)))]
    try:
        while todo or any(each.case for each in tries):
            for number, each in enumerate(tries):
                if each.ended and todo:
                    each.close()
                    tries[number] = each = _Process(base)
                if each.ready and todo:
                    each.begin(todo.popleft())
            wait([each.connection for each in tries if not each.ended], timeout=0.1)
            for each in tries:
                if (result := each.watch()) is not None:
                    done += 1
                    if result["outcome"] == "failed":
                        print(f"{result['kind']}:{result['seed']}: {result['why']}", file=sys.stderr, flush=True)
                    work.progress(f"trying {result['kind']}", done, len(cases))
                    yield result
    finally:
        for each in tries:
            each.close()


class _Process:
    """A process that tries one case after another."""

    def __init__(self, base: Path) -> None:
        self.connection, other = multiprocessing.Pipe()
        self.folder = Path(tempfile.mkdtemp(prefix="robustness-"))
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_serve, args=(other, base, self.folder))
        self.process.start()
        other.close()
        self.case: Case | None = None
        self.ready, self.ended, self.tried = False, False, 0
        self.began = self.idle = self.peak = 0.0

    def begin(self, case: Case) -> None:
        """Give it a case."""
        self.idle = self.peak = self._memory()
        self.case, self.ready, self.began = case, False, time.monotonic()
        self.tried += 1
        self.connection.send(case)

    def watch(self) -> Row | None:
        """Look at it; the result of its case, once there is one."""
        if self.ended or (self.case is None and self.ready):
            return None
        try:
            if self.connection.poll():
                answer = self.connection.recv()
                if self.case is None:  # it has started
                    self.ready = True
                    return None
                outcome, why, grown = answer
                self.peak = max(self.peak, self.idle + grown)
                return self._result(outcome, why)
        except (EOFError, OSError):
            self.process.join(5)
            return self._result("failed", f"the process died with exit code {self.process.exitcode}")
        if self.case is None:
            return None
        self.peak = max(self.peak, self._memory())
        if self.peak - self.idle > MEMORY:
            return self._result("failed", f"more than {MEMORY / 1e9:g} GB")
        if time.monotonic() - self.began > PATIENCE:
            return self._result("failed", f"no answer after {PATIENCE:g} s")
        return None

    def _result(self, outcome: str, why: str) -> Row | None:
        self.ready = outcome != "failed" and self.tried < PER_PROCESS
        self.ended = not self.ready
        if self.case is None:
            raise RuntimeError(f"the process that tries inputs cannot start: {why}")
        kind, seed = self.case
        self.case, took, memory = None, time.monotonic() - self.began, (self.peak - self.idle) / 1e6
        if outcome != "failed" and memory * 1e6 > MEMORY:
            outcome, why = "failed", f"{memory:.0f} MB ({why})"
        if outcome == "refused" and took > SECONDS:
            outcome, why = "failed", f"{took:.0f} s ({why})"
        return {"kind": kind, "seed": seed, "outcome": outcome, "why": why, "memory": memory, "took": took}

    def _memory(self) -> float:
        """Resident bytes of the process and all below it; each page that several share counts once."""
        used = 0
        with suppress(psutil.NoSuchProcess):
            watched = psutil.Process(self.process.pid)
            for each in (watched, *watched.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    memory = each.memory_full_info()
                    used += getattr(memory, "pss", memory.uss)
        return used

    def close(self) -> None:
        """End it and all below it."""
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        self.process.kill()
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
