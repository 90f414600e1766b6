"""Truncated video files, found by the lengths that their own structure gives."""

import struct
from pathlib import Path
from typing import BinaryIO

FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot"}
TS_PACKET = 188


def find_truncation(path: Path) -> str | None:
    """What is missing of a truncated file, in words; None if it is complete or of another kind.

    Checked are MP4 and MOV (a row of boxes, each with its length), AVI (its header gives its length) and MPEG
    transport streams (packets of one length; one cut in 188 falls between two packets and is not seen).
    Of other kinds ffmpeg's demuxers report an early end.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(2 * TS_PACKET + 1)
        if head[4:8] in FIRST_BOXES:
            return _missing_box(file, size)
        if head[:4] == b"RIFF" and len(head) >= 8:
            complete = 8 + int.from_bytes(head[4:8], "little")
            return f"only {size:,} of its {complete:,} bytes are there" if size < complete else None
        if head[::TS_PACKET] == b"GGG" and size % TS_PACKET:
            return "it ends in the middle of a packet"
    return None


def _missing_box(file: BinaryIO, size: int) -> str | None:
    """Walk along the outermost boxes of an MP4 (ISO 14496-12, 4.2): 32-bit length, name, content."""
    place, index_seen = 0, False
    while place + 8 <= size:
        file.seek(place)
        length, name = struct.unpack(">I4s", file.read(8))
        if not name.isalnum():
            break  # padding after the last box
        if length == 1 and place + 16 <= size:
            length = int.from_bytes(file.read(8), "big")
        elif length == 0:
            length = size - place  # "up to the end"
        if length < 8:
            break
        if place + length > size:
            return f"only {size:,} of at least {place + length:,} bytes are there"
        index_seen |= name == b"moov"
        place += length
    return None if index_seen else "its index, which some cameras write last, is missing"
