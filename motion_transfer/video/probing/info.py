"""The properties of a clip."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from motion_transfer.types import Size
from motion_transfer.video.picture import CONTAINER
from motion_transfer.video.probing.fields import Interlacing
from motion_transfer.video.probing.log import ColorInfo


@dataclass(frozen=True)
class AudioInfo:
    """The sound track that a player takes: the default one, else the first, of those that can be decoded."""

    track: int  # its index among the file's streams
    codec: str
    sample_rate: int
    channels: str  # as ffmpeg names the layout: "mono", "stereo", "5.1(side)", ...
    start: Fraction  # seconds from the first frame to the first sound; negative if the sound begins earlier


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """A clip as the reader yields it: upright, with square pixels, at a constant rate."""

    path: Path
    size: Size  # width and height in pixels as shown
    fps: Fraction  # frames a second: exact if constant, else the nominal rate
    frames: int  # frames that the reader yields for the entire clip
    duration: Fraction  # seconds that the picture lasts
    start: Fraction = Fraction(0)  # when the first frame is shown, in seconds of the file's own clock
    rotation: int = 0  # degrees clockwise by which the stored picture is turned to be upright: 0, 90, 180 or 270
    mirrored: bool = False  # whether it is then mirrored, left for right, as some front cameras ask for
    codec: str
    pixel_format: str
    color: ColorInfo = ColorInfo()
    container: str  # ffmpeg's name of the file format
    track: int = 0  # the picture's index among the file's streams
    variable_rate: bool = False
    interlaced: Interlacing = "none"  # the order of the fields, from which the reader makes progressive ones
    transparent: bool = False  # whether the picture has an alpha channel; the reader lays it over black, as players do
    audio: AudioInfo | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture, read as a clip of one frame."""
        return self.container == CONTAINER
