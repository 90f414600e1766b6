import os
from fractions import Fraction
from pathlib import Path

import pytest

from motion_transfer.errors import VideoError
from motion_transfer.video import probe
from motion_transfer.video.file_check import find_truncation

from ..clips import pattern, run_ffmpeg, tone
from ..conftest import Make


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts", "mov", "avi", "flv"])
@pytest.mark.parametrize("rate", ["24000/1001", "25", "60000/1001"])
def test_rate_and_length_are_exact_in_every_container(make: Make, ending: str, rate: str) -> None:
    info = probe(make(f"clip.{ending}", *pattern(rate=rate, seconds=2), "-frames:v", 40))
    assert (info.fps, info.frames, info.variable_rate) == (Fraction(rate), 40, False)
    assert info.duration == 40 / Fraction(rate)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_rotated_clip_has_the_size_it_is_shown_with(make: Make, turn: int) -> None:
    info = probe(make("turned.mp4", "-display_rotation", -turn, "-i", make("plain.mp4"), "-c", "copy"))
    assert info.rotation == turn
    assert info.size == ((48, 64) if turn % 180 else (64, 48))


def test_pixels_become_square(make: Make) -> None:
    assert probe(make("wide.mp4", *pattern(), "-vf", "setsar=2/1")).size == (128, 48)


def test_frames_hidden_by_an_edit_list_do_not_count(make: Make) -> None:
    whole = make("whole.mp4", *pattern(seconds=2), "-g", 50, "-bf", 0)
    assert probe(make("tail.mp4", "-ss", 1.4, "-i", whole, "-c", "copy")).frames == 15


def test_a_variable_rate_keeps_the_duration(make: Make) -> None:
    holes = "select='lt(n,20)+gte(n,45)'"
    info = probe(make("holes.mp4", *pattern(seconds=3), "-vf", holes, "-fps_mode", "vfr"))
    assert info.variable_rate
    assert (info.fps, info.frames, info.duration) == (25, 75, 3)


def test_colour_and_sound_are_described(make: Make) -> None:
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    tags += ["-vf", "scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709"]
    info = probe(make("tagged.mp4", *pattern(), *tone(), "-ac", 2, "-ar", 48000, *tags))
    assert (info.codec, info.pixel_format) == ("h264", "yuv420p")
    assert (info.color.range, info.color.matrix, info.color.primaries, info.color.transfer) == ("tv", *["bt709"] * 3)
    assert info.audio is not None
    assert (info.audio.codec, info.audio.sample_rate, info.audio.channels) == ("aac", 48000, "stereo")


def test_a_name_is_a_name_whatever_is_in_it(make: Make) -> None:
    assert probe(make("http: %d 'x' -i.mp4", *pattern())).frames == 25


# What is no video: one clear error each, that names the file.


def refused(path: Path) -> str:
    with pytest.raises(VideoError) as caught:
        probe(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_what_is_no_video_is_refused_by_what_it_is(make: Make, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    for name in ("text.mp4", "text.txt"):
        (tmp_path / name).write_text("once upon a time\n" * 500)
    make("none.mp4", *pattern(), "-vf", "select=0", "-movflags", "empty_moov+frag_keyframe")
    kinds = {"nowhere.mp4": "does not exist", ".": "is a folder", "empty.mp4": "is empty", "none.mp4": "not one frame"}
    for name, kind in (kinds | dict.fromkeys(("text.mp4", "text.txt"), "is not a video")).items():
        assert kind in refused(tmp_path / name)


def test_sound_is_not_a_video_even_with_a_cover(make: Make) -> None:
    sound = make("sound.m4a", *tone())
    assert "no video stream (found: 1 audio stream)" in refused(sound)
    still = make("still.png", *pattern(), "-frames:v", 1, "-pix_fmt", "rgb24")
    cover = ["-i", sound, "-i", still, "-map", 0, "-map", 1, "-disposition:v", "attached_pic", "-c:v", "copy"]
    assert "no video stream (found: 1 audio stream)" in refused(make("song.mp3", *cover))


def test_no_permission(make: Make) -> None:
    path = make("secret.mp4")
    path.chmod(0)
    was = os.geteuid()
    try:
        if was == 0:
            os.seteuid(65534)  # root may read everything
        assert "lack of permission" in refused(path)
    finally:
        os.seteuid(was)


CONTAINERS = [["plain.mp4"], ["first.mp4", "-movflags", "+faststart"], ["frag.mp4", "-movflags", "frag_keyframe"]]
CONTAINERS += [[f"clip.{ending}"] for ending in ("mov", "mkv", "ts", "avi", "flv", "webm")]


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container[0])
def test_half_a_file_is_refused(make: Make, container: list[str], sound: bool) -> None:
    name, *options = container
    codec = ["-c:v", "libvpx-vp9", "-deadline", "realtime"] if name.endswith("webm") else []
    source = pattern(seconds=4) + (tone(4) if sound else [])
    path = make(name, *source, "-g", 25, *codec, *options)
    assert probe(path).frames in (100, 101)  # AVI adds one
    data = path.read_bytes()
    for share in (0.4, 0.8):
        # One byte beside a packet's border: the one cut that a transport stream does not show.
        path.write_bytes(data[: int(len(data) * share) // 188 * 188 + 1])
        assert "is cut short" in refused(path)


def test_of_a_complete_file_nothing_is_missing_and_padding_behind_it_is_no_matter(make: Make) -> None:
    for ending in ("mp4", "mov", "ts", "avi", "mkv"):
        assert find_truncation(make(f"clip.{ending}", *pattern())) is None
    path = make("padded.mp4")
    path.write_bytes(path.read_bytes() + bytes(5000))
    assert probe(path).frames == 25


def test_ffmpeg_of_the_users_choice(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clip = make("clip.mp4")
    real = run_ffmpeg("-version").args[0]
    (tmp_path / "my-ffmpeg").symlink_to(real)
    monkeypatch.setenv("MOTION_TRANSFER_FFMPEG", str(tmp_path / "my-ffmpeg"))
    assert probe(clip).frames == 25
    monkeypatch.setenv("MOTION_TRANSFER_FFMPEG", "/no/such/program")
    with pytest.raises(VideoError, match="MOTION_TRANSFER_FFMPEG is /no/such/program"):
        probe(clip)
