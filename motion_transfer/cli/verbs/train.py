"""`motion-transfer train`."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tyro.conf import Positional

from motion_transfer import config
from motion_transfer.cli.arguments import Cached, Common, options_of, parse_command
from motion_transfer.cli.console import show_progress
from motion_transfer.config.options import Steps, TrainOptions
from motion_transfer.config.stages import Minutes
from motion_transfer.errors import ConfigError

MEASURED = {
    "perceptual": ("person_perceptual", 2),
    "sharpness": ("person_sharpness", 2),
    "flicker": ("person_flicker", 2),
    "PSNR dB": ("person_psnr", 1),
    "SSIM": ("person_ssim", 3),
}
"""The columns of the table that `train` prints, with their decimals."""

if TYPE_CHECKING:
    from motion_transfer.footage_check.check import FootageCheck
    from motion_transfer.training.budget import BudgetName


@dataclass(frozen=True, kw_only=True)
class Train(TrainOptions, Cached, Common):
    """Train a subject on footage of the target person.

    Run again after an interruption, it resumes; with higher bounds it trains a finished subject further.
    Under torchrun it trains on several GPUs: torchrun --nproc-per-node 4 -m motion_transfer train ...
    """

    footage: Positional[Path]
    """Video of the target person: one person, a still camera, some minutes of varied movement. Seconds or a picture
    (PNG, JPEG, WebP) do with --minutes 0."""
    out: Path
    """Folder of the subject."""
    steps: Steps | None = None
    """Train for this many steps in all, whatever time that takes; instead of the pipeline's bounds."""
    minutes: Minutes | None = None
    """Train for this long in all, whatever steps that gives, instead of the pipeline's bounds; 0: do not train a
    compositor, which shows its best candidates then."""
    budget: Literal["quick", "good", "best"] | None = None
    """quick, good or best, instead of bounds and of model.size: how long to train, and on how large a canvas, by what
    this machine does in a second. quick is a first impression, good an evening on two CPU cores or ten minutes on a
    recent GPU, best a night or an hour."""
    poses: Path | None = None
    """Raw poses of the footage (.npz, .json, or a folder of OpenPose JSON), instead of estimating them."""
    pipeline: str = "default"
    """Name of a pipeline, or a TOML file."""
    pose: config.PoseSettings = field(default_factory=config.PoseSettings)
    """Pose estimation."""
    draw: config.DrawSettings = field(default_factory=config.DrawSettings)
    """The pose image."""
    model: config.ModelSettings = field(default_factory=config.ModelSettings)
    """Sizes of the networks."""
    train: config.TrainSettings = field(default_factory=config.TrainSettings)
    """The training: its first stage, and what all stages share."""
    train_local: config.LocalStageSettings = field(default_factory=config.LocalStageSettings)
    """The second stage, for model.network local."""
    train_face: config.FaceStageSettings = field(default_factory=config.FaceStageSettings)
    """The last stage, for model.face and model.hands."""


def train(arguments: Sequence[str]) -> None:
    """Train, and report the quality on held-out frames."""
    command, pipeline = parse_command(Train, arguments)
    pipeline = config.share_bounds(pipeline, command.steps, command.minutes)
    if command.budget is not None:
        pipeline = _within_budget(command, pipeline, command.budget)
    from motion_transfer.pose.tracking.selection import check_person
    from motion_transfer.pose_cache import given_poses, open_cache
    from motion_transfer.workflows.train import train

    poses = given_poses(command.poses, command.poses_format, command.footage, check_person(command.person))

    others = int(os.environ.get("RANK", "0")) > 0  # of several processes only the first one prints
    if command.consent is None and not others:
        command = replace(command, consent=ask_consent(command.out, quiet=command.quiet))
    with show_progress(command.quiet or others) as progress:
        subject = train(
            command.footage,
            command.out,
            pipeline,
            options_of(command, TrainOptions),
            poses=poses,
            inspect=partial(show_check, command.out, force=command.force, quiet=command.quiet),
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
    lines += _held_out_lines(held_out)
    lines.append(f"look at {command.out / 'preview.png'} (pose, truth, result)")
    if training["steps"]:
        lines.append(f"    and {command.out / 'training' / 'losses.png'} (how the losses went)")
    lines.append(f"use it with motion-transfer transfer DANCE --subject {command.out} --out OUT.mp4")
    command.print({"subject": str(command.out), **subject.record}, "\n".join(lines))


def ask_consent(folder: Path, *, quiet: bool) -> str | None:
    """The record of consent, asked for at a terminal before a new training; nothing where there is no answer."""
    asked = os.path.exists(folder / "training")
    if quiet or asked or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    from motion_transfer.marking.consent import FORM, parse_consent

    while True:
        print(f"Who agreed to be shown, how and when ({FORM})? Empty if unknown: ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline().strip()
        if not answer:
            return None
        try:
            parse_consent(answer)
        except ConfigError as error:
            print(error, file=sys.stderr)
        else:
            return answer


def _within_budget(command: Train, pipeline: config.Pipeline, budget: "BudgetName") -> config.Pipeline:
    """The pipeline with canvas and bounds by the budget; a resumed run keeps its canvas."""
    if command.steps is not None or command.minutes is not None:
        raise ConfigError("--budget is given with --steps or --minutes, which exclude it. Give one of them.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("--budget times one process, but there are several. Give --minutes and --model.size.")
    from motion_transfer.training.budget import plan_training
    from motion_transfer.training.run.run_dir import run_settings

    size = run_settings(command.out).get("model", {}).get("size")
    with command.progress() as progress:
        plan = plan_training(pipeline, budget, command.device, size=size, progress=progress)
    if not command.quiet:
        print(f"{budget}: {plan}; pose estimation comes before, measuring after", file=sys.stderr)
    return plan.pipeline


def show_check(folder: Path, check: "FootageCheck", *, force: bool, quiet: bool) -> None:
    """Draw the check of the footage into a subject's folder, and print what is not good."""
    from motion_transfer.cli.verbs.check import write_picture

    picture = folder / "footage-check.png"
    write_picture(picture, check)
    refused = check.grade == "unusable" and not force
    if not quiet and not refused and check.grade != "good":
        print(f"{check.warnings}\n  ({picture} shows more)", file=sys.stderr)


def _held_out_lines(held_out: dict[str, Any]) -> list[str]:
    """What was measured on the held-out frames, a video a line, and whether training helped."""
    from motion_transfer.evaluation.checks import training_helped
    from motion_transfer.evaluation.metrics.catalogue import RESULT

    if RESULT not in held_out:
        return ["the footage is too short to hold frames out, so nothing was measured"]
    lines = [f"{'on held-out frames, inside the person':<38}" + "".join(f"{name:>12}" for name in MEASURED)]
    videos = {name: means for name, means in held_out.items() if isinstance(means, dict)}
    for name, means in videos.items():
        values = [format(means[key], f".{places}f") if key in means else "-" for key, places in MEASURED.values()]
        lines.append(f"  {name:<36}" + "".join(f"{value:>12}" for value in values))
    if not held_out["frames"]:
        lines.append("  (the held-out end of the footage shows no person, so nothing was measured)")
    helped = training_helped(videos[RESULT], videos)
    return [*lines, helped.text] if helped else lines
