"""The properties of a video file, found without ffprobe and without decoding it."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from motion_transfer.errors import VideoError
from motion_transfer.types import Size, StrPath
from motion_transfer.video.ffmpeg import last_words
from motion_transfer.video.packets import Track, read_packets
from motion_transfer.video.rate import frame_rate
from motion_transfer.video.truncation import find_truncation

NOT_VIDEO = ("image2", "tty", "_pipe")
"""Formats of pictures and plain text, which ffmpeg opens as videos too."""

CUT_SHORT = ("partial file", "File ended prematurely", "Truncating packet of size")
"""Messages of ffmpeg's demuxers about a truncated file."""

AGAIN = "Copy or download the file again."


@dataclass(frozen=True)
class AudioInfo:
    """The first sound track."""

    codec: str
    sample_rate: int
    channels: str
    """As ffmpeg names the layout: "mono", "stereo", "5.1(side)", ..."""
    start: Fraction
    """Seconds from the first frame to the first sound; negative if the sound begins earlier."""


@dataclass(frozen=True)
class ColorInfo:
    """The colour space of the stored values, in ffmpeg's names; "unknown" where the file does not give it."""

    range: str
    matrix: str
    primaries: str
    transfer: str


@dataclass(frozen=True)
class VideoInfo:
    """A clip as the reader yields it: upright, with square pixels, at a constant rate."""

    path: Path
    size: Size
    """Width and height in pixels as shown."""
    fps: Fraction
    """Frames a second: exact if constant, else the nominal rate."""
    frames: int
    """Frames that the reader yields for the entire clip."""
    duration: Fraction
    """Seconds that the picture lasts."""
    start: Fraction
    """When the first frame is shown, in seconds of the file's own clock."""
    rotation: int
    """Degrees clockwise by which the stored picture is turned to be upright: 0, 90, 180 or 270."""
    codec: str
    pixel_format: str
    color: ColorInfo
    container: str
    """ffmpeg's name of the file format."""
    variable_rate: bool
    audio: AudioInfo | None


def probe(path: StrPath) -> VideoInfo:
    """Read a video's properties.

    Raises:
        VideoError: the file is missing, a folder, not readable, empty, not a video, without picture or
            frames, or cut short.
    """
    path = Path(path)
    _check_readable(path)
    missing = find_truncation(path)
    if missing is not None:
        raise VideoError(f"{path} is cut short: {missing}. {AGAIN}")
    status, tracks, log = read_packets(path)
    head = re.split(r"^(?:Stream mapping|Output #0)", log, maxsplit=1, flags=re.MULTILINE)[0]
    video = tracks.get("video")
    container = re.search(r"^Input #0, (\S+), from", head, re.MULTILINE)
    if container is None:
        raise _not_a_video(path, log)
    if any(name in container[1] for name in NOT_VIDEO):
        raise VideoError(f"{path} is not a video (found: {container[1]}). Give a file that holds moving pictures.")
    if video is None:
        raise _no_picture(path, head, log)
    if not video.shown:
        raise VideoError(f"{path} has a video stream but not one frame in it. Give a file that plays.")
    _check_complete(path, status, tracks, head, log)
    return _describe(path, container[1], head, video, tracks.get("audio"))


def _check_readable(path: Path) -> None:
    try:
        if path.is_dir():
            raise VideoError(f"{path} is a folder; expected a video file.")
        with path.open("rb") as file:
            if not file.read(1):
                raise VideoError(f"{path} is empty (0 bytes); expected a video file.")
    except FileNotFoundError as error:
        raise VideoError(f"{path} does not exist. Check the name.") from error
    except PermissionError as error:
        raise VideoError(f"{path}: no permission to read it. Change its permissions, or copy it.") from error
    except OSError as error:
        raise VideoError(f"{path} cannot be read ({error.strerror}).") from error


def _not_a_video(path: Path, log: str) -> VideoError:
    why = last_words(log, lines=1).removeprefix("Error opening input files: ")
    return VideoError(f"{path} is not a video; ffmpeg says: {why}. Give a file that plays.")


def _no_picture(path: Path, head: str, log: str) -> VideoError:
    found = len(re.findall(r"^ *Stream #0:.*: Audio: ", head, re.MULTILINE))
    if not found or "matches no streams" not in log:
        return VideoError(f"{path} cannot be read as a video; ffmpeg says: {last_words(log)}. Give a file that plays.")
    streams = f"{found} audio stream{'s' if found != 1 else ''}"
    return VideoError(f"{path} has no video stream (found: {streams}). Give a file with a video track.")


def _check_complete(path: Path, status: int, tracks: dict[str, Track], head: str, log: str) -> None:
    """Refuse a truncated file, whose result would be shorter than expected."""
    if status != 0:
        raise VideoError(f"{path} cannot be read to its end; ffmpeg says: {last_words(log)}")
    begin = min(track.begin for track in tracks.values() if track.packets)
    end = max(track.end for track in tracks.values() if track.packets)
    length = _declared_length(head)
    # Headers round, and some count from zero: a small difference is nothing.
    short = end - min(begin, Fraction(0)) < length * Fraction(95, 100) - Fraction(1, 2)
    if short or any(sign in log for sign in CUT_SHORT):
        there = f"{float(end - begin):.1f} s of {float(length):.1f} s are there" if length else last_words(log, lines=1)
        raise VideoError(f"{path} is cut short: {there}. {AGAIN}")


def _declared_length(head: str) -> Fraction:
    """Seconds that the header declares for the file, rounded to hundredths; 0 if it declares none."""
    found = re.search(r"^  Duration: (\d+):(\d+):(\d+\.\d+)", head, re.MULTILINE)
    return Fraction(found[1]) * 3600 + Fraction(found[2]) * 60 + Fraction(found[3]) if found else Fraction(0)


def _describe(path: Path, container: str, head: str, video: Track, audio: Track | None) -> VideoInfo:
    line = next(line for line in _stream_lines(head, "Video") if "(attached pic)" not in line)
    rotation = _rotation(head, line)
    shown = video.shown
    times = [packet.time for packet in shown]
    fps, variable = frame_rate(times, video.tick, average=_rate(line, "fps"), nominal=_rate(line, "tbr"))
    start = times[0] * video.tick
    if variable:
        duration = _held_end(video, audio, _declared_length(head), step=1 / fps) - start
        frames = max(1, round(duration * fps))
    else:
        frames = len(times)
        duration = frames / fps
    width, height = max(1, round(video.size[0] * video.pixel_aspect)), video.size[1]
    pixel_format, color = _pixels(line)
    return VideoInfo(
        path=path,
        size=(height, width) if rotation in (90, 270) else (width, height),
        fps=fps,
        frames=frames,
        duration=duration,
        start=start,
        rotation=rotation,
        codec=_codec(line),
        pixel_format=pixel_format,
        color=color,
        container=container,
        variable_rate=variable,
        audio=_audio(head, audio, start),
    )


def _held_end(video: Track, audio: Track | None, length: Fraction, step: Fraction) -> Fraction:
    """When the last frame of a variable-rate clip disappears.

    MP4 stores frames' durations in decoding order, so the last shown frame's own is often wrong. Where the
    file declares more seconds than its packets have, sound included, the last frame stands until the file's end.
    """
    last = video.shown[-1]
    end = last.time * video.tick + (last.duration * video.tick or step)
    heard = audio.end if audio is not None and audio.packets else Fraction(0)
    return length if max(end, heard) < length < end + 1 else end


def _stream_lines(head: str, kind: str) -> list[str]:
    return re.findall(rf"^ *Stream #0:.*: ({kind}: .*)$", head, re.MULTILINE)


def _codec(line: str) -> str:
    return line.split(": ", 1)[1].split(",")[0].split(" ")[0]


def _rate(line: str, name: str) -> float | None:
    found = re.search(rf", ([\d.]+)(k?) {name}\b", line)
    return float(found[1]) * (1000 if found[2] else 1) if found else None


def _rotation(head: str, line: str) -> int:
    """Degrees clockwise; ffmpeg prints the display matrix below its stream, counter-clockwise."""
    below = head[head.index(line) + len(line) :].split("Stream #", 1)[0]
    found = re.search(r"Display Matrix: rotation of (-?[\d.]+) degrees", below, re.IGNORECASE)
    return round(-float(found[1]) / 90) * 90 % 360 if found else 0


def _pixels(line: str) -> tuple[str, ColorInfo]:
    """Read `yuv420p(tv, bt709, progressive)` or `yuv420p(pc, smpte170m/bt470bg/bt709)`."""
    found = re.search(r", (\w+)(?:\(([^)]*)\))?, \d+x\d+", line)
    if found is None:
        return "unknown", ColorInfo("unknown", "unknown", "unknown", "unknown")
    words = [word.strip() for word in (found[2] or "").split(",")]
    ranged = next((word for word in words if word in ("tv", "pc")), "unknown")
    triple = next((word for word in words if word.count("/") == 2), None)
    single = next((word for word in words if re.fullmatch(r"(bt|smpte|fcc|gbr|ycgco|film)[^/]*", word)), "unknown")
    matrix, primaries, transfer = triple.split("/") if triple else (single, single, single)
    return found[1], ColorInfo(ranged, matrix, primaries, transfer)


def _audio(head: str, track: Track | None, picture_start: Fraction) -> AudioInfo | None:
    lines = _stream_lines(head, "Audio")
    if track is None or not track.shown or not lines:
        return None
    rate = re.search(r", (\d+) Hz, ([^,]+)", lines[0])
    # Packets hidden or before zero are the encoder's run-up: no sound of theirs is heard.
    first = track.shown[0].time * track.tick
    return AudioInfo(
        codec=_codec(lines[0]),
        sample_rate=int(rate[1]) if rate else 0,
        channels=rate[2] if rate else "unknown",
        start=first - picture_start,
    )
