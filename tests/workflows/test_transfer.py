"""The main job, end to end, with poses given so that no detector is needed."""

import os
from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.config import EncodeSettings
from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError, OutputError, PoseError, SubjectError, VideoError
from motion_transfer.pose import empty
from motion_transfer.video import VideoReader, probe
from motion_transfer.workflows.transfer import transfer, transfer_frames


def frames_of(path, **options):
    with VideoReader(path, **options) as reader:
        return list(reader)


@pytest.fixture(scope="module")
def made(dance, learned, tmp_path_factory):
    """A complete transfer: its result."""
    out = tmp_path_factory.mktemp("transfer") / "out.mp4"
    return transfer(dance.video, learned[0], out, poses=dance.poses)


def test_the_output_has_the_dances_frames_rate_and_sound_and_the_subjects_size(made, dance):
    source, result = probe(dance.video), probe(made.output)
    assert (made.frames, made.fps, made.size) == (45, source.fps, (96, 160))
    assert (result.frames, result.fps, result.size) == (45, source.fps, (96, 160))
    assert abs(result.duration - source.duration) <= 1 / source.fps
    assert result.audio is not None
    assert result.audio.codec == source.audio.codec
    assert os.listdir(made.output.parent) == ["out.mp4"]


def test_frames_without_the_dancer_show_the_empty_scene(made, learned):
    """Twenty frames are more than the half second that is interpolated."""
    assert made.missing == 20
    background = learned[1].background.astype(float)
    frames = frames_of(made.output)
    empty_error = [np.abs(frame - background).mean() for frame in frames[21:39]]
    assert max(empty_error) < 4
    assert min(np.abs(frame - background).mean() for frame in frames[:19]) > max(empty_error)


def test_a_subject_in_memory_does_as_well_as_its_folder(made, dance, learned, tmp_path):
    again = transfer(dance.video, learned[1], tmp_path / "again.mp4", poses=dance.poses)
    assert again.output.read_bytes() == made.output.read_bytes()


def test_a_part_of_the_dance(dance, learned, tmp_path):
    options = TransferOptions(start=0.2, end=0.6)
    part = transfer(dance.video, learned[1], tmp_path / "part.mp4", options, poses=dance.poses[6:18])
    assert part.frames == 12
    result = probe(part.output)
    assert result.frames == 12
    assert result.audio is not None


def test_side_by_side_shows_source_pose_and_result(made, dance, learned, tmp_path):
    options = TransferOptions(side_by_side=True)
    wide = transfer(dance.video, learned[1], tmp_path / "wide.mp4", options, poses=dance.poses)
    assert wide.size == (214 + 2 * 96, 160)
    sides, alone = frames_of(wide.output), frames_of(made.output)
    source = frames_of(dance.video, size=(214, 160))
    assert len(sides) == 45
    for index in (0, 10, 44):
        assert np.abs(sides[index][:, :214].astype(int) - source[index]).mean() < 6
        assert (sides[index][:, 214:310] > 200).mean() > 0.8
        assert np.abs(sides[index][:, 310:].astype(int) - alone[index]).mean() < 6


def test_settings_of_this_run_replace_the_subjects(dance, learned, tmp_path, tiny):
    silent = replace(tiny, encode=EncodeSettings(audio="none"))
    done = transfer(dance.video, learned[1], tmp_path / "silent.mp4", poses=dance.poses, pipeline=silent)
    assert probe(done.output).audio is None


def test_progress_is_reported(dance, learned, tmp_path):
    seen = []
    transfer(dance.video, learned[1], tmp_path / "out.mp4", poses=dance.poses, progress=lambda *what: seen.append(what))
    assert seen == [("dancing", done, 45) for done in range(46)]


@pytest.mark.parametrize("moment", [0, 1, 30])
def test_ctrl_c_leaves_nothing_behind(dance, learned, tmp_path, moment):
    def stop(stage, done, total):
        if done == moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer(dance.video, learned[1], tmp_path / "out.mp4", poses=dance.poses, progress=stop)
    assert os.listdir(tmp_path) == []


def test_a_result_that_was_there_survives_a_failure(dance, learned, tmp_path):
    def stop(stage, done, total):
        if done == 5:
            raise KeyboardInterrupt

    (tmp_path / "out.mp4").write_text("earlier")
    with pytest.raises(KeyboardInterrupt):
        transfer(dance.video, learned[1], tmp_path / "out.mp4", poses=dance.poses, progress=stop)
    assert (tmp_path / "out.mp4").read_text() == "earlier"


def test_what_cannot_be_used_is_refused_and_nothing_is_written(dance, learned, tmp_path, empty_scene):
    out = tmp_path / "out.mp4"
    fine = {"poses": dance.poses}
    late = {"options": TransferOptions(start=9.0)}
    empty_poses = {"poses": empty(45, dance.poses.size, dance.poses.fps)}
    (tmp_path / "text.mp4").write_text("not a video")
    before = sorted(os.listdir(tmp_path))
    attempts = [
        ((dance.video, learned[0], dance.video), fine, OutputError, "is also the input"),
        ((dance.video, learned[0], tmp_path / "no" / "out.mp4"), fine, OutputError, "no does not exist"),
        ((dance.video, tmp_path, out), fine, SubjectError, "has no subject.json"),
        ((tmp_path / "text.mp4", learned[0], out), fine, VideoError, "text.mp4"),
        (
            (dance.video, learned[0], out),
            {"poses": dance.poses[:9]},
            PoseError,
            "the poses are 9 frames of .*, but .* has 45",
        ),
        ((dance.video, learned[0], out), empty_poses, PoseError, "neither feet nor trunk"),
        ((dance.video, learned[0], out), fine | late, VideoError, "has no frames from 9 s"),
        ((empty_scene, learned[0], out), {}, PoseError, "no person found in any of 25 frames"),
    ]
    for arguments, options, kind, words in attempts:
        with pytest.raises(kind, match=words):
            transfer(*arguments, **options)
        assert sorted(os.listdir(tmp_path)) == before


def test_an_ending_that_no_video_has_is_refused_before_poses_are_sought(dance, learned, tmp_path):
    seen = []
    with pytest.raises(OutputError, match=r"\.gif"):
        transfer(dance.video, learned[1], tmp_path / "out.gif", progress=lambda *what: seen.append(what))
    assert seen == []


def test_frames_in_memory_become_the_frames_that_the_video_shows(dance, learned):
    frames = frames_of(dance.video)
    options = TransferOptions(start=0.2, end=0.6, device="cpu")
    made = list(transfer_frames(iter(frames), dance.poses.fps, learned[0], options, poses=dance.poses[6:18]))
    assert [(frame.shape, frame.dtype) for frame in made] == [((160, 96, 3), np.uint8)] * 12
    clip = transfer_frames(frames, float(dance.poses.fps), learned[1], poses=dance.poses, options=TransferOptions())
    assert np.array_equal(next(clip), next(transfer_frames(frames, dance.poses.fps, learned[1], poses=dance.poses)))


def test_frames_in_memory_that_cannot_be_used_are_refused_by_the_call(dance, learned):
    frames = frames_of(dance.video, end=0.4)
    with pytest.raises(ConfigError, match="side_by_side"):
        transfer_frames(frames, 30, learned[1], TransferOptions(side_by_side=True))
    with pytest.raises(PoseError, match="no frames"):
        transfer_frames(frames, 30, learned[1], TransferOptions(start=9))
    with pytest.raises(PoseError, match="the poses are 45 frames"):
        transfer_frames(frames, 30, learned[1], poses=dance.poses)


def test_the_dance_is_probed_once(dance, learned, tmp_path, monkeypatch):
    probed = []
    for name in ("reader", "writer"):
        monkeypatch.setattr(f"motion_transfer.video.{name}.probe", lambda path: probed.append(path) or probe(path))
    options = TransferOptions(side_by_side=True)
    transfer(dance.video, learned[1], tmp_path / "out.mp4", options, poses=dance.pose_file)
    assert probed == [dance.video]
