"""`motion-transfer draw`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, parse_command
from motion_transfer.config import DrawSettings, EncodeSettings
from motion_transfer.config.options import PosesFormat
from motion_transfer.files import check_output


@dataclass(frozen=True, kw_only=True)
class Draw(PosesFormat, Common):
    """Draw poses as the generator sees them."""

    poses: Positional[Path]
    """Poses (.npz, .json, or a folder of OpenPose JSON)."""
    out: Path
    """Video to write, at the poses' frame size."""
    draw: DrawSettings = field(default_factory=DrawSettings)
    """The pose image."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def main(arguments: Sequence[str]) -> None:
    """Write the pose images as a video."""
    command, pipeline = parse_command(Draw, arguments)
    check_output(command.out, (command.poses,))
    from motion_transfer.pose import draw_poses, load_poses
    from motion_transfer.progress import track
    from motion_transfer.video import VideoWriter

    poses = load_poses(command.poses, format=command.poses_format)
    with (
        command.progress() as progress,
        VideoWriter(command.out, size=poses.size, fps=poses.fps, settings=pipeline.encode) as writer,
    ):
        for image in track(draw_poses(poses, poses.size, pipeline.draw), "drawing", len(poses), progress):
            writer.write(image)
    result = {"output": str(command.out), "frames": len(poses)}
    command.print(result, f"{command.out}: {len(poses)} pose images")
