"""Presets against each other: how near each comes to the truth, for what compute.

    python -m benchmarks.fidelity --runs edn-small:1 edn-small:0.1 default:0.1 --teraflops 900000 --pairs 6 \
        --footage T1.mp4 T2.mp4 T4.mp4 --out out/fidelity
    python -m benchmarks.fidelity --runs edn-small:1 default:0.1 --teraflops 20 --pairs 1 --shrink 0.5 --out out/quick

Trains every run's preset on every subject, with a share of one budget, and measures all. Subjects are rendered pairs
(the dance is transferred, the truth is the target's own render of it) and filmed people (driven by the poses of the
footage's held-out end). The budget is in FLOPs of generator and discriminator, forward and backward, or with --minutes
in wall time on this machine. What is done is kept in --out: the same command goes on where it was interrupted. Writes
fidelity.md, fidelity.json, fidelity.png and a sheet of frames for every subject.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.fidelity_pictures import draw_plot, draw_sheet
from benchmarks.fidelity_subjects import Library, Person, rendered_pairs
from benchmarks.fidelity_table import page
from benchmarks.flops import bounded_by_flops
from motion_transfer.cli.console import show_progress
from motion_transfer.config import Pipeline, load_pipeline, share_bounds
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import ConfigError, MotionTransferError, OutputError
from motion_transfer.evaluation import Evaluation, baselines_of
from motion_transfer.files import atomic_path
from motion_transfer.footage import load_footage, preprocess_footage, split_footage
from motion_transfer.pose import PoseSequence, clean_poses, measure_body, normalise_poses
from motion_transfer.progress import ProgressCallback
from motion_transfer.subject import load_subject
from motion_transfer.workflows.evaluate import evaluate_subject, evaluate_video
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer


@dataclass(frozen=True)
class Run:
    """One preset with a share of the budget."""

    preset: str
    share: float

    @property
    def name(self) -> str:
        """As a folder's name: "default-0.1"."""
        return f"{Path(self.preset).stem}-{self.share:g}"


def measure(
    person: Person, run: Run, options: argparse.Namespace, library: Library, progress: ProgressCallback
) -> dict[str, Any]:
    """Train one subject by one run, and measure it, as far as that has not been done yet.

    Returns:
        JSON values: what the training took, and the evaluation's figures.
    """
    work = options.out / person.name / run.name
    done = work / "scores.json"
    if done.exists():
        scores: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return scores
    work.mkdir(parents=True, exist_ok=True)
    true_labels = options.true_labels and person.pair is not None
    poses = library.true_poses(person.footage) if true_labels else library.poses(person.footage)
    pipeline, bounds = _bounded(person, run, options, poses, work / "budget.json")
    subject = work / "subject"
    train(
        person.footage,
        subject,
        pipeline,
        TrainOptions(device=options.device, force=True),
        poses=poses,
        progress=progress,
    )
    found = _evaluate(person, subject, poses, options, library, progress)
    training = load_subject(subject).record["training"]
    flops = sum(stage["steps"] * stage["flops_a_step"] for stage in bounds.values()) if bounds else None
    scores = {"flops": flops, "stages": bounds, "training": training, **found.to_dict()}
    _write(done, json.dumps(scores, indent=2) + "\n")
    return scores


def _bounded(
    person: Person, run: Run, options: argparse.Namespace, poses: PoseSequence, kept: Path
) -> tuple[Pipeline, dict[str, Any]]:
    """The run's pipeline at the sizes asked for, with bounds that come up to its budget."""
    pipeline = load_pipeline(run.preset)
    size = max(64, round(options.shrink * pipeline.model.size))
    pipeline = replace(pipeline, model=replace(pipeline.model, size=size))
    if options.minutes is not None:
        return share_bounds(pipeline, None, run.share * options.minutes), {}
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        if not kept.exists():
            footage = preprocess_footage(person.footage, Path(folder) / "footage", pipeline, poses=poses)
            _, bounds = bounded_by_flops(pipeline, footage, run.share * options.teraflops * 1e12)
            _write(kept, json.dumps(bounds, indent=2) + "\n")
    bounds = json.loads(kept.read_text(encoding="utf-8"))
    for table, stage in zip(("train", "train_local", "train_face"), _in_order(bounds), strict=False):
        if stage is not None:
            settings = replace(getattr(pipeline, table), steps=stage["steps"], minutes=0.0, epochs=0.0)
            pipeline = replace(pipeline, **{table: settings})
    return pipeline, bounds


def _in_order(bounds: dict[str, Any]) -> list[dict[str, Any] | None]:
    return [bounds.get(name) for name in ("global", "local", "face")]


def _evaluate(
    person: Person,
    subject: Path,
    labels: PoseSequence,
    options: argparse.Namespace,
    library: Library,
    progress: ProgressCallback,
) -> Evaluation:
    learned, work = load_subject(subject), subject.parent
    settings, device = learned.pipeline, options.device
    known, _ = split_footage(len(labels), settings.train.held_out)
    if person.pair is None:
        return evaluate_subject(
            subject, person.footage, work / "report", poses=labels, device=device, progress=progress
        )
    dance, truth = library.clip(person.pair.dance), library.clip(person.pair.truth)
    danced, result = library.poses(dance), work / "result.mp4"
    transfer(dance, learned, result, TransferOptions(device=device), poses=danced, progress=progress)
    poses = clean_poses(danced, settings.pose)
    normalise = settings.normalise
    poses = normalise_poses(poses, measure_body(poses, normalise.depth_margin), learned.body, normalise)
    baselines = baselines_of(learned, poses, load_footage(subject / "training" / "footage"), known)
    return evaluate_video(
        result,
        truth,
        out=work / "report",
        poses=poses,
        baselines=baselines,
        progress=progress,
    )


def people(options: argparse.Namespace, library: Library) -> list[Person]:
    """All subjects: the rendered pairs, then the filmed ones."""
    pairs = rendered_pairs(options.pairs, options.size, Fraction(options.fps), options.seconds, options.footage_seconds)
    if options.detail != 1:
        pairs = [
            replace(pair, **{name: replace(getattr(pair, name), detail=options.detail) for name in CLIPS})
            for pair in pairs
        ]
    rendered = [Person(pair.name, library.clip(pair.footage), pair) for pair in pairs]
    return [*rendered, *(Person(path.stem, path) for path in options.footage)]


CLIPS = ("dance", "truth", "footage")


def run_all(options: argparse.Namespace) -> dict[str, Any]:
    """Train and measure everything, a subject after the other, and write the tables after each.

    Raises:
        MotionTransferError: see the message.
    """
    _claim(options)
    runs = [_run(text) for text in options.runs]
    with show_progress(options.quiet) as progress:
        library = Library(
            options.clips or options.out / "clips", load_pipeline("default").pose, options.workers, progress
        )
        result: dict[str, Any] = {"runs": [asdict(run) | {"name": run.name} for run in runs], "subjects": {}}
        for person in people(options, library):
            scores = {}
            for run in runs:
                if not options.quiet:
                    print(f"{person.name}: {run.name}", file=sys.stderr, flush=True)
                scores[run.name] = measure(person, run, options, library, progress)
            result["subjects"][person.name] = {"rendered": person.pair is not None, "scores": scores}
            draw_sheet(options.out, person, [run.name for run in runs], library)
            _write(options.out / "fidelity.json", json.dumps(result, indent=2) + "\n")
            _write(options.out / "fidelity.md", page(result))
            draw_plot(options.out / "fidelity.png", result)
    return result


def _run(text: str) -> Run:
    preset, _, share = text.rpartition(":")
    try:
        run = Run(preset, float(share))
    except ValueError:
        run = Run("", 0.0)
    if not run.preset or not 0 < run.share < float("inf"):
        raise ConfigError(f"--runs {text}: expected PRESET:SHARE, such as default:0.1.")
    return run


def _claim(options: argparse.Namespace) -> None:
    """Make the folder the place of this comparison, and refuse it if it is another's."""
    if (options.teraflops is None) == (options.minutes is None):
        raise ConfigError("Give the budget as --teraflops or as --minutes, one of them.")
    asked = {name: getattr(options, name) for name in SHAPE}
    marker = options.out / "fidelity-settings.json"
    if marker.is_file():
        before = json.loads(marker.read_text(encoding="utf-8"))
        changed = [f"{name} was {before[name]}, is {asked[name]}" for name in SHAPE if before[name] != asked[name]]
        if changed:
            raise OutputError(f"{options.out} holds another comparison ({'; '.join(changed)}). Choose another --out.")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    _write(marker, json.dumps(asked, indent=2) + "\n")


SHAPE = ("teraflops", "minutes", "shrink", "size", "fps", "seconds", "footage_seconds", "true_labels", "detail")
"""What may not change while a comparison goes on; runs and subjects may be added."""


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def arguments() -> argparse.ArgumentParser:
    """The command line's options."""
    p = argparse.ArgumentParser(
        prog="python -m benchmarks.fidelity",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument(
        "--runs", nargs="+", required=True, metavar="PRESET:SHARE", help="the first is what others are to beat"
    )
    p.add_argument("--teraflops", type=float, metavar="N", help="the whole budget of a subject, in 10^12 operations")
    p.add_argument("--minutes", type=float, metavar="M", help="the whole budget in minutes instead")
    p.add_argument("--pairs", type=int, default=6, metavar="N", help="rendered pairs, 0 to 7; default 6")
    p.add_argument("--footage", type=Path, nargs="*", default=[], metavar="VIDEO", help="filmed people")
    p.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    p.add_argument("--clips", type=Path, metavar="FOLDER", help="rendered clips and poses; default OUT/clips")
    p.add_argument("--shrink", type=float, default=1.0, metavar="X", help="times every preset's canvas, at least 64")
    p.add_argument("--size", type=int, default=256, metavar="N", help="side of the rendered frames; default 256")
    p.add_argument("--fps", default="25/2", metavar="N", help="of the rendered clips; default 25/2")
    p.add_argument("--seconds", type=float, default=7.0, metavar="S", help="of the rendered dances; default 7")
    p.add_argument("--footage-seconds", type=float, default=48.0, metavar="S", help="of rendered footage; default 48")
    p.add_argument(
        "--true-labels", action="store_true", help="learn rendered footage by its true joints, not detected ones"
    )
    p.add_argument("--detail", type=float, default=1.0, help=argparse.SUPPRESS)  # coarser bodies, for tests
    p.add_argument("--device", metavar="NAME", help="cpu, cuda, ...; the fastest there is if not given")
    p.add_argument("--workers", type=int, default=1, metavar="N", help="processes that render")
    p.add_argument("--quiet", action="store_true", help="show no progress")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 2 for what cannot be done as asked, 130 after an interruption."""
    options = arguments().parse_args(argv)
    try:
        result = run_all(options)
    except MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; the same command goes on where it stopped, in {options.out}", file=sys.stderr)
        return 130
    print(page(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
