"""How near a transfer comes to the truth, for presets with a share of one training budget.

    --runs edn-small:1 default:0.1 --teraflops 24 --pairs 6 --footage T2.mp4 T4.mp4

Trains every run's preset on every person, with its share of the budget, and measures all. Persons are rendered (the
dance is transferred; the truth is the target's own render of it) and filmed (driven by the poses of the footage's
held-out end). The budget is in FLOPs of generator and discriminator, forward and backward, or with --minutes in wall
time on this machine. Reports are written into the work folder.
"""

import argparse
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

from benchmarks.clips import Library
from benchmarks.fidelity.measure import measure
from benchmarks.fidelity.persons import Person, parse_run, rendered_pairs
from benchmarks.fidelity.tables import Result, tables
from benchmarks.harness import Table, Workspace
from motion_transfer.config import load_pipeline

BOUND = ("teraflops", "minutes", "size", "fps", "seconds", "footage_seconds", "detail")
"""What may not change while a comparison is continued; runs and persons may be added."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--runs", nargs="+", required=True, metavar="PRESET:SHARE", help="the first is what others are compared with")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--teraflops", type=float, metavar="N", help="the budget of a subject, in 10^12 operations")
    budget.add_argument("--minutes", type=float, metavar="M", help="the budget in minutes instead")
    add("--pairs", type=int, default=6, metavar="N", help="rendered pairs, 0 to 7")
    add("--footage", type=Path, nargs="*", default=[], metavar="VIDEO", help="filmed people")
    add("--clips", type=Path, metavar="FOLDER", help="rendered clips and poses; in the work folder if not given")
    add("--size", type=int, default=256, metavar="N", help="side of the rendered frames")
    add("--fps", type=Fraction, default=Fraction(25, 2), metavar="N", help="of the rendered clips")
    add("--seconds", type=float, default=7.0, metavar="S", help="of the rendered dances")
    add("--footage-seconds", type=float, default=48.0, metavar="S", help="of rendered footage")
    add("--detail", type=float, default=1.0, help=argparse.SUPPRESS)  # coarser bodies, for tests


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    """Train and measure everything, and publish the tables after each person.

    Raises:
        MotionTransferError: see the message.
    """
    runs = [parse_run(text) for text in options.runs]
    work.bind(**{name: getattr(options, name) for name in BOUND})
    folder = options.clips or work.folder / "clips"
    library = Library(folder, load_pipeline("default").pose, options.workers, work.progress)
    results: list[Result] = []
    rendered = (Person(pair.name, library.video(pair.footage), pair) for pair in rendered_pairs(options))
    for person in chain(rendered, (Person(path.stem, path) for path in options.footage)):
        scores = {}
        for each in runs:
            key = f"{person.name}/{each.name}/scores"
            scores[each.name] = work.once(key, lambda p=person, e=each: measure(p, e, options, library, work))
        results.append(Result(person.name, person.pair is not None, scores))
        work.publish(tables(runs, results))
    return tables(runs, results)
