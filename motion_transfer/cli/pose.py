"""`motion-transfer pose`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, File, Seconds, named_pipeline, parse, with_settings
from motion_transfer.cli.console import progress, tell
from motion_transfer.config import PoseSettings
from motion_transfer.files import check_output

if TYPE_CHECKING:
    from motion_transfer.video import VideoReader, VideoWriter


@dataclass(frozen=True, kw_only=True)
class Pose(Common):
    """Find the person in every frame of a video.

    The poses are raw, as detected: `normalise` and `run` clean them.
    """

    video: Positional[Path]
    """A video of one person."""
    out: File = None
    """Pose file (.npz), or folder of OpenPose JSON (a name without an ending), to write."""
    preview: File = None
    """Video to write that shows the poses over the frames."""
    start: Seconds = None
    """Seconds to begin at."""
    end: Seconds = None
    """Seconds to end at."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Finding the person."""


def main(arguments: Sequence[str]) -> None:
    """Estimate poses; write them, a preview, or both."""
    command = parse(Pose, arguments, named_pipeline(arguments))
    settings = with_settings(named_pipeline(arguments), command)
    if command.preview is not None:
        check_output(command.preview, inputs=(command.video,))
    from motion_transfer.pose import check_pose_output, estimate_poses, overlay_pose, save_poses
    from motion_transfer.progress import track
    from motion_transfer.video import VideoReader

    if command.out is not None:
        check_pose_output(command.out, inputs=(command.video,))
    with progress(command.quiet) as report, VideoReader(command.video, start=command.start, end=command.end) as reader:
        preview = None if command.preview is None else _preview(command.preview, reader)
        frames = track(reader, "finding poses", len(reader), report)
        poses = estimate_poses(
            frames, size=reader.size, fps=reader.fps, settings=settings.pose, name=str(command.video)
        )
        if command.out is not None:
            save_poses(command.out, poses)
        if preview is not None:
            with preview as writer:
                pictures = track(reader, "writing preview", len(reader), report)
                for frame, xy, score in zip(pictures, poses.xy, poses.score, strict=True):
                    writer.write(overlay_pose(frame, xy, score))
    found = int(poses.present.sum())
    result = {"frames": len(poses), "frames_with_person": found, "fps": str(poses.fps), "size": list(poses.size)}
    text = f"a person in {found} of {len(poses)} frames ({found / len(poses):.0%})"
    tell(result, text, as_json=command.json, quiet=command.quiet)


def _preview(path: Path, reader: "VideoReader") -> "VideoWriter":
    """The video of frames and poses, not begun yet: what cannot be written is refused before the long work."""
    from motion_transfer.video import VideoWriter

    return VideoWriter(
        path,
        size=reader.size,
        fps=reader.fps,
        audio_from=reader.path,
        audio_start=reader.start,
        audio_end=reader.end,
    )
