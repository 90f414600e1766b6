"""`motion-transfer encode`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, File, named_pipeline, parse, with_settings
from motion_transfer.cli.console import show_progress, tell
from motion_transfer.config import EncodeSettings
from motion_transfer.files import check_output


@dataclass(frozen=True, kw_only=True)
class Encode(Common):
    """Encode a video anew, with its own sound or that of another."""

    video: Positional[Path]
    """The pictures."""
    out: Path
    """Video to write."""
    audio_from: File = None
    """The video whose sound to carry; the pictures' own if not given."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def main(arguments: Sequence[str]) -> None:
    """Read, encode, add the sound."""
    command = parse(Encode, arguments, named_pipeline(arguments))
    settings = with_settings(named_pipeline(arguments), command).encode
    sound = command.audio_from or command.video
    check_output(command.out, inputs=(command.video, sound))
    from motion_transfer.progress import track
    from motion_transfer.video import VideoReader, VideoWriter

    with (
        show_progress(command.quiet) as progress,
        VideoReader(command.video) as reader,
        VideoWriter(command.out, size=reader.size, fps=reader.fps, settings=settings, audio_from=sound) as writer,
    ):
        for frame in track(reader, "encoding", len(reader), progress):
            writer.write(frame)
    result = {"output": str(command.out), "frames": writer.frames, "fps": str(reader.fps)}
    tell(result, f"{command.out}: {writer.frames} frames", as_json=command.json, quiet=command.quiet)
