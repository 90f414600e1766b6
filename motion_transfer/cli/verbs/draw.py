"""`motion-transfer draw`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, named_pipeline, parse, with_settings
from motion_transfer.cli.console import show_progress, tell
from motion_transfer.config import DrawSettings, EncodeSettings
from motion_transfer.files import check_output


@dataclass(frozen=True, kw_only=True)
class Draw(Common):
    """Draw poses as the generator sees them."""

    poses: Positional[Path]
    """Poses (.npz, or a folder of OpenPose JSON)."""
    out: Path
    """Video to write, at the poses' frame size."""
    draw: DrawSettings = field(default_factory=DrawSettings)
    """The pose image."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def main(arguments: Sequence[str]) -> None:
    """Write the pose images as a video."""
    command = parse(Draw, arguments, named_pipeline(arguments))
    pipeline = with_settings(named_pipeline(arguments), command)
    check_output(command.out, inputs=(command.poses,))
    from motion_transfer.pose import draw_poses, load_poses
    from motion_transfer.progress import track
    from motion_transfer.video import VideoWriter

    poses = load_poses(command.poses)
    with (
        show_progress(command.quiet) as progress,
        VideoWriter(command.out, size=poses.size, fps=poses.fps, settings=pipeline.encode) as writer,
    ):
        for image in track(draw_poses(poses, poses.size, pipeline.draw), "drawing", len(poses), progress):
            writer.write(image)
    result = {"output": str(command.out), "frames": len(poses)}
    tell(result, f"{command.out}: {len(poses)} pose images", as_json=command.json, quiet=command.quiet)
