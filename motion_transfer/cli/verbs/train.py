"""`motion-transfer train`."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motion_transfer.cli.arguments import (
    BudgetChoice,
    CachePlace,
    Common,
    Device,
    File,
    Minutes,
    Person,
    PipelineName,
    Steps,
    existing_poses,
    named_pipeline,
    parse,
    with_settings,
)
from motion_transfer.cli.console import show_progress, tell
from motion_transfer.config import (
    DrawSettings,
    FaceStageSettings,
    LocalStageSettings,
    ModelSettings,
    Pipeline,
    PoseSettings,
    TrainSettings,
    share_bounds,
)
from motion_transfer.config.options import TrainOptions
from motion_transfer.errors import ConfigError

if TYPE_CHECKING:
    from motion_transfer.footage_check import FootageCheck
    from motion_transfer.training import BudgetName


@dataclass(frozen=True, kw_only=True)
class Train(Common):
    """Learn a subject from footage of the target person.

    Run again after an interruption, it goes on where it stopped; with higher bounds it trains a finished
    subject further. Under torchrun it trains on several GPUs: torchrun --nproc-per-node 4 -m motion_transfer train ...
    """

    footage: Positional[Path]
    """Video of the target person: one person, a still camera, some minutes of varied movement."""
    out: Path
    """Folder of the subject."""
    steps: Steps = None
    """Train for this many steps in all, whatever time that takes; instead of the pipeline's bounds."""
    minutes: Minutes = None
    """Train for this long in all, whatever steps that gives; instead of the pipeline's bounds."""
    budget: BudgetChoice = None
    """quick, good or best, instead of bounds and of model.size: how long to train, and on how large a canvas, by what
    this machine does in a second. quick is a first impression, good an evening on two CPU cores or ten minutes on a
    recent GPU, best a night or an hour."""
    poses: File = None
    """Raw poses of the footage (.npz, or a folder of OpenPose JSON), instead of finding them."""
    force: bool = False
    """Train although the check of the footage advises against it (see `motion-transfer check`)."""
    person: Person = "largest"
    """Who of several people: largest, centre, left, right, or a number (`pose --person all --preview` shows them)."""
    device: Device = None
    """cpu, cuda, cuda:1, mps; the fastest there is if not given."""
    cache: CachePlace = None
    """Where poses are kept once they were found; $MOTION_TRANSFER_CACHE or the user's cache folder if not given."""
    pipeline: PipelineName = "default"
    """Name of a pipeline, or a TOML file."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Finding the person."""
    draw: DrawSettings = field(default_factory=DrawSettings)
    """The pose image."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """Sizes of the networks."""
    train: TrainSettings = field(default_factory=TrainSettings)
    """The training: its first stage, and what all stages share."""
    train_local: LocalStageSettings = field(default_factory=LocalStageSettings)
    """The second stage, for model.network local."""
    train_face: FaceStageSettings = field(default_factory=FaceStageSettings)
    """The last stage, for model.face and model.hands."""


def main(arguments: Sequence[str]) -> None:
    """Train, and say how good the subject became."""
    command = parse(Train, arguments, named_pipeline(arguments))
    pipeline = share_bounds(with_settings(named_pipeline(arguments), command), command.steps, command.minutes)
    if command.budget is not None:
        pipeline = _within_budget(command, pipeline, command.budget)
    from motion_transfer.pose.tracking.selection import check_person
    from motion_transfer.pose_cache import open_cache
    from motion_transfer.workflows.train import train

    person = check_person(command.person)
    poses = existing_poses(command.poses, command.footage, person)

    others = int(os.environ.get("RANK", "0")) > 0  # of several processes the first one speaks
    with show_progress(command.quiet or others) as progress:
        subject = train(
            command.footage,
            command.out,
            pipeline,
            TrainOptions(person=person, device=command.device, force=command.force),
            poses=poses,
            inspect=partial(_inspect, command),
            cache=open_cache(command.cache),
            progress=progress,
        )
    if others:
        return
    training, held_out = subject.record["training"], subject.record["held_out"]
    lines = [f"{command.out}: {training['steps']} steps in {training['minutes']} minutes on {training['device']}"]
    if len(training["stages"]) > 1:
        lines += [
            f"  {name + ' stage':<40}{stage['steps']:>8} steps in {stage['minutes']} minutes"
            for name, stage in training["stages"].items()
        ]
    lines.append(f"{'on held-out frames, in the person box':<42}{'PSNR dB':>8}{'SSIM':>8}")
    names = {"result": "this subject", "background_alone": "background alone", "nearest_pose": "nearest pose's frame"}
    for key, name in names.items():
        lines.append(f"  {name:<40}{_figure(held_out[key]['psnr'], 1)}{_figure(held_out[key]['ssim'], 3)}")
    if not held_out["result"]["frames"]:
        lines.append("  (nobody is seen in the held-out end of the footage, so there is nothing to measure)")
    lines.append(f"look at {command.out / 'preview.png'} (pose, truth, result)")
    lines.append(f"    and {command.out / 'training' / 'losses.png'} (how the losses went); use it with")
    lines.append(f"  motion-transfer transfer DANCE --subject {command.out} --out OUT.mp4")
    tell({"subject": str(command.out), **subject.record}, "\n".join(lines), as_json=command.json, quiet=command.quiet)


def _within_budget(command: Train, pipeline: Pipeline, budget: "BudgetName") -> Pipeline:
    """The pipeline with canvas and bounds by the budget; a run that goes on keeps its canvas."""
    if command.steps is not None or command.minutes is not None:
        raise ConfigError("--budget is given with --steps or --minutes, which say the same. Give one of them.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("--budget times one process, but there are several. Give --minutes and --model.size.")
    from motion_transfer.models import choose_device
    from motion_transfer.training import plan_training
    from motion_transfer.training.run.run_dir import run_settings

    size = run_settings(command.out).get("model", {}).get("size")
    with show_progress(command.quiet) as progress:
        plan = plan_training(pipeline, budget, choose_device(command.device), size=size, progress=progress)
    if not command.quiet:
        print(f"{budget}: {plan}; finding poses comes before, measuring after", file=sys.stderr)
    return plan.pipeline


def _inspect(command: Train, check: "FootageCheck") -> None:
    """Draw the check of the footage, and warn."""
    from motion_transfer.cli.verbs.check import write_picture

    picture = command.out / "footage-check.png"
    write_picture(picture, check)
    refused = check.grade == "unusable" and not command.force
    if not (command.quiet or refused or check.grade == "good"):
        print(f"{check.warnings}\n  ({picture} shows more)", file=sys.stderr)


def _figure(value: float | None, places: int) -> str:
    return f"{'-' if value is None else format(value, f'.{places}f'):>8}"
