"""A label in the picture: text in a corner, drawn by a font that has its characters."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from motion_transfer.config.options import Corner
from motion_transfer.errors import ConfigError
from motion_transfer.types import Frame, Image, Size

SHARE = 1 / 24  # of the frame's shorter side that the font's size is, in pixels
SMALLEST = 10  # pixels of a font's size below which text cannot be read
DARKENED = 0.65  # opacity of the black box: white text on it has a contrast above 4.5 on any picture
LONGEST = 200  # characters
JOINERS = "\u200c\u200d"  # which scripts of Iran and India need, and which no font draws


@dataclass(frozen=True)
class Label:
    """Text for a corner of every frame.

    Raises:
        ConfigError: the text is empty, too long or not printable, or no font here has its characters.
    """

    text: str
    corner: Corner = "bottom-right"

    def __post_init__(self) -> None:
        printable = "".join(each for each in self.text if each not in JOINERS).isprintable()
        if not self.text.strip() or len(self.text) > LONGEST or not printable:
            raise ConfigError(f"`label` is {self.text[:80]!r}; expected 1 to {LONGEST} printable characters.")
        _font_for(self.text)

    def draw(self, frame: Frame) -> Frame:
        """The frame, RGB (H, W, 3) or RGBA (H, W, 4), with the label.

        Raises:
            ConfigError: the frame is too small for it.
        """
        height, width = frame.shape[:2]
        patch = _patch(self.text, (width, height))
        rows, columns = patch.shape[:2]
        top = 0 if self.corner.startswith("top") else height - rows
        left = 0 if self.corner.endswith("left") else width - columns
        labelled = frame.copy()
        place = labelled[top : top + rows, left : left + columns]
        place[..., :3] = np.maximum(place[..., :3] * (1 - DARKENED), patch[..., None])
        place[..., 3:] = 255
        return labelled

    def check_fits(self, size: Size) -> None:
        """Raise a `ConfigError` if frames of (width, height) are too small for it."""
        _patch(self.text, size)


@cache
def _patch(text: str, size: Size) -> Image:
    """White text on black, grey (H, W), with a margin, for frames of (width, height)."""
    import PIL.Image
    import PIL.ImageDraw
    import PIL.ImageFont

    pixels = max(SMALLEST, round(min(size) * SHARE))
    font = PIL.ImageFont.truetype(str(_font_for(text)), pixels)
    margin = pixels // 2
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= size[0] - 2 * margin:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line for line in lines if line]
    widest = max(map(font.getlength, lines))
    ascent, descent = font.getmetrics()
    width, height = int(np.ceil(widest)) + 2 * margin, (ascent + descent) * len(lines) + margin
    if width > size[0] or height > size[1] / 2:
        raise ConfigError(
            f"`label` does not fit into frames of {size[0]} x {size[1]} pixels, in which letters are {pixels} pixels "
            f"high: {text[:80]!r}. Give a shorter one."
        )
    image = PIL.Image.new("L", (width, height))
    drawing = PIL.ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        drawing.text((margin, margin // 2 + number * (ascent + descent)), line, fill=255, font=font)
    return np.asarray(image)


@cache
def _font_for(text: str) -> Path:
    """The first font that has all characters of a text: DejaVu Sans, which comes with matplotlib, or one of the system.

    Raises:
        ConfigError: none has.
    """
    from matplotlib.ft2font import FT2Font

    needed = {ord(each) for each in text if not each.isspace() and each not in JOINERS}
    for path in _fonts():
        try:
            missing = needed - set(FT2Font(str(path)).get_charmap())
        except (OSError, RuntimeError):  # a file that FreeType does not take
            continue
        if not missing:
            return path
    raise ConfigError(f"`label` is {text[:80]!r}, but no font on this machine has all of its characters. Install one.")


def _fonts() -> Iterator[Path]:
    import matplotlib

    yield Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    from matplotlib.font_manager import findSystemFonts

    yield from sorted(map(Path, findSystemFonts()))
