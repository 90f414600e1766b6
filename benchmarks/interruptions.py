"""Kill training and runs at random moments, and see what is left.

    python benchmarks/interruptions.py [--kills 20] [--steps 300] [--seed 0]

`motion-transfer train` is killed (SIGKILL) KILLS times at random moments of its three stages (global, local, face)
and started again each time. It must end with the weights of a run that was never interrupted, bit for bit.
`motion-transfer transfer` is killed KILLS times at random moments; its output must be absent or whole. Footage and
poses are drawn, the networks tiny, the pipeline a TOML file and the commands real. Prints one summary line and exits
with 1 on failure.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import torch

from motion_transfer.config import (
    FaceStageSettings,
    LocalStageSettings,
    ModelSettings,
    Pipeline,
    TrainSettings,
    pipeline_to_toml,
)
from motion_transfer.errors import MotionTransferError
from motion_transfer.pose import OPENPOSE_137, PoseSequence, save_poses
from motion_transfer.video import VideoReader, VideoWriter

SIZE = (96, 160)
FRAMES = 48
CHECKPOINT = Path("training") / "checkpoint.pt"

PLACES = {
    "nose": (48, 40),
    "neck": (48, 54),
    "right_shoulder": (38, 54),
    "left_shoulder": (58, 54),
    "mid_hip": (48, 92),
    "right_hip": (42, 92),
    "left_hip": (54, 92),
    "right_knee": (42, 118),
    "left_knee": (54, 118),
    "right_ankle": (42, 146),
    "left_ankle": (54, 146),
}
"""A figure's joints in pixels."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_world(folder)
        equal, deaths = kill_training(folder, options.kills, options.steps, chance)
        absent, whole, broken, left = kill_runs(folder, options.kills, chance)
    print(
        f"train: killed {deaths} times, weights {'equal bit for bit' if equal else 'DIFFER'}; "
        f"run: killed {options.kills} times, output absent {absent}, whole {whole}, broken {broken} "
        f"(hidden unfinished files left by SIGKILL: {left})"
    )
    return 0 if equal and not broken else 1


def draw_world(folder: Path) -> None:
    """Write me.mp4, its poses me.npz, and tiny.toml."""
    xy = np.full((FRAMES, len(OPENPOSE_137), 2), np.nan, np.float32)
    for joint, place in PLACES.items():
        xy[:, OPENPOSE_137.index(joint)] = place
    xy[:, :, 0] += 12 * np.sin(np.arange(FRAMES) / 4)[:, None]
    poses = PoseSequence(xy, np.isfinite(xy[..., 0]).astype(np.float32), SIZE, Fraction(12))
    save_poses(folder / "me.npz", poses)
    room = np.broadcast_to(np.linspace(80, 180, SIZE[1])[:, None, None], (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    with VideoWriter(folder / "me.mp4", size=SIZE, fps=poses.fps) as video:
        for pose in poses.xy:
            frame = room.copy()
            for start, end in OPENPOSE_137.body_bones:
                if np.isfinite(pose[[start, end]]).all():
                    ends = pose[[start, end]].round().astype(int).tolist()
                    cv2.line(frame, ends[0], ends[1], (200, 40, 60), 8)
            video.write(frame)
    model = ModelSettings(
        size=64,
        network="local",
        width=4,
        downsamplings=1,
        blocks=1,
        face=True,
        face_size=32,
        face_width=4,
        face_downsamplings=1,
        face_blocks=1,
        discriminator_width=4,
        discriminator_layers=1,
        discriminator_scales=1,
    )
    # A checkpoint after every step: so a kill often falls into the writing of one.
    train = TrainSettings(checkpoint_minutes=1e-9, steps=1, minutes=0.0, vgg="none")
    # One step each: `--steps` is then divided evenly.
    local, face = LocalStageSettings(steps=1), FaceStageSettings(steps=1)
    pipeline = Pipeline(model=model, train=train, train_local=local, train_face=face)
    (folder / "tiny.toml").write_text(pipeline_to_toml(pipeline), encoding="utf-8")


def kill_training(folder: Path, kills: int, steps: int, chance: random.Random) -> tuple[bool, int]:
    """Whether the weights came out equal, and how many processes were really killed before they had ended."""

    def train(out: str) -> list[str]:
        words = f"train me.mp4 --out {out} --poses me.npz --pipeline tiny.toml --steps {steps} --device cpu --quiet"
        return [*words.split(), "--force"]

    began = time.monotonic()
    process = start(folder, train("whole"))
    wait_for_news(folder / "whole" / CHECKPOINT, process)
    before = time.monotonic() - began
    finish(process)
    during = time.monotonic() - began - before
    deaths = 0
    for number in range(kills):
        left = during * (1 - steps_done(folder / "killed") / steps)
        process = start(folder, train("killed"))
        # A quarter of the kills fall before training, into imports and the study of the footage; the rest into
        # training, spread over what is left of it, so that the last one still finds some.
        if chance.random() < 0.25:
            killed = kill(process, chance.uniform(0, before))
        else:
            wait_for_news(folder / "killed" / CHECKPOINT, process)
            killed = kill(process, min(0.5 * left, chance.uniform(0, 1.5 * left / (kills - number))))
        deaths += killed
        print(f"  train {'killed' if killed else 'had ended'}, {place_of(folder / 'killed')}", flush=True)
    finish(start(folder, train("killed")))
    weights = [(folder / out / "generator.safetensors").read_bytes() for out in ("whole", "killed")]
    states = [torch.load(folder / out / CHECKPOINT, weights_only=True) for out in ("whole", "killed")]
    return weights[0] == weights[1] and same(states[0], states[1]), deaths


def kill_runs(folder: Path, kills: int, chance: random.Random) -> tuple[int, int, int, int]:
    """How often the output was absent, whole, broken; and how many unfinished hidden files lie about."""
    out = folder / "out.mp4"
    run = [
        "transfer",
        "me.mp4",
        "--subject",
        "whole",
        "--out",
        out.name,
        "--poses",
        "me.npz",
        "--device",
        "cpu",
        "--quiet",
    ]
    began = time.monotonic()
    finish(start(folder, run))
    lasted = time.monotonic() - began
    absent = whole = broken = 0
    for _ in range(kills):
        out.unlink(missing_ok=True)
        # Most of the time goes into imports; the later part is where the writing is.
        kill(start(folder, run), chance.uniform(0.5 * lasted, 1.1 * lasted))
        if not out.exists():
            absent += 1
            continue
        try:
            with VideoReader(out) as frames:
                complete = sum(1 for _ in frames) == FRAMES
        except MotionTransferError:
            complete = False
        whole, broken = whole + complete, broken + (not complete)
    return absent, whole, broken, len(list(folder.glob(".out.*")))


def start(folder: Path, words: list[str], process_group: int | None = None) -> "subprocess.Popen[bytes]":
    root = str(Path(__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "motion_transfer", *words]
    return subprocess.Popen(command, cwd=folder, env=environment, process_group=process_group)


def finish(process: "subprocess.Popen[bytes]") -> None:
    if process.wait() != 0:
        raise SystemExit(f"{process.args!r} failed with exit code {process.returncode}")


def kill(process: "subprocess.Popen[bytes]", after: float) -> bool:
    """Kill a process after some seconds; False if it had ended by itself."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def wait_for_news(path: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a file is written anew, while a process lives."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    while process.poll() is None and not (path.exists() and path.stat().st_mtime_ns > before):
        time.sleep(0.005)


def steps_done(out: Path) -> int:
    checkpoint = out / CHECKPOINT
    return int(torch.load(checkpoint, weights_only=True)["step"]) if checkpoint.exists() else 0


def place_of(out: Path) -> str:
    checkpoint = out / CHECKPOINT
    if not checkpoint.exists():
        return "before the first step"
    saved = torch.load(checkpoint, weights_only=True)
    return f"at step {saved['step']}, in the {saved['stage']} stage"


def same(one: object, other: object) -> bool:
    """Whether two checkpoints are equal bit for bit, the time they took aside."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one if key != "seconds")
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


if __name__ == "__main__":
    sys.exit(main())
