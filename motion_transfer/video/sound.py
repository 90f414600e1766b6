"""Adding the source's sound to a video made from it."""

from fractions import Fraction
from pathlib import Path

import ffmpeg as arguments

from motion_transfer.video.encoders import COPYABLE
from motion_transfer.video.ffmpeg import FFmpeg, file_url, input_options
from motion_transfer.video.probe import VideoInfo

LATEST_COPY = Fraction(1, 10)
"""Seconds of sound before the picture up to which it is copied. Copied packets cannot be cut, only
hidden by the container, which not every player honours; a longer lead is cut off by encoding the sound."""


def add_sound(
    picture: Path, source: VideoInfo, out: Path, *, begin: Fraction, end: Fraction | None, length: Fraction, named: Path
) -> None:
    """Write `picture` and the sound of `source` to `out`; the picture is copied.

    The sound keeps its place against the source's first frame, whatever its own offset, and ends with the
    picture. It is copied if all of it is used and the container takes it, else encoded as AAC (WebM: Opus).

    Args:
        picture: a silent video that starts at 0.
        source: the clip whose sound to use; it has some.
        out: the file to write; its ending names the container.
        begin: where in the source, in seconds from its first frame, the pictures begin.
        end: where the sound ends if that is before the last picture.
        length: seconds that `picture` lasts.
        named: the file that errors name.

    Raises:
        OutputError: the disk is full.
        VideoError: ffmpeg could not do it.
    """
    assert source.audio is not None
    ending = out.suffix.lower()
    stop = length if end is None else min(length, end - begin)
    complete = begin == 0 and stop >= length - 1 / source.fps
    copied = complete and source.audio.codec in COPYABLE[ending] and source.audio.start > -LATEST_COPY
    zero = source.start + begin
    pictures = arguments.input(file_url(picture), **input_options())["v:0"]
    # With copyts the source's own clock holds, in which `zero` is the first picture.
    sound = arguments.input(file_url(source.path), itsoffset=f"{float(-zero):.6f}", **input_options())
    sound = sound[str(source.audio.track)]
    options: dict[str, str | int] = {"c:v": "copy", "movflags": "+faststart", "loglevel": "error"}
    if copied:
        options |= {"c:a": "copy"}
    else:
        sound = sound.filter("aresample", **{"async": 1, "first_pts": 0})
        sound = sound.filter("atrim", start=0, end=f"{float(stop):.6f}")
        options |= {"c:a": "libopus" if ending == ".webm" else "aac", "b:a": "192k"}
    output = arguments.output(pictures, sound, file_url(out), t=f"{float(length):.6f}", **options)
    with FFmpeg(["-copyts", *output.get_args(), "-y"]) as ffmpeg:
        ffmpeg.check_written(named)
