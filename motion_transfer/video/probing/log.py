"""What ffmpeg writes about a file and its streams at the beginning of its log."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

ALPHA = r"(yuva|gbrap|rgba|argb|bgra|abgr|ya8|ya16|ayuv|vuya)"  # pixel formats with transparency


@dataclass(frozen=True)
class ColorInfo:
    """The colour space of the stored values, in ffmpeg's names; "unknown" where the file does not give it."""

    range: str = "unknown"
    matrix: str = "unknown"
    primaries: str = "unknown"
    transfer: str = "unknown"


@dataclass(frozen=True)
class StreamLog:
    """What it writes about one stream."""

    line: str = ""  # `Video: h264 (High), yuv420p(tv, bt709, progressive), 1280x720, 25 fps, ... (default)`
    below: str = ""  # what stands below its line

    @property
    def default(self) -> bool:
        """Whether a player takes it where no other one is chosen."""
        return "(default)" in self.line

    @property
    def codec(self) -> str:
        """Ffmpeg's name of the codec."""
        return self.line.partition(": ")[2].split(",")[0].split(" ")[0]

    @property
    def rotation(self) -> int | None:
        """Degrees clockwise, None without a display matrix; ffmpeg prints it below its stream, counter-clockwise.

        Versions 4 to 7 write `displaymatrix: rotation of -90.00 degrees`, later ones `Display Matrix: ...`.
        """
        found = re.search(r"display ?matrix: rotation of (-?[\d.]+) degrees", self.below, re.IGNORECASE)
        return round(-float(found[1]) / 90) * 90 % 360 if found else None

    @property
    def transparent(self) -> bool:
        """Whether pixels have an alpha channel, or the stream one beside its picture, as those of VP8 and VP9."""
        beside = re.search(r"^ *alpha_mode *: 1", self.below, re.MULTILINE | re.IGNORECASE)
        return beside is not None or re.match(ALPHA, self.pixels[0]) is not None

    def rate(self, name: str) -> float | None:
        """Frames a second under a name: "fps" for the average, "tbr" for the nominal rate."""
        found = re.search(rf", ([\d.]+)(k?) {name}\b", self.line)
        return float(found[1]) * (1000 if found[2] else 1) if found else None

    @cached_property
    def pixels(self) -> tuple[str, ColorInfo, str]:
        """The pixel format, the colour space, and the order of fields.

        From `yuv420p(tv, bt709, progressive)` or `yuv420p(pc, smpte170m/bt470bg/bt709)`.
        """
        found = re.search(r", (\w+)(?:\(((?:[^()]|\([^)]*\))*)\))?, \d+x\d+", self.line)
        if found is None:
            return "unknown", ColorInfo(), ""
        words = [word.strip() for word in (found[2] or "").split(",")]
        ranged = next((word for word in words if word in ("tv", "pc")), "unknown")
        triple = next((word for word in words if word.count("/") == 2), None)
        single = next((word for word in words if re.fullmatch(r"(bt|smpte|fcc|gbr|ycgco|film)[^/]*", word)), "unknown")
        matrix, primaries, transfer = triple.split("/") if triple else (single, single, single)
        order = next((word for word in words if word == "progressive" or word.split(" ")[0] in ("top", "bottom")), "")
        return found[1], ColorInfo(ranged, matrix, primaries, transfer), order


class InputLog:
    """What it writes about the input: its container, the length that it declares, and its streams by their index."""

    def __init__(self, log: str) -> None:
        head = re.split(r"^(?:Stream mapping|Output #0)", log, maxsplit=1, flags=re.MULTILINE)[0]
        container = re.search(r"^Input #0, (\S+), from", head, re.MULTILINE)
        self.container = container[1] if container else None
        """ffmpeg's name of the file format; None if it is not known."""
        length = re.search(r"^  Duration: (\d+):(\d+):(\d+\.\d+)", head, re.MULTILINE)
        hours, minutes, seconds = map(Fraction, length.groups() if length else (0, 0, 0))
        self.length = 3600 * hours + 60 * minutes + seconds
        """Seconds that the header declares for the file, rounded to hundredths; 0 if it declares none."""
        _, *parts = re.split(r"^ *(?=Stream #)", head, flags=re.MULTILINE)
        stream = re.compile(r"Stream #0:(\d+)(?:\[\w+\])?(?:\([^)]*\))?: (\w+: .*)$", re.MULTILINE)
        found = (stream.match(part) for part in parts)
        self.streams = {int(each[1]): StreamLog(each[2], each.string[each.end() :]) for each in found if each}
