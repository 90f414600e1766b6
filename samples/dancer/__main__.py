"""The command: `python -m samples.dancer --character amara --choreography footage --out amara.mp4`.

`python -m samples.dancer sheet --out docs/dancers.jpg` draws the contact sheet instead.
"""

import argparse
import os
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.files import atomic_path, check_output
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip, write
from samples.dancer.motion import CHOREOGRAPHIES, find_choreography
from samples.dancer.scene import SCENES


def contact_sheet(path: Path, tile: int = 176) -> None:
    """Draw every character, each in a scene, at the same six beats of the footage, as one picture."""
    check_output(path)
    dance, rows = find_choreography("footage", 0), []
    for name, scene in zip(CHARACTERS, list(SCENES) * 2, strict=False):
        stage = Clip(character=name, scene=scene, size=(tile, tile)).stage()
        beats = (1.5, 9.5, 11.5, 13.5, 37.5, 97.5)  # from the front, the side and behind
        rows.append(np.hstack([stage.render(dance, b, np.random.default_rng(0)).image for b in beats]))
    image = np.hstack([np.vstack(rows[:4]), np.vstack(rows[4:])])
    with atomic_path(path) as temporary:
        cv2.imwrite(str(temporary), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def arguments() -> argparse.ArgumentParser:
    """The command line's options."""
    p = argparse.ArgumentParser(
        prog="python -m samples.dancer", description="Render a dancer to a video with its truth."
    )
    p.add_argument("what", nargs="?", choices=["clip", "sheet"], default="clip", help="a video, or the contact sheet")
    p.add_argument("--out", type=Path, required=True, help="video (the truth goes beside it as .npz), or sheet")
    p.add_argument("--character", default="bruno", help=f"{', '.join(CHARACTERS)}, or a number: a random one's seed")
    p.add_argument("--choreography", default="dance", help=", ".join(CHOREOGRAPHIES))
    p.add_argument("--scene", default="parlour", help=", ".join(SCENES))
    p.add_argument("--size", default="512x512", help="WIDTHxHEIGHT in pixels")
    p.add_argument("--fps", default="25", help="frames a second, such as 25 or 30000/1001")
    p.add_argument("--seconds", type=float, default=10.0)
    p.add_argument("--bpm", type=float, default=112.0, help="beats a minute")
    p.add_argument("--zoom", type=float, default=1.0, help="below 1: more room around a smaller dancer")
    p.add_argument("--seed", type=int, default=0, help="of the choreography and the noise")
    p.add_argument("--quality", type=int, default=18, help="constant quality of the encoder; lower is better")
    p.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that render")
    return p


def clip_of(a: argparse.Namespace) -> Clip:
    """What the command line asks for.

    Raises:
        ConfigError: it cannot be rendered.
    """
    width, _, height = a.size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ConfigError(f"--size is {a.size!r}; expected WIDTHxHEIGHT, such as 640x360.")
    try:
        fps = Fraction(a.fps)
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"--fps is {a.fps!r}; expected a number such as 25 or 30000/1001.") from None
    size = int(width), int(height)
    return Clip(a.character, a.choreography, a.scene, size, fps, a.seconds, a.bpm, a.seed, zoom=a.zoom)


def progress(stage: str, done: int, total: int | None) -> None:
    """One line on standard error that counts the frames."""
    if sys.stderr.isatty():
        print(f"\r{stage}: {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    """Run the command; the exit code is 2 for what cannot be done as asked."""
    a = arguments().parse_args(argv)
    try:
        if a.what == "sheet":
            contact_sheet(a.out)
        else:
            clip = clip_of(a)
            print(f"{a.out} ({len(clip)} frames), {write(clip, a.out, a.workers, a.quality, progress)}")
    except MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
