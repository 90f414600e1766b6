import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest

from motion_transfer.config import EncodeSettings
from motion_transfer.errors import OutputError, VideoError
from motion_transfer.video import VideoReader, VideoWriter, encoders, probe
from tests.video.clips import full_disk

from .clips import ffmpegs, flash_and_beep, lag, pattern, run_ffmpeg, tone
from .conftest import Make

Frames = list[npt.NDArray[np.uint8]]
RATE = Fraction(25)


def noise(count: int, width: int = 64, height: int = 48) -> Frames:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(count)]


def plain(count: int, width: int = 64, height: int = 48, colour: tuple[int, int, int] = (90, 120, 150)) -> Frames:
    return [np.full((height, width, 3), colour, np.uint8) for _ in range(count)]


def written(path: Path, frames: Frames, rate: object = 25, **options: object) -> Path:
    height, width = frames[0].shape[:2]
    with VideoWriter(path, size=(width, height), fps=Fraction(str(rate)), **options) as video:  # type: ignore[arg-type]
        for frame in frames:
            video.write(frame)
    return path


@pytest.mark.parametrize("ending", ["mp4", "mov", "m4v", "mkv"])
@pytest.mark.parametrize("rate", ["24", "30000/1001", "997/40"])
def test_rate_count_and_colours_are_told_by_the_file(tmp_path: Path, ending: str, rate: str) -> None:
    info = probe(written(tmp_path / f"out.{ending}", plain(48), rate))
    assert (info.size, info.frames, info.codec, info.pixel_format) == ((64, 48), 48, "h264", "yuv420p")
    assert not info.variable_rate
    assert info.fps == Fraction(rate) or (ending == "mkv" and float(info.fps) == pytest.approx(24.925, abs=0.05))
    assert (info.color.range, info.color.matrix, info.color.primaries, info.color.transfer) == ("tv", *["bt709"] * 3)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (32, 192, 64), (0, 0, 0), (255, 255, 255)])
def test_colours_come_back(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    with VideoReader(written(tmp_path / "out.mp4", plain(3, colour=colour))) as video:
        for frame in video:
            np.testing.assert_allclose(frame.astype(int), np.broadcast_to(colour, frame.shape), atol=2)


def test_the_index_stands_first_so_that_a_browser_can_start(tmp_path: Path) -> None:
    data = written(tmp_path / "out.mp4", plain(5)).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_an_odd_side_repeats_its_last_line(tmp_path: Path) -> None:
    frames = plain(3, 63, 47)
    for frame in frames:
        frame[-1, :], frame[:, -1] = 200, 200
    with VideoReader(written(tmp_path / "out.mp4", frames)) as video:
        assert video.size == (64, 48)
        frame = next(iter(video))
    assert frame[-1].mean() == pytest.approx(200, abs=3)
    assert frame[:, -1].mean() == pytest.approx(200, abs=3)


@pytest.mark.parametrize(
    ("codec", "ending", "name"),
    [
        ("h265", "mp4", "hevc"),
        ("h265", "mkv", "hevc"),
        ("av1", "mp4", "av1"),
        ("vp9", "webm", "vp9"),
        ("vp9", "mp4", "vp9"),
    ],
)
def test_other_codecs(tmp_path: Path, make: Make, codec: str, ending: str, name: str) -> None:
    source = make("source.mp4", *pattern(), *tone())
    settings = EncodeSettings(codec=codec, quality=30)  # type: ignore[arg-type]
    info = probe(written(tmp_path / f"out.{ending}", plain(25), settings=settings, audio_from=source))
    assert (info.codec, info.frames, info.fps) == (name, 25, 25)
    assert info.color.matrix == "bt709"
    assert info.audio is not None
    assert info.audio.codec == ("opus" if ending == "webm" else "aac")


def test_a_coarser_quality_is_smaller(tmp_path: Path) -> None:
    fine = written(tmp_path / "fine.mp4", noise(5), settings=EncodeSettings(quality=10))
    coarse = written(tmp_path / "coarse.mp4", noise(5), settings=EncodeSettings(quality=40))
    assert coarse.stat().st_size < fine.stat().st_size / 2


# Sound.

FRAME = float(1 / RATE)
SOURCES = {
    "together.mp4": (0, 0, ()),
    "sound-later.mp4": (0.4, 0, ()),
    "sound-earlier.mp4": (0, 0.4, ()),
    "opus.mkv": (0, 0, ("-c:a", "libopus")),
    "sound-later.ts": (0.4, 0, ()),
    "pcm-earlier.mov": (0, 0.4, ("-c:a", "pcm_s16le")),
    "mp3.mp4": (0, 0, ("-c:a", "libmp3lame")),
}


@pytest.mark.parametrize("part", [(None, None), (0.52, 2.0)], ids=["whole", "part"])
@pytest.mark.parametrize(("name", "ending"), [*((name, "mp4") for name in SOURCES), ("sound-later.mp4", "mkv")])
def test_flash_and_beep_stay_together(tmp_path: Path, name: str, ending: str, part: tuple[float, float]) -> None:
    later, picture_later, codecs = SOURCES[name]
    source = flash_and_beep(tmp_path / name, sound_later=later, picture_later=picture_later, codecs=codecs)
    assert lag(source) == pytest.approx(0, abs=0.005)
    with VideoReader(source, start=part[0], end=part[1]) as video:
        sound = {"audio_from": source, "audio_start": video.start, "audio_end": video.end}
        out = written(tmp_path / f"out.{ending}", list(video), video.fps, **sound)
        assert abs(lag(out)) < FRAME / 4
        info = probe(out)
        assert (info.frames, info.fps) == (len(video), video.fps)


def test_whole_sound_that_fits_is_copied_bit_for_bit(tmp_path: Path) -> None:
    source = flash_and_beep(tmp_path / "source.mp4")
    out = written(tmp_path / "out.mp4", plain(75), audio_from=source)
    assert packets(out) == packets(source)


def packets(path: Path) -> list[bytes]:
    rows = run_ffmpeg("-i", path, "-map", "0:a", "-c", "copy", "-f", "framecrc", "-").stdout.splitlines()
    return [row.split(b",")[5] for row in rows if not row.startswith(b"#")]


def test_sound_ends_with_the_picture(tmp_path: Path, make: Make) -> None:
    source = make("long.mp4", *pattern(seconds=3), *tone(3))
    for begin in (0, 1):
        out = written(tmp_path / "out.mp4", plain(25), audio_from=source, audio_start=begin)
        seen = run_ffmpeg("-i", out, "-map", "0:a", "-f", "s16le", "-ac", 1, "-ar", 48000, "-").stdout
        assert len(seen) / 2 / 48000 == pytest.approx(1, abs=FRAME)


def test_no_sound_where_there_is_none_or_none_is_wanted(tmp_path: Path, make: Make) -> None:
    silent, loud = make("silent.mp4"), make("loud.mp4", *pattern(), *tone())
    assert probe(written(tmp_path / "a.mp4", plain(25), audio_from=silent)).audio is None
    assert probe(written(tmp_path / "b.mp4", plain(25), audio_from=loud)).audio is not None
    muted = EncodeSettings(audio="none")
    assert probe(written(tmp_path / "c.mp4", plain(25), audio_from=loud, settings=muted)).audio is None


# What cannot be written: one clear error, and nothing left.


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "results"
    place.mkdir()
    yield place
    assert list(place.iterdir()) == []
    assert ffmpegs() == []


def test_a_frame_that_does_not_fit(folder: Path) -> None:
    for wrong in (np.zeros((48, 32, 3), np.uint8), np.zeros((48, 64), np.uint8), np.zeros((48, 64, 3), np.float32)):
        expected = r"frame 0 is .* expected uint8 of shape \(48, 64, 3\)"
        with (
            pytest.raises(VideoError, match=expected),
            VideoWriter(folder / "out.mp4", size=(64, 48), fps=RATE) as video,
        ):
            video.write(wrong)  # type: ignore[arg-type]


def test_no_frames(folder: Path) -> None:
    with pytest.raises(VideoError, match="no frame"), VideoWriter(folder / "out.mp4", size=(64, 48), fps=RATE):
        pass


def fail_on_the_way(path: Path, **options: object) -> None:
    def frames() -> Iterator[npt.NDArray[np.uint8]]:
        yield plain(1)[0]
        raise ArithmeticError

    with VideoWriter(path, size=(64, 48), fps=RATE, **options) as video:  # type: ignore[arg-type]
        for frame in frames():
            video.write(frame)


def test_an_exception_on_the_way(folder: Path, make: Make) -> None:
    loud = make("loud.mp4", *pattern(), *tone())
    for sound in (None, loud):
        with pytest.raises(ArithmeticError):
            fail_on_the_way(folder / "out.mp4", audio_from=sound)


def test_an_older_result_survives_a_failed_one(tmp_path: Path) -> None:
    path = written(tmp_path / "out.mp4", plain(5))
    before = path.read_bytes()
    with pytest.raises(ArithmeticError):
        fail_on_the_way(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("with_sound", [False, True])
def test_a_full_disk(folder: Path, make: Make, with_sound: bool) -> None:
    sound = make("loud.mp4", *pattern(), *tone()) if with_sound else None
    with full_disk(200_000), pytest.raises(OutputError, match="the disk is full"):
        written(folder / "out.mp4", noise(100, 320, 240), audio_from=sound)


def test_a_disk_that_is_full_only_for_the_sound(folder: Path, make: Make) -> None:
    sound = make("loud.mp4", *pattern(seconds=3), *tone(3), "-b:a", "320k")
    with full_disk(15_000), pytest.raises(OutputError, match=r"results/out\.mp4: the disk is full"):
        written(folder / "out.mp4", plain(75), audio_from=sound)


def test_endings_and_codecs_that_do_not_go_together(folder: Path) -> None:
    with pytest.raises(OutputError, match=r"ends in '\.gif'. Use one of \.mp4"):
        VideoWriter(folder / "out.gif", size=(64, 48), fps=RATE)
    with pytest.raises(VideoError, match="WebM cannot hold h264"):
        VideoWriter(folder / "out.webm", size=(64, 48), fps=RATE)


def test_an_encoder_that_does_not_work_here_names_those_that_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoders.ENCODERS, ("h265", "software"), "no_such_encoder")
    with pytest.raises(VideoError, match=r"h265 \(software\) does not work .* These do: .*h264 \(software\)"):
        VideoWriter(folder / "out.mp4", size=(64, 48), fps=RATE, settings=EncodeSettings(codec="h265"))


@pytest.mark.parametrize(("codec", "expected"), [("h264", "libx264"), ("vp9", "libvpx-vp9")])
def test_where_no_gpu_encodes_the_software_does_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, codec: Literal["h264", "vp9"], expected: str
) -> None:
    monkeypatch.setitem(encoders.ENCODERS, ("h264", "nvenc"), "no_such_encoder")
    settings = EncodeSettings(codec=codec, encoder="nvenc")
    with pytest.warns(UserWarning, match=rf"no NVIDIA GPU encodes {codec} here.*\({expected}\) does it instead"):
        assert encoders.encoder_for(folder / "out.mp4", settings) == expected


def test_the_input_is_never_overwritten(make: Make) -> None:
    source = make("loud.mp4", *pattern(), *tone())
    before = source.read_bytes()
    with pytest.raises(OutputError, match="is also the input"):
        VideoWriter(source, size=(64, 48), fps=RATE, audio_from=source)
    assert source.read_bytes() == before


def test_ffmpegs_own_words_are_in_the_error(folder: Path) -> None:
    with pytest.raises(VideoError, match=r"out\.mp4 .*ffmpeg.* says: .*(dimensions|width|large|size|Invalid)"):
        written(folder / "out.mp4", plain(1, 20000, 2))


CHILD = """
    import sys, time
    from fractions import Fraction
    from pathlib import Path
    import numpy as np
    from motion_transfer.video import VideoReader, VideoWriter
    folder, source = Path(sys.argv[1]), Path(sys.argv[2])
    with VideoReader(source) as dance:
        with VideoWriter(folder / "out.mp4", size=dance.size, fps=dance.fps, audio_from=source) as video:
            while True:
                for frame in dance:
                    video.write(frame)
                    print("frame", flush=True)
"""


@pytest.mark.parametrize("everybody", [False, True], ids=["python", "the whole group, as a terminal does"])
def test_ctrl_c_leaves_no_file_and_no_process(folder: Path, make: Make, everybody: bool) -> None:
    source = make("loud.mp4", *pattern(seconds=2), *tone(2))
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(folder), str(source)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert child.stdout is not None
    for _ in range(60):
        assert child.stdout.readline()
    started = ffmpegs(child.pid)
    assert started
    (os.killpg if everybody else os.kill)(child.pid, signal.SIGINT)
    _, said = child.communicate(timeout=120)
    assert b"KeyboardInterrupt" in said
    assert not any(Path(f"/proc/{process}").exists() for process in started)
