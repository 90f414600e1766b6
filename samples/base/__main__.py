"""The command: `python -m samples.base render`, then `learn`: the base weights from nothing."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from motion_transfer.cli.console import show_progress
from motion_transfer.errors import MotionTransferError
from motion_transfer.models.device import choose_device
from samples.base.learn import learn
from samples.base.people import HELD_OUT, PEOPLE
from samples.base.render import base_pipeline, render_people


def main(argv: list[str] | None = None) -> int:
    """Run the command; the exit code is 2 for what cannot be done as asked."""
    parser = argparse.ArgumentParser("python -m samples.base", description="Make the base weights.")
    parser.add_argument("what", choices=["render", "learn"], help="render the people, or learn from those rendered")
    parser.add_argument("--folder", type=Path, default=Path("out/base"), help="holds the people and the training")
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many to learn from")
    parser.add_argument("--judges", type=int, default=len(HELD_OUT), help="how many are held out")
    parser.add_argument("--minutes", type=float, default=60.0, help="of rendering, or of training in all")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that render")
    parser.add_argument("--name", default="people-1", help="of the weights")
    parser.add_argument("--device", help="cpu, cuda, ...; the fastest there is if not given")
    options = parser.parse_args(argv)
    people = options.folder / "people"
    try:
        with show_progress(quiet=not sys.stderr.isatty()) as progress:
            if options.what == "render":
                numbers = [*HELD_OUT[: options.judges], *range(options.people)]
                render_people(people, numbers, options.workers, options.minutes, progress)
            else:
                pipeline = base_pipeline()
                pipeline = replace(pipeline, train=replace(pipeline.train, minutes=options.minutes))
                out = options.folder / f"{options.name}.safetensors"
                device = choose_device(options.device)
                learn(people, options.folder / "training", pipeline, device, out, progress=progress)
                print(out)
    except MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
