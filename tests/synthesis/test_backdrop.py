"""The background behind the person."""

import tracemalloc
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import cv2
import numpy as np
import PIL.Image
import pytest

from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError, OutputError, SubjectError, VideoError
from motion_transfer.subject import load_subject
from motion_transfer.synthesis.backdrop import _filling, backdrop, check_backdrop
from motion_transfer.synthesis.renderer import matte
from motion_transfer.video import VideoReader, VideoWriter, probe
from motion_transfer.workflows.transfer import transfer
from tests.trained import drawing

FPS = Fraction(10)


def numbered(path, frames, fps=FPS, size=(64, 64)):
    """A video whose frame n has the grey level 10 n."""
    with VideoWriter(path, size=size, fps=fps) as writer:
        for n in range(frames):
            writer.write(np.full((size[1], size[0], 3), 10 * n, np.uint8))
    return path


def levels(frames, count):
    return [round(float(frame.mean()) / 10) for frame in islice(frames, count)]


def behind(name, dance, size=(64, 64), fps=FPS, first=0):
    with VideoReader(dance.video) as reader:
        return backdrop(str(name), size, fps, first, reader, dance.poses)


def test_a_colour_and_a_picture_stand_still(dance, tmp_path):
    frame = next(behind("#0a6400", dance))
    assert (frame == (10, 100, 0)).all()
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 40:] = 200
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    shown = next(behind(tmp_path / "a.png", dance, size=(40, 40)))
    assert shown.shape == (40, 40, 3)
    assert abs(float(shown[:, :18].mean())) < 5
    assert abs(float(shown[:, 22:].mean()) - 200) < 5  # its middle, not squeezed


def turned_picture(path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: what is on the left is shown at the top
    image = PIL.Image.new("RGB", (80, 40), (0, 200, 0))
    image.paste((200, 0, 0), (0, 0, 40, 40))
    image.save(path, quality=95, exif=exif)


def printed_picture(path):
    image = PIL.Image.new("CMYK", (40, 80), (255, 0, 255, 0))
    image.paste((0, 255, 255, 0), (0, 0, 40, 40))
    image.save(path, quality=95)


def deep_picture(path):
    values = np.zeros((80, 40, 3), np.uint16)
    values[:40, :, 2], values[40:, :, 1] = 0xC800, 0xC800  # BGR
    cv2.imwrite(str(path), values)


@pytest.mark.parametrize(
    ("name", "write"), [("phone.jpg", turned_picture), ("print.jpg", printed_picture), ("deep.png", deep_picture)]
)
def test_a_picture_is_shown_as_people_see_it(dance, tmp_path, name, write):
    """Red above green, whether turned by a mark in the file, in the colours of printers, or of 16 bits."""
    write(tmp_path / name)
    shown = next(behind(tmp_path / name, dance, size=(40, 80))).astype(int)
    red, green = shown[:30].mean(axis=(0, 1)), shown[50:].mean(axis=(0, 1))
    assert red[0] > 150
    assert max(red[1:]) < 80
    assert green[1] > 130
    assert max(green[0], green[2]) < 80


@pytest.mark.parametrize(
    ("fps", "expected"), [(10, [0, 1, 2, 3, 4, 0, 1]), (20, [0, 0, 1, 1, 2, 2, 3]), (5, [0, 2, 4, 1])]
)
def test_a_video_keeps_its_speed_and_is_repeated(dance, tmp_path, fps, expected):
    video = numbered(tmp_path / "a.mp4", 5)
    assert levels(behind(video, dance, fps=Fraction(fps)), len(expected)) == expected


def test_a_part_of_a_dance_has_the_background_that_the_complete_dance_has_there(dance, tmp_path):
    video = numbered(tmp_path / "a.mp4", 5)
    assert levels(behind(video, dance, first=3), 4) == [3, 4, 0, 1]


def test_the_dances_own_background_is_shown_without_the_dancer(dance):
    background = next(behind("source", dance, size=dance.poses.size))
    assert cv2.absdiff(background, dance.background).mean() < 3


def test_a_transfer_changes_only_what_is_behind(learned, dance, tmp_path):
    made = {}
    for name in ("subject", "#ff0000"):
        path = tmp_path / f"{name.strip('#')}.mp4"
        options = TransferOptions(background=name, device="cpu")
        done = transfer(dance.video, learned[0], path, options, poses=dance.poses)
        with VideoReader(path) as reader:
            made[name] = list(reader)
        assert len(made[name]) == done.frames == 45
    empty = made["#ff0000"][30]  # no person is there
    assert np.abs(empty.astype(int) - (255, 0, 0)).max() < 12
    assert not np.array_equal(made["subject"][5], made["#ff0000"][5])


@pytest.mark.parametrize("ending", [".webm", ".mov"])
def test_a_transparent_result_is_transparent_where_nobody_is(learned, dance, tmp_path, ending):
    import subprocess

    from motion_transfer.video.ffmpeg import ffmpeg_binary

    out = tmp_path / f"clear{ending}"
    transfer(dance.video, learned[0], out, TransferOptions(background="transparent", device="cpu"), poses=dance.poses)
    decoder = ["-c:v", "libvpx-vp9"] if ending == ".webm" else []
    width, height = probe(out).size
    raw = subprocess.run(
        [ffmpeg_binary(), "-v", "error", *decoder, "-i", out, "-f", "rawvideo", "-pix_fmt", "rgba", "-"],
        capture_output=True,
        check=True,
    ).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 4)
    assert len(frames) == 45
    assert frames[30, ..., 3].max() < 8
    assert frames[5, ..., 3].max() > 20
    assert probe(out).audio is not None


def test_patches_of_the_own_background_are_left_out_over_another_one():
    share, outline = np.full((96, 96), 0.9, np.float32), np.zeros((96, 96), np.uint8)
    outline[20:80, 30:60] = 255
    share[40:50, 40:50] = 0.15  # a hole between arm and trunk
    kept = matte(share, outline)
    assert kept[:, :20].max() < 1e-3
    assert kept[30, 45] > 0.99
    assert kept[45, 45] == 0


def test_what_cannot_be_a_background_is_refused_before_any_work(learned, dance, tmp_path):
    subject = load_subject(learned[0])
    with pytest.raises(ConfigError, match=r"no such file\. Give an image"):
        check_backdrop("beach.png", subject)
    complete = replace(subject, pipeline=drawing(subject.pipeline, composite=False))
    with pytest.raises(SubjectError, match="trained without a mask"):
        check_backdrop("#ffffff", complete)
    check_backdrop("subject", complete)
    with pytest.raises(OutputError, match=r"\.webm.*\.mov"):
        transfer(dance.video, subject, tmp_path / "a.mp4", TransferOptions(background="transparent"), poses=dance.poses)
    with pytest.raises(ConfigError, match="side_by_side"):
        transfer(
            dance.video,
            subject,
            tmp_path / "a.mov",
            TransferOptions(background="transparent", side_by_side=True),
            poses=dance.poses,
        )
    for name, found in (("broken.png", "is damaged"), ("broken.mp4", "is not a video")):
        (tmp_path / name).write_bytes(b"no picture")
        with pytest.raises(VideoError, match=f"{name} {found}"):
            check_backdrop(str(tmp_path / name), subject)


@pytest.mark.parametrize("shape", [(1, 16_001), (16_001, 1), (3, 5)])
def test_a_picture_of_any_shape_fills_the_frame_within_little_memory(shape):
    image = np.zeros((*shape, 3), np.uint8)
    image[shape[0] // 2, shape[1] // 2] = 200
    tracemalloc.start()
    filled = _filling(image, (64, 48))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert filled.shape == (48, 64, 3)
    assert filled.max() > 100, "its middle is shown"
    assert peak < 10_000_000
