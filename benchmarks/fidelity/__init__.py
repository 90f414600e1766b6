"""How near a transfer comes to the truth, for presets with a share of one training budget.

    --runs edn-small:1 default:0.1 --teraflops 24 --pairs 6 --footage T2.mp4 T4.mp4
    --subject samples/subjects/amara --pair bruno amara parlour loft

Trains every run's preset on every person, with its share of the budget, and measures all; or measures a trained
subject. Persons are rendered (the dance is transferred; the truth is the target's own render of it) and filmed
(driven by the poses of the footage's held-out end). The budget is in FLOPs of generator and discriminator, forward and
backward, or with --minutes in wall time on this machine. A plot and reports are written into the work folder.
"""

import argparse
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from benchmarks.clips import Library
from benchmarks.fidelity.measure import measure
from benchmarks.fidelity.persons import Person, Run, given_pair, parse_run, rendered_pairs
from benchmarks.fidelity.plot import draw_plot
from benchmarks.fidelity.tables import Result, tables
from benchmarks.harness import Table, Workspace
from motion_transfer.config import load_pipeline
from motion_transfer.errors import ConfigError

BOUND = ("teraflops", "minutes", "shrink", "size", "fps", "seconds", "footage_seconds", "true_labels", "detail")
"""What may not change while a comparison is continued; runs and persons may be added."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--runs", nargs="+", default=[], metavar="PRESET:SHARE", help="the first is what others are compared with")
    add("--subject", type=Path, metavar="FOLDER", help="a trained subject, instead of runs; --pair names its person")
    add("--teraflops", type=float, metavar="N", help="the budget of a subject, in 10^12 operations")
    add("--minutes", type=float, metavar="M", help="the budget in minutes instead")
    add("--pairs", type=int, default=6, metavar="N", help="rendered pairs, 0 to 7")
    add("--pair", nargs=4, metavar=("SOURCE", "TARGET", "SCENE", "SCENE"), help="one rendered pair, instead of --pairs")
    add("--footage", type=Path, nargs="*", default=[], metavar="VIDEO", help="filmed people")
    add("--clips", type=Path, metavar="FOLDER", help="rendered clips and poses; in the work folder if not given")
    add("--shrink", type=float, default=1.0, metavar="X", help="times every preset's canvas, at least 64")
    add("--size", type=int, default=256, metavar="N", help="side of the rendered frames")
    add("--fps", type=Fraction, default=Fraction(25, 2), metavar="N", help="of the rendered clips")
    add("--seconds", type=float, default=7.0, metavar="S", help="of the rendered dances")
    add("--footage-seconds", type=float, default=48.0, metavar="S", help="of rendered footage")
    add("--true-labels", action="store_true", help="train on rendered footage by its true joints")
    add("--detail", type=float, default=1.0, help=argparse.SUPPRESS)  # coarser bodies, for tests


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    """Train and measure everything, and publish the tables after each person.

    Raises:
        MotionTransferError: see the message.
    """
    runs = chosen_runs(options)
    work.bind(**{name: getattr(options, name) for name in BOUND})
    folder = options.clips or work.folder / "clips"
    library = Library(folder, load_pipeline("default").pose, options.workers, work.progress)
    results: list[Result] = []
    pairs = [given_pair(options)] if options.pair else rendered_pairs(options)
    for person in [*(Person(pair.name, pair=pair) for pair in pairs), *(Person(p.stem, p) for p in options.footage)]:
        scores = {}
        for each in runs:
            key = f"{person.name}/{each.name}/scores"
            scores[each.name] = work.once(key, lambda p=person, e=each: measure(p, e, options, library, work))
        results.append(Result(person.name, person.pair is not None, scores))
        draw_plot(work.folder / "fidelity.png", runs, results)
        work.publish(tables(runs, results))
    return tables(runs, results)


def chosen_runs(options: argparse.Namespace) -> list[Run]:
    """The runs that the options ask for.

    Raises:
        ConfigError: options that contradict each other.
    """
    if options.subject is not None:
        if options.runs or options.pair is None:
            raise ConfigError("`subject` shows one trained person: name it with `pair`, and give no `runs`.")
        return [Run(options.subject.name, subject=options.subject)]
    if not options.runs or (options.teraflops is None) == (options.minutes is None):
        raise ConfigError("Give `runs` and their budget as `teraflops` or as `minutes`, or a trained `subject`.")
    return [parse_run(text) for text in options.runs]
