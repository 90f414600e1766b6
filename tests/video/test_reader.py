import gc
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.errors import VideoError
from motion_transfer.video import VideoReader, probe

from .clips import ffmpegs, pattern, run_ffmpeg
from .conftest import Make


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    yield
    gc.collect()
    assert ffmpegs() == []


def counted(path: Path) -> int:
    with VideoReader(path) as video:
        frames = list(video)
        assert {frame.shape for frame in frames} == {(video.size[1], video.size[0], 3)}
        assert len(frames) == len(video) == video.info.frames
    return len(frames)


ENCODINGS = {
    "b-frames.mp4": ["-bf", 3],
    "no-pts.mpg": ["-c:v", "mpeg2video", "-bf", 2],
    "xvid.avi": ["-c:v", "mpeg4", "-bf", 2],
    "hidden.webm": ["-c:v", "libvpx", "-auto-alt-ref", 1, "-lag-in-frames", 16, "-b:v", "100k"],
    "open-gop.mp4": ["-c:v", "libx265", "-x265-params", "log-level=none:open-gop=1:keyint=12:bframes=4"],
    "ten-bit.mkv": ["-c:v", "libx265", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le"],
    "no-clock.h264": [],
    "loop.gif": ["-pix_fmt", "pal8"],
    "odd.mp4": ["-vf", "crop=63:47:0:0", "-pix_fmt", "yuv444p"],
    "interlaced.ts": ["-c:v", "mpeg2video", "-flags", "+ilme+ildct"],
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_clip_yields_as_many_frames_as_it_has(make: Make, name: str) -> None:
    assert counted(make(name, *pattern(seconds=2), *ENCODINGS[name])) == 50


def test_a_variable_rate_is_filled_up_by_holding_frames(make: Make) -> None:
    brightening = "color=black:s=64x48:d=3,geq=16+N*2:128:128,select='lt(n,20)+gte(n,45)'"
    path = make("holes.mp4", "-f", "lavfi", "-i", brightening, "-fps_mode", "vfr", "-qp", 0)
    assert counted(path) == 75
    with VideoReader(path) as video:
        frames = list(video)
    moves = [index for index in range(1, 75) if np.any(frames[index] != frames[index - 1])]
    assert moves == [*range(1, 20), *range(45, 75)]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "holes.mp4"])
@pytest.mark.parametrize(("start", "end"), [(0.48, 1.12), (1.88, None), (None, 0.32), (2.72, 99.0)])
def test_a_trimmed_reader_yields_the_same_frames_as_the_whole(
    make: Make, name: str, start: float | None, end: float | None
) -> None:
    holes = ["-vf", "select='lt(n,8)+gte(n,45)+eq(n,30)'", "-fps_mode", "vfr"] if name.startswith("holes") else []
    path = make(name, *pattern(seconds=3), "-g", 25, *holes)
    with VideoReader(path) as video, VideoReader(path, start=start, end=end) as part:
        first, stop = round((start or 0) * 25), min(75, round((end or 3) * 25))
        assert len(part) == stop - first
        assert (part.start, part.end) == (Fraction(first, 25), Fraction(stop, 25))
        for frame, same in zip(list(video)[first:stop], part, strict=True):
            np.testing.assert_array_equal(frame, same)


def test_a_part_beyond_the_end_is_refused(make: Make) -> None:
    path = make("clip.mp4")
    for start, end in [(2.0, None), (0.5, 0.5), (-1.0, None), (0.5, 0.2)]:
        with pytest.raises(VideoError, match=r"it lasts 1\.00 s"):
            VideoReader(path, start=start, end=end)


def test_it_can_be_read_again_and_twice_at_once(make: Make) -> None:
    with VideoReader(make("clip.mp4")) as video:
        once = list(video)
        for first, second, third in zip(once, video, video, strict=True):
            np.testing.assert_array_equal(first, second)
            np.testing.assert_array_equal(first, third)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_frames_are_upright(make: Make, turn: int) -> None:
    """Red stands at the stored top left; it must be shown where the turn carries it."""
    corner = "color=black:s=64x48:d=0.2,drawbox=0:0:32:24:red:fill"
    plain = make("plain.mp4", "-f", "lavfi", "-i", corner)
    turned = make("turned.mp4", "-display_rotation", -turn, "-i", plain, "-c", "copy")
    with VideoReader(turned) as video:
        frame = next(iter(video)).astype(int)
    height, width = frame.shape[0] // 2, frame.shape[1] // 2
    quarters = [frame[:height, :width], frame[:height, width:], frame[height:, width:], frame[height:, :width]]
    assert int(np.argmax([quarter[..., 0].mean() for quarter in quarters])) == turn // 90


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_mirrored_frames_are_mirrored_after_they_are_turned(make: Make, turn: int) -> None:
    plain = make("plain.mp4", *pattern(seconds=0.2))
    mirrored = make("mirrored.mp4", "-display_rotation", -turn, "-display_hflip", "-i", plain, "-c", "copy")
    with VideoReader(plain) as stored, VideoReader(mirrored) as video:
        assert (video.info.rotation, video.info.mirrored) == (turn, True)
        for before, frame in zip(stored, video, strict=True):
            difference = np.rot90(before, -turn // 90)[:, ::-1].astype(int) - frame
            assert np.abs(difference).mean() < 2


def test_pixels_are_square(make: Make) -> None:
    round_thing = "color=black:s=64x64:d=0.2,drawbox=16:16:32:32:white:fill,setsar=1/2"
    with VideoReader(make("narrow.mp4", "-f", "lavfi", "-i", round_thing)) as video:
        bright = next(iter(video))[..., 0] > 128
    assert bright.shape == (64, 32)
    assert bright.any(axis=0).sum() == pytest.approx(16, abs=2)
    assert bright.any(axis=1).sum() == pytest.approx(32, abs=2)


def test_scaling_to_a_size(make: Make) -> None:
    with VideoReader(make("clip.mp4"), size=(30, 20)) as video:
        assert {frame.shape for frame in video} == {(20, 30, 3)}


@pytest.mark.parametrize(
    ("size", "matrix", "tagged"), [("64x48", "bt601", False), ("1280x720", "bt709", False), ("64x48", "bt709", True)]
)
def test_colours_are_true_also_where_the_file_does_not_name_its_matrix(
    make: Make, size: str, matrix: str, tagged: bool
) -> None:
    tag = ["-colorspace", "bt709"] if tagged else ["-bsf:v", "h264_metadata=matrix_coefficients=2"]
    convert = f"format=rgb24,scale=out_color_matrix={matrix}:out_range=tv"
    path = make("green.mp4", "-f", "lavfi", "-i", f"color=0x20C040:s={size}:d=0.2", "-vf", convert, *tag, "-qp", 0)
    with VideoReader(path) as video:
        assert next(iter(video)).mean(axis=(0, 1)) == pytest.approx([0x20, 0xC0, 0x40], abs=2)


@pytest.mark.skipif(b" zscale " not in run_ffmpeg("-filters").stdout, reason="this ffmpeg has no zscale")
def test_high_dynamic_range_is_not_shown_grey(make: Make) -> None:
    to_hlg = "zscale=tin=709:min=709:pin=709:rin=tv:t=arib-std-b67:m=2020_ncl:p=2020:npl=203"
    x265 = "log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    for colour, channel in [("red", 0), ("lime", 1), ("blue", 2)]:
        source = ["-f", "lavfi", "-i", f"color={colour}:s=64x48:d=0.2", "-vf", to_hlg, "-pix_fmt", "yuv420p10le"]
        path = make("phone.mp4", *source, "-c:v", "libx265", "-x265-params", x265)
        with VideoReader(path, size=(63, 47)) as video:
            mean = next(iter(video)).mean(axis=(0, 1))
        assert mean[channel] > 180
        assert max(np.delete(mean, channel)) < 60


def test_a_change_of_resolution_on_the_way_is_scaled_away(make: Make) -> None:
    small = make("a.ts", *pattern(64, 48, seconds=2), "-g", 25)
    large = make("b.ts", *pattern(128, 96, seconds=2), "-g", 25, "-output_ts_offset", 2)
    small.write_bytes(small.read_bytes() + large.read_bytes())
    assert counted(small) == pytest.approx(100, abs=1)


# No process is left behind; the fixture above looks after each of these.


def test_the_consumer_may_stop_half_way_or_fail(make: Make) -> None:
    path = make("clip.mp4", *pattern(640, 480))
    consume_in_part(path, 1)
    with pytest.raises(ZeroDivisionError):
        consume_in_part(path, 0)


def consume_in_part(path: Path, divisor: int) -> None:
    with VideoReader(path) as video:
        for index, _ in enumerate(video):
            if index == 3 and index / divisor:
                break


def test_leaving_the_block_ends_an_iteration_that_somebody_still_holds(make: Make) -> None:
    with VideoReader(make("clip.mp4", *pattern(640, 480))) as video:
        frames = iter(video)
        next(frames)
        assert len(ffmpegs()) == 1
    assert ffmpegs() == []
    with pytest.raises(VideoError, match="closed"):
        list(frames)


def test_open_files_do_not_pile_up(make: Make) -> None:
    with VideoReader(make("clip.mp4")) as video:
        list(video)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            list(video)
        assert len(os.listdir("/proc/self/fd")) == before


# Damage that the container does not show.


def test_a_picture_that_cannot_be_decoded_is_an_error_and_not_a_still(make: Make) -> None:
    path = make("clip.mp4", *pattern(320, 240, seconds=4), "-g", 50)
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half:-10_000] = bytes(len(data) - 10_000 - half)
    path.write_bytes(data)
    assert probe(path).frames == 100
    with VideoReader(path) as video, pytest.raises(VideoError, match=r"clip\.mp4 .*ffmpeg says: \w"):
        list(video)


def test_a_file_that_shrinks_while_it_is_read_is_an_error(make: Make) -> None:
    path = make("clip.mkv", *pattern(320, 240, seconds=8))
    with VideoReader(path) as video:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(VideoError, match=r"cannot be decoded beyond frame \d+ of 200"):
            list(video)


def test_a_flaw_in_one_frame_is_bridged(make: Make) -> None:
    path = make("clip.mp4", *pattern(320, 240, seconds=4), "-g", 10)
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 100] = bytes(100)
    path.write_bytes(data)
    assert counted(path) == 100


def test_ffmpeg_is_run_by_name_and_not_through_a_shell(make: Make) -> None:
    assert counted(make("a;b $(c) 'd'.mp4")) == 25
    assert run_ffmpeg("-version").returncode == 0
