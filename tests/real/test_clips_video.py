"""Facts about real footage of many kinds, which the local clips' own description states."""

from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from motion_transfer.video import VideoReader, VideoWriter, probe


class Fact(NamedTuple):
    size: tuple[int, int]
    fps: Fraction
    frames: int
    variable: bool = False
    rotation: int = 0
    sound: str | None = "aac"


NTSC = Fraction(30000, 1001)
FILM = Fraction(24000, 1001)

FACTS = {
    "targets/T1_darebee_man_concat.mp4": Fact((800, 720), FILM, 2997, variable=True, sound=None),
    "targets/T2_sam2_juggle.mp4": Fact((1280, 720), Fraction(24), 247, sound=None),
    "targets/T4_ubc_fashion_91-3003CN5S.mp4": Fact((960, 1254), NTSC, 346, sound=None),
    "sources/S1_ballet_solo_320x240.mp4": Fact((320, 240), NTSC, 2089),
    "sources/S3_unianimate_dance_portrait.mp4": Fact((692, 1108), Fraction(16), 150, sound=None),
    "sources/S4_edn_repro_source_mv.mp4": Fact((406, 720), Fraction(997, 40), 335),
    "awkward/A01_two_dancers.mp4": Fact((640, 360), NTSC, 242),
    "awkward/A02_three_dancers_portrait_audio.mp4": Fact((360, 640), Fraction(30), 825),
    "awkward/A03_karate_cuts.mp4": Fact((640, 360), Fraction(25), 192),
    "awkward/A04_partial_body_greenscreen.mp4": Fact((640, 360), Fraction(25), 283, sound=None),
    "awkward/A05_sar27x64_vfr.m4v": Fact((162, 288), NTSC, 63, variable=True),
    "awkward/A06_tiny_short_enters_leaves.mp4": Fact((480, 352), NTSC, 47),
    "awkward/A08_vp9_in_mp4_60fps.mp4": Fact((1080, 1920), Fraction(60), 100),
    "awkward/A13_derived_rotate90_meta_audio.mp4": Fact((406, 720), Fraction(997, 40), 200, rotation=90),
    "awkward/A14_derived_rotate180_meta.mp4": Fact((1280, 720), Fraction(24), 144, rotation=180, sound=None),
    "awkward/A15_derived_vfr_audio.mp4": Fact((320, 240), NTSC, 450, variable=True),
    "awkward/A16_no_detectable_person.mp4": Fact((1280, 720), Fraction(25), 101, sound=None),
}


@pytest.mark.parametrize("name", FACTS)
def test_every_clip_is_described_rightly(clips: Path, name: str) -> None:
    info = probe(clips / name)
    sound = info.audio.codec if info.audio else None
    assert Fact(info.size, info.fps, info.frames, info.variable_rate, info.rotation, sound) == FACTS[name]


@pytest.mark.parametrize("name", [name for name in FACTS if not name.startswith("targets/T1")])
def test_every_clip_yields_the_frames_it_has(clips: Path, name: str) -> None:
    with VideoReader(clips / name, size=(32, 32)) as video:
        assert sum(1 for _ in video) == len(video) == FACTS[name].frames


@pytest.mark.parametrize(
    ("turned", "original"),
    [
        ("awkward/A13_derived_rotate90_meta_audio.mp4", "sources/S4_edn_repro_source_mv.mp4"),
        ("awkward/A14_derived_rotate180_meta.mp4", "targets/T2_sam2_juggle.mp4"),
    ],
)
def test_a_turned_copy_looks_like_its_original(clips: Path, turned: str, original: str) -> None:
    with VideoReader(clips / turned, size=(64, 64)) as copy, VideoReader(clips / original, size=(64, 64)) as first:
        for one, other in islice(zip(copy, first, strict=False), 10):
            assert np.abs(one.astype(int) - other).mean() < 3


def test_a_copy_with_dropped_frames_keeps_step_with_its_original(clips: Path) -> None:
    dropped = clips / "awkward/A15_derived_vfr_audio.mp4"
    original = clips / "sources/S1_ballet_solo_320x240.mp4"
    with VideoReader(dropped, size=(64, 48)) as copy, VideoReader(original, size=(64, 48), end=15.0) as first:
        away = [np.abs(one.astype(int) - other).mean() for one, other in zip(copy, first, strict=False)]
    # More than half of the frames are still there, each at its own moment; the others are held neighbours.
    assert np.mean(np.array(away) < 1.5) > 0.55
    assert np.max(away) < 25


@pytest.mark.parametrize("name", [name for name in FACTS if name.startswith("awkward") and FACTS[name].sound])
def test_a_round_trip_keeps_frames_rate_duration_and_sound(clips: Path, tmp_path: Path, name: str) -> None:
    with VideoReader(clips / name, size=(64, 64)) as video:
        with VideoWriter(tmp_path / "out.mp4", size=video.size, fps=video.fps, audio_from=video.path) as out:
            for frame in video:
                out.write(frame)
        before, after = video.info, probe(tmp_path / "out.mp4")
    assert (after.frames, after.fps) == (before.frames, before.fps)
    assert abs(after.duration - before.duration) <= 1 / before.fps
    assert after.audio is not None
    assert before.audio is not None
    assert after.audio.codec == before.audio.codec
    assert abs(after.audio.start - before.audio.start) < Fraction(1, 1000)
