"""Seeded mutations of small files: each is read, or refused in one sentence."""

import random
import warnings

import pytest

from motion_transfer.errors import VideoError
from motion_transfer.video import VideoReader, probe

from .clips import pattern, tone
from .conftest import Make

CODECS = {"mp4": "libx264", "mkv": "libx264", "webm": "libvpx", "avi": "mpeg4", "flv": "flv1", "ts": "mpeg2video"}


@pytest.mark.parametrize("ending", CODECS)
def test_a_damaged_file_is_read_or_refused_in_one_sentence(make: Make, ending: str) -> None:
    path = make(f"clip.{ending}", *pattern(32, 32, seconds=0.4), *tone(0.4), "-c:v", CODECS[ending])
    original = path.read_bytes()
    for seed in range(6):
        chance = random.Random(seed)
        data = bytearray(original)
        for _ in range(chance.choice([1, 4, 16])):
            place = chance.randrange(len(data))
            data[place : place + 4] = chance.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4), b"", b"\x80"])
        path.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                with VideoReader(probe(path)) as video:
                    assert sum(1 for _ in video) == len(video) <= 10_000
            except VideoError as error:
                text = str(error)
                assert text.startswith(str(path))
                assert "\n" not in text
