"""The ffmpeg binary, and running it so that no process is left behind."""

import os
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, cast

from motion_transfer import limits
from motion_transfer.errors import VideoError
from motion_transfer.files import disk_full
from motion_transfer.video.lifeline import guard, release

BINARY_VARIABLE = "MOTION_TRANSFER_FFMPEG"

PIPE_BYTES = 1 << 20  # capacity of a pipe, the most that Linux grants without privileges: a frame passes in few writes

STATIC = {"GCONV_PATH": os.devnull}
"""Builds of ffmpeg that are linked statically crash when they load the system's converters of texts."""

OLDEST = (56, 31), "4.2"
"""libavutil's version, which builds of every naming give, and the release of ffmpeg that it came with."""

FORMATS = (
    *("mov", "matroska", "avi", "flv", "mpegts", "mpeg", "mpegvideo", "asf", "ogg", "mxf", "dv", "gif", "apng", "nut"),
    *("wtv", "rm", "ivf", "av1", "obu", "h264", "hevc", "vc1", "m4v", "yuv4mpegpipe", "mp3", "wav", "flac", "aac"),
)
"""ffmpeg's demuxers that are used: those of files that hold their pictures and sound themselves.

Playlists, descriptions of streams and numbered pictures are left out, because they make ffmpeg read other files.
"""

FULL_DISK = ("No space left on device", "Disk quota exceeded", "File too large")


def ffmpeg_binary() -> str:
    """The ffmpeg to run: `MOTION_TRANSFER_FFMPEG`, else that of imageio-ffmpeg, the one that is tested.

    Raises:
        VideoError: the variable names no program; imageio-ffmpeg carries none for this system, nor does the PATH; it
            is no ffmpeg, or too old.
    """
    import imageio_ffmpeg

    named = os.environ.get(BINARY_VARIABLE)
    try:
        found = shutil.which(named) if named else str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise VideoError(f"no ffmpeg found. Install it, or set {BINARY_VARIABLE} to its path.") from error
    if found is None:
        raise VideoError(f"{BINARY_VARIABLE} is {named}, which cannot be run. Correct or unset it.")
    _check_version(found)
    return found


@cache
def _check_version(binary: str) -> None:
    remedy = f"Unset {BINARY_VARIABLE}, or set it to ffmpeg {OLDEST[1]} or later."
    try:
        done = subprocess.run([binary, "-version"], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VideoError(f"{binary} cannot be run as ffmpeg. {remedy}") from error
    text = done.stdout.decode(errors="replace")
    library = re.search(r"libavutil\s+(\d+)\.\s*(\d+)", text)
    if library is None:
        raise VideoError(f"{binary} is not ffmpeg. {remedy}")
    if (int(library[1]), int(library[2])) < OLDEST[0]:
        version = re.match(r"ffmpeg version (\S+)", text)
        raise VideoError(f"{binary} is ffmpeg {version[1] if version else 'of an unknown version'}, too old. {remedy}")


@cache
def listed_names(binary: str, kind: str) -> frozenset[str]:
    """The names of what `binary` has of a kind: "filters", or "codecs" (those that it decodes)."""
    done = subprocess.run([binary, "-hide_banner", f"-{kind}"], capture_output=True, stdin=subprocess.DEVNULL)
    flags = r"D\S+" if kind == "codecs" else r"\S+"
    return frozenset(re.findall(rf"^ +{flags} +(\S+) ", done.stdout.decode(errors="replace"), re.MULTILINE))


def input_options(*formats: str) -> dict[str, str | int]:
    """What every reading of a file is given: it may open no other file, and decode no frame beyond `limits`.

    `formats` are demuxers beyond `FORMATS`.
    """
    allowed = ",".join((*formats, *FORMATS))
    return {"protocol_whitelist": "file", "format_whitelist": allowed, "max_pixels": limits.PIXELS}


def input_arguments(path: Path) -> list[str]:
    """The arguments of reading a file, see `input_options`."""
    options = [text for name, value in input_options().items() for text in (f"-{name}", str(value))]
    return [*options, "-i", file_url(path)]


def file_url(path: Path) -> str:
    """`path` as ffmpeg must be given it: a name such as `-y.mp4` or `http:x.mp4` stays a file's name.

    Each character is a byte of the name, which need not be text; `FFmpeg` makes bytes of them again.
    """
    return "file:" + os.fsencode(path.absolute()).decode("latin-1")


class FFmpeg:
    """One ffmpeg process, which ends with its `with` block at the latest, or with this process.

    It runs in a session of its own: a Ctrl-C in the terminal reaches only Python, which then ends it in
    order. Its log goes to an unnamed temporary file, so that it cannot block on a full pipe.
    `feed` opens a pipe into it, `collect` one out of it; `folder` is where it runs, the current one if not given;
    `memory` bounds what it may allocate, in bytes.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        feed: bool = False,
        collect: bool = False,
        folder: Path | None = None,
        memory: int | None = None,
    ) -> None:
        words = ["-hide_banner", *([] if feed else ["-nostdin"]), *arguments]
        self.arguments = [os.fsencode(ffmpeg_binary()), *(word.encode("latin-1") for word in words)]
        self._feed = feed
        self._collect = collect
        self._folder = folder
        self._memory = memory
        self.killed = False

    def __enter__(self) -> "FFmpeg":
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self.arguments,
            stdin=subprocess.PIPE if self._feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE if self._collect else subprocess.DEVNULL,
            stderr=self._log,
            cwd=self._folder,
            start_new_session=True,
            pipesize=PIPE_BYTES,
            env=os.environ | STATIC,
        )
        self.input = cast(IO[bytes], self._process.stdin)  # the pipe into ffmpeg, with `feed`
        self.output = cast(IO[bytes], self._process.stdout)  # the pipe out of it, with `collect`
        guard(self._process)
        if self._memory is not None:
            with suppress(ProcessLookupError):  # it has ended already
                resource.prlimit(self._process.pid, resource.RLIMIT_DATA, (self._memory, self._memory))
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # nothing reads what is still buffered
                    pipe.close()
        self._log.close()

    def read(self, into: memoryview, seconds: float) -> int:
        """Fill some of `into` with what ffmpeg writes (with `collect`); 0 when it has ended or kept silent for long."""
        poll = select.poll()
        poll.register(self.output, select.POLLIN | select.POLLHUP)
        return os.readv(self.output.fileno(), [into]) if poll.poll(seconds * 1000) else 0

    def wait(self) -> int:
        """The exit status, once ffmpeg has ended by itself."""
        return self._process.wait()

    def kill(self) -> None:
        """End ffmpeg now, if it still runs."""
        self.killed = self._process.poll() is None
        self._process.kill()
        self._process.wait()
        release(self._process)

    def log(self) -> str:
        """What ffmpeg has logged so far."""
        return os.pread(self._log.fileno(), os.fstat(self._log.fileno()).st_size, 0).decode(errors="replace")

    def check_written(self, path: Path) -> None:
        """Wait for the end and check that `path` was written.

        Raises:
            DiskFullError: see its message.
            VideoError: ffmpeg failed for another reason; the message holds the end of its log.
        """
        status = self.wait()
        if status == 0:
            return
        log = self.log()
        if status == -signal.SIGXFSZ or any(sign in log for sign in FULL_DISK):
            raise disk_full(path)
        raise VideoError(f"{path} could not be written; ffmpeg (exit status {status}) says: {last_words(log)}")


def last_words(log: str, lines: int = 3) -> str:
    """The last lines of ffmpeg's log as one sentence, without the addresses it puts before them."""
    messages = [re.sub(r"^(\[[^\]]*\] ?)+", "", line).strip() for line in log.splitlines()]
    return "; ".join([message for message in messages if message][-lines:]) or "nothing"
