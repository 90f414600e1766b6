"""When a clip's frames are shown, and how many the reader yields."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from motion_transfer import limits
from motion_transfer.errors import VideoError
from motion_transfer.video.probing.packets import Track
from motion_transfer.video.probing.rate import frame_rate


class Timing(NamedTuple):
    """Times of a clip, as in `VideoInfo`."""

    fps: Fraction
    variable: bool
    frames: int
    start: Fraction
    duration: Fraction


def measure_times(
    path: Path, video: Track, times: Sequence[int], last: int, *, halves: bool, audio: Track | None, length: Fraction
) -> Timing:
    """The times of a picture.

    Args:
        path: named in errors.
        video: its track.
        times: when its packets are shown, ascending, in ticks; at least one.
        last: ticks for which the last one stays; 0 if that is not known.
        halves: whether each packet is but one field of a frame.
        audio: the sound beside it.
        length: seconds that the file declares.

    Raises:
        VideoError: no camera has such a rate; there are too many frames.
    """
    _check_rate(path, times, last, video.tick)
    average, nominal = video.log.rate("fps"), video.log.rate("tbr")
    if halves:
        times, last = times[::2], 2 * last
        average = average and average / 2
    fps, variable = frame_rate(times, video.tick, average=average, nominal=nominal)
    if not limits.LEAST_FPS <= fps <= limits.MOST_FPS:
        raise _rate_error(path, float(fps))
    start = times[0] * video.tick
    if variable:
        end = (times[-1] + last) * video.tick if last else times[-1] * video.tick + 1 / fps
        duration = _held_end(end, audio, length) - start
        frames = max(1, round(duration * fps))
    else:
        frames = len(times)
        duration = frames / fps
    if frames > limits.FRAMES:
        raise VideoError(
            f"{path} would have {frames:,} frames, more than {limits.FRAMES:,}. Cut it into shorter clips."
        )
    return Timing(fps, variable, frames, start, duration)


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
