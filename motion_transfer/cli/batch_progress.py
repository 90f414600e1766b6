"""Progress of a batch on the terminal, and its summary at the end."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from motion_transfer.cli.arguments import Common
from motion_transfer.cli.main import rendered

if TYPE_CHECKING:
    from motion_transfer.batch import BatchProgress, Result

SOME_FAILED = 1


def run_shown(results: "Iterable[Result]", state: "BatchProgress", total: int, out: Path, command: Common) -> int:
    """Show a batch's results as they come, write its page of results and a summary; returns the exit code."""
    from motion_transfer.batch.report import write_index
    from motion_transfer.batch.run import STATE

    try:
        with show_batch(state, total, command.quiet) as show:
            for result in results:
                show(result)
    except KeyboardInterrupt:
        print(f"{_counted(state, total)}; the same command resumes", file=sys.stderr)
        raise
    finally:
        if (out / "results.jsonl").exists():
            index = write_index(out, out / STATE / "previews")
    left = total - state.ended
    seconds = time.monotonic() - state.began
    text = f"{_counted(state, total)} in {seconds:.0f} s ({state.frames / seconds:.1f} frames/s): {index}"
    counts = {"done": state.done, "failed": state.failed, "skipped": state.skipped, "not_started": left}
    summary = counts | {"frames": state.frames, "seconds": round(seconds, 2), "index": str(index)}
    command.print(summary, text)
    return SOME_FAILED if state.failed or left else 0


def _counted(state: "BatchProgress", total: int) -> str:
    left = total - state.ended
    return f"{state.done} done, {state.failed} failed, {state.skipped} skipped{f', {left} not done' if left else ''}"


@contextmanager
def show_batch(state: "BatchProgress", total: int, quiet: bool) -> "Iterator[Callable[[Result], None]]":
    """Show a batch on standard error: a live table and failures on a terminal, a line for each result elsewhere."""
    console = Console(stderr=True)
    live = console.is_terminal and not quiet

    def show(result: "Result") -> None:
        if quiet or (live and result.error is None):
            return
        reason = f": {result.error}" if result.error else f" in {sum(result.seconds.values()):.0f} s"
        line = rendered(f"{state.ended}/{total} {result.status} {result.job.name}{reason}", "batch")
        if live:
            console.print(Text(line))
        else:
            print(line, file=sys.stderr, flush=True)

    table = Live(get_renderable=lambda: _table(state, total), console=console, refresh_per_second=2)
    with table if live else nullcontext():
        yield show


def _table(state: "BatchProgress", total: int) -> Group:
    """The running tasks, and the progress of the batch."""
    now = time.monotonic()
    table = Table("task", "clip", "seconds", box=None, header_style="dim")
    running = dict(state.schedule.running) if state.schedule else {}
    for task, began in running.items():
        others = f" and {len(task.jobs) - 1} more" if len(task.jobs) > 1 else ""
        part = f", part {task.part + 1} of {len(task.cuts) - 1}" if task.kind == "part" else ""
        table.add_row(task.kind, Text(f"{task.job.name}{others}{part}"), f"{now - began:.0f}")
    ended, seconds = state.ended, now - state.began
    made = state.done + state.failed
    left = f", {(total - ended) * seconds / made / 60:.0f} min left" if made and ended < total else ""
    summary = f"{ended}/{total}: {state.done} done, {state.failed} failed, {state.skipped} skipped"
    return Group(table, Text(f"{summary}; {state.frames / max(seconds, 1e-6):.1f} frames/s{left}"))
