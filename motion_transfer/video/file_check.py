"""What a file shows before ffmpeg reads it: whether it holds pictures itself, and whether it is truncated."""

import struct
from pathlib import Path
from typing import BinaryIO

from motion_transfer.errors import VideoError
from motion_transfer.loading import Expected, open_regular

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

HEIF = (b"heic", b"heix", b"mif1", b"avif", b"avis")
"""Brands of files in MP4's container that are pictures: HEIC and AVIF."""

AGAIN = "Copy or download the file again."

FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot"}
TS_PACKET = 188


def check_file(path: Path) -> None:
    """Refuse, before ffmpeg reads it, what cannot be a video that holds its own pictures, or is truncated."""
    with open_regular(path, EXPECTED) as file:
        begin = file.read(1024)
    if not begin:
        EXPECTED.refuse(path, "is empty (0 bytes)")
    begin = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    for sign, kind in POINTERS.items():
        if begin.startswith(sign) or (begin.startswith(b"<") and sign in begin):
            raise VideoError(f"{path} is {kind}, which only names other files. Give a file that holds the pictures.")
    if begin[4:8] == b"ftyp" and begin[8:12] in HEIF:
        raise VideoError(f"{path} is a HEIC or AVIF picture, which is not read. Convert it to JPEG or PNG.")
    if missing := find_truncation(path):
        raise VideoError(f"{path} is cut short: {missing}. {AGAIN}")


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
