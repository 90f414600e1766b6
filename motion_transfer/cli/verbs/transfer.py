"""`motion-transfer transfer`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import (
    Background,
    ByHand,
    CachePlace,
    Common,
    Device,
    File,
    Person,
    PipelineName,
    Seconds,
    named_pipeline,
    parse,
    subject_pipeline,
    with_settings,
)
from motion_transfer.cli.console import show_progress, tell
from motion_transfer.config import EncodeSettings, NormaliseSettings, PoseSettings
from motion_transfer.config.options import TransferOptions


@dataclass(frozen=True, kw_only=True)
class Transfer(ByHand, Common):
    """Make a subject perform a dance."""

    dance: Positional[Path]
    """Video of somebody dancing."""
    subject: Path
    """Folder of the subject, made by `motion-transfer train`."""
    out: Path
    """The video to write."""
    start: Seconds = None
    """Seconds of the dance to begin at."""
    end: Seconds = None
    """Seconds of the dance to end at."""
    side_by_side: bool = False
    """Write source | pose | result."""
    background: Background = "subject"
    """What stands behind the person: a picture, a video, a colour (#20a040, white, black, grey, green), source (the
    dance's room without the dancer), transparent (into .webm or .mov), or subject (the footage's own room)."""
    poses: File = None
    """Raw poses of the dance (.npz, or a folder of OpenPose JSON), instead of finding them."""
    person: Person = "largest"
    """Who of several dancers: largest, centre, left, right, or a number (`pose --person all --preview` shows them)."""
    device: Device = None
    """cpu, cuda, cuda:1, mps; the fastest there is if not given."""
    cache: CachePlace = None
    """Where poses are kept once they were found; $MOTION_TRANSFER_CACHE or the user's cache folder if not given."""
    pipeline: PipelineName = None
    """Name of a pipeline, or a TOML file; the settings the subject was made with if not given."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Finding the person."""
    normalise: NormaliseSettings = field(default_factory=NormaliseSettings)
    """Moving the dancer to the subject's place and size."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def main(arguments: Sequence[str]) -> None:
    """Transfer a dance."""
    pipeline = named_pipeline(arguments, subject_pipeline(arguments))
    command = parse(Transfer, arguments, pipeline)
    pipeline = with_settings(pipeline, command)
    from motion_transfer.pose.tracking.selection import check_person
    from motion_transfer.pose_cache import open_cache
    from motion_transfer.workflows.transfer import transfer

    options = TransferOptions(
        check_person(command.person),
        command.start,
        command.end,
        command.side_by_side,
        command.background,
        command.device,
    )
    with show_progress(command.quiet) as progress:
        done = transfer(
            command.dance,
            command.subject,
            command.out,
            options,
            pipeline=pipeline,
            poses=command.poses,
            cache=open_cache(command.cache),
            progress=progress,
        )
    seconds = done.seconds_pose + done.seconds_synthesis
    text = (
        f"{done.output}: {done.frames} frames of {done.size[0]} x {done.size[1]} at {float(done.fps):.6g} fps, "
        f"made in {seconds:.0f} s ({done.frames / seconds:.1f} frames/s)"
    )
    if done.missing:
        text += f"\nnobody was found in {done.missing} frames; they show the empty background"
    result = {
        "output": str(done.output),
        "frames": done.frames,
        "fps": str(done.fps),
        "size": list(done.size),
        "frames_without_person": done.missing,
        "seconds_pose": round(done.seconds_pose, 2),
        "seconds_synthesis": round(done.seconds_synthesis, 2),
    }
    tell(result, text, as_json=command.json, quiet=command.quiet)
