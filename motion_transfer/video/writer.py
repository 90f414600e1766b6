"""Encoding frames to a video file with the source's sound, complete or not at all."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg as arguments
import numpy as np

from motion_transfer.config import EncodeSettings
from motion_transfer.errors import VideoError
from motion_transfer.files import atomic_path, check_output
from motion_transfer.types import Frame, Size, StrPath
from motion_transfer.video.encoders import alpha_encoder_for, encoder_for, encoder_options, pixel_format
from motion_transfer.video.ffmpeg import FFmpeg, file_url
from motion_transfer.video.marks import Marks
from motion_transfer.video.mux import add_sound
from motion_transfer.video.probing.info import VideoInfo
from motion_transfer.video.probing.probe import probe

BT709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"}


class VideoWriter:
    """Encodes frames to `path`, which appears, complete, when the `with` block ends without an error.

        with VideoWriter(Path("out.mp4"), size=(256, 256), fps=Fraction(30), audio_from=dance) as video:
            for frame in frames:
                video.write(frame)

    Pixels are stored as yuv420p in BT.709 and tagged so; that needs even sides, so an odd one gets one
    more pixel: the last row or column twice. The sound starts in step with the first frame and ends with
    the last one at the latest; a source without sound gives a silent video.

    Args:
        path: ending in .mp4, .m4v, .mov, .mkv or .webm.
        size: (width, height) of the frames.
        fps: frames a second.
        settings: codec, encoder, quality, and whether there is sound.
        audio_from: the video whose sound to carry, or its `probe` result where that is known.
        audio_start, audio_end: the part of it that the frames were made from, in seconds from its first
            frame (`VideoReader.start` and `.end`).
        alpha: frames are RGBA, and what is transparent stays so: VP9 in .webm, ProRes 4444 in .mov, whatever codec
            the settings name.
        marks: how the result says that it was generated, see `motion_transfer.mark`.

    Raises:
        OutputError: `path` cannot be written, is also the input, or the disk is full.
        VideoError: `audio_from` cannot be read; the encoder does not work here; a frame does not fit;
            there were no frames; ffmpeg failed.
    """

    def __init__(
        self,
        path: StrPath,
        *,
        size: Size,
        fps: Fraction,
        settings: EncodeSettings = EncodeSettings(),
        audio_from: StrPath | VideoInfo | None = None,
        audio_start: float | Fraction = 0,
        audio_end: float | Fraction | None = None,
        alpha: bool = False,
        marks: Marks | None = None,
    ) -> None:
        self.path = Path(path)
        self.size = size
        self.fps = Fraction(fps)
        self.frames = 0
        self._settings = settings
        self.marks = marks
        source = audio_from.path if isinstance(audio_from, VideoInfo) else audio_from
        check_output(self.path, inputs=() if source is None else (Path(source),))
        self._encoder = alpha_encoder_for(self.path) if alpha else encoder_for(self.path, settings)
        self._channels = 4 if alpha else 3
        self._sound: VideoInfo | None = None
        if audio_from is not None and settings.audio == "source":
            self._sound = audio_from if isinstance(audio_from, VideoInfo) else probe(Path(audio_from))
        self._span = Fraction(audio_start), None if audio_end is None else Fraction(audio_end)

    def __enter__(self) -> "VideoWriter":
        self._file = self._open_file()
        self._file.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._file.__exit__(*error)

    @contextmanager
    def _open_file(self) -> Iterator[None]:
        """Encode what is written within the block, then add the sound."""
        with atomic_path(self.path) as complete, ExitStack() as temporary:
            picture = complete
            if self._sound is not None and self._sound.audio is not None:
                # How long the sound may last is known only when the last frame has come.
                picture = complete.with_suffix(f".picture{self.path.suffix if self._channels == 4 else '.mp4'}")
                temporary.callback(picture.unlink, missing_ok=True)
            with FFmpeg(self._arguments(picture), feed=True) as self._ffmpeg:
                yield
                if not self.frames:
                    raise VideoError(f"{self.path}: no frame was written, so there is no video.")
                self._finish()
            if self._sound is not None and picture != complete:
                begin, end = self._span
                length = self.frames / self.fps
                add_sound(picture, self._sound, complete, begin=begin, end=end, length=length, named=self.path)
            if self.marks is not None:
                self.marks.complete(complete, self.path)

    def _arguments(self, picture: Path) -> list[str]:
        width, height = self.size
        raw = {
            "format": "rawvideo",
            "protocol_whitelist": "pipe",
            "pix_fmt": "rgba" if self._channels == 4 else "rgb24",
            "s": f"{width + width % 2}x{height + height % 2}",
        }
        frames = arguments.input("pipe:", framerate=str(self.fps), **raw)
        frames = frames.filter("scale", out_color_matrix="bt709", out_range="tv")
        stored = pixel_format(self._encoder, alpha=self._channels == 4)
        frames = frames.filter("format", stored).filter("setparams", range="tv", **BT709)
        options: dict[str, str | int] = {"color_range": "tv", **BT709}  # before version 5, frames' own do not count
        options |= encoder_options(self._encoder, self._settings.quality)
        if stored == "yuva420p":
            options["auto-alt-ref"] = 0  # VP9's hidden frames have no alpha
        if self.marks is not None:
            options["metadata"] = f"comment={self.marks.comment}"
        output = frames.output(file_url(picture), movflags="+faststart", loglevel="error", **options)
        return [*output.get_args(), "-y"]

    def write(self, frame: Frame) -> None:
        """Append one RGB `uint8` frame of shape (H, W, 3), or RGBA of (H, W, 4) where there is an alpha channel.

        Raises:
            VideoError: the frame has another shape or type, or ffmpeg failed.
            OutputError: the disk is full.
        """
        width, height = self.size
        if frame.shape != (height, width, self._channels) or frame.dtype != np.uint8:
            raise VideoError(
                f"{self.path}: frame {self.frames} is {frame.dtype} of shape {frame.shape}; "
                f"expected uint8 of shape {(height, width, self._channels)}."
            )
        if self.marks is not None:
            frame = self.marks.draw(frame)
        if width % 2 or height % 2:
            frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        try:
            self._ffmpeg.input.write(np.ascontiguousarray(frame).data)
        except BrokenPipeError:
            self._finish()
            raise
        self.frames += 1

    def _finish(self) -> None:
        """Let ffmpeg complete its file."""
        with suppress(BrokenPipeError):  # it has failed; its log holds the reason
            self._ffmpeg.input.close()
        self._ffmpeg.check_written(self.path)
