"""Training, transfers and batches killed at random moments: what is left, and is the end the same?

`train` is killed (SIGKILL) at random moments of its three stages and started again each time; it must end with the
weights and the state of a run that was never interrupted, bit for bit. `transfer` is killed at random moments; its
output must be absent or complete. A batch is killed in turn with its process group, in one of its workers, and with
everything that it started; in the end every output must have the bytes of the uninterrupted run, nothing half-written
may be left, and nothing that results.jsonl once called done may have been done again. Footage and poses are drawn, the
networks tiny, the commands real.
"""

import argparse
import random
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from benchmarks.harness import Column, Table, Workspace
from benchmarks.kills.batch import kill_batch
from benchmarks.kills.single import kill_training, kill_transfers
from motion_transfer import config
from tests.drawn_world import dancing, film

WHAT = ("train", "transfer", "batch")
COLUMNS = (
    Column("what", "what"),
    Column("kills", "kills", "d"),
    Column("equal", "equal, complete"),
    Column("absent", "outputs absent", "d"),
    Column("broken", "broken", "d", "lower"),
    Column("twice", "done twice", "d", "lower"),
    Column("unfinished", "unfinished files left", "d", "lower"),
    Column("processes", "processes left", "d", "lower"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--of", nargs="+", choices=WHAT, default=list(WHAT))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=300, help="of the training")
    parser.add_argument("--jobs", type=int, default=60, help="of the batch")
    parser.add_argument("--engine", choices=["local", "ray"], default="local", help="of the batch")
    parser.add_argument("--chunk", type=float, help="cut the batch's clips, of four seconds each")
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    chance, rows = random.Random(options.seed), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder)
        if "train" in options.of:
            rows.append(kill_training(folder, options.kills, options.steps, chance))
        if "transfer" in options.of:
            rows.append(kill_transfers(folder, options.kills, chance))
        if "batch" in options.of:
            rows.append(kill_batch(folder, options, chance))
    for row in rows:
        if row["unfinished"] or row["processes"]:
            row["failure"] += f" {row['unfinished']} unfinished files, {row['processes']} processes are left"
    work.failures += [f"{row['what']}: {row['failure']}" for row in rows if row["failure"]]
    note = "Files and processes are counted after the last run, which was not killed."
    return [Table("Killed", COLUMNS, rows, note)]


def write_inputs(folder: Path) -> None:
    """Write me.mp4, its poses me.npz, and tiny.toml."""
    film(folder / "me.mp4", dancing(48, (96, 160), Fraction(12), height=106), 0, (200, 40, 60))
    tiny = {"width": 4, "downsamplings": 1, "blocks": 1}
    faces = {"face": True, "face_size": 32} | {f"face_{name}": value for name, value in tiny.items()}
    judges = {"discriminator_width": 4, "discriminator_layers": 1, "discriminator_scales": 1}
    model = config.ModelSettings(size=64, network="local", exemplars=0, **tiny, **faces, **judges)
    # A checkpoint after every step: so a kill often falls into the writing of one.
    train = config.TrainSettings(checkpoint_minutes=1e-9, steps=1, minutes=0.0)
    # One step each: `--steps` is then divided evenly.
    local, face = config.LocalStageSettings(steps=1), config.FaceStageSettings(steps=1)
    pipeline = config.Pipeline(model=model, train=train, train_local=local, train_face=face)
    (folder / "tiny.toml").write_text(config.pipeline_to_toml(pipeline), encoding="utf-8")
