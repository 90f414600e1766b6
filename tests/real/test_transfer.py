"""The whole chain on real footage, a second of it and a few steps: that it fits together, not that it is beautiful."""

import subprocess
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import PoseError
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader, VideoWriter, probe
from motion_transfer.video.ffmpeg import ffmpeg_binary
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer


def loudness(path):
    """Largest sample of a file's sound, of 32768."""
    line = [ffmpeg_binary(), "-v", "error", "-i", path, "-map", "0:a:0", "-f", "s16le", "-ac", "1", "-"]
    sound = subprocess.run(line, capture_output=True, check=True).stdout
    return int(np.abs(np.frombuffer(sound, np.int16).astype(int)).max())


@pytest.fixture(scope="module")
def juggler(clips, tiny, tmp_path_factory):
    """A subject learned in three steps from 24 frames of T2."""
    folder = tmp_path_factory.mktemp("juggler")
    with (
        VideoReader(clips / "targets/T2_sam2_juggle.mp4", end=1.0, size=(640, 360)) as frames,
        VideoWriter(folder / "me.mp4", size=frames.size, fps=frames.fps) as video,
    ):
        for frame in frames:
            video.write(frame)
    pipeline = replace(tiny, train=replace(tiny.train, steps=3))
    return train(folder / "me.mp4", folder / "subject", pipeline, TrainOptions(device="cpu")), folder / "subject"


def test_a_subject_is_learned_from_footage_alone(juggler):
    subject, folder = juggler
    assert subject.size == (640, 360)
    assert subject.record["training"]["steps"] == 3
    assert subject.record["footage"]["frames_without_person"] <= 2
    assert 100 < subject.body.height_close < 360
    assert load_subject(folder).body == subject.body


def test_a_second_of_a_dance_comes_out_with_its_frames_rate_duration_and_sound(juggler, clips, tmp_path):
    dance = clips / "sources/S4_edn_repro_source_mv.mp4"
    done = transfer(dance, juggler[1], tmp_path / "out.mp4", TransferOptions(start=4, end=5))
    result = probe(done.output)
    assert result.fps == done.fps == Fraction(997, 40)
    assert result.frames == done.frames == 25
    assert result.size == (640, 360)
    assert abs(float(result.duration) - 1) <= 1 / float(result.fps)
    assert result.audio is not None
    assert loudness(done.output) > 300
    assert done.missing <= 2


SECONDS = 0.7

STARTS = {"A06_tiny_short_enters_leaves.mp4": 0.5, "A15_derived_vfr_audio.mp4": 4.0}  # before that nobody has entered

AWKWARD = {
    # name: frames per second, whether there is sound
    "A01_two_dancers.mp4": (Fraction(30000, 1001), True),
    "A02_three_dancers_portrait_audio.mp4": (Fraction(30), True),
    "A03_karate_cuts.mp4": (Fraction(25), True),
    "A04_partial_body_greenscreen.mp4": (Fraction(25), False),
    "A05_sar27x64_vfr.m4v": (Fraction(30000, 1001), True),
    "A06_tiny_short_enters_leaves.mp4": (Fraction(30000, 1001), True),
    "A08_vp9_in_mp4_60fps.mp4": (Fraction(60), True),
    "A13_derived_rotate90_meta_audio.mp4": (Fraction(997, 40), True),
    "A14_derived_rotate180_meta.mp4": (Fraction(24), False),
    "A15_derived_vfr_audio.mp4": (Fraction(30000, 1001), True),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_clip_gives_all_its_frames_at_its_rate_with_its_sound(juggler, clips, tmp_path, name):
    fps, sound = AWKWARD[name]
    start = STARTS.get(name, 0.0)
    options = TransferOptions(start=start, end=start + SECONDS)
    done = transfer(clips / "awkward" / name, juggler[0], tmp_path / "out.mp4", options)
    result = probe(done.output)
    assert result.fps == fps
    assert abs(result.frames - SECONDS * fps) <= 1
    assert abs(result.duration - Fraction(str(SECONDS))) <= 1 / fps
    assert (result.audio is not None) == sound
    assert done.missing < done.frames / 2


def test_a_clip_of_nobody_gives_a_clear_error_and_no_file(juggler, clips, tmp_path):
    clip = clips / "awkward/A16_no_detectable_person.mp4"
    with pytest.raises(PoseError, match=r"no person found in any of 17 frames of .*A16_no_detectable_person\.mp4"):
        transfer(clip, juggler[0], tmp_path / "out.mp4", TransferOptions(end=SECONDS))
    assert list(tmp_path.iterdir()) == []
