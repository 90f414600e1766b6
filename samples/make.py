"""Make the samples: `python -m samples.make videos`, then `subject`, and `picture` after `make demo`.

samples/dance.mp4               a dancer in a parlour, with music: the source
samples/footage.mp4             the target person, more than a minute of varied movement
samples/truth.mp4, truth.npz    the target person performing the very same dance: what a perfect transfer shows
samples/subjects/amara/         learned from the footage; interrupted, it goes on where it stopped
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.config.options import TrainOptions
from motion_transfer.files import atomic_path
from motion_transfer.pose import PoseSequence, save_poses
from motion_transfer.video.ffmpeg import ffmpeg_binary
from motion_transfer.workflows.train import train
from samples.dancer.clip import Clip, load_truth, write
from samples.music import compose, write_wave

HERE = Path(__file__).parent
SUBJECT = HERE / "subjects" / "amara"

DANCE = Clip("bruno", "dance", "parlour", (512, 384), Fraction(25), 12.0, 112.0, seed=3)
TRUTH = replace(DANCE, character="amara", scene="loft", size=(384, 384))
CONSENT = "Amara, a rendered person, 2026-11-26"
FOOTAGE = replace(TRUTH, choreography="footage", seconds=66.0, seed=11)


def make_videos(workers: int) -> None:
    """Render the three clips; the dance and its truth get the music."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_wave(folder / "music.wav", compose(DANCE.seconds, DANCE.bpm))
        for clip, path in ((DANCE, HERE / "dance.mp4"), (TRUTH, HERE / "truth.mp4")):
            write(clip, folder / path.name, workers, 20, _report)
            _add_music(folder / path.name, folder / "music.wav", path)
        true = load_truth(folder / "truth.npz")
        seen = np.isfinite(true.xy).all(axis=2).astype(np.float32)
        save_poses(HERE / "truth.npz", PoseSequence(true.xy, seen, true.size, true.fps))
        write(FOOTAGE, folder / "footage.mp4", workers, 23, _report)
        with atomic_path(HERE / "footage.mp4") as path:
            path.write_bytes((folder / "footage.mp4").read_bytes())


def make_subject(minutes: float) -> None:
    """Learn the subject from the footage for so many minutes, those of earlier runs included."""
    pipeline: Pipeline = load_pipeline("default")
    pipeline = replace(pipeline, train=replace(pipeline.train, minutes=minutes))
    SUBJECT.parent.mkdir(exist_ok=True)
    options = TrainOptions(consent=CONSENT)
    subject = train(HERE / "footage.mp4", SUBJECT, pipeline, options, progress=_report)
    poses = (SUBJECT / "training" / "footage" / "poses.npz").read_bytes()
    with atomic_path(HERE / "footage.npz") as path:
        path.write_bytes(poses)
    print(subject.record["training"], subject.record["held_out"], sep="\n")


def make_picture() -> None:
    """Turn four seconds of the demo's comparison into the README's picture."""
    comparison = Path("out/demo-compare.mp4")
    if not comparison.exists():
        raise SystemExit(f"{comparison} is missing; make it with `make demo`.")
    filters = (
        "fps=10,scale=800:-2:flags=lanczos,split[a][b];[a]palettegen=max_colors=96[p];[b][p]paletteuse=dither=bayer"
    )
    with atomic_path(HERE.parent / "docs" / "demo.gif") as path:
        command = [ffmpeg_binary(), "-loglevel", "error", "-y", "-ss", "2", "-t", "4", "-i", str(comparison)]
        subprocess.run([*command, "-filter_complex", filters, str(path)], check=True)


def _add_music(video: Path, music: Path, out: Path) -> None:
    with atomic_path(out) as path:
        command = [ffmpeg_binary(), "-loglevel", "error", "-y", "-i", str(video), "-i", str(music)]
        command += ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "96k"]
        subprocess.run([*command, "-movflags", "+faststart", str(path)], check=True)


def _report(stage: str, done: int, total: int | None) -> None:
    if done % 100 == 0:
        print(f"{stage}: {done}/{total}", file=sys.stderr, flush=True)


def main() -> None:
    """Make what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m samples.make", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["videos", "subject", "picture"])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that render")
    parser.add_argument("--minutes", type=float, default=60.0, help="minutes of training in all")
    options = parser.parse_args()
    if options.what == "videos":
        make_videos(options.workers)
    elif options.what == "subject":
        make_subject(options.minutes)
    else:
        make_picture()


if __name__ == "__main__":
    main()
