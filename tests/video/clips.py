"""How the tests make small clips and measure them with ffmpeg alone, find processes, and fill a disk."""

import re
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import psutil

from motion_transfer.types import Frame
from motion_transfer.video import VideoReader


def run_ffmpeg(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run the ffmpeg that comes with the program, whatever version the program itself is to use."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True)


def frames_of(path: Path, **options: Any) -> list[Frame]:
    """All frames of a video, read with these options."""
    with VideoReader(path, **options) as reader:
        return list(reader)


def pattern(width: int = 64, height: int = 48, rate: object = 25, seconds: float = 1) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={width}x{height}:r={rate}:d={seconds}"]


def tone(seconds: float = 1) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=d={seconds}"]


def flash_and_beep(
    path: Path, *, sound_later: float = 0, picture_later: float = 0, codecs: tuple[str, ...] = ()
) -> Path:
    """Three seconds at 25 fps, white at 1 s only; a beep at the same instant, whichever track begins first."""
    shift = sound_later - picture_later
    picture = "color=black:s=64x64:r=25:d=3,drawbox=enable='eq(n,25)':color=white:t=fill"
    sound = f"aevalsrc='0.8*sin(6283*t)*between(t,{1 - shift},{1.1 - shift})':s=44100:d=3"
    delays = (
        (["-itsoffset", picture_later] if picture_later else []),
        (["-itsoffset", sound_later] if sound_later else []),
    )
    inputs = [*delays[0], "-f", "lavfi", "-i", picture, *delays[1], "-f", "lavfi", "-i", sound]
    run_ffmpeg(*inputs, "-pix_fmt", "yuv420p", "-g", 12, *codecs, path)
    return path


def lag(path: Path) -> float:
    """Seconds from the flash to the beep, measured on the decoded picture and sound, each on the file's clock."""
    filters = "scale=8:8,format=gray,showinfo"
    seen = run_ffmpeg(
        "-copyts", "-i", path, "-map", "0:v:0", "-vf", filters, "-fps_mode", "passthrough", "-f", "rawvideo", "-"
    )
    brightness = np.frombuffer(seen.stdout, np.uint8).reshape(-1, 64).mean(axis=1)
    times = re.findall(r"pts_time:(-?[\d.]+)", seen.stderr.decode())
    flash = float(times[int(np.argmax(brightness > 128))])
    filters = "aresample=async=1:first_pts=0,aformat=channel_layouts=mono:sample_fmts=s16:sample_rates=48000"
    heard = run_ffmpeg("-copyts", "-i", path, "-map", "0:a:0", "-af", filters, "-f", "s16le", "-")
    loudness = np.abs(np.frombuffer(heard.stdout, np.int16).astype(int))
    return float(np.argmax(loudness > 3000)) / 48000 - flash


def children(name: str, parent: int | None = None) -> list[int]:
    """The living processes that a process, this one if none is given, has started with `name` in their command."""
    found = []
    for child in psutil.Process(parent).children():
        try:
            if child.status() != psutil.STATUS_ZOMBIE and name in " ".join(child.cmdline()):
                found.append(child.pid)
        except psutil.Error:  # it has ended meanwhile
            continue
    return found


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """A block in which no file, also of processes that are started, becomes larger: it stands in for a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def ffmpegs(parent: int | None = None) -> list[int]:
    """The living ffmpeg processes that a process has started, this one if none is given."""
    return children("ffmpeg", parent)
