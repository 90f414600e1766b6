"""`motion-transfer synthesise`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, parse_command, subject_pipeline
from motion_transfer.config import EncodeSettings
from motion_transfer.config.options import Device, PosesFormat
from motion_transfer.files import check_output


@dataclass(frozen=True, kw_only=True)
class Synthesise(PosesFormat, Device, Common):
    """Generate the subject's frames from normalised poses; the video has no sound (see `encode`)."""

    poses: Positional[Path]
    """Normalised poses (.npz, .json, or a folder of OpenPose JSON), as `motion-transfer normalise` writes them."""
    subject: Path
    """Folder of the subject."""
    out: Path
    """Video to write."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def main(arguments: Sequence[str]) -> None:
    """Run the generator over a pose file."""
    command, pipeline = parse_command(Synthesise, arguments, subject_pipeline(arguments))
    check_output(command.out, (command.poses, command.subject))
    from motion_transfer.pose import load_poses
    from motion_transfer.progress import track
    from motion_transfer.subject import load_subject
    from motion_transfer.synthesis.frames import synthesise
    from motion_transfer.video import VideoWriter

    poses = load_poses(command.poses, format=command.poses_format)
    subject = load_subject(command.subject)
    frames = synthesise(subject, poses, command.device)
    with (
        command.progress() as progress,
        VideoWriter(command.out, size=subject.size, fps=poses.fps, settings=pipeline.encode) as writer,
    ):
        for frame in track(frames, "dancing", len(poses), progress):
            writer.write(frame)
    result = {"output": str(command.out), "frames": len(poses), "size": list(subject.size)}
    command.print(result, f"{command.out}: {len(poses)} frames")
