"""Run a benchmark, and write DIR/NAME.json and DIR/NAME.md.

    python -m benchmarks --list
    python -m benchmarks NAME --out DIR [options]
    python -m benchmarks NAME --help
    python -m benchmarks --render        # the Markdown of docs/measurements, and its tables in the documents

What a benchmark has finished is kept in DIR/NAME: after an interruption the same command continues.
"""

import argparse
import importlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from benchmarks.harness import Benchmark, Table, Workspace, report, write_json
from benchmarks.render import page, stale
from motion_transfer.cli.console import show_progress
from motion_transfer.errors import MotionTransferError
from motion_transfer.files import atomic_path

NAMES = (
    *("evaluate", "fidelity", "gpu", "held_out", "kills", "marks", "memory", "parts", "robustness", "speed"),
    *(f"pose.{name}" for name in ("cleaning", "detection", "empty", "normalisation", "orientation", "people")),
)
"""Modules of this package; a benchmark's name has a dash where its module has a point or an underscore."""
MODULES = {name.replace(".", "-").replace("_", "-"): f"benchmarks.{name}" for name in NAMES}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 1 where a requirement is violated, 2 for what cannot be done as asked."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__, formatter_class=_Raw)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", choices=list(MODULES), metavar="NAME")
    what.add_argument("--list", action="store_true", help="name all benchmarks")
    what.add_argument("--render", action="store_true", help="bring the documents up to date with docs/measurements")
    asked = parser.parse_args(words[:1])
    try:
        if asked.list:
            for name in MODULES:
                print(f"{name:<20} {summary_of(load(name))}")
        elif asked.render:
            for path, text in stale():
                path.write_text(text, encoding="utf-8")
                print(path)
        else:
            return measure(asked.name, words[1:])
    except MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command continues", file=sys.stderr)
        return 130
    return 0


def measure(name: str, words: Sequence[str]) -> int:
    """Run one benchmark with the words after its name."""
    benchmark = load(name)
    where = argparse.ArgumentParser(add_help=False, allow_abbrev=False)  # what the record of the command leaves out
    where.add_argument("--out", type=Path, required=True, metavar="DIR", help="where NAME.json and NAME.md are written")
    where.add_argument("--work", type=Path, metavar="DIR", help="for intermediate files; DIR/NAME if not given")
    where.add_argument("--quiet", action="store_true", help="show no progress")
    own = {"prog": f"python -m benchmarks {name}", "description": benchmark.__doc__, "formatter_class": _Raw}
    parser = argparse.ArgumentParser(parents=[where], allow_abbrev=False, **own)
    parser.add_argument("--name", default=name, help="of the files, to tell runs with other options apart")
    parser.add_argument("--device", help="cpu, cuda, ... for networks; the fastest there is if not given")
    parser.add_argument("--workers", type=int, default=1, help="processes that render")
    if hasattr(benchmark, "add_arguments"):
        benchmark.add_arguments(parser)
    options, kept = parser.parse_args(words), where.parse_known_args(words)[1]
    options.out.mkdir(parents=True, exist_ok=True)

    def publish(tables: Sequence[Table]) -> None:
        command = shlex.join(["python", "-m", "benchmarks", name, *kept])
        result = report(options.name, summary_of(benchmark), command, tables, work.failures)
        write_json(options.out / f"{options.name}.json", result)
        with atomic_path(options.out / f"{options.name}.md") as path:
            path.write_text(page(result), encoding="utf-8")

    with show_progress(options.quiet) as progress:
        work = Workspace(options.work or options.out / options.name, progress, publish=publish)
        publish(benchmark.run(options, work))
    print((options.out / f"{options.name}.md").read_text(encoding="utf-8"))
    return 1 if work.failures else 0


def load(name: str) -> Benchmark:
    """The module of a benchmark."""
    return cast(Benchmark, importlib.import_module(MODULES[name]))


def summary_of(benchmark: Benchmark) -> str:
    """The first line of its docstring."""
    return (benchmark.__doc__ or "").splitlines()[0]


class _Raw(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    pass


if __name__ == "__main__":
    sys.exit(main())
