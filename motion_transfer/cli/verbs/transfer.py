"""`motion-transfer transfer`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motion_transfer.cli.arguments import Cached, Common, Placement, options_of, parse_command, subject_pipeline
from motion_transfer.config import EncodeSettings, NormaliseSettings, PoseSettings
from motion_transfer.config.options import TransferOptions

if TYPE_CHECKING:
    from motion_transfer.workflows.transfer import Transfer as Result


@dataclass(frozen=True, kw_only=True)
class Transfer(Placement, TransferOptions, Cached, Common):
    """Make a subject perform a dance."""

    dance: Positional[Path]
    """Video of the dance."""
    subject: Path
    """Folder of the subject, made by `motion-transfer train`."""
    out: Path
    """The video to write."""
    poses: Path | None = None
    """Raw poses of the dance (.npz, .json, or a folder of OpenPose JSON), instead of estimating them."""
    pipeline: str | None = None
    """Name of a pipeline, or a TOML file; the settings the subject was made with if not given."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Pose estimation."""
    normalise: NormaliseSettings = field(default_factory=NormaliseSettings)
    """Moving the dancer to the subject's place and size."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def transfer(arguments: Sequence[str]) -> None:
    """Transfer a dance."""
    command, pipeline = parse_command(Transfer, arguments, subject_pipeline(arguments))
    from motion_transfer.pose.tracking.selection import check_person
    from motion_transfer.pose_cache import open_cache
    from motion_transfer.workflows.transfer import transfer

    check_person(command.person)
    with command.progress() as progress:
        done = transfer(
            command.dance,
            command.subject,
            command.out,
            options_of(command, TransferOptions),
            pipeline=pipeline,
            poses=command.poses,
            cache=open_cache(command.cache),
            progress=progress,
        )
    print_result(command, done)


def print_result(command: Common, done: "Result", *, subject: Path | None = None) -> None:
    """Print what was made, and the `subject` where one was made for it."""
    seconds = done.seconds_pose + done.seconds_synthesis
    text = (
        f"{done.output}: {done.frames} frames of {done.size[0]} x {done.size[1]} at {float(done.fps):.6g} fps, "
        f"made in {seconds:.0f} s ({done.frames / seconds:.1f} frames/s)"
    )
    if done.missing:
        text += f"\nno person was found in {done.missing} frames; they show the background alone"
    result = {
        "output": str(done.output),
        "frames": done.frames,
        "fps": str(done.fps),
        "size": list(done.size),
        "frames_without_person": done.missing,
        "seconds_pose": round(done.seconds_pose, 2),
        "seconds_synthesis": round(done.seconds_synthesis, 2),
    }
    if subject is not None:
        text += f"\nthe subject is kept: motion-transfer transfer DANCE --subject {subject} --out OUT.mp4"
        result["subject"] = str(subject)
    command.print(result, text)
