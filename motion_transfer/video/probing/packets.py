"""A file's packets: when each frame is shown, read from the container without decoding."""

from __future__ import annotations

import os
import re
import select
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from motion_transfer import limits
from motion_transfer.errors import VideoError
from motion_transfer.types import Size
from motion_transfer.video.ffmpeg import FFmpeg, input_arguments
from motion_transfer.video.probing.log import StreamLog

DISCARD = 4  # ffmpeg's flag for a packet that is decoded but, by the container's edit list, not shown

NO_TIME = -(1 << 63)


@dataclass
class Track:
    """What the packets of one stream say; times are in ticks. Only of pictures each packet's own are kept."""

    index: int  # of the stream in its file
    kind: str  # ffmpeg's media type: "video", "audio", "subtitle", "data"
    tick: Fraction
    size: Size = (0, 0)
    pixel_aspect: Fraction = Fraction(1)
    log: StreamLog = StreamLog()
    count: int = 0
    first: int | None = None  # when the first packet starts
    last: int | None = None  # when the last packet ends
    first_shown: int | None = None  # when the first packet starts that the edit list does not hide
    rows: array[int] = field(default_factory=lambda: array("q"))
    """Of pictures: time of decoding, time of presentation, duration, flags, packet by packet."""

    def add(self, dts: int, pts: int, duration: int, flags: int) -> None:
        """Count one packet."""
        self.count += 1
        time = dts if pts == NO_TIME else pts
        self.first = time if self.first is None else min(time, self.first)
        self.last = time + duration if self.last is None else max(time + duration, self.last)
        if not flags & DISCARD:
            self.first_shown = time if self.first_shown is None else min(time, self.first_shown)
        if self.kind == "video":
            self.rows.extend((dts, pts, duration, flags))

    def shown(self) -> tuple[list[int], int]:
        """When the frames are shown that the edit list does not hide, ascending; how long the last one stays."""
        rows = np.frombuffer(self.rows, np.int64).reshape(-1, 4)
        dts, pts, durations, flags = rows.T
        if np.any(pts == NO_TIME):
            # Old containers give some frames no time of presentation; in order of decoding they all have one,
            # which differs by the decoder's delay only.
            known = np.flatnonzero(pts != NO_TIME)
            pts = dts + (int(pts[known[0]] - dts[known[0]]) if len(known) else 0)
        kept = (flags & DISCARD) == 0
        order = np.argsort(pts[kept], kind="stable")
        return pts[kept][order].tolist(), int(durations[kept][order][-1]) if len(order) else 0


def read_packets(path: Path) -> tuple[int, list[Track], str]:
    """Read the packets of all streams of a file.

    Returns:
        ffmpeg's exit status; the tracks; ffmpeg's log.

    Raises:
        VideoError: there are more packets than `limits` or the file's size allow, or none for long.
    """
    arguments = ["-copyts", *input_arguments(path), "-map", "0", "-ignore_unknown", "-max_interleave_delta", "100000"]
    arguments += ["-c", "copy", "-copyinkf", "-flush_packets", "1", "-f", "framecrc", "-"]
    with FFmpeg(arguments, collect=True, memory=limits.PROBE_BYTES) as ffmpeg:
        heads: dict[int, dict[str, str]] = {}
        tracks: dict[int, Track] = {}
        total = 0
        most = limits.PACKED * path.stat().st_size + 1_000_000
        try:
            for line in _lines(path, ffmpeg):
                if line.startswith("#"):
                    name, _, value = line[1:].partition(":")
                    words = name.split()
                    if len(words) == 2 and words[1].isdigit():
                        heads.setdefault(int(words[1]), {})[words[0]] = value.strip()
                    continue
                stream, dts, pts, duration, size, *rest = line.split(",")
                number = int(stream)
                if number not in tracks:
                    tracks[number] = _track(number, heads[number])
                flags = next((int(each.strip()[2:], 16) for each in rest if each.startswith(" F=")), 0)
                track = tracks[number]
                track.add(int(dts), int(pts), int(duration), flags)
                total += int(size)
                if total > most:
                    raise VideoError(f"{path} is damaged: its frames claim more bytes than the file has.")
                if track.kind == "video" and track.count > limits.FRAMES:
                    raise VideoError(f"{path} has more than {limits.FRAMES:,} frames. Cut it into shorter clips.")
                if sum(each.count for each in tracks.values()) > limits.PACKETS:
                    raise VideoError(f"{path} has more than {limits.PACKETS:,} packets. Cut it into shorter clips.")
            status = ffmpeg.wait()
            tracks |= {number: _track(number, head) for number, head in heads.items() if number not in tracks}
        except (ValueError, LookupError, ArithmeticError) as error:
            raise VideoError(f"{path} is damaged: the times of its frames are no times ({error}).") from error
        log = ffmpeg.log()
    for stream, number in re.findall(r"^  Stream #0:(\d+) -> #0:(\d+) \(copy\)", log, re.MULTILINE):
        if int(number) in tracks:
            tracks[int(number)].index = int(stream)
    return status, list(tracks.values()), log


def _lines(path: Path, ffmpeg: FFmpeg) -> Iterator[str]:
    """What ffmpeg lists, line by line, as it comes."""
    poll = select.poll()
    poll.register(ffmpeg.output, select.POLLIN | select.POLLHUP)
    rest = b""
    while poll.poll(limits.PROBE_SECONDS * 1000):
        data = os.read(ffmpeg.output.fileno(), 1 << 16)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")
    raise VideoError(
        f"{path} is damaged or incomplete: no further frame was found in it within {limits.PROBE_SECONDS:.0f} s."
    )


def _track(number: int, head: dict[str, str]) -> Track:
    """A stream as ffmpeg's `framecrc` format describes it: `#name stream: value`."""
    width, _, height = head.get("dimensions", "0x0").partition("x")
    aspect = head.get("sar", "0/1")
    return Track(
        index=number,
        kind=head["media_type"],
        tick=Fraction(head["tb"]),
        size=(int(width), int(height)),
        pixel_aspect=Fraction(aspect) if not aspect.startswith("0/") and not aspect.endswith("/0") else Fraction(1),
    )
