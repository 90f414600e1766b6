"""The sound of a file that a player takes."""

import re
import warnings
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from motion_transfer import limits
from motion_transfer.video.ffmpeg import FFmpeg, ffmpeg_binary, input_arguments, listed_names
from motion_transfer.video.probing.info import AudioInfo
from motion_transfer.video.probing.packets import Track


def choose_sound(path: Path, tracks: Sequence[Track]) -> Track | None:
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


def describe_sound(track: Track, picture_start: Fraction) -> AudioInfo:
    """The properties of a sound beside a picture that starts at `picture_start` seconds of the file's clock."""
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
