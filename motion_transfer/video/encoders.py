"""Encoders: which exist, which work on this machine, and which containers hold what."""

import warnings
from functools import cache
from pathlib import Path

from motion_transfer.config import EncodeSettings
from motion_transfer.errors import OutputError, VideoError
from motion_transfer.video.ffmpeg import FFmpeg, ffmpeg_binary

ENCODERS = {
    ("h264", "software"): "libx264",
    ("h265", "software"): "libx265",
    ("av1", "software"): "libsvtav1",
    ("vp9", "software"): "libvpx-vp9",
    ("h264", "nvenc"): "h264_nvenc",
    ("h265", "nvenc"): "hevc_nvenc",
    ("av1", "nvenc"): "av1_nvenc",
}

OPTIONS: dict[str, dict[str, str | int]] = {
    "libx264": {"preset": "medium"},
    "libx265": {"preset": "medium", "tag:v": "hvc1", "x265-params": "log-level=error"},
    "libsvtav1": {"preset": 8},
    "libvpx-vp9": {"b:v": 0, "deadline": "good", "cpu-used": 4, "row-mt": 1},
    "prores_ks": {"profile:v": "4444", "alpha_bits": 16, "vendor": "apl0"},
    "h264_nvenc": {"preset": "p5"},
    "hevc_nvenc": {"preset": "p5", "tag:v": "hvc1"},
    "av1_nvenc": {"preset": "p5"},
}
"""hvc1 is the only name under which Apple's players take H.265; VP9 is constant quality only with b:v 0."""

COPYABLE = {
    ".mp4": {"aac", "mp3", "ac3", "eac3", "alac", "opus"},
    ".m4v": {"aac", "ac3", "alac"},
    ".mov": {"aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le"},
    ".mkv": {"aac", "mp3", "ac3", "eac3", "flac", "opus", "vorbis", "pcm_s16le"},
    ".webm": {"opus", "vorbis"},
}
"""The endings that can be written, and the sound codecs that each container takes as they are."""


def encoder_for(path: Path, settings: EncodeSettings) -> str:
    """The name in ffmpeg of the encoder to use, tried out on one frame.

    Where the graphics card cannot encode, though ffmpeg may list its encoder, the software one does, with a warning.

    Raises:
        OutputError: no container is known for the ending of `path`.
        VideoError: the encoder does not exist or does not work here, or its codec does not fit `path`.
    """
    ending = path.suffix.lower()
    if ending not in COPYABLE:
        raise OutputError(f"{path}: cannot write a video that ends in {ending!r}. Use one of {', '.join(COPYABLE)}.")
    if ending == ".webm" and settings.codec not in ("av1", "vp9"):
        raise VideoError(f"{path}: WebM cannot hold {settings.codec}. Choose the codec vp9 or av1, or the ending .mp4.")
    name = ENCODERS.get((settings.codec, settings.encoder))
    software = ENCODERS[settings.codec, "software"]
    if settings.encoder == "nvenc" and not _works(ffmpeg_binary(), name) and _works(ffmpeg_binary(), software):
        warnings.warn(
            f"{path}: no NVIDIA GPU encodes {settings.codec} here, or its driver is too old for this ffmpeg. The "
            f'software encoder ({software}) does it instead; `encode.encoder` "software" says so from the start.',
            stacklevel=2,
        )
        name = software
    if name is None or not _works(ffmpeg_binary(), name):
        usable = [f"{codec} ({kind})" for (codec, kind), each in ENCODERS.items() if _works(ffmpeg_binary(), each)]
        raise VideoError(
            f"{path}: the encoder {settings.codec} ({settings.encoder}) does not work on this machine. "
            f"These do: {', '.join(usable) or 'none'}."
        )
    return name


ALPHA = {".webm": "libvpx-vp9", ".mov": "prores_ks"}  # what can hold transparency, by the output's ending


def alpha_encoder_for(path: Path) -> str:
    """The name in ffmpeg of the encoder that keeps transparency in a file of this ending; errors as above."""
    name = ALPHA.get(path.suffix.lower())
    if name is None:
        raise OutputError(
            f"{path}: a video that ends in {path.suffix!r} cannot be transparent. Use .webm (VP9, for the web) or .mov "
            "(ProRes 4444, for editing)."
        )
    if not _works(ffmpeg_binary(), name, pixel_format(name, alpha=True)):
        raise VideoError(f"{path}: the encoder {name}, which could keep transparency, does not work on this machine.")
    return name


def pixel_format(encoder: str, *, alpha: bool) -> str:
    """How the encoder is to store pixels."""
    if not alpha:
        return "yuv420p"
    return "yuva444p10le" if encoder == "prores_ks" else "yuva420p"


def encoder_options(name: str, quality: int) -> dict[str, str | int]:
    """Options of the encoder for a constant quality; ProRes has its own."""
    if name == "prores_ks":
        return {"c:v": name, **OPTIONS[name]}
    return {"c:v": name, ("cq" if name.endswith("_nvenc") else "crf"): quality, **OPTIONS[name]}


@cache
def _works(binary: str, encoder: str | None, pixels: str = "yuv420p") -> bool:
    """Whether one frame can be encoded; `binary` is part of the question, another may have others."""
    if encoder is None:
        return False
    source = ["-f", "lavfi", "-i", "color=size=256x256:rate=25", "-frames:v", "1"]
    with FFmpeg([*source, "-pix_fmt", pixels, "-c:v", encoder, "-f", "null", "-"]) as ffmpeg:
        return ffmpeg.wait() == 0
