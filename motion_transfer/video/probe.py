"""The properties of a video file, found without ffprobe and without decoding it."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from motion_transfer import limits
from motion_transfer.errors import VideoError
from motion_transfer.types import Size, StrPath
from motion_transfer.video.ffmpeg import FFmpeg, ffmpeg_binary, input_arguments, last_words, listed_names
from motion_transfer.video.fields import Interlacing, find_interlacing
from motion_transfer.video.file_check import AGAIN, check_file
from motion_transfer.video.log import ColorInfo, InputLog
from motion_transfer.video.packets import Track, read_packets
from motion_transfer.video.picture import CONTAINER, FPS, is_picture, read_picture
from motion_transfer.video.rate import frame_rate

CUT_SHORT = ("partial file", "File ended prematurely", "Truncating packet of size")
"""Messages of ffmpeg's demuxers about a truncated file."""


@dataclass(frozen=True)
class AudioInfo:
    """The sound track that a player takes: the default one, else the first, of those that can be decoded."""

    track: int  # its index among the file's streams
    codec: str
    sample_rate: int
    channels: str  # as ffmpeg names the layout: "mono", "stereo", "5.1(side)", ...
    start: Fraction  # seconds from the first frame to the first sound; negative if the sound begins earlier


@dataclass(frozen=True)
class VideoInfo:
    """A clip as the reader yields it: upright, with square pixels, at a constant rate."""

    path: Path
    size: Size  # width and height in pixels as shown
    fps: Fraction  # frames a second: exact if constant, else the nominal rate
    frames: int  # frames that the reader yields for the entire clip
    duration: Fraction  # seconds that the picture lasts
    start: Fraction  # when the first frame is shown, in seconds of the file's own clock
    rotation: int  # degrees clockwise by which the stored picture is turned to be upright: 0, 90, 180 or 270
    codec: str
    pixel_format: str
    color: ColorInfo
    container: str  # ffmpeg's name of the file format
    track: int  # the picture's index among the file's streams
    variable_rate: bool
    interlaced: Interlacing  # the order of the fields, from which the reader makes progressive ones
    transparent: bool  # whether the picture has an alpha channel; the reader lays it over black, as players do
    audio: AudioInfo | None

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture, read as a clip of one frame."""
        return self.container == CONTAINER


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
    return _describe(path, head, video, _sound(path, tracks))


def _not_a_video(path: Path, log: str) -> VideoError:
    refused = re.search(r"^\[(\S+) @ [^]]*\] Format not on whitelist", log, re.MULTILINE)
    if refused is not None or log.rstrip().endswith("Invalid argument"):
        found = "" if refused is None or "#" in refused[1] else f" (found: {refused[1]})"
        return VideoError(f"{path} is not a video of a known kind{found}. Give a file that holds moving pictures.")
    why = last_words(log, lines=1).removeprefix("Error opening input files: ")
    return VideoError(f"{path} is not a video; ffmpeg says: {why}. Give a file that plays.")


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
    _check_rate(path, times, last, video.tick)
    pixel_format, color, order = stream.pixels
    interlaced, halves = find_interlacing(
        path, video.index, video.size, declared=order, codec=stream.codec, times=times, tick=video.tick
    )
    average, nominal = stream.rate("fps"), stream.rate("tbr")
    if halves:  # two fields, of which each is a packet, are one frame
        times, last = times[::2], 2 * last
        average = average and average / 2
    fps, variable = frame_rate(times, video.tick, average=average, nominal=nominal)
    if not limits.LEAST_FPS <= fps <= limits.MOST_FPS:
        raise _rate_error(path, float(fps))
    start = times[0] * video.tick
    if variable:
        end = (times[-1] + last) * video.tick if last else times[-1] * video.tick + 1 / fps
        duration = _held_end(end, audio, head.length) - start
        frames = max(1, round(duration * fps))
    else:
        frames = len(times)
        duration = frames / fps
    if frames > limits.FRAMES:
        raise VideoError(
            f"{path} would have {frames:,} frames, more than {limits.FRAMES:,}. Cut it into shorter clips."
        )
    return VideoInfo(
        path=path,
        size=(size[1], size[0]) if stream.rotation in (90, 270) else size,
        fps=fps,
        frames=frames,
        duration=duration,
        start=start,
        rotation=stream.rotation,
        codec=stream.codec,
        pixel_format=pixel_format,
        color=color,
        container=head.container or "",
        track=video.index,
        variable_rate=variable,
        interlaced=interlaced,
        transparent=stream.transparent,
        audio=None if audio is None else _audio(audio, start),
    )


def _describe_picture(path: Path) -> VideoInfo:
    height, width = read_picture(path).shape[:2]
    return VideoInfo(
        path=path,
        size=(width, height),
        fps=FPS,
        frames=1,
        duration=1 / FPS,
        start=Fraction(0),
        rotation=0,
        codec=CONTAINER,
        pixel_format="rgb24",
        color=ColorInfo(),
        container=CONTAINER,
        track=0,
        variable_rate=False,
        interlaced="none",
        transparent=False,
        audio=None,
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


def _check_rate(path: Path, times: Sequence[int], last: int, tick: Fraction) -> None:
    """Hold the frames against the time that they last: flipped bits turn a second into a year."""
    if len(times) > 1 and times[-1] <= times[0]:
        raise VideoError(f"{path} shows its {len(times):,} frames at one moment. Give a file that plays.")
    between, entire = (times[-1] - times[0]) * tick, (times[-1] - times[0] + max(last, 0)) * tick
    most = (len(times) - 1) / between if between else 0
    least = len(times) / entire if entire else limits.LEAST_FPS
    if most > limits.MOST_FPS or least < limits.LEAST_FPS:
        raise _rate_error(path, float(max(most, least)))


def _rate_error(path: Path, rate: float) -> VideoError:
    return VideoError(
        f"{path} shows {float(rate):.3g} frames a second; expected {float(limits.LEAST_FPS):g} to {limits.MOST_FPS:,}. "
        "Convert it to a usual rate."
    )


def _held_end(end: Fraction, audio: Track | None, length: Fraction) -> Fraction:
    """When the last frame of a variable-rate clip, which by its own duration ends at `end`, disappears.

    MP4 stores frames' durations in decoding order, so the last shown frame's own is often wrong. Where the
    file declares more seconds than its packets have, sound included, the last frame stands until the file's end.
    """
    heard = audio.last * audio.tick if audio is not None and audio.last is not None else Fraction(0)
    return length if max(end, heard) < length < end + 1 else end


def _sound(path: Path, tracks: Sequence[Track]) -> Track | None:
    """The sound that a player takes, see `AudioInfo`."""
    sounds = [track for track in tracks if track.kind == "audio" and track.log.line and track.first_shown is not None]
    sounds.sort(key=lambda track: (not track.log.default, track.index))
    heard = next((track for track in sounds if _can_be_heard(path, track)), None)
    if sounds and heard is None:
        warnings.warn(f"{path}: its sound is in a format that cannot be decoded, so it counts as silent.", stacklevel=2)
    return heard


def _can_be_heard(path: Path, track: Track) -> bool:
    """Whether a sound can be decoded: a format that has a name may be one that the decoder knows only a part of."""
    if track.log.codec not in listed_names(ffmpeg_binary(), "codecs"):
        return False
    arguments = [*input_arguments(path), "-map", f"0:{track.index}", "-f", "s16le", "-"]
    with FFmpeg(arguments, collect=True) as ffmpeg:
        return ffmpeg.read(memoryview(bytearray(1)), limits.DECODE_SECONDS) > 0


def _audio(track: Track, picture_start: Fraction) -> AudioInfo:
    rate = re.search(r", (\d+) Hz, ([^,]+)", track.log.line)
    # Packets hidden or before zero are the encoder's run-up: no sound of theirs is heard.
    assert track.first_shown is not None
    return AudioInfo(
        track=track.index,
        codec=track.log.codec,
        sample_rate=int(rate[1]) if rate else 0,
        channels=rate[2] if rate else "unknown",
        start=track.first_shown * track.tick - picture_start,
    )
