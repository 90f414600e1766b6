"""Putting finished streams together: the source's sound to a video made from it, videos one after the other."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import ffmpeg as arguments

from motion_transfer.errors import VideoError
from motion_transfer.files import atomic_path, check_output
from motion_transfer.video.encoders import COPYABLE
from motion_transfer.video.ffmpeg import FFmpeg, file_url, input_options
from motion_transfer.video.marks import Marks
from motion_transfer.video.probing.info import VideoInfo
from motion_transfer.video.probing.probe import probe

LATEST_COPY = Fraction(1, 10)
"""Seconds of sound before the picture up to which it is copied. Copied packets cannot be cut, only
hidden by the container, which not every player honours; a longer lead is cut off by encoding the sound."""

BESIDE = 1e-6
"""Seconds by which the sound's shift differs from its file's start: where both are the same, versions 4 and 5 let the
sound of an MPEG transport stream begin with the picture, wherever it does begin."""

MICROSECONDS = 1_000_000  # in which ffmpeg's list of files counts

LAYOUTS = "mono|stereo|5.1|7.1"  # channels as both encoders take them; others are mixed into the nearest of these


def add_sound(
    picture: Path, source: VideoInfo, out: Path, *, begin: Fraction, end: Fraction | None, length: Fraction, named: Path
) -> None:
    """Write `picture` and the sound of `source` to `out`; the picture is copied.

    The sound keeps its place against the source's first frame, whatever its own offset, and ends with the
    picture. It is copied if all of it is used and the container takes it, else encoded as AAC (WebM: Opus).

    `picture` is silent, starts at 0 and lasts `length` seconds; the pictures begin `begin` seconds after the source's
    first frame, and the sound ends at `end` if that is before the last picture. The ending of `out` names the
    container; errors call it `named`.
    """
    assert source.audio is not None
    ending = out.suffix.lower()
    stop = length if end is None else min(length, end - begin)
    complete = begin == 0 and stop >= length - 1 / source.fps
    copied = complete and source.audio.codec in COPYABLE[ending] and source.audio.start > -LATEST_COPY
    zero = source.start + begin
    # Parsed, VP9 loses its frames' durations in version 4, and the last one is then hidden.
    pictures = arguments.input(file_url(picture), fflags="noparse", **input_options())["v:0"]
    # With copyts the source's own clock holds, in which `zero` is the first picture.
    offset = float(-zero) - BESIDE
    sound = arguments.input(file_url(source.path), itsoffset=f"{offset:.6f}", **input_options())
    sound = sound[str(source.audio.track)]
    options: dict[str, str | int] = {"c:v": "copy", "movflags": "+faststart", "loglevel": "error"}
    if ending in (".mkv", ".webm"):
        # Both streams move to where the earlier one begins at 0; else version 4 moves all frames but the first.
        options["avoid_negative_ts"] = "make_zero"
    if copied:
        options |= {"c:a": "copy", "strict": -2}  # version 4 calls Opus in MP4 experimental
    else:
        sound = sound.filter("aresample", **{"async": 1, "first_pts": 0})
        sound = sound.filter("atrim", start=0, end=f"{float(stop):.6f}").filter("aformat", channel_layouts=LAYOUTS)
        options |= {"c:a": "libopus" if ending == ".webm" else "aac", "b:a": "192k"}
    output = arguments.output(pictures, sound, file_url(out), t=f"{float(length):.6f}", **options)
    # What is damaged is silent: the beginning of the sound can be decoded, see `AudioInfo`.
    with FFmpeg(["-copyts", "-max_error_rate", "1", *output.get_args(), "-y"]) as ffmpeg:
        ffmpeg.check_written(named)


def join_videos(
    parts: Sequence[Path],
    out: Path,
    *,
    fps: Fraction,
    sound: VideoInfo | None = None,
    begin: Fraction = Fraction(0),
    end: Fraction | None = None,
    marks: Marks | None = None,
) -> None:
    """Write several videos one after the other, their frames copied, with the sound of another video if it has some.

    `parts` are silent .mp4 videos of one size, rate `fps` and codec, as one `VideoWriter` setting makes them. Their
    frames begin and end in `sound` at `begin` and `end`, in seconds from its first frame.
    `marks` are those of the result; what they draw is in the parts.

    Raises:
        OutputError: `out` cannot be written; the disk is full.
        VideoError: a part is missing or broken; ffmpeg could not join them.
    """
    check_output(out)
    cuts = list(accumulate((probe(part).frames for part in parts), initial=0))
    frames = cuts[-1]
    with atomic_path(out) as complete, ExitStack() as temporary:
        names = complete.with_suffix(".parts.txt")
        temporary.callback(names.unlink, missing_ok=True)
        times = (round(cut / fps * MICROSECONDS) for cut in cuts)
        lengths = (stop - start for start, stop in pairwise(times))
        entries = (_entry(part, names, length) for part, length in zip(parts, lengths, strict=True))
        names.write_bytes(b"ffconcat version 1.0\n" + b"".join(entries))
        picture = complete
        if sound is not None and sound.audio is not None:
            picture = complete.with_suffix(".picture.mp4")
            temporary.callback(picture.unlink, missing_ok=True)
        joined = arguments.input(file_url(names), format="concat", safe=0, **input_options("concat"))["v:0"]
        options = {"c:v": "copy", "movflags": "+faststart", "loglevel": "error"}
        if marks is not None:
            options["metadata"] = f"comment={marks.comment}"
        output = joined.output(file_url(picture), **options)
        with FFmpeg([*output.get_args(), "-y"], folder=names.parent) as ffmpeg:
            ffmpeg.check_written(out)
        if sound is not None and picture != complete:
            add_sound(picture, sound, complete, begin=begin, end=end, length=frames / fps, named=out)
        made = probe(complete)
        if made.frames != frames or made.variable_rate:
            found = f"{made.frames}{' at a varying rate' if made.variable_rate else ''}"
            raise VideoError(f"{out}: the parts have {frames} frames, joined {found}. Make the clip in one piece.")
        if marks is not None:
            marks.complete(complete, out)


def _entry(part: Path, names: Path, microseconds: int) -> bytes:
    """A part in ffmpeg's list of files, and how long it lasts.

    Its name is quoted, and a quote inside of it stands outside of the quotes. The path begins at the list's folder,
    where ffmpeg is run: line breaks in names of folders cannot be written. Without the duration version 4 takes the one
    in the part's header, which counts milliseconds, and the next part begins up to one late.
    """
    path = os.path.relpath(os.path.realpath(part), os.path.realpath(names.parent))
    name = os.fsencode(path).replace(b"'", b"'\\''")
    return b"file 'file:%s'\nduration %dus\n" % (name, microseconds)
