"""The properties of a video file, found without ffprobe and without decoding it."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from motion_transfer import limits
from motion_transfer.errors import VideoError
from motion_transfer.loading import Expected, open_regular
from motion_transfer.types import Size, StrPath
from motion_transfer.video.ffmpeg import ffmpeg_binary, last_words, listed_names
from motion_transfer.video.fields import Interlacing, find_interlacing
from motion_transfer.video.packets import Track, read_packets
from motion_transfer.video.rate import frame_rate
from motion_transfer.video.truncation import find_truncation

EXPECTED = Expected("a video file", VideoError)

POINTERS = {
    b"#EXTM3U": "an HLS playlist",
    b"ffconcat": "a list of files",
    b"<MPD": "a DASH playlist",
    b"<SmoothStreamingMedia": "a playlist",
    b"<AssetMap": "a list of files",
    b"<smil": "a playlist",
    b"[playlist]": "a playlist",
    b"[Reference]": "a playlist",
    b"v=0\r": "an SDP description",
    b"v=0\n": "an SDP description",
}
"""How files begin that only name other files; `input_options` keeps ffmpeg from following any."""

ALPHA = r"(yuva|gbrap|rgba|argb|bgra|abgr|ya8|ya16|ayuv|vuya)"
"""Pixel formats with transparency."""

CUT_SHORT = ("partial file", "File ended prematurely", "Truncating packet of size")
"""Messages of ffmpeg's demuxers about a truncated file."""

AGAIN = "Copy or download the file again."


@dataclass(frozen=True)
class AudioInfo:
    """The sound track that a player takes: the default one, else the first, of those that can be decoded."""

    track: int
    """Its index among the file's streams."""
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
    track: int
    """The picture's index among the file's streams."""
    variable_rate: bool
    interlaced: Interlacing
    """The order of the fields, from which the reader makes progressive ones."""
    transparent: bool
    """Whether the picture has an alpha channel; the reader lays it over black, as players do."""
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
    container = re.search(r"^Input #0, (\S+), from", head, re.MULTILINE)
    if container is None:
        raise _not_a_video(path, log)
    lines = _stream_lines(head)
    pictures = [
        track for track in tracks if track.kind == "video" and "(attached pic)" not in lines.get(track.index, "")
    ]
    if not pictures:
        raise _no_picture(path, lines, log)
    video = max(pictures, key=lambda track: _preference(track, lines))
    if not video.count:
        raise VideoError(f"{path} has a video stream but not one frame in it. Give a file that plays.")
    _check_complete(path, status, tracks, head, log)
    if video.index not in lines:
        raise _not_a_video(path, log)
    return _describe(path, container[1], head, lines, video, _sound(path, tracks, lines))


def _check_readable(path: Path) -> None:
    with open_regular(path, EXPECTED) as file:
        try:
            begin = file.read(1024)
        except OSError as error:
            EXPECTED.refuse(path, f"cannot be read ({error.strerror})", error)
    if not begin:
        EXPECTED.refuse(path, "is empty (0 bytes)")
    begin = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    for sign, kind in POINTERS.items():
        if begin.startswith(sign) or (begin.startswith(b"<") and sign in begin):
            raise VideoError(f"{path} is {kind}, which only names other files. Give a file that holds the pictures.")


def _preference(track: Track, lines: dict[int, str]) -> tuple[int, bool, int, int]:
    """What a player takes of several pictures: what moves, the default one, the longest, the first."""
    return min(track.count, 5), "(default)" in lines.get(track.index, ""), track.count, -track.index


def _not_a_video(path: Path, log: str) -> VideoError:
    refused = re.search(r"^\[(\S+) @ [^]]*\] Format not on whitelist", log, re.MULTILINE)
    if refused is not None or log.rstrip().endswith("Invalid argument"):
        found = "" if refused is None or "#" in refused[1] else f" (found: {refused[1]})"
        return VideoError(f"{path} is not a video of a known kind{found}. Give a file that holds moving pictures.")
    why = last_words(log, lines=1).removeprefix("Error opening input files: ")
    return VideoError(f"{path} is not a video; ffmpeg says: {why}. Give a file that plays.")


def _no_picture(path: Path, lines: dict[int, str], log: str) -> VideoError:
    found = sum(line.startswith("Audio: ") for line in lines.values())
    if not found:
        return VideoError(f"{path} cannot be read as a video; ffmpeg says: {last_words(log)}. Give a file that plays.")
    streams = f"{found} audio stream{'s' if found != 1 else ''}"
    return VideoError(f"{path} has no video stream (found: {streams}). Give a file with a video track.")


def _check_complete(path: Path, status: int, tracks: Sequence[Track], head: str, log: str) -> None:
    """Refuse a truncated file, whose result would be shorter than expected."""
    if status != 0:
        raise VideoError(f"{path} cannot be read to its end; ffmpeg says: {last_words(log)}")
    begin = min(track.first * track.tick for track in tracks if track.first is not None)
    end = max(track.last * track.tick for track in tracks if track.last is not None)
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


def _describe(
    path: Path, container: str, head: str, lines: dict[int, str], video: Track, audio: Track | None
) -> VideoInfo:
    line = lines[video.index]
    rotation = _rotation(head, line)
    codec = _codec(line)
    size = _displayed_size(path, video)
    times, last = video.shown()
    if not times:
        raise VideoError(f"{path} has a video stream but not one frame in it. Give a file that plays.")
    _check_rate(path, times, last, video.tick)
    pixel_format, color, order = _pixels(line)
    interlaced, halves = find_interlacing(
        path, video.index, video.size, declared=order, codec=codec, times=times, tick=video.tick
    )
    average, nominal = _rate(line, "fps"), _rate(line, "tbr")
    if halves:  # two fields, of which each is a packet, are one frame
        times, last = times[::2], 2 * last
        average = average and average / 2
    fps, variable = frame_rate(times, video.tick, average=average, nominal=nominal)
    if not limits.LEAST_FPS <= fps <= limits.MOST_FPS:
        raise _rate_error(path, float(fps))
    start = times[0] * video.tick
    if variable:
        end = (times[-1] + last) * video.tick if last else times[-1] * video.tick + 1 / fps
        duration = _held_end(end, audio, _declared_length(head)) - start
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
        size=(size[1], size[0]) if rotation in (90, 270) else size,
        fps=fps,
        frames=frames,
        duration=duration,
        start=start,
        rotation=rotation,
        codec=codec,
        pixel_format=pixel_format,
        color=color,
        container=container,
        track=video.index,
        variable_rate=variable,
        interlaced=interlaced,
        transparent=re.match(ALPHA, pixel_format) is not None or _alpha_beside(head, line),
        audio=None if audio is None else _audio(lines[audio.index], audio, start),
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


def _stream_lines(head: str) -> dict[int, str]:
    """What ffmpeg says of each stream: `Video: h264 (High), ...`."""
    found = re.findall(r"^ *Stream #0:(\d+)(?:\[\w+\])?(?:\([^)]*\))?: (\w+: .*)$", head, re.MULTILINE)
    return {int(index): line for index, line in found}


def _below(head: str, line: str) -> str:
    """What ffmpeg says of a stream below its line."""
    return re.split(r"^ *Stream #", head[head.index(line) + len(line) :], maxsplit=1, flags=re.MULTILINE)[0]


def _alpha_beside(head: str, line: str) -> bool:
    """Whether the stream carries an alpha channel beside its picture, as VP8 and VP9 do."""
    return re.search(r"^ *alpha_mode *: 1", _below(head, line), re.MULTILINE | re.IGNORECASE) is not None


def _codec(line: str) -> str:
    return line.split(": ", 1)[1].split(",")[0].split(" ")[0]


def _rate(line: str, name: str) -> float | None:
    found = re.search(rf", ([\d.]+)(k?) {name}\b", line)
    return float(found[1]) * (1000 if found[2] else 1) if found else None


def _rotation(head: str, line: str) -> int:
    """Degrees clockwise; ffmpeg prints the display matrix below its stream, counter-clockwise.

    Versions 4 to 7 write `displaymatrix: rotation of -90.00 degrees`, later ones `Display Matrix: ...`.
    """
    found = re.search(r"display ?matrix: rotation of (-?[\d.]+) degrees", _below(head, line), re.IGNORECASE)
    return round(-float(found[1]) / 90) * 90 % 360 if found else 0


def _pixels(line: str) -> tuple[str, ColorInfo, str]:
    """Read `yuv420p(tv, bt709, progressive)` or `yuv420p(pc, smpte170m/bt470bg/bt709)`; last the order of fields."""
    found = re.search(r", (\w+)(?:\(((?:[^()]|\([^)]*\))*)\))?, \d+x\d+", line)
    if found is None:
        return "unknown", ColorInfo("unknown", "unknown", "unknown", "unknown"), ""
    words = [word.strip() for word in (found[2] or "").split(",")]
    ranged = next((word for word in words if word in ("tv", "pc")), "unknown")
    triple = next((word for word in words if word.count("/") == 2), None)
    single = next((word for word in words if re.fullmatch(r"(bt|smpte|fcc|gbr|ycgco|film)[^/]*", word)), "unknown")
    matrix, primaries, transfer = triple.split("/") if triple else (single, single, single)
    order = next((word for word in words if word == "progressive" or word.split(" ")[0] in ("top", "bottom")), "")
    return found[1], ColorInfo(ranged, matrix, primaries, transfer), order


def _sound(path: Path, tracks: Sequence[Track], lines: dict[int, str]) -> Track | None:
    """The sound that a player takes, see `AudioInfo`."""
    known = listed_names(ffmpeg_binary(), "codecs")
    sounds = [track for track in tracks if track.kind == "audio" and track.first_shown is not None]
    heard = [track for track in sounds if track.index in lines and _codec(lines[track.index]) in known]
    if sounds and not heard:
        warnings.warn(f"{path}: its sound is in a format that cannot be decoded, so it counts as silent.", stacklevel=2)
    return max(heard, key=lambda track: ("(default)" in lines[track.index], -track.index), default=None)


def _audio(line: str, track: Track, picture_start: Fraction) -> AudioInfo:
    rate = re.search(r", (\d+) Hz, ([^,]+)", line)
    # Packets hidden or before zero are the encoder's run-up: no sound of theirs is heard.
    assert track.first_shown is not None
    return AudioInfo(
        track=track.index,
        codec=_codec(line),
        sample_rate=int(rate[1]) if rate else 0,
        channels=rate[2] if rate else "unknown",
        start=track.first_shown * track.tick - picture_start,
    )
