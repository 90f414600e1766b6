"""How the stored picture is to be turned and mirrored for it to be upright."""

import struct
from pathlib import Path

from motion_transfer.video.ffmpeg import FFmpeg, input_arguments
from motion_transfer.video.probing.packets import Track

MATRIX = 44  # bytes from the name of a "tkhd" box to its matrix (ISO 14496-12, 8.3.2, version 0)
HEAD = 1 << 16  # bytes that are searched for it


def find_orientation(path: Path, video: Track) -> tuple[int, bool]:
    """Degrees clockwise to the nearest quarter of a turn, 0 to 270, and whether the turned picture is mirrored.

    ffmpeg tells of a display matrix only the turn, as if it did not mirror. The matrix itself stands in the beginning
    of a copy.
    """
    turn = video.log.rotation
    if turn is None:
        return 0, False
    arguments = [*input_arguments(path), "-map", f"0:{video.index}", "-c", "copy", "-frames:v", "1"]
    with FFmpeg([*arguments, "-movflags", "+empty_moov", "-f", "mov", "-"], collect=True) as ffmpeg:
        head = ffmpeg.output.read(HEAD)
    place = head.find(b"tkhd")
    if place < 0:  # a codec that cannot be copied so
        return turn, False
    a, b, _, c, d = struct.unpack_from(">5i", head, place + MATRIX)
    return (turn, False) if a * d >= b * c else ((180 - turn) % 360, True)
