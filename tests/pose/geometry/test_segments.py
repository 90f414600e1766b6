"""The segments of a body: where they lie, and from which side they are seen."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.pose import OPENPOSE_137 as SKELETON
from motion_transfer.pose.detection.landmarks import OUTSIDE_SCORE
from motion_transfer.pose.geometry.boxes import HEAD
from motion_transfer.pose.geometry.segments import APART, SEGMENTS, SegmentTrack
from tests.drawn_world import without

NAMES = [f"{segment.start}-{segment.end}" for segment in SEGMENTS]


def segments_of(poses, viewport=None):
    return SegmentTrack(poses, viewport).at(np.arange(len(poses)))


def test_a_segment_lies_between_its_joints(footage):
    segments = segments_of(footage.poses)
    shin = NAMES.index("left_knee-left_ankle")
    joints = [SKELETON.index(name) for name in ("left_knee", "left_ankle")]
    assert np.allclose(segments.axes[:, shin], footage.poses.xy[:, joints])
    assert (segments.head > 0).all()


def test_a_segment_without_one_of_its_joints_is_not_seen(footage):
    segments = segments_of(without(footage.poses, "left_elbow", frames=3))
    missing = np.isnan(segments.axes[3]).any(axis=(1, 2))
    before = np.isnan(segments_of(footage.poses).axes[3]).any(axis=(1, 2))
    lost = [name for name, gone, was in zip(NAMES, missing, before, strict=True) if gone and not was]
    assert lost == ["left_shoulder-left_elbow", "left_elbow-left_wrist", "left_wrist-left_hand_middle_1"]


def far_away(poses, joint, frames):
    xy = poses.xy.copy()
    xy[frames, SKELETON.index(joint)] += 60
    return replace(poses, xy=xy)


@pytest.mark.parametrize("lost", [without, far_away])
def test_a_hand_that_is_not_found_goes_on_where_the_forearm_points(footage, lost):
    poses = lost(footage.poses, "left_hand_middle_1", frames=3)
    forearm, hand = (NAMES.index(name) for name in ("left_elbow-left_wrist", "left_wrist-left_hand_middle_1"))
    axes = segments_of(poses).axes[3]
    along, on = (axes[part, 1] - axes[part, 0] for part in (forearm, hand))
    assert np.allclose(axes[hand, 0], axes[forearm, 1])
    assert np.dot(along, on) == pytest.approx(np.linalg.norm(along) * np.linalg.norm(on))
    assert 0.3 < np.linalg.norm(on) / np.linalg.norm(along) < 0.5


def test_an_elbow_is_where_it_is_guessed_if_the_wrist_is_seen_and_no_hand_is_without_a_forearm(footage):
    score = footage.poses.score.copy()
    score[3, SKELETON.index("left_elbow")] = 0.05
    names = ("left_shoulder-left_elbow", "left_elbow-left_wrist", "left_wrist-left_hand_middle_1")
    arm = [NAMES.index(name) for name in names]
    assert np.isfinite(segments_of(replace(footage.poses, score=score)).axes[3, arm]).all()
    score[3, SKELETON.index("left_wrist")] = 0.05
    assert np.isnan(segments_of(replace(footage.poses, score=score)).axes[3, arm]).any(axis=(1, 2)).all()


def test_a_wrist_that_is_hardly_seen_still_ends_the_forearm_but_is_not_measured(footage):
    score = footage.poses.score.copy()
    score[3, SKELETON.index("left_wrist")] = 0.05
    track = SegmentTrack(replace(footage.poses, score=score))
    forearm = NAMES.index("left_elbow-left_wrist")
    frames = np.arange(3, 5)
    assert np.isfinite(track.at(frames).axes[:, forearm]).all()
    assert track.measured(frames)[:, forearm].tolist() == [False, True]


@pytest.mark.parametrize("names", [["right_shoulder", "neck"], ["left_hip", "mid_hip"], HEAD])
def test_joints_beyond_the_frames_border_take_no_body_away(footage, names):
    score = footage.poses.score.copy()
    score[3, [SKELETON.index(name) for name in names]] = OUTSIDE_SCORE
    segments, complete = segments_of(replace(footage.poses, score=score)), segments_of(footage.poses)
    assert np.allclose(segments.axes[3], complete.axes[3], equal_nan=True)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.5, 3), st.floats(-200, 200), st.floats(-200, 200))
def test_how_a_segment_looks_does_not_depend_on_place_or_size(footage, scale, x, y):
    moved = replace(footage.poses, xy=(footage.poses.xy * scale + np.array([x, y])).astype(np.float32))
    before, after = segments_of(footage.poses), segments_of(moved)
    assert np.allclose(after.views, before.views, atol=0.02, equal_nan=True)
    assert np.allclose(after.head, scale * before.head, rtol=1e-3)


def test_a_forearm_before_the_trunk_looks_unlike_one_beside_it(footage):
    xy = footage.poses.xy.copy()
    trunk = xy[:, [SKELETON.index(name) for name in ("neck", "mid_hip")]].mean(axis=1)
    arm = [SKELETON.index(f"right_{joint}") for joint in ("elbow", "wrist")]
    along = xy[:, arm[1]] - xy[:, arm[0]]
    xy[:, arm[0]], xy[:, arm[1]] = trunk - along / 2, trunk + along / 2
    forearm = NAMES.index("right_elbow-right_wrist")
    before, after = (segments_of(poses).views[:, forearm] for poses in (footage.poses, replace(footage.poses, xy=xy)))
    assert np.allclose(after[:, :2], before[:, :2], atol=1e-3), "it points the same way"
    assert (after[:, 4] > before[:, 4]).all()
    trunk = NAMES.index("neck-mid_hip")
    covered, bare = (segments_of(poses).views[:, trunk] for poses in (replace(footage.poses, xy=xy), footage.poses))
    assert (covered[:, 4] > bare[:, 4]).all(), "and so does the trunk"


def test_crossed_legs_look_unlike_others(footage):
    xy = footage.poses.xy.copy()
    pairs = [[SKELETON.index(f"{side}_{joint}") for side in ("right", "left")] for joint in ("knee", "ankle")]
    for pair in pairs:
        xy[:, pair] = xy[:, pair[::-1]]
    swapped, straight = segments_of(replace(footage.poses, xy=xy)).views, segments_of(footage.poses).views
    for name in ("right_hip-right_knee", "left_knee-left_ankle"):
        one, other = (views[:, NAMES.index(name), 5] for views in (swapped, straight))
        assert np.allclose(one, -other, atol=1e-5)
        assert (np.abs(one) <= APART).all()
        assert np.abs(one).max() > 0


def test_depth_is_that_of_the_ends(footage):
    assert not segments_of(footage.poses).depth.any(), "unknown"
    body = SKELETON.body.stop
    depth = np.tile(np.arange(body, dtype=np.float32), (len(footage.poses), 1))
    segments = segments_of(replace(footage.poses, depth=depth))
    ends = [SKELETON.index("left_knee"), SKELETON.index("left_ankle")]
    assert segments.depth[0, NAMES.index("left_knee-left_ankle")] == pytest.approx(np.mean(ends))
    hand = segments.depth[0, NAMES.index("left_wrist-left_hand_middle_1")]
    assert hand == pytest.approx(SKELETON.index("left_wrist"))


def test_wide_shoulders_make_no_larger_head(footage):
    xy = footage.poses.xy.copy()
    shoulders = [SKELETON.index("left_shoulder"), SKELETON.index("right_shoulder")]
    xy[:, shoulders] = 2 * xy[:, shoulders] - xy[:, shoulders].mean(axis=1, keepdims=True)
    wide = segments_of(replace(footage.poses, xy=xy))
    assert np.allclose(wide.head, segments_of(footage.poses).head)


def test_where_only_the_upper_half_is_seen_the_head_has_a_height_all_the_same(footage):
    parts = ("hip", "knee", "ankle", "toe", "heel")
    below = [name for name in SKELETON.joints if any(part in name for part in parts)]
    assert (segments_of(without(footage.poses, *below)).head > 0).all()


def test_segments_of_some_frames_are_those_of_all_frames_there(footage, preprocessed):
    poses = replace(footage.poses, depth=np.random.default_rng(0).random((24, SKELETON.body.stop), np.float32))
    for viewport in (None, preprocessed.viewport):
        track, every = SegmentTrack(poses, viewport), segments_of(poses, viewport)
        for frames in (np.array([7]), np.array([3, 11])):
            for one, other in zip(track.at(frames), every.at(frames), strict=True):
                assert np.array_equal(one, other, equal_nan=True)


def test_on_a_canvas_segments_lie_where_the_viewport_shows_them(footage, preprocessed):
    seen, frame = segments_of(footage.poses, preprocessed.viewport), segments_of(footage.poses)
    assert np.array_equal(seen.axes, preprocessed.viewport.points(frame.axes), equal_nan=True)
    assert np.allclose(seen.head, frame.head * 96 / 160)
    assert np.array_equal(seen.views, frame.views, equal_nan=True)
