"""Interlaced footage: 50 moments a second in the fields of 25 frames."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.cli import main
from motion_transfer.video import VideoReader, probe
from motion_transfer.video.probing.fields import find_interlacing

from ..conftest import Make

BAR = "color=gray:s=160x96:r=50:d=2[a];color=white:s=24x96:r=50:d=2[b];[a][b]overlay=x='mod(6*n,180)-20'"
"""A bar that moves 6 pixels from field to field."""

SAID = {
    "said.mpg": ["-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-b:v", "3M"],
    "unsaid.mpg": ["-c:v", "mpeg2video", "-b:v", "3M"],
    "said.mp4": ["-c:v", "libx264", "-x264opts", "interlaced=1"],
    "said.mkv": ["-c:v", "libx264", "-x264opts", "bff=1"],
    "said.ts": ["-c:v", "libx264", "-x264opts", "tff=1"],
    "unsaid.avi": ["-c:v", "mpeg4", "-q:v", 2],
    "unsaid.mov": ["-c:v", "prores_ks"],
}


@pytest.fixture
def bar(make: Make) -> Path:
    return make("bar.mkv", "-filter_complex", BAR, "-c:v", "ffv1")


def combed(frames: list[np.ndarray]) -> float:
    """How much nearer the next row but one is than the next row; below 0 in whole frames."""
    rows = [frame[..., 1].astype(int) for frame in frames]
    return float(np.mean([np.abs(r[1:-2] - r[2:-1]).mean() - np.abs(r[1:-2] - r[3:]).mean() for r in rows]))


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("first", ["top", "bottom"])
def test_interlaced_footage_is_told_and_becomes_whole_frames(make: Make, bar: Path, name: str, first: str) -> None:
    scan = "tff" if first == "top" else "bff"
    path = make(name, "-i", bar, "-vf", f"interlace=scan={scan}:lowpass=off", *SAID[name], "-frames:v", 48)
    with VideoReader(path) as video:
        assert video.info.interlaced == f"{first} field first"
        assert len(video) == 48
        frames = list(video)
    assert len(frames) == 48
    assert combed(frames) < 0.2


@pytest.mark.parametrize("name", SAID)
def test_progressive_footage_is_left_as_it_is(make: Make, bar: Path, name: str) -> None:
    options = [word for word in SAID[name] if "interlaced" not in str(word) and "ff=1" not in str(word)]
    options = [word for word in options if word not in ("-x264opts", "-flags", "+ilme+ildct")]
    assert probe(make(name, "-i", bar, *options)).interlaced == "none"


def test_probe_and_check_say_so(make: Make, bar: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make("said.mpg", "-i", bar, "-vf", "interlace", *SAID["said.mpg"])
    assert main(["probe", str(path)]) in (0, None)
    assert re.search(r"interlaced +top field first", capsys.readouterr().out)


def test_packets_of_one_field_each_are_counted_once(make: Make, bar: Path) -> None:
    """The decoder gives 25 frames a second where there are 50 packets."""
    path = make("said.mpg", "-i", bar, "-vf", "interlace", *SAID["said.mpg"])
    info = probe(path)
    times = range(0, 100 * 1800, 1800)
    order, halves = find_interlacing(
        path, 0, info.size, declared="top first", codec="mpeg2video", times=times, tick=Fraction(1, 90_000)
    )
    assert (order, halves) == ("top field first", True)
