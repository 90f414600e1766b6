"""What all benchmarks share: tables with declared columns, a folder of finished work, and the record of a run."""

import argparse
import json
import math
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import psutil

from motion_transfer.errors import OutputError
from motion_transfer.files import atomic_path
from motion_transfer.progress import ProgressCallback, no_progress

Row = dict[str, Any]
"""Values by the names of the columns; None or NaN where nothing was measured, [mean, low, high] for an interval."""
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    label: str
    format: str = ""  # of a number, as in `format(value, ...)`
    better: Literal["", "higher", "lower"] = ""


@dataclass(frozen=True)
class Table:
    """Measured rows."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""  # what the columns mean, and the conditions of the measurement


class Benchmark(Protocol):
    """A module that measures something; the first line of its docstring says what.

    Where it has options, `add_arguments(parser)` declares them.
    """

    def run(self, options: argparse.Namespace, work: "Workspace") -> Sequence[Table]:
        """Measure."""


@dataclass
class Workspace:
    """Where a benchmark keeps its intermediate files, and what it has finished."""

    folder: Path
    progress: ProgressCallback = no_progress
    failures: list[str] = field(default_factory=list)
    """Requirements that were found violated; the command then exits with 1."""
    publish: Callable[[Sequence[Table]], None] = lambda tables: None
    """Writes preliminary tables; of use where a measurement takes hours."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def once(self, key: str, measure: Callable[[], Any]) -> Any:
        """The JSON value that `measure` returns; read from the folder where it was measured before."""
        kept = self.folder / f"{key}.json"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_json(kept, measure())
        return json.loads(kept.read_text(encoding="utf-8"))

    def bind(self, **settings: Any) -> None:
        """Keep the settings that every value in the folder depends on.

        Raises:
            OutputError: the folder holds values that were measured with other settings.
        """
        asked = json.loads(json.dumps(settings, default=str))
        before = self.once("settings", lambda: asked)
        changed = [
            f"{name} was {before.get(name)}, is {value}" for name, value in asked.items() if before.get(name) != value
        ]
        if changed:
            raise OutputError(
                f"{self.folder} was measured with other settings ({'; '.join(changed)}). Choose another `out`."
            )


def report(name: str, summary: str, command: str, tables: Sequence[Table], failures: Sequence[str]) -> Row:
    """Everything that is known of a run, as JSON values."""
    known = {
        "name": name,
        "summary": summary,
        "command": command,
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "tables": [asdict(table) for table in tables],
        "failures": list(failures),
    }
    return _finite(known)


def write_json(path: Path, value: Any) -> None:
    """Write JSON, NaN as null."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(_finite(value), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _finite(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if hasattr(value, "item"):  # a scalar of numpy
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def clocks() -> tuple[float, float]:
    """Seconds by the clock, and of processor time of this process and of all that have ended under it."""
    return time.perf_counter(), sum(os.times()[:4])


def commit() -> str:
    """The commit that is checked out, with a plus sign where files differ from it; empty outside a repository."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine() -> dict[str, Any]:
    """The machine and the versions that figures depend on."""
    import torch  # not above: workers of a batch import this module too

    from motion_transfer.workflows.record import version_record

    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return {
        "cpu": model[1] if model else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "ram_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "os": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version(), **version_record()["versions"]},
    }
