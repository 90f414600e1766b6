"""Videos one after the other are one video."""

import os
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from motion_transfer.errors import VideoError
from motion_transfer.video import VideoReader, VideoWriter, join_videos, probe

SIZE = (64, 48)


def grey(path, values, fps=Fraction(30000, 1001)):
    with VideoWriter(path, size=SIZE, fps=fps) as video:
        for value in values:
            video.write(np.full((SIZE[1], SIZE[0], 3), value, np.uint8))
    return path


@pytest.mark.parametrize(("ending", "sound"), [(".mp4", True), (".mp4", False), (".mkv", True), (".mkv", False)])
def test_every_frame_is_there_in_its_place_and_so_is_the_sound(tmp_path, dance, ending, sound):
    values = list(range(20, 220, 5))
    cuts = [0, 13, 14, 29, 40]
    parts = [
        grey(tmp_path / f"it's {number}.mp4", values[first:stop]) for number, (first, stop) in enumerate(pairwise(cuts))
    ]
    out = tmp_path / f"out{ending}"
    source = probe(dance.video)
    end = 40 / source.fps
    join_videos(parts, out, fps=source.fps, sound=source if sound else None, end=end)
    made = probe(out)
    assert (made.frames, made.fps, made.variable_rate) == (40, source.fps, False)
    assert (made.audio is not None) == sound
    with VideoReader(out) as reader:
        seen = [frame.mean() for frame in reader]
    assert np.abs(np.array(seen) - values).max() < 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([out.name, *(part.name for part in parts)])


@pytest.mark.parametrize("name", [b"p\xff", b"a\nb", b"a b#'\" ?", b"\\ %d "])
def test_parts_lie_in_folders_of_any_name(tmp_path, name):
    folder = tmp_path / os.fsdecode(name)
    (folder / "parts").mkdir(parents=True)
    parts = [grey(folder / "parts" / f"{number}.mp4", [20, 60], Fraction(25)) for number in range(2)]
    join_videos(parts, folder / "out.mp4", fps=Fraction(25))
    assert probe(folder / "out.mp4").frames == 4


def test_a_part_that_is_missing_leaves_nothing(tmp_path):
    part = grey(tmp_path / "a.mp4", [10, 20])
    with pytest.raises(VideoError, match=r"b\.mp4 does not exist"):
        join_videos([part, tmp_path / "b.mp4"], tmp_path / "out.mp4", fps=Fraction(25))
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
