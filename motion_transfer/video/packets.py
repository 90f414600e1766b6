"""A clip's packets: when each frame is shown, read from the container without decoding."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from motion_transfer.types import Size
from motion_transfer.video.ffmpeg import FFmpeg, file_url

DISCARD = 4
"""ffmpeg's flag for a packet that is decoded but, by the container's edit list, not shown."""

NO_TIME = -(1 << 63)


@dataclass(frozen=True)
class Packet:
    """One frame of the picture or block of sound. Times are in ticks of its `Track`."""

    time: int
    duration: int
    flags: int


@dataclass(frozen=True)
class Track:
    """The packets of one stream in the order in which they are shown."""

    tick: Fraction
    packets: tuple[Packet, ...]
    size: Size = (0, 0)
    pixel_aspect: Fraction = Fraction(1)

    @property
    def shown(self) -> tuple[Packet, ...]:
        """The packets that the edit list does not hide."""
        return tuple(packet for packet in self.packets if not packet.flags & DISCARD)

    @property
    def begin(self) -> Fraction:
        """Seconds at which the first packet starts."""
        return self.packets[0].time * self.tick

    @property
    def end(self) -> Fraction:
        """Seconds at which the last packet ends."""
        return (self.packets[-1].time + self.packets[-1].duration) * self.tick


def read_packets(path: Path) -> tuple[int, dict[str, Track], str]:
    """Read the first picture track (cover art does not count) and the first sound track of a file.

    Returns:
        ffmpeg's exit status; the tracks by media type ("video", "audio"); ffmpeg's log.
    """
    arguments = ["-copyts", "-protocol_whitelist", "file", "-i", file_url(path)]
    arguments += ["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", "-copyinkf", "-f", "framecrc", "-"]
    with FFmpeg(arguments, collect=True) as ffmpeg:
        listing = ffmpeg.output.read().decode(errors="replace")
        status = ffmpeg.wait()
        return status, _parse(listing), ffmpeg.log()


def _parse(listing: str) -> dict[str, Track]:
    """Read ffmpeg's `framecrc` format: `#name stream: value`, then `stream, dts, pts, duration, ...`."""
    heads: dict[int, dict[str, str]] = {}
    packets: dict[int, list[tuple[int, int, int, int]]] = {}
    for line in listing.splitlines():
        if line.startswith("#"):
            name, _, value = line[1:].partition(":")
            words = name.split()
            if len(words) == 2 and words[1].isdigit():
                heads.setdefault(int(words[1]), {})[words[0]] = value.strip()
            continue
        stream, dts, pts, duration, *rest = (field.strip() for field in line.split(","))
        flags = next((int(field[2:], 16) for field in rest if field.startswith("F=")), 0)
        packets.setdefault(int(stream), []).append((int(dts), int(pts), int(duration), flags))
    return {head["media_type"]: _track(head, packets.get(stream, [])) for stream, head in heads.items()}


def _track(head: dict[str, str], rows: list[tuple[int, int, int, int]]) -> Track:
    if any(pts == NO_TIME for _, pts, _, _ in rows):
        # Old containers give some frames no time of presentation; in order of decoding they all have one,
        # which differs by the decoder's delay only.
        delay = next((pts - dts for dts, pts, _, _ in rows if pts != NO_TIME), 0)
        packets = [Packet(dts + delay, duration, flags) for dts, _, duration, flags in rows]
    else:
        packets = [Packet(pts, duration, flags) for _, pts, duration, flags in rows]
    width, _, height = head.get("dimensions", "0x0").partition("x")
    aspect = head.get("sar", "0/1")
    return Track(
        tick=Fraction(head["tb"]),
        packets=tuple(sorted(packets, key=lambda packet: packet.time)),
        size=(int(width), int(height)),
        pixel_aspect=Fraction(aspect) if not aspect.startswith("0/") and not aspect.endswith("/0") else Fraction(1),
    )
