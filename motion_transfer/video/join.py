"""Joining videos one after the other."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import ffmpeg as arguments

from motion_transfer.errors import VideoError
from motion_transfer.files import atomic_path, check_output
from motion_transfer.video.ffmpeg import FFmpeg, file_url, input_options
from motion_transfer.video.probe import VideoInfo, probe
from motion_transfer.video.sound import add_sound


def join_videos(
    parts: Sequence[Path],
    out: Path,
    *,
    fps: Fraction,
    sound: VideoInfo | None = None,
    begin: Fraction = Fraction(0),
    end: Fraction | None = None,
) -> None:
    """Write several videos one after the other, their frames copied, with the sound of another video.

    Args:
        parts: silent .mp4 videos of one size, rate and codec, as one `VideoWriter` setting makes them.
        out: the video to write.
        fps: frames a second of the parts.
        sound: the video whose sound to add; none if not given, or if it has none.
        begin: where in `sound` the frames begin, in seconds from its first frame.
        end: where they end.

    Raises:
        OutputError: `out` cannot be written; the disk is full.
        VideoError: a part is missing or broken; ffmpeg could not join them.
    """
    check_output(out)
    frames = sum(probe(part).frames for part in parts)
    with atomic_path(out) as complete, ExitStack() as temporary:
        names = complete.with_suffix(".parts.txt")
        temporary.callback(names.unlink, missing_ok=True)
        names.write_bytes(b"ffconcat version 1.0\n" + b"".join(map(_entry, parts)))
        picture = complete
        if sound is not None and sound.audio is not None:
            picture = complete.with_suffix(".picture.mp4")
            temporary.callback(picture.unlink, missing_ok=True)
        joined = arguments.input(file_url(names), format="concat", safe=0, **input_options("concat"))["v:0"]
        options = {"c:v": "copy", "movflags": "+faststart", "loglevel": "error"}
        output = joined.output(file_url(picture), **options)
        with FFmpeg([*output.get_args(), "-y"]) as ffmpeg:
            ffmpeg.check_written(out)
        if sound is not None and picture != complete:
            add_sound(picture, sound, complete, begin=begin, end=end, length=frames / fps, named=out)
        if (made := probe(complete).frames) != frames:
            raise VideoError(f"{out}: the parts have {frames} frames, joined {made}. Make the clip in one piece.")


def _entry(part: Path) -> bytes:
    """A line of ffmpeg's list of files: quoted, and a quote inside the name outside of the quotes."""
    return b"file '" + os.fsencode(part.absolute()).replace(b"'", b"'\\''") + b"'\n"
