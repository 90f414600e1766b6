"""Decoding a video: upright frames with square pixels at a constant rate."""

import math
from collections.abc import Iterator
from copy import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import ffmpeg as arguments
import numpy as np

from motion_transfer import limits
from motion_transfer.errors import VideoError
from motion_transfer.types import Frame, Size, StrPath
from motion_transfer.video.ffmpeg import (
    BINARY_VARIABLE,
    FFmpeg,
    ffmpeg_binary,
    file_url,
    input_options,
    last_words,
    listed_names,
)
from motion_transfer.video.file_check import AGAIN
from motion_transfer.video.picture import read_picture
from motion_transfer.video.probing.info import VideoInfo
from motion_transfer.video.probing.probe import probe

SEEKABLE = ("mp4", "matroska")
"""Containers with an index; elsewhere a seek may land late, so those are decoded from their beginning."""

SEEK_MARGIN = 1.0  # seconds by which a seek goes further back, so that the frame shown at the start is surely decoded

MOST_HELD = 0.5
"""Seconds by which the last frame may be held where the decoder gives fewer frames than the container
promises (frames that need an earlier, missing one). More than that is a damaged file."""


MOST_LOST = 0.1  # share of packets that may be undecodable (a flaw or two in a recording, whose neighbours stand in)


HIGH_DYNAMIC_RANGE = ("arib-std-b67", "smpte2084")  # transfer curves HLG and PQ

WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that know the alpha channel beside a picture, by codec; ffmpeg's own leave it out."""

TURNS = {0: (), 90: (["transpose", "clock"],), 180: (["hflip"], ["vflip"]), 270: (["transpose", "cclock"],)}
"""Filters that turn by so many degrees clockwise; the turning by itself of version 4 forgets to mirror."""

WHITE = 203  # candela a square metre of a white page in such footage (ITU-R BT.2408)


class VideoReader:
    """The frames of a video as RGB `uint8` arrays of shape (H, W, 3), as often as one iterates.

    A picture is a clip of one frame. Interlaced footage is deinterlaced, and what is transparent is laid over black,
    as players show it. A variable rate becomes constant (`info.fps`) by repeating and leaving out frames; the duration
    stays. Each iteration runs an ffmpeg process of its own, which ends with the iteration: when it is exhausted, closed
    or garbage, and with the reader's `with` block at the latest.

        with VideoReader(Path("dance.mp4"), size=(256, 256)) as video:
            for frame in video:
                ...

    Args:
        path: the video, or its `probe` result where that is known.
        start, end: seconds from the first frame; the frames from the one nearest to `start` up to, without,
            the one nearest to `end`. They are the same frames as in the entire clip.
        size: (width, height) to scale to, whatever the aspect; as shown if not given.

    Raises:
        VideoError: `path` cannot be read to its end as a video, it needs a filter that ffmpeg lacks, or there are no
            frames between `start` and `end`; while iterating: the picture cannot be decoded up to its end.
    """

    def __init__(
        self,
        path: StrPath | VideoInfo,
        *,
        start: float | None = None,
        end: float | None = None,
        size: Size | None = None,
    ) -> None:
        self.info = path if isinstance(path, VideoInfo) else probe(Path(path))
        self.path = self.info.path
        self.size = size or self.info.size
        self.fps: Fraction = self.info.fps
        self._first, self._stop = self._trim(start, end)
        self._check_filters()
        self._running: set[FFmpeg] = set()

    def _check_filters(self) -> None:
        """Some builds of ffmpeg have not all filters."""
        info = self.info
        wanted = {"zscale": info.color.transfer in HIGH_DYNAMIC_RANGE, "bwdif": info.interlaced != "none"}
        missing = [name for name, needed in wanted.items() if needed]
        missing = [name for name in missing if name not in listed_names(ffmpeg_binary(), "filters")]
        if missing:
            kind = "of high dynamic range" if "zscale" in missing else "interlaced"
            raise VideoError(
                f"{self.path} is {kind}, which needs ffmpeg's filter {' and '.join(missing)}; {ffmpeg_binary()} has "
                f"none. Unset {BINARY_VARIABLE}, so that the ffmpeg which comes with this program is taken."
            )

    def _trim(self, start: float | None, end: float | None) -> tuple[int, int]:
        if not all(math.isfinite(time) for time in (start, end) if time is not None):
            raise VideoError(f"{self.path}: the part from {start} s to {end} s cannot be taken; expected numbers.")
        first = 0 if start is None else round(Fraction(start) * self.fps)
        stop = self.info.frames if end is None else min(self.info.frames, round(Fraction(end) * self.fps))
        if not 0 <= first < stop:
            raise VideoError(
                f"{self.path} has no frames from {start or 0:g} s to {'its end' if end is None else f'{end:g} s'}; "
                f"it lasts {float(self.info.duration):.2f} s."
            )
        return first, stop

    @property
    def start(self) -> Fraction:
        """Seconds in the clip at which the first yielded frame is shown."""
        return self._first / self.fps

    @property
    def end(self) -> Fraction:
        """Seconds in the clip at which the last yielded frame disappears."""
        return self._stop / self.fps

    def __len__(self) -> int:
        return self._stop - self._first

    def part(self, first: int, stop: int) -> "VideoReader":
        """A reader of this one's frames from `first` up to, without, `stop`; it can be sent to another process.

        Raises:
            VideoError: there are no such frames.
        """
        if not 0 <= first < stop <= len(self):
            raise VideoError(f"{self.path} has no frames {first} to {stop}; it has {len(self)}.")
        other = copy(self)
        other._first, other._stop = self._first + first, self._first + stop
        other._running = set()
        return other

    def __iter__(self) -> Iterator[Frame]:
        width, height = self.size
        if self.info.is_picture:
            picture = cv2.resize(read_picture(self.path), self.size, interpolation=cv2.INTER_CUBIC)
            yield picture.astype(np.uint8, copy=False)
            return
        with FFmpeg(self._arguments(), collect=True) as ffmpeg:
            self._running.add(ffmpeg)
            try:
                for done in range(len(self)):
                    frame = np.empty((height, width, 3), np.uint8)
                    if not _fill(frame, ffmpeg):
                        raise self._ended_early(done, ffmpeg)
                    yield frame
                if ffmpeg.wait() != 0:
                    raise VideoError(f"{self.path} is damaged; ffmpeg says: {last_words(ffmpeg.log())}. {AGAIN}")
            finally:
                self._running.discard(ffmpeg)

    def _arguments(self) -> list[str]:
        info = self.info
        begin = info.start + self.start
        options: dict[str, str | int | float | None] = {"copyts": None, "noautorotate": None, **input_options()}
        options["reinit_filter"] = 0
        if self._first and any(name in info.container for name in SEEKABLE):
            # Every frame from the key frame on is wanted: the one on show at `begin` may be much older.
            options |= {"ss": max(0.0, float(begin) - SEEK_MARGIN), "noaccurate_seek": None, "seek_timestamp": 1}
        if info.transparent and info.codec in WITH_ALPHA:
            options["c:v"] = WITH_ALPHA[info.codec]
        stream = arguments.input(file_url(self.path), **options)[str(info.track)]
        if info.interlaced != "none":
            parity = "tff" if info.interlaced.startswith("top") else "bff"
            stream = stream.filter("bwdif", mode="send_frame", parity=parity, deint="all")
        for turn in TURNS[info.rotation]:
            stream = stream.filter(*turn)
        if info.mirrored:
            stream = stream.filter("hflip")
        stream = stream.filter("fps", fps=str(self.fps), start_time=f"{float(begin):.6f}")
        stream = stream.filter("tpad", stop_mode="clone", stop=max(1, round(MOST_HELD * self.fps)))
        # ffmpeg's direct way to rgb24 rounds down by up to two levels; by planes it is exact and as fast.
        stream = stream.filter("scale", *self.size, flags="bicubic+accurate_rnd", **self._matrix())
        if info.color.transfer in HIGH_DYNAMIC_RANGE:
            stream = _tone_mapped(stream, info.color.transfer)
        if info.transparent:
            # Version 4 takes RGB of no declared range for limited, whose black is 16.
            stream = stream.filter("format", "gbrap").filter("setparams", range="pc").filter("premultiply", inplace=1)
        stream = stream.filter("format", "gbrp")
        output = stream.output("pipe:", format="rawvideo", pix_fmt="rgb24", vframes=len(self), loglevel="error")
        return ["-max_error_rate", str(MOST_LOST), *output.get_args()]

    def _matrix(self) -> dict[str, str]:
        """The colour matrix where the file does not say: by size, as players assume."""
        if self.info.color.matrix != "unknown":
            return {}
        width, height = self.info.size
        return {"in_color_matrix": "bt709" if max(width, height) >= 1280 or min(width, height) > 576 else "bt601"}

    def _ended_early(self, done: int, ffmpeg: FFmpeg) -> VideoError:
        if ffmpeg.killed:
            return VideoError(f"{self.path}: the reader was closed while its frames were still being read.")
        ffmpeg.kill()
        return VideoError(
            f"{self.path} cannot be decoded beyond frame {done} of {len(self)}; "
            f"ffmpeg says: {last_words(ffmpeg.log())}. {AGAIN}"
        )

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *error: object) -> None:
        for ffmpeg in tuple(self._running):
            ffmpeg.kill()


def _tone_mapped(stream: Any, transfer: str) -> Any:
    """Map high dynamic range (BT.2100), as phones record it, to BT.709; unmapped it is grey."""
    linear = stream.filter("format", "yuv444p10le").filter(
        "zscale", tin=transfer, pin="2020", min="2020_ncl", t="linear", npl=WHITE
    )
    return (
        linear.filter("format", "gbrpf32le")
        .filter("zscale", p="709")
        .filter("tonemap", "mobius", desat=0)
        .filter("zscale", t="709")
    )


def _fill(frame: Frame, ffmpeg: FFmpeg) -> bool:
    """Read one frame; False if ffmpeg ended before it was complete."""
    unread = frame.reshape(-1).data
    while unread:
        count = ffmpeg.read(unread, limits.DECODE_SECONDS)
        if not count:
            return False
        unread = unread[count:]
    return True
