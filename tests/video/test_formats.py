"""A file is read as what it is, and no other file through it."""

import os
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer import limits
from motion_transfer.config import EncodeSettings
from motion_transfer.errors import VideoError
from motion_transfer.video import VideoReader, VideoWriter, probe
from motion_transfer.video.ffmpeg import FFmpeg, input_arguments

from .clips import pattern
from .conftest import Make

HLS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n"
DASH = """<?xml version="1.0"?><!-- {0} -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">
<Representation id="1" bandwidth="1000"><BaseURL>{0}</BaseURL></Representation></AdaptationSet></Period></MPD>
"""
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
POINTERS = {
    "an HLS playlist": HLS,
    "a DASH playlist": DASH,
    "a list of files": "ffconcat version 1.0\nfile '{0}'\n",
    "an SDP description": SDP,
}


@pytest.mark.parametrize("kind", POINTERS)
@pytest.mark.parametrize("mark", ["", "\ufeff", "\n  \n"])
def test_what_only_names_other_files_is_refused_by_name(make: Make, kind: str, mark: str) -> None:
    secret = make("secret.mp4")
    dance = secret.with_name("dance.mp4")
    dance.write_text(mark + POINTERS[kind].format(secret.name), encoding="utf-8")
    with pytest.raises(VideoError, match=rf"dance\.mp4 is {kind}, which only names other files"):
        probe(dance)


@pytest.mark.parametrize("kind", POINTERS)
@pytest.mark.parametrize("ending", ["mp4", "m3u8", "mpd", "ffconcat", "sdp"])
def test_ffmpeg_itself_follows_none_whatever_its_name(make: Make, kind: str, ending: str) -> None:
    secret = make("secret.mp4")
    dance = secret.with_name(f"dance.{ending}")
    dance.write_text(POINTERS[kind].format(secret.name), encoding="utf-8")
    with FFmpeg([*input_arguments(dance), "-f", "null", "-"]) as ffmpeg:
        assert ffmpeg.wait() != 0
        assert "secret" not in ffmpeg.log()


def test_a_pattern_in_a_name_is_a_name(make: Make) -> None:
    for index in range(3):
        make(f"frame{index}.png", *pattern(), "-frames:v", 1, "-pix_fmt", "rgb24")
    folder = make("clip.mp4").parent
    for name in ("frame%d.png", "frame*.png", "frame%d.mp4"):
        with pytest.raises(VideoError, match="does not exist"):
            probe(folder / name)
    shutil.copy(folder / "clip.mp4", folder / "frame%d.mp4")
    with VideoReader(folder / "frame%d.mp4") as video:
        assert sum(1 for _ in video) == 25


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, kind in [(tmp_path / "pipe.mp4", "a named pipe"), (Path("/dev/zero"), "a device")]:
        with pytest.raises(VideoError, match=f"{path} is {kind}; expected a video file"):
            probe(path)


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.mp4", b"a" * 251 + b".mp4", "\u0434\u0430\u043d\u0441 \U0001f483.mp4".encode(), b"a\nb.mp4"]
)
def test_any_name_that_the_system_allows_is_read(make: Make, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(make("clip.mp4").parent) + b"/" + name))
    shutil.copy(path.with_name("clip.mp4"), path)
    with VideoReader(path) as video:
        assert sum(1 for _ in video) == 25


# Which of several streams.


def longer(make: Make, kind: str) -> Path:
    picture = pattern(seconds=1)
    if kind == "sound":
        return make("clip.mp4", *picture, "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "sine=d=20",
                    *("-map", 0, "-map", 1, "-map", 2))  # fmt: skip
    if kind == "timecode":
        return make("clip.mov", *picture, "-timecode", "00:00:00:00")
    subtitles = make("still.mp4").with_name("words.srt")
    subtitles.write_text("1\n00:00:00,000 --> 00:00:20,000\nHello\n")
    codec = [] if kind == "mkv" else ["-c:s", "mov_text"]
    return make(f"clip.{kind}", *picture, "-i", subtitles, "-map", 0, "-map", 1, *codec)


@pytest.mark.parametrize("kind", ["sound", "mp4", "mkv", "timecode"])
def test_a_track_that_is_longer_than_the_picture_takes_nothing_from_it(make: Make, kind: str) -> None:
    info = probe(longer(make, kind))
    assert (info.frames, info.duration) == (25, 1)


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_still_before_the_clip_is_not_taken_for_it(make: Make, ending: str, attached: bool) -> None:
    still = ["-f", "lavfi", "-i", "color=red:s=32x32:r=25:d=0.04"]
    mark = ["-disposition:v:0", "attached_pic"] if attached else ["-disposition:v:0", "default"]
    codecs = ["-c:v:0", "mjpeg", "-c:v:1", "libx264"]
    path = make(f"clip.{ending}", *still, *pattern(), "-map", 0, "-map", 1, *codecs, *mark, "-pix_fmt", "yuvj420p")
    info = probe(path)
    assert (info.size, info.frames, info.codec) == ((64, 48), 25, "h264")
    with VideoReader(info) as video:
        assert [frame.shape for frame in video] == [(48, 64, 3)] * 25


def test_of_two_clips_the_default_one_is_taken(make: Make) -> None:
    both = [*pattern(32, 32), *pattern(64, 48), "-map", 0, "-map", 1]
    assert probe(make("first.mkv", *both, "-disposition:v:0", "default")).size == (32, 32)
    assert probe(make("second.mkv", *both, "-disposition:v:0", 0, "-disposition:v:1", "default")).size == (64, 48)


def unknown_sound(make: Make, sounds: int, codec: bytes) -> Path:
    """A clip whose first sound says that it has another codec."""
    tones = [word for _ in range(sounds) for word in ("-f", "lavfi", "-i", "sine=d=1")]
    path = make("clip.mkv", *pattern(), *tones, *(w for i in range(sounds + 1) for w in ("-map", i)), "-c:a", "aac")
    path.write_bytes(path.read_bytes().replace(b"A_AAC", codec, 1))
    return path


UNKNOWN = pytest.mark.parametrize("codec", [b"A_XYZ", b"A_AC3"], ids=["unknown", "not decodable"])
"""No decoder knows the format, as of phones' spatial audio; or its decoder fails."""


@UNKNOWN
def test_where_the_first_sound_cannot_be_decoded_the_next_is_taken(make: Make, codec: bytes) -> None:
    clip = unknown_sound(make, 2, codec)
    audio = probe(clip).audio
    assert audio is not None
    assert (audio.codec, audio.track) == ("aac", 2)
    with VideoWriter(clip.with_name("out.mp4"), size=(64, 48), fps=Fraction(25), audio_from=clip) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
    assert probe(writer.path).audio is not None


@UNKNOWN
def test_where_no_sound_can_be_decoded_the_clip_is_silent_and_a_line_says_so(make: Make, codec: bytes) -> None:
    with pytest.warns(UserWarning, match=r"clip\.mkv: its sound is in a format that cannot be decoded"):
        info = probe(unknown_sound(make, 1, codec))
    assert (info.frames, info.audio) == (25, None)


@pytest.mark.parametrize("ending", ["mp4", "webm"])
@pytest.mark.parametrize("layout", ["quad", "7.1.4", "ambisonic 1", "24 channels"])
def test_sound_of_any_arrangement_of_channels_is_kept(make: Make, layout: str, ending: str) -> None:
    source = "sine=d=1,pan=24c|c0=c0" if layout == "24 channels" else f"anullsrc=cl={layout}:d=1"
    clip = make("clip.mkv", *pattern(), "-f", "lavfi", "-i", source, "-c:a", "pcm_s16le")
    settings = EncodeSettings(codec="vp9" if ending == "webm" else "h264")
    options = {"size": (64, 48), "fps": Fraction(25), "settings": settings, "audio_from": clip}
    with VideoWriter(clip.with_name(f"out.{ending}"), **options) as writer:  # type: ignore[arg-type]
        for frame in VideoReader(clip):
            writer.write(frame)
    assert probe(writer.path).audio is not None


# Transparency.


@pytest.mark.parametrize("name", ["clip.webm", "clip.mov", "clip.gif"])
def test_what_is_transparent_is_laid_over_black_and_said(make: Make, name: str) -> None:
    alpha = "color=white:s=64x48:d=0.2:r=25,format=rgba,geq=r=255:g=255:b=255:a='255*gt(X,31)'"
    codec = {
        "clip.webm": ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p"],
        "clip.mov": ["-c:v", "prores_ks", "-pix_fmt", "yuva444p10le"],
        "clip.gif": ["-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse", "-pix_fmt", "pal8"],
    }
    path = make(name, "-f", "lavfi", "-i", alpha, *codec[name])
    with VideoReader(path) as video:
        assert video.info.transparent
        frames = list(video)
    assert len(frames) == 5
    assert frames[2][:, :28].max() < 10
    assert frames[2][:, 36:].min() > 240
    assert not probe(make("opaque.mp4")).transparent


# Claims that a small file makes.


def patched(path: Path, name: str, *changes: tuple[bytes, bytes]) -> Path:
    data = path.read_bytes()
    for before, after in changes:
        assert before in data
        data = data.replace(before, after, 1)
    other = path.with_name(name)
    other.write_bytes(data)
    return other


def test_a_sample_that_lasts_years_is_refused(make: Make) -> None:
    """An MP4 whose one duration of all samples is 2^31 - 1 ticks."""
    path = make("clip.mp4", *pattern(), "-bf", 0)
    data = path.read_bytes()
    place = data.index(b"stts") + 16
    path.write_bytes(data[:place] + (2**31 - 1).to_bytes(4, "big") + data[place + 4 :])
    with pytest.raises(VideoError, match=r"clip\.mp4 shows .* frames a second; expected 0\.1 to 1,000"):
        probe(path)


def test_a_time_stamp_with_a_flipped_bit_makes_no_million_of_frames(make: Make) -> None:
    path = make("clip.flv", *pattern(), "-c:v", "flv1")
    data = bytearray(path.read_bytes())
    place, tags = 13, []
    while place < len(data):
        tags.append(place)
        place += 15 + int.from_bytes(data[place + 1 : place + 4], "big")
    data[tags[-2] + 7] ^= 0x40
    path.write_bytes(data)
    with pytest.raises(VideoError, match=r"clip\.flv"):
        probe(path)


@pytest.mark.parametrize("rate", [2000, 1_000_000, 0.01])
def test_a_rate_that_no_camera_has_is_refused(make: Make, rate: float) -> None:
    times = ["-vf", f"settb=1/1000000,setpts=N/({rate})/TB", "-enc_time_base", "1/1000000"]
    path = make("clip.mkv", *pattern(), *times, "-fps_mode", "passthrough", "-frames:v", 8, "-c:v", "ffv1")
    with pytest.raises(VideoError, match=r"frames a second; expected|at one moment"):
        probe(path)


def test_frames_too_large_are_refused_before_they_are_decoded(make: Make) -> None:
    with pytest.raises(VideoError, match=r"16,400 x 16 pixels, more than 16,384 a side"):
        probe(make("wide.mkv", *pattern(16_400, 16, seconds=0.04), "-c:v", "ffv1"))
    with pytest.raises(VideoError, match=r"20,000 x 16 pixels, more than 16,384 a side"):
        probe(make("stretched.mov", *pattern(10_000, 16), "-vf", "setsar=2/1", "-frames:v", 1))


def test_a_file_full_of_holes_is_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PROBE_SECONDS", 0.3)
    path = make("clip.avi")
    os.truncate(path, 20_000_000_000)
    with pytest.raises(VideoError, match=r"clip\.avi is (damaged or incomplete: no further frame|cut short)"):
        probe(path)


def test_more_frames_than_the_bound_are_not_listed_to_the_end(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make("clip.mp4")
    monkeypatch.setattr(limits, "FRAMES", 20)
    with pytest.raises(VideoError, match="more than 20 frames"):
        probe(path)
