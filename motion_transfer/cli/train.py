"""`motion-transfer train`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motion_transfer.cli.arguments import (
    Common,
    Device,
    File,
    Minutes,
    PipelineName,
    Steps,
    existing_poses,
    named_pipeline,
    parse,
    with_settings,
)
from motion_transfer.cli.console import progress, tell
from motion_transfer.config import DrawSettings, ModelSettings, Pipeline, PoseSettings, TrainSettings

if TYPE_CHECKING:
    from motion_transfer.subject import FootageCheck


@dataclass(frozen=True, kw_only=True)
class Train(Common):
    """Learn a subject from footage of the target person.

    Run again after an interruption, it goes on where it stopped; with higher bounds it trains a finished
    subject further.
    """

    footage: Positional[Path]
    """Video of the target person: one person, a still camera, some minutes of varied movement."""
    out: Path
    """Folder of the subject."""
    steps: Steps = None
    """Train for this many steps, whatever time that takes (sets train.steps, and train.minutes to 0)."""
    minutes: Minutes = None
    """Train for this long, whatever steps that gives (sets train.minutes, and train.steps to 0)."""
    poses: File = None
    """Raw poses of the footage (.npz, or a folder of OpenPose JSON), instead of finding them."""
    force: bool = False
    """Train although the check of the footage advises against it (see `motion-transfer check`)."""
    device: Device = None
    """cpu, cuda, cuda:1, mps; the fastest there is if not given."""
    pipeline: PipelineName = "default"
    """Name of a pipeline, or a TOML file."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Finding the person."""
    draw: DrawSettings = field(default_factory=DrawSettings)
    """The pose image."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """Sizes of the networks."""
    train: TrainSettings = field(default_factory=TrainSettings)
    """The training run."""


def main(arguments: Sequence[str]) -> None:
    """Train, and say how good the subject became."""
    command = parse(Train, arguments, named_pipeline(arguments))
    pipeline = _bounded(with_settings(named_pipeline(arguments), command), command)
    poses = existing_poses(command.poses, command.footage)
    from motion_transfer.learn import learn_subject

    with progress(command.quiet) as report:
        subject = learn_subject(
            command.footage,
            command.out,
            pipeline,
            poses=poses,
            device=command.device,
            inspect=partial(_inspect, command),
            report=report,
        )
    training, held_out = subject.record["training"], subject.record["held_out"]
    lines = [f"{command.out}: {training['steps']} steps in {training['minutes']} minutes on {training['device']}"]
    lines.append(f"{'on held-out frames, in the person box':<42}{'PSNR dB':>8}{'SSIM':>8}")
    names = {"result": "this subject", "background_alone": "background alone", "nearest_pose": "nearest pose's frame"}
    for key, name in names.items():
        lines.append(f"  {name:<40}{_figure(held_out[key]['psnr'], 1)}{_figure(held_out[key]['ssim'], 3)}")
    if not held_out["result"]["frames"]:
        lines.append("  (nobody is seen in the held-out end of the footage, so there is nothing to measure)")
    lines.append(f"look at {command.out / 'preview.png'} (pose, truth, result); use it with")
    lines.append(f"  motion-transfer run DANCE --subject {command.out} --out OUT.mp4")
    tell({"subject": str(command.out), **subject.record}, "\n".join(lines), as_json=command.json, quiet=command.quiet)


def _inspect(command: Train, check: "FootageCheck") -> None:
    """Draw what was found about the footage, warn, and stop where there is no hope."""
    from motion_transfer.cli.check import write_picture
    from motion_transfer.subject import refuse_hopeless

    picture = command.out / "footage-check.png"
    write_picture(picture, check)
    if not command.force:
        refuse_hopeless(check, command.footage)
    if not command.quiet and check.verdict != "good":
        print(f"{check.warnings}\n  ({picture} shows more)", file=sys.stderr)


def _bounded(pipeline: Pipeline, command: Train) -> Pipeline:
    """`--steps` or `--minutes` alone replaces both bounds; of both, the first that is reached ends the run."""
    if command.steps is None and command.minutes is None:
        return pipeline
    bounds = replace(pipeline.train, steps=command.steps or 0, minutes=float(command.minutes or 0))
    return replace(pipeline, train=bounds)


def _figure(value: float | None, places: int) -> str:
    return f"{'-' if value is None else format(value, f'.{places}f'):>8}"
