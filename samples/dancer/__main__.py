"""The command: `python -m samples.dancer --character amara --choreography footage --out amara.mp4`."""

import argparse
import os
import sys
from fractions import Fraction
from pathlib import Path

from motion_transfer.cli.console import show_progress
from motion_transfer.errors import MotionTransferError
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip, write
from samples.dancer.dance import CHOREOGRAPHIES
from samples.dancer.scene import SCENES


def rate(text: str) -> Fraction:
    """A number such as 25 or 30000/1001 (`ValueError` if it is something else)."""
    try:
        return Fraction(text)
    except ZeroDivisionError as error:
        raise ValueError from error


def size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT as numbers (`ValueError` if it is something else)."""
    width, height = text.split("x")
    return int(width), int(height)


def main(argv: list[str] | None = None) -> int:
    """Run the command; the exit code is 2 for what cannot be done as asked."""
    p = argparse.ArgumentParser("python -m samples.dancer", description="Render a dancer to a video with its truth.")
    p.add_argument("--out", type=Path, required=True, help="the video; the truth goes beside it as .npz")
    p.add_argument("--character", default="bruno", help=f"{', '.join(CHARACTERS)}, or a number: a random one's seed")
    p.add_argument("--choreography", default="dance", help=", ".join(CHOREOGRAPHIES))
    p.add_argument("--scene", default="parlour", help=f"{', '.join(SCENES)}, or a number: a random one's seed")
    p.add_argument("--size", type=size, default=(512, 512), metavar="WIDTHxHEIGHT", help="in pixels")
    p.add_argument("--fps", type=rate, default=Fraction(25), help="frames a second, such as 25 or 30000/1001")
    p.add_argument("--seconds", type=float, default=10.0)
    p.add_argument("--bpm", type=float, default=112.0, help="beats a minute")
    p.add_argument("--zoom", type=float, default=1.0, help="below 1: more room around a smaller dancer")
    p.add_argument("--seed", type=int, default=0, help="of the choreography and the noise")
    p.add_argument("--quality", type=int, default=18, help="constant quality of the encoder; lower is better")
    p.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that render")
    options = vars(p.parse_args(argv))
    out, quality, workers = (options.pop(name) for name in ("out", "quality", "workers"))
    try:
        with show_progress(quiet=not sys.stderr.isatty()) as progress:
            print(write(Clip(**options), out, workers, quality, progress))
    except MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
