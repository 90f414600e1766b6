"""Other versions of ffmpeg than the one that comes with the program.

`MOTION_TRANSFER_FFMPEGS` names binaries, separated by colons: those in the wheels imageio-ffmpeg 0.4.9 (ffmpeg 4.2.2)
and 0.6.0 (ffmpeg 7.0.2), which `pip download --no-deps imageio-ffmpeg==0.4.9` gets.
"""

import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from motion_transfer.config import EncodeSettings
from motion_transfer.errors import VideoError
from motion_transfer.video import VideoReader, VideoWriter, join_videos, probe
from motion_transfer.video.ffmpeg import BINARY_VARIABLE, ffmpeg_binary
from motion_transfer.video.probing.log import InputLog

from .clips import flash_and_beep, lag, pattern, tone
from .conftest import Make

NTSC = Fraction(30000, 1001)

OTHERS = [name for name in os.environ.get("MOTION_TRANSFER_FFMPEGS", "").split(":") if name]
"""Without any, the tests over them are skipped."""

LOGS = {
    "4.2.2": """\
    Stream #0:0(und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 320x240 [SAR 1:1 DAR 4:3], 50 fps (default)
    Side data:
      displaymatrix: rotation of 90.00 degrees
""",
    "7.0.2": """\
  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 320x240, 50 fps (default)
      Side data:
        displaymatrix: rotation of 90.00 degrees
""",
    "9.0.2": """\
  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 320x240, 50 fps (default)
    Side data:
      Display Matrix: rotation of 90.00 degrees
""",
}


@pytest.mark.parametrize("version", LOGS)
def test_the_rotation_is_read_from_every_versions_log(version: str) -> None:
    assert InputLog(LOGS[version]).streams[0].rotation == 270


@pytest.mark.parametrize("binary", OTHERS)
def test_other_versions_read_a_turned_clip_alike(make: Make, monkeypatch: pytest.MonkeyPatch, binary: str) -> None:
    plain = make("plain.mp4")
    turned = make("turned.mp4", "-display_rotation", -90, "-i", plain, "-c", "copy")
    stream = make("clip.ts")
    monkeypatch.setenv(BINARY_VARIABLE, binary)
    for path, size in [(plain, (64, 48)), (turned, (48, 64)), (stream, (64, 48))]:
        with VideoReader(path) as video:
            assert (video.info.size, sum(1 for _ in video)) == (size, 25)


@pytest.mark.parametrize("binary", OTHERS)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_other_versions_write_and_join_alike(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, binary: str, ending: str
) -> None:
    source = flash_and_beep(tmp_path / "source.ts", sound_later=0.4)
    monkeypatch.setenv(BINARY_VARIABLE, binary)
    out, frames = tmp_path / f"out.{ending}", list(VideoReader(source))
    with VideoWriter(out, size=(64, 64), fps=Fraction(25), audio_from=source) as video:
        for frame in frames:
            video.write(frame)
    assert (probe(out).frames, probe(out).color.matrix) == (75, "bt709")
    assert abs(lag(out)) < 0.01
    sound = probe(make("sound.mp4", *pattern(seconds=3), *tone(3)))
    for number, (first, stop) in enumerate(pairwise([0, 13, 14, 29, 75])):
        with VideoWriter(tmp_path / f"{number}.mp4", size=(64, 64), fps=NTSC) as video:
            for frame in frames[first:stop]:
                video.write(frame)
    join_videos(sorted(tmp_path.glob("[0-3].mp4")), out, fps=NTSC, sound=sound)
    assert (probe(out).frames, probe(out).fps) == (75, NTSC)


@pytest.mark.parametrize("binary", OTHERS)
def test_other_versions_lay_over_black_and_keep_the_last_frame_alike(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, binary: str
) -> None:
    red = ("-f", "lavfi", "-i", "color=red@0.5:s=64x48:d=0.2,format=rgba")
    clear = [
        make("rgba.mov", *red, "-c:v", "png", "-pix_fmt", "rgba"),
        make("yuva.mov", *red, "-c:v", "prores_ks", "-pix_fmt", "yuva444p10le"),
        make("yuva.webm", *red, "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", 0),
    ]
    dance = make("sound.mov", *pattern(seconds=2), *tone(2), "-c:a", "pcm_s16le", "-ac", 12)
    monkeypatch.setenv(BINARY_VARIABLE, binary)
    for path in clear:
        frame = next(iter(VideoReader(path)))
        assert frame[0, 0].tolist() == pytest.approx([127, 0, 0], abs=2), path
    out = tmp_path / "out.mp4"
    with VideoReader(dance) as reader:
        settings = EncodeSettings(codec="vp9")
        with VideoWriter(out, size=reader.size, fps=reader.fps, settings=settings, audio_from=dance) as video:
            for frame in reader:
                video.write(frame)
    assert (probe(out).frames, sum(1 for _ in VideoReader(out))) == (50, 50)


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_an_ffmpeg_that_is_too_old_is_refused_by_name_and_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = script(tmp_path / "ffmpeg", "echo 'ffmpeg version 3.4.8-0ubuntu0.2'; echo 'libavutil      55. 78.100'")
    monkeypatch.setenv(BINARY_VARIABLE, str(old))
    with pytest.raises(VideoError, match=rf"{old} is ffmpeg 3\.4\.8-0ubuntu0\.2, too old\. .* 4\.2 or later"):
        ffmpeg_binary()
    other = script(tmp_path / "other", "echo hello")
    monkeypatch.setenv(BINARY_VARIABLE, str(other))
    with pytest.raises(VideoError, match="is not ffmpeg"):
        probe(other)
