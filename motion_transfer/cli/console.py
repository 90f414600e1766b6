"""Progress on the terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from motion_transfer.progress import ProgressCallback, no_progress

PLAIN_SECONDS = 10.0  # seconds between two lines of progress where there is no terminal


class RateColumn(ProgressColumn):
    """Frames or steps a second."""

    def render(self, task: Task) -> Text:
        """Show the recent rate, or nothing while it is unknown."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="dim")


@contextmanager
def show_progress(quiet: bool) -> Iterator[ProgressCallback]:
    """Show progress on standard error: bars on a terminal, plain lines in a pipe or a log."""
    console = Console(stderr=True)
    if quiet:
        yield no_progress
    elif console.is_terminal:
        count, name = TextColumn("{task.completed:.0f}/{task.total:.0f}"), TextColumn("{task.description:<18}")
        with Progress(name, BarColumn(), count, RateColumn(), TimeRemainingColumn(), console=console) as bars:
            yield _on_bars(bars)
    else:
        yield _plain_lines()


def _on_bars(bars: Progress) -> ProgressCallback:
    tasks: dict[str, TaskID] = {}

    def report(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total or 0)
        bars.update(tasks[stage], completed=done, total=total or done)

    return report


def _plain_lines() -> ProgressCallback:
    started: dict[str, tuple[float, int]] = {}
    last = 0.0

    def report(stage: str, done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        began, offset = started.setdefault(stage, (now, done))
        if done != total and now - last < PLAIN_SECONDS:
            return
        last = now
        rate = (done - offset) / (now - began) if now > began else 0.0
        left = f", {(total - done) / rate:.0f} s left" if total and rate and done < total else ""
        print(f"{stage}: {done}/{total or '?'}, {rate:.1f}/s{left}", file=sys.stderr, flush=True)

    return report
