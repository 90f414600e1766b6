"""`motion-transfer encode`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, parse_command
from motion_transfer.config import EncodeSettings
from motion_transfer.files import check_output


@dataclass(frozen=True, kw_only=True)
class Encode(Common):
    """Encode a video again, with its own sound or that of another."""

    video: Positional[Path]
    """The video whose frames to encode."""
    out: Path
    """Video to write."""
    audio_from: Path | None = None
    """The video whose sound to carry; that of the video itself if not given."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def main(arguments: Sequence[str]) -> None:
    """Read, encode, add the sound."""
    command, pipeline = parse_command(Encode, arguments)
    sound = command.audio_from or command.video
    check_output(command.out, (command.video, sound))
    from motion_transfer.progress import track
    from motion_transfer.video import VideoReader, VideoWriter

    with (
        command.progress() as progress,
        VideoReader(command.video) as reader,
        VideoWriter(
            command.out, size=reader.size, fps=reader.fps, settings=pipeline.encode, audio_from=sound
        ) as writer,
    ):
        for frame in track(reader, "encoding", len(reader), progress):
            writer.write(frame)
    result = {"output": str(command.out), "frames": writer.frames, "fps": str(reader.fps)}
    command.print(result, f"{command.out}: {writer.frames} frames")
