from collections.abc import Callable
from pathlib import Path

import pytest

from .clips import pattern, run_ffmpeg

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(name, *arguments)` lets ffmpeg write a file; without arguments a second of a test pattern."""

    def write(name: str, *arguments: object) -> Path:
        path = tmp_path / name
        pixels = [] if "-pix_fmt" in arguments or "copy" in arguments else ["-pix_fmt", "yuv420p"]
        run_ffmpeg(*(arguments or pattern()), *pixels, path)
        return path

    return write
