"""Does the memory of `run` grow with the clip? Peak of a clip against the same clip repeated to ten minutes.

    python benchmarks/memory.py DANCE --subject SUBJECT [--short 10] [--long 600]

Poses come from a file, so that what is measured is decoding, synthesis and encoding. The peak is the largest
resident memory of the Python process; ffmpeg's processes are reported beside it.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from motion_transfer.pose import PoseSequence, estimate_poses, load_poses, save_poses
from motion_transfer.video import VideoReader, VideoWriter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dance", type=Path)
    parser.add_argument("--subject", type=Path, required=True)
    parser.add_argument("--short", type=float, default=10.0, help="seconds of the short clip")
    parser.add_argument("--long", type=float, default=600.0, help="seconds of the long clip")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        poses = _poses_of(options.dance)
        results = {}
        for name, seconds in (("short", options.short), ("long", options.long)):
            clip = _repeat(options.dance, poses, seconds, Path(folder) / f"{name}.mp4")
            results[name] = _measure(clip, options.subject) | {"seconds_of_clip": seconds}
            print(json.dumps({name: results[name]}), flush=True)
    ratio = results["long"]["python_mb"] / results["short"]["python_mb"]
    print(f"peak memory, {options.long:g} s against {options.short:g} s: {ratio:.3f}")


def _poses_of(video: Path) -> PoseSequence:
    with VideoReader(video) as reader:
        return estimate_poses(reader, size=reader.size, fps=reader.fps, name=str(video))


def _repeat(video: Path, poses: PoseSequence, seconds: float, out: Path) -> Path:
    """Write the clip over and over until it is so long, and its poses beside it."""
    frames = round(seconds * poses.fps)
    with VideoReader(video) as reader, VideoWriter(out, size=reader.size, fps=reader.fps) as writer:
        while writer.frames < frames:
            for frame in reader:
                if writer.frames == frames:
                    break
                writer.write(frame)
    times = math.ceil(frames / len(poses))
    xy, score = np.tile(poses.xy, (times, 1, 1))[:frames], np.tile(poses.score, (times, 1))[:frames]
    save_poses(out.with_suffix(".npz"), replace(poses, xy=xy, score=score))
    assert len(load_poses(out.with_suffix(".npz"))) == frames
    return out


def _measure(clip: Path, subject: Path) -> dict[str, float]:
    """Run the transfer and watch its memory."""
    out = clip.with_name(f"{clip.stem}-out.mp4")
    command = [
        sys.executable,
        "-m",
        "motion_transfer",
        "transfer",
        str(clip),
        "--subject",
        str(subject),
        "--out",
        str(out),
    ]
    command += ["--poses", str(clip.with_suffix(".npz")), "--quiet"]
    began = time.monotonic()
    process = subprocess.Popen(command)
    watched = psutil.Process(process.pid)
    python = ffmpeg = 0
    while process.poll() is None:
        try:
            python = max(python, watched.memory_info().rss)
            ffmpeg = max(ffmpeg, sum(child.memory_info().rss for child in watched.children(recursive=True)))
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"the transfer failed with exit code {process.returncode}")
    minutes = (time.monotonic() - began) / 60
    return {"python_mb": round(python / 1e6, 1), "ffmpeg_mb": round(ffmpeg / 1e6, 1), "minutes": round(minutes, 2)}


if __name__ == "__main__":
    main()
