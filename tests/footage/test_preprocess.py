"""Footage, preprocessed: frames, poses and the background plate."""

import os
from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError, SubjectError, VideoError
from motion_transfer.footage.preprocess import preprocess_footage
from motion_transfer.pose import empty
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.video import VideoReader, VideoWriter
from tests.drawn_world import draw_person


def test_every_frame_is_kept_at_the_size_of_the_canvas(footage, preprocessed):
    assert preprocessed.canvas == (64, 96)
    assert len(preprocessed.poses) == 24
    assert np.array_equal(preprocessed.poses.xy, footage.poses.xy, equal_nan=True), "given poses are only cleaned"
    with VideoReader(footage.video) as frames:
        for index, frame in enumerate(frames):
            kept = preprocessed.frame(index)
            assert kept.shape == (96, 64, 3)
            assert np.abs(kept.astype(int) - to_canvas(frame, preprocessed.canvas)).mean() < 3


def test_the_plate_is_the_background_without_the_person(footage, preprocessed):
    error = np.abs(preprocessed.background.astype(int) - footage.background)
    assert preprocessed.background.shape == (160, 96, 3)
    assert np.median(error) <= 3
    assert np.percentile(error, 99) < 40
    assert preprocessed.plate(0).shape == (96, 64, 3)


def test_what_was_preprocessed_is_only_read_again(footage, preprocessed, tiny, tmp_path):
    reports = []
    again = preprocess_footage(footage.video, preprocessed.folder, tiny, progress=lambda *what: reports.append(what))
    assert reports == []
    assert np.array_equal(again.background, preprocessed.background)


def test_an_interruption_leaves_no_folder_that_looks_complete(footage, tiny, tmp_path):
    def stop(stage, done, total):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        preprocess_footage(footage.video, tmp_path / "footage", tiny, poses=footage.poses, progress=stop)
    assert not (tmp_path / "footage").exists()
    preprocess_footage(footage.video, tmp_path / "footage", tiny, poses=footage.poses)
    assert sorted(os.listdir(tmp_path)) == ["footage"]
    assert len(os.listdir(tmp_path / "footage" / "frames")) == 24


def test_what_is_no_video_is_refused(tiny, tmp_path):
    path = tmp_path / "me.mp4"
    path.write_text("not a video")
    with pytest.raises(VideoError, match=r"me\.mp4"):
        preprocess_footage(path, tmp_path / "footage", tiny)


def test_behind_the_person_of_a_single_frame_the_plate_is_filled_from_around(picture, tiny, tmp_path):
    single = preprocess_footage(picture.video, tmp_path / "footage", tiny, poses=picture.poses)
    (seen,) = single.plates.seen
    assert 0 < seen.mean() < 1
    assert np.array_equal(single.background[seen], next(iter(VideoReader(picture.video)))[seen])
    assert single.background[~seen].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p[:20], "Give the poses of this very clip"),
        (lambda p: p.scaled_to((48, 80)), "Give the poses of this very clip"),
        (lambda p: empty(24, p.size, p.fps), "no person in any of the 24 frames"),
    ],
)
def test_poses_of_another_clip_or_without_a_person_are_refused(footage, tiny, tmp_path, change, message):
    with pytest.raises(PoseError, match=message):
        preprocess_footage(footage.video, tmp_path / "footage", tiny, poses=change(footage.poses))
    assert not (tmp_path / "footage").exists()


def test_a_frame_that_got_lost_is_missed_by_name(footage, tiny, tmp_path):
    preprocessed = preprocess_footage(footage.video, tmp_path / "footage", tiny, poses=footage.poses)
    (tmp_path / "footage" / "frames" / "000004.jpg").unlink()
    (tmp_path / "footage" / "frames" / "000005.jpg").write_bytes(b"\xff\xd8 torn")
    for index in (4, 5):
        with pytest.raises(SubjectError, match=rf"00000{index}\.jpg (does not exist|is damaged)"):
            preprocessed.frame(index)


def test_labels_have_their_gaps_filled_and_are_smoothed_as_the_settings_say(footage, tiny, tmp_path):
    xy, score = footage.poses.xy.copy(), footage.poses.score.copy()
    score[9] = 0
    xy[15] += 5
    shaken = replace(footage.poses, xy=xy, score=score)

    def labels(smoothing):
        settings = replace(tiny, train=replace(tiny.train, smoothing=smoothing), pose=PoseSettings(window=3))
        return preprocess_footage(footage.video, tmp_path / smoothing, settings, poses=shaken).poses

    plain, smooth = labels("none"), labels("median")
    assert plain.present.all()
    assert np.array_equal(plain.xy[15], shaken.xy[15], equal_nan=True)
    assert np.nanmax(np.abs(smooth.xy[15] - shaken.xy[15])) > 2


def test_each_frame_has_the_plate_of_its_scene(footage, tiny, tmp_path):
    elsewhere = 255 - footage.background
    walls = [elsewhere] * 9 + [footage.background] * 15
    with VideoWriter(tmp_path / "me.mp4", size=footage.poses.size, fps=footage.poses.fps) as video:
        for behind, xy in zip(walls, footage.poses.xy, strict=True):
            video.write(draw_person(behind, xy, (200, 40, 60)))
    preprocessed = preprocess_footage(tmp_path / "me.mp4", tmp_path / "footage", tiny, poses=footage.poses)
    assert np.median(np.abs(preprocessed.background.astype(int) - footage.background)) <= 3, "the longest scene's"
    for index, behind in {0: elsewhere, 8: elsewhere, 9: footage.background, 23: footage.background}.items():
        shown = to_canvas(behind, preprocessed.canvas).astype(int)
        assert np.median(np.abs(preprocessed.plate(index) - shown)) <= 4
        outside = np.abs(preprocessed.full_frame(index).astype(int) - behind)
        assert np.median(outside) <= 4
