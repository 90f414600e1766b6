"""Pictures as clips of one frame."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from motion_transfer.errors import VideoError
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader, probe
from motion_transfer.video.picture import MOST_PIXELS
from tests.video.clips import pattern

from .conftest import Make


@pytest.fixture
def picture() -> Frame:
    """Left black, right red, (40, 60, 3)."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, 30:, 0] = 200
    return image


@pytest.mark.parametrize(("name", "off"), [("me.png", 0), ("me.webp", 3), ("me.jpg", 12), ("nameless", 0)])
def test_a_picture_is_a_clip_of_one_frame_whatever_its_name(
    tmp_path: Path, picture: Frame, name: str, off: int
) -> None:
    kind = {"me.webp": "WEBP", "me.jpg": "JPEG"}.get(name, "PNG")
    PIL.Image.fromarray(picture).save(tmp_path / name, format=kind, quality=95)
    with VideoReader(tmp_path / name) as reader:
        (frame,) = reader
    assert (reader.size, len(reader), reader.fps, reader.info.duration) == ((60, 40), 1, 25, Fraction(1, 25))
    assert reader.info.is_picture
    away = np.abs(np.arange(60) - 30) > 16  # JPEG's colours run over the edge by a block
    assert np.abs(frame[:, away].astype(int) - picture[:, away]).max() <= off


def test_it_is_scaled_as_a_reader_is_told_to(tmp_path: Path, picture: Frame) -> None:
    PIL.Image.fromarray(picture).save(tmp_path / "me.png")
    (frame,) = VideoReader(tmp_path / "me.png", size=(30, 20))
    assert frame.shape == (20, 30, 3)


def test_it_is_upright_and_what_is_transparent_is_black(tmp_path: Path, picture: Frame) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    PIL.Image.fromarray(picture).save(tmp_path / "me.jpg", exif=exif, quality=95)
    assert probe(tmp_path / "me.jpg").size == (40, 60)
    alpha = np.dstack([np.full_like(picture, 250), np.full(picture.shape[:2], 51, np.uint8)])
    PIL.Image.fromarray(alpha).save(tmp_path / "cut-out.png")
    (frame,) = VideoReader(tmp_path / "cut-out.png")
    assert (frame == 50).all()


def test_a_camera_s_picture_is_read_no_larger_than_a_frame_of_video(tmp_path: Path) -> None:
    PIL.Image.new("RGB", (4000, 3000), "green").save(tmp_path / "me.jpg")
    width, height = probe(tmp_path / "me.jpg").size
    assert abs(width * height / MOST_PIXELS - 1) < 0.001
    assert abs(width / height - 4 / 3) < 0.001


def test_an_animated_png_is_a_video(make: Make) -> None:
    path = make("me.png", *pattern(), "-f", "apng")
    assert probe(path).frames == 25
    assert not probe(path).is_picture


def test_what_is_no_picture_is_one_error(tmp_path: Path, picture: Frame) -> None:
    still = PIL.Image.fromarray(picture)
    still.save(tmp_path / "animated.webp", save_all=True, append_images=[PIL.Image.new("RGB", (60, 40), "blue")])
    still.save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:60])
    PIL.Image.new("1", (20_000, 2)).save(tmp_path / "wide.png")
    still.save(tmp_path / "me.avif")
    os.mkfifo(tmp_path / "pipe.png")
    found = {
        "animated.webp": "is an animated WebP; expected a video or a picture",
        "me.avif": "is a HEIC or AVIF picture",
        "cut.png": "is damaged or of another kind",
        "wide.png": "has 20,000 x 2 pixels, more than",
        "pipe.png": "is a named pipe",
    }
    for name, words in found.items():
        with pytest.raises(VideoError, match=words) as caught:
            probe(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
