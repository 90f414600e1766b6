"""The paired benchmark: how near a transfer comes to the truth, on rendered people whose truth is known.

    python -m benchmarks.paired --pairs 6 --minutes 60 --out out/paired
    python -m benchmarks.paired --source bruno --target amara --scenes parlour loft --subject samples/subjects/amara

Renders the same dance on a source and a target, learns the target from other footage, transfers the dance and
compares the result with the target's own render. What is done is kept in --out: the same command goes on where it
was interrupted. docs/benchmark.md explains the figures.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pair import Pair, measure_pair
from benchmarks.pair_scores import Scores
from motion_transfer.cli.console import show_progress
from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.files import atomic_path
from motion_transfer.subject import load_subject
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip
from samples.dancer.scene import SCENES

FOOTAGE_SEED = 1000
"""Added to the seed of the dance: the footage is another choreography with other noise."""

PICTURES = {
    "person_psnr": ("person PSNR", ".2f"),
    "person_ssim": ("SSIM", ".3f"),
    "face_psnr": ("face PSNR", ".2f"),
    "face_ssim": ("SSIM", ".3f"),
    "hands_psnr": ("hands PSNR", ".2f"),
    "hands_ssim": ("SSIM", ".3f"),
    "flicker": ("flicker", ".2f"),
}
POSES = {
    "to_truth_body": ("truth: body", ".1f"),
    "to_truth_face": ("face", ".1f"),
    "to_truth_hands": ("hands", ".1f"),
    "offset": ("offset", ".1f"),
    "to_input_body": ("input: body", ".1f"),
    "to_input_face": ("face", ".1f"),
    "to_input_hands": ("hands", ".1f"),
    "missed_body": ("missed: body", ".1f"),
    "missed_face": ("face", ".1f"),
    "missed_hands": ("hands", ".1f"),
    "frames_without_person": ("nobody", ".1f"),
}
ROWS = {
    "result": "result",
    "oracle": "oracle",
    "background_alone": "background alone",
    "nearest_pose": "nearest pose's frame",
    "truth": "truth",
    "normalised_truth": "normalised true joints",
    "normalised": "normalised dance",
    "on_result": "seen on the result",
    "on_oracle": "seen on the oracle",
    "on_truth": "seen on the truth",
}
NOTE = """\
Oracle: the generator driven by the poses that are detected on the truth itself. PSNR in dB and SSIM inside boxes from
the true joints; flicker of the still background in grey levels of 255. Poses: mean distance from the true joints
("truth"), of which a constant offset is a matter of place alone, and from the poses that drove the generator ("input"),
in % of the target's torso; joints missed, in % of those detected on the truth; frames in which nobody was found.
docs/benchmark.md says more."""


def choose_pairs(options: argparse.Namespace) -> list[Pair]:
    """The pairs that the options ask for: each character once the source and once the target, in an order by seed.

    Raises:
        ConfigError: options that contradict each other, unknown names, impossible sizes or lengths.
    """
    order = np.random.default_rng(options.seed)
    characters = order.permutation(list(CHARACTERS)).tolist()
    scenes = order.permutation(list(SCENES)).tolist()
    if (options.source is None) != (options.target is None):
        raise ConfigError("--source and --target go together; give both, or --pairs alone.")
    if options.source is not None:
        names = [(options.source, options.target)]
    elif options.subject is not None:
        raise ConfigError("--subject shows one person: say with --source and --target who dances and who it is.")
    elif 1 <= options.pairs <= len(characters):
        names = [(characters[i], characters[(i + 1) % len(characters)]) for i in range(options.pairs)]
    else:
        raise ConfigError(f"--pairs is {options.pairs}; expected 1 to {len(characters)}, one for each character.")
    pairs = []
    for i, (source, target) in enumerate(names):
        rooms = options.scenes or (scenes[i % len(scenes)], scenes[(i + 1) % len(scenes)])
        dance = Clip(source, "dance", rooms[0], options.size, options.fps, options.seconds, seed=options.seed + i)
        size = options.size if options.subject is None else load_subject(options.subject).size
        truth = replace(dance, character=target, scene=rooms[1], size=size)
        footage = replace(
            truth, choreography="footage", seconds=options.footage_seconds, seed=truth.seed + FOOTAGE_SEED
        )
        pairs.append(Pair(dance, truth, footage))
    return pairs


def mean_scores(pairs: Sequence[dict[str, Any]], table: str) -> dict[str, Scores]:
    """The mean over pairs of every figure of a table, over those pairs that have it."""
    rows = list(dict.fromkeys(row for pair in pairs for row in pair[table]))
    means: dict[str, Scores] = {}
    for row in rows:
        scores = [pair[table][row] for pair in pairs if row in pair[table]]
        means[row] = {}
        for name in dict.fromkeys(name for each in scores for name in each):
            values = [each[name] for each in scores if each.get(name) is not None]
            means[row][name] = float(np.mean(values)) if values else None
    return means


def markdown(title: str, scores: dict[str, Scores], columns: dict[str, tuple[str, str]]) -> str:
    """A table in Markdown, its columns aligned so that it can be read on a terminal too."""
    lines = [[title, *(name for name, _ in columns.values())]]
    for row, figures in scores.items():
        cells = [(figures.get(key), form) for key, (_, form) in columns.items()]
        lines.append([ROWS[row], *("–" if value is None else format(value, form) for value, form in cells)])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = [
        "| " + " | ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]
    text.insert(1, "|" + "|".join("-" * (w + 1) + (":" if i else "-") for i, w in enumerate(widths)))
    return "\n".join(f"{line} |" if line[1] == " " else f"{line}|" for line in text)


def page(result: dict[str, Any]) -> str:
    """The report in Markdown: the mean over the pairs, then each pair."""
    parts = ["# Paired benchmark", ""]
    if len(result["pairs"]) > 1:
        parts += [f"## Mean of {len(result['pairs'])} pairs", "", *_tables(result["mean"])]
    for pair in result["pairs"]:
        training = pair["training"]
        parts += [
            f"## {pair['source']} ({pair['scenes'][0]}) → {pair['target']} ({pair['scenes'][1]})",
            "",
            f"{pair['frames']} frames; torso {pair['torso']:.1f} px; {training['steps']} steps in "
            f"{training['minutes']} minutes on {training['device']}.",
            "",
            *_tables(pair),
        ]
    parts.append(NOTE)
    return "\n".join(parts) + "\n"


def _tables(scores: dict[str, Any]) -> list[str]:
    return [markdown("picture", scores["pictures"], PICTURES), "", markdown("poses", scores["poses"], POSES), ""]


def arguments() -> argparse.ArgumentParser:
    """The command line's options."""
    p = argparse.ArgumentParser(
        prog="python -m benchmarks.paired",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--pairs", type=int, default=1, metavar="N", help=f"pairs, 1 to {len(CHARACTERS)}; default 1")
    p.add_argument("--source", metavar="NAME", help=f"who dances: {', '.join(CHARACTERS)}, or a random one's seed")
    p.add_argument("--target", metavar="NAME", help="who shall dance")
    p.add_argument("--scenes", nargs=2, metavar=("SOURCE", "TARGET"), help=f"rooms of the two: {', '.join(SCENES)}")
    p.add_argument("--subject", type=Path, metavar="FOLDER", help="learned from the target in its scene; else trained")
    p.add_argument("--footage", type=Path, metavar="VIDEO", help="with --subject: its footage, for the nearest frame")
    p.add_argument("--pipeline", default="default", metavar="NAME|FILE.toml", help="of the training")
    p.add_argument("--minutes", type=float, metavar="M", help="of training a target, instead of the pipeline's bounds")
    p.add_argument("--steps", type=int, metavar="N", help="of training a target, instead of the pipeline's bounds")
    p.add_argument("--seconds", type=float, default=10.0, metavar="S", help="length of the dance; default 10")
    p.add_argument("--footage-seconds", type=float, default=60.0, metavar="S", help="training footage; default 60")
    p.add_argument("--size", type=_size, default=(512, 512), metavar="WxH", help="of the frames; default 512x512")
    p.add_argument("--fps", type=_rate, default=Fraction(25), metavar="N", help="frames a second; default 25")
    p.add_argument("--seed", type=int, default=0, metavar="N", help="of pairs, scenes and choreographies")
    p.add_argument("--device", metavar="NAME", help="cpu, cuda, ...; the fastest there is if not given")
    p.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes that render")
    p.add_argument("--out", type=Path, default=Path("out/paired"), metavar="FOLDER", help="default out/paired")
    p.add_argument("--json", action="store_true", help="print JSON instead of the tables")
    p.add_argument("--quiet", action="store_true", help="show no progress")
    return p


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()) or int(width) % 2 or int(height) % 2:
        raise argparse.ArgumentTypeError(f"{text!r}; expected WIDTHxHEIGHT in even numbers, such as 640x360")
    return int(width), int(height)


def _rate(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number such as 25 or 30000/1001") from None


def _bounded(pipeline: Pipeline, minutes: float | None, steps: int | None) -> Pipeline:
    """As `motion-transfer train` does: one bound replaces both, of two the first that is reached ends the run."""
    if minutes is None and steps is None:
        return pipeline
    return replace(pipeline, train=replace(pipeline.train, minutes=minutes or 0.0, steps=steps or 0))


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure every pair, and write `report.json` and `report.md` into the folder after each.

    Raises:
        MotionTransferError: see the message.
    """
    pipeline = _bounded(load_pipeline(options.pipeline), options.minutes, options.steps)
    pairs = choose_pairs(options)
    options.out.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"pairs": []}
    with show_progress(options.quiet) as progress:
        for i, pair in enumerate(pairs, start=1):
            if len(pairs) > 1 and not options.quiet:
                print(f"pair {i} of {len(pairs)}: {pair.name}", file=sys.stderr)
            measured = measure_pair(
                pair,
                options.out / pair.name,
                pipeline,
                subject=options.subject,
                footage=options.footage,
                device=options.device,
                workers=options.workers,
                progress=progress,
            )
            result["pairs"].append(measured)
            result["mean"] = {table: mean_scores(result["pairs"], table) for table in ("pictures", "poses")}
            for name, text in (("report.json", json.dumps(result, indent=2) + "\n"), ("report.md", page(result))):
                with atomic_path(options.out / name) as path:
                    path.write_text(text, encoding="utf-8")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 2 for what cannot be done as asked."""
    options = arguments().parse_args(argv)
    try:
        result = run(options)
    except MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; the same command goes on where it stopped, in {options.out}", file=sys.stderr)
        return 130
    print(json.dumps(result, indent=2) if options.json else page(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
