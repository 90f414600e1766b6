"""`motion-transfer batch`."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from tyro.conf import Positional, UseAppendAction, arg

from motion_transfer.cli.arguments import CachePlace, Common, Device, parse
from motion_transfer.cli.console import tell
from motion_transfer.config import Pipeline
from motion_transfer.errors import ConfigError

if TYPE_CHECKING:
    from motion_transfer.batch import Board, Job, Result

SOME_FAILED = 1

MANIFESTS = (".csv", ".jsonl", ".ndjson", ".parquet")

Limit = Annotated[float | None, arg(metavar="SECONDS")]
Count = Annotated[int | None, arg(metavar="N")]
Address = Annotated[str | None, arg(metavar="HOST:PORT")]


@dataclass(frozen=True, kw_only=True)
class Batch(Common):
    """Make many transfers: those of a manifest, or every dance with every subject.

    Run again, it goes on where it stopped: what is finished and unchanged is left alone, what changed is done again.
    Exit code: 0 all done, 1 some failed, 2 not started.
    """

    dances: Positional[tuple[Path, ...]]
    """One manifest (.csv, .jsonl, .parquet; columns source, subject, output, start, end, person, poses, pose.smoothing
    and other settings), or videos of somebody dancing."""
    out: Path
    """Folder of the outputs, results.jsonl and index.html."""
    subject: UseAppendAction[tuple[Path, ...]] = ()
    """Folder of a subject, for videos; may be given several times."""
    name: str = "{dance}-{subject}.mp4"
    """Names of outputs that a manifest does not give."""
    engine: Literal["local", "ray"] = "local"
    """local: processes on this machine; ray: a Ray cluster."""
    address: Address = None
    """Of the Ray cluster; a local one is started if not given."""
    workers: Count = None
    """Tasks at a time; one for each GPU, or else for each core, if not given."""
    retry: bool = False
    """Do again what failed."""
    overwrite: bool = False
    """Write over outputs that this batch did not make."""
    fail_fast: bool = False
    """Begin nothing more after the first failure."""
    timeout: Limit = None
    """Seconds that finding the poses of a clip, or a transfer, may take."""
    device: Device = None
    """cpu, cuda, cuda:1, mps; the fastest there is, and all GPUs in turn, if not given."""
    cache: CachePlace = None
    """Where poses are kept once they were found; $MOTION_TRANSFER_CACHE or the user's cache folder if not given."""


def main(arguments: Sequence[str]) -> int:
    """Do the batch; returns the exit code."""
    command = parse(Batch, arguments, Pipeline())
    if command.workers is not None and command.workers < 1:
        raise ConfigError(f"--workers is {command.workers}; expected at least 1.")
    if command.timeout is not None and not command.timeout > 0:
        raise ConfigError(f"--timeout is {command.timeout:g}; expected seconds above 0.")
    from motion_transfer.batch import Board, transfer_many
    from motion_transfer.batch.report import write_index
    from motion_transfer.batch.run import STATE
    from motion_transfer.cache import open_cache

    jobs, total = _jobs(command)
    cache = open_cache(command.cache)
    board = Board()
    try:
        with _show(board, total, command.quiet) as show:
            for result in transfer_many(
                jobs,
                command.out,
                engine=command.engine,
                workers=command.workers,
                device=command.device,
                cache=cache,
                retry=command.retry,
                overwrite=command.overwrite,
                fail_fast=command.fail_fast,
                timeout=command.timeout,
                address=command.address,
                board=board,
            ):
                show(result)
    finally:
        if (command.out / "results.jsonl").exists():
            index = write_index(command.out, command.out / STATE / "previews")
    left = total - board.done - board.failed - board.skipped
    seconds = time.monotonic() - board.began
    text = (
        f"{board.done} done, {board.failed} failed, {board.skipped} skipped{f', {left} not begun' if left else ''} "
        f"in {seconds:.0f} s ({board.frames / seconds:.1f} frames/s): {index}"
    )
    counts = {"done": board.done, "failed": board.failed, "skipped": board.skipped, "not_begun": left}
    told = counts | {"frames": board.frames, "seconds": round(seconds, 2), "index": str(index)}
    tell(told, text, as_json=command.json, quiet=command.quiet)
    return SOME_FAILED if board.failed or left else 0


def _jobs(command: Batch) -> "tuple[Iterator[Job], int]":
    """The jobs, all of them checked, and how many there are."""
    from motion_transfer.batch import check_jobs, check_manifest, cross, read_jobs

    out, first = command.out.absolute(), command.dances[0] if command.dances else None
    if first is not None and len(command.dances) == 1 and first.suffix.lower() in MANIFESTS:
        if command.subject:
            raise ConfigError(f"--subject goes with videos; {first} is a manifest, whose column subject says it.")
        return read_jobs(first, out, command.name), check_manifest(first, out, command.name)
    if not command.dances or not command.subject:
        raise ConfigError("give one manifest (.csv, .jsonl, .parquet), or videos and at least one --subject.")
    return (
        cross(command.dances, command.subject, out, command.name),
        check_jobs(cross(command.dances, command.subject, out, command.name)),
    )


@contextmanager
def _show(board: "Board", total: int, quiet: bool) -> "Iterator[_Teller]":
    """Show a batch on standard error: a live table on a terminal, a line for each result elsewhere."""
    console = Console(stderr=True)
    if console.is_terminal and not quiet:
        with Live(get_renderable=lambda: _table(board, total), console=console, refresh_per_second=2):
            yield _Teller(console, board, total, only_failures=True)
    else:
        yield _Teller(None if quiet else console, board, total, only_failures=False)


@dataclass(frozen=True)
class _Teller:
    """Tells results one by one."""

    console: Console | None
    board: "Board"
    total: int
    only_failures: bool

    def __call__(self, result: "Result") -> None:
        if self.console is None or (self.only_failures and result.error is None):
            return
        board = self.board
        ended = board.done + board.failed + board.skipped
        reason = f": {result.error}" if result.error else f" in {sum(result.seconds.values()):.0f} s"
        line = f"{ended}/{self.total} {result.status} {result.job.output.name}{reason}"
        if self.only_failures:
            self.console.print(Text(line))
        else:
            print(line, file=sys.stderr, flush=True)


def _table(board: "Board", total: int) -> Group:
    """What the workers do, and how far the batch is."""
    now = time.monotonic()
    table = Table("task", "clip", "seconds", box=None, header_style="dim")
    running = dict(board.schedule.running) if board.schedule else {}
    for task, began in running.items():
        table.add_row(task.kind, Text(task.job.output.name), f"{now - began:.0f}")
    ended, seconds = board.done + board.failed + board.skipped, now - board.began
    made = board.done + board.failed
    left = f", {(total - ended) * seconds / made / 60:.0f} min left" if made and ended < total else ""
    summary = f"{ended}/{total}: {board.done} done, {board.failed} failed, {board.skipped} skipped"
    return Group(table, Text(f"{summary}; {board.frames / max(seconds, 1e-6):.1f} frames/s{left}"))
