"""The properties of a video file, found without ffprobe and without decoding it."""

import os
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from motion_transfer import limits
from motion_transfer.errors import VideoError
from motion_transfer.types import Size, StrPath
from motion_transfer.video.ffmpeg import BINARY_VARIABLE, last_words
from motion_transfer.video.file_check import AGAIN, check_file
from motion_transfer.video.picture import CONTAINER, FPS, is_picture, read_picture
from motion_transfer.video.probing.fields import find_interlacing
from motion_transfer.video.probing.info import VideoInfo
from motion_transfer.video.probing.log import InputLog
from motion_transfer.video.probing.orientation import find_orientation
from motion_transfer.video.probing.packets import Track, read_packets
from motion_transfer.video.probing.sound import choose_sound, describe_sound
from motion_transfer.video.probing.timing import measure_times

CUT_SHORT = ("partial file", "File ended prematurely", "Truncating packet of size")
"""Messages of ffmpeg's demuxers about a truncated file."""


def probe(path: StrPath) -> VideoInfo:
    """Read a video's properties. A picture (PNG, JPEG, WebP) is a clip of one frame.

    Raises:
        VideoError: the file is missing, a folder, not readable, empty, not a video, without picture or
            frames, or cut short.
    """
    path = Path(path)
    check_file(path)
    if is_picture(path):
        return _describe_picture(path)
    status, tracks, log = read_packets(path)
    head = InputLog(log)
    if head.container is None:
        raise _not_a_video(path, log)
    for track in tracks:
        track.log = head.streams.get(track.index, track.log)
    pictures = [track for track in tracks if track.kind == "video" and "(attached pic)" not in track.log.line]
    if not pictures:
        raise _no_picture(path, head, log)
    # As a player: what moves, the default one, the longest, the first.
    video = max(pictures, key=lambda track: (min(track.count, 5), track.log.default, track.count, -track.index))
    if not video.count:
        raise VideoError(f"{path} has a video stream but not one frame in it. Give a file that plays.")
    _check_complete(path, status, tracks, head.length, log)
    if video.index not in head.streams:
        raise _not_a_video(path, log)
    return _describe(path, head, video, choose_sound(path, tracks))


def _not_a_video(path: Path, log: str) -> VideoError:
    refused = re.search(r"^\[(\S+) @ [^]]*\] Format not on whitelist", log, re.MULTILINE)
    if refused is not None or log.rstrip().endswith("Invalid argument"):
        found = "" if refused is None or "#" in refused[1] else f" (found: {refused[1]})"
        return VideoError(f"{path} is not a video of a known kind{found}. Give a file that holds moving pictures.")
    why = last_words(log, lines=1).removeprefix("Error opening input files: ")
    other = f", or unset {BINARY_VARIABLE}: another ffmpeg may know it" if os.environ.get(BINARY_VARIABLE) else ""
    return VideoError(f"{path} is not a video; ffmpeg says: {why}. Give a file that plays{other}.")


def _no_picture(path: Path, head: InputLog, log: str) -> VideoError:
    found = sum(stream.line.startswith("Audio: ") for stream in head.streams.values())
    if not found:
        return VideoError(f"{path} cannot be read as a video; ffmpeg says: {last_words(log)}. Give a file that plays.")
    streams = f"{found} audio stream{'s' if found != 1 else ''}"
    return VideoError(f"{path} has no video stream (found: {streams}). Give a file with a video track.")


def _check_complete(path: Path, status: int, tracks: Sequence[Track], length: Fraction, log: str) -> None:
    """Refuse a truncated file, whose result would be shorter than expected."""
    if status != 0:
        raise VideoError(f"{path} cannot be read to its end; ffmpeg says: {last_words(log)}")
    begin = min(track.first * track.tick for track in tracks if track.first is not None)
    end = max(track.last * track.tick for track in tracks if track.last is not None)
    # Headers round, and some count from zero: a small difference is nothing.
    short = end - min(begin, Fraction(0)) < length * Fraction(95, 100) - Fraction(1, 2)
    if short or any(sign in log for sign in CUT_SHORT):
        there = f"{float(end - begin):.1f} s of {float(length):.1f} s are there" if length else last_words(log, lines=1)
        raise VideoError(f"{path} is cut short: {there}. {AGAIN}")


def _describe(path: Path, head: InputLog, video: Track, audio: Track | None) -> VideoInfo:
    stream, size = video.log, _displayed_size(path, video)
    times, last = video.shown()
    if not times:
        raise VideoError(f"{path} has a video stream but not one frame in it. Give a file that plays.")
    pixel_format, color, order = stream.pixels
    interlaced, halves = find_interlacing(
        path, video.index, video.size, declared=order, codec=stream.codec, times=times, tick=video.tick
    )
    timing = measure_times(path, video, times, last, halves=halves, audio=audio, length=head.length)
    rotation, mirrored = find_orientation(path, video)
    return VideoInfo(
        path=path,
        size=(size[1], size[0]) if rotation in (90, 270) else size,
        fps=timing.fps,
        frames=timing.frames,
        duration=timing.duration,
        start=timing.start,
        rotation=rotation,
        mirrored=mirrored,
        codec=stream.codec,
        pixel_format=pixel_format,
        color=color,
        container=head.container or "",
        track=video.index,
        variable_rate=timing.variable,
        interlaced=interlaced,
        transparent=stream.transparent,
        audio=None if audio is None else describe_sound(audio, timing.start),
    )


def _describe_picture(path: Path) -> VideoInfo:
    height, width = read_picture(path).shape[:2]
    return VideoInfo(
        path=path,
        size=(width, height),
        fps=FPS,
        frames=1,
        duration=1 / FPS,
        codec=CONTAINER,
        pixel_format="rgb24",
        container=CONTAINER,
    )


def _displayed_size(path: Path, video: Track) -> Size:
    """With square pixels; refused before any is decoded if there are too many."""
    width, height = video.size
    size = max(1, round(width * video.pixel_aspect)), height
    if min(width, height) < 1:
        raise VideoError(f"{path} does not say how large its frames are. Give a file that plays.")
    if max(*size, width) > limits.SIDE or max(width, size[0]) * height > limits.PIXELS:
        most = f"{limits.SIDE:,} a side or {limits.PIXELS:,} in all"
        raise VideoError(f"{path} has frames of {size[0]:,} x {size[1]:,} pixels, more than {most}. Scale it down.")
    return size
