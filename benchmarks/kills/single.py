"""Single commands killed at random moments: `train`, and `transfer`."""

import random
import time
from pathlib import Path

import torch

from benchmarks.harness import Row
from benchmarks.processes import finish, kill, leftovers, start, wait_for_change
from motion_transfer.errors import MotionTransferError
from motion_transfer.pose import load_poses
from motion_transfer.video import VideoReader

CHECKPOINT = Path("training") / "checkpoint.pt"


def train_words(out: str, steps: int = 3) -> list[str]:
    """The command that trains on the drawn clip."""
    words = f"train me.mp4 --out {out} --poses me.npz --pipeline tiny.toml --steps {steps} --device cpu --quiet --force"
    return words.split()


def kill_training(folder: Path, kills: int, steps: int, chance: random.Random) -> Row:
    """Kill a training again and again, and compare its end with an uninterrupted one."""
    began = time.monotonic()
    process = start(folder, train_words("uninterrupted", steps))
    wait_for_change(folder / "uninterrupted" / CHECKPOINT, process)
    before = time.monotonic() - began
    finish(process)
    uninterrupted = time.monotonic() - began
    deaths = 0
    for number in range(kills):
        left = (uninterrupted - before) * (1 - _steps_done(folder / "killed") / steps)
        process = start(folder, train_words("killed", steps))
        # A quarter of the kills fall before training, into imports and preprocessing; the rest into training, spread
        # over what is left of it, so that the last one still finds some.
        if chance.random() < 0.25:
            deaths += kill(process, chance.uniform(0, before))
        else:
            wait_for_change(folder / "killed" / CHECKPOINT, process)
            deaths += kill(process, min(0.5 * left, chance.uniform(0, 1.5 * left / (kills - number))))
    finish(start(folder, train_words("killed", steps)))
    weights = [(folder / out / "generator.safetensors").read_bytes() for out in ("uninterrupted", "killed")]
    states = [torch.load(folder / out / CHECKPOINT, weights_only=True) for out in ("uninterrupted", "killed")]
    equal = weights[0] == weights[1] and same(*states)
    return {
        "what": f"train, {steps} steps",
        "kills": deaths,
        "equal": "weights and state" if equal else "no",
        "unfinished": unfinished_files(folder),
        "processes": leftovers(folder),
        "failure": "" if equal else "weights or state differ from the uninterrupted run",
    }


def kill_transfers(folder: Path, kills: int, chance: random.Random) -> Row:
    """Kill transfers, and count the outputs that are absent, complete and broken."""
    finish(start(folder, train_words("subject")))
    out, frames = folder / "out.mp4", len(load_poses(folder / "me.npz"))
    words = f"transfer me.mp4 --subject subject --out {out.name} --poses me.npz --device cpu --quiet".split()
    began = time.monotonic()
    finish(start(folder, words))
    duration = time.monotonic() - began
    absent = complete = 0
    for _ in range(kills):
        out.unlink(missing_ok=True)
        # Most of the time goes into imports; the later part is where the writing is.
        kill(start(folder, words), chance.uniform(0.5 * duration, 1.1 * duration))
        absent += not out.exists()
        complete += out.exists() and _is_complete(out, frames)
    broken = kills - absent - complete
    finish(start(folder, words))
    return {
        "what": "transfer",
        "kills": kills,
        "equal": f"{complete} of {kills}",
        "absent": absent,
        "broken": broken,
        "unfinished": unfinished_files(folder),
        "processes": leftovers(folder),
        "failure": f"{broken} outputs are broken" if broken else "",
    }


def unfinished_files(folder: Path) -> int:
    """Temporary files and folders beneath a folder."""
    names = [path.name for path in folder.rglob("*")]
    return sum(".part" in name or name.endswith(".old") or name.startswith(".candidates") for name in names)


def _is_complete(video: Path, frames: int) -> bool:
    try:
        with VideoReader(video) as reader:
            return sum(1 for _ in reader) == frames
    except MotionTransferError:
        return False


def _steps_done(out: Path) -> int:
    checkpoint = out / CHECKPOINT
    return int(torch.load(checkpoint, weights_only=True)["step"]) if checkpoint.exists() else 0


def same(one: object, other: object) -> bool:
    """Whether two checkpoints are equal bit for bit, the time they took aside."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one if key != "seconds")
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
