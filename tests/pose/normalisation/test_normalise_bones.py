"""Limbs take the target's lengths."""

from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.pose import OPENPOSE_137, measure_body
from motion_transfer.pose.normalisation.bones import UPRIGHT_MARGIN, bone_ratios
from tests.drawn_world import dancing_with_depth
from tests.pose.normalisation.targets import ANKLES, DALIA, TARGET, feet, normalised, ratio


def test_a_target_with_bones_stays_as_it_is():
    poses = dancing_with_depth()
    result = normalised(poses, measure_body(poses, alpha=1.0))
    assert np.abs(result.xy - poses.xy).max() < 1.0
    assert np.abs(result.depth - poses.depth).max() < 0.5


def test_bones_take_the_targets_lengths_at_the_targets_depth():
    poses = dancing_with_depth()
    source = measure_body(poses, alpha=1.0)
    result, rigid = normalised(poses, DALIA), normalised(poses, DALIA, method="edn")
    size = ratio(rigid, poses, "mid_hip", "nose")
    for name, a, b in (
        ("forearm", "left_elbow", "left_wrist"),
        ("upper_arm", "right_shoulder", "right_elbow"),
        ("shoulders", "neck", "left_shoulder"),
        ("hips", "mid_hip", "right_hip"),
        ("trunk", "mid_hip", "neck"),
        ("hand", "left_hand_wrist", "left_hand_middle_1"),
        ("head", "face_8", "face_27"),
    ):
        wanted = bone_ratios(source.bones, DALIA.bones)[name]
        assert wanted == pytest.approx(DALIA.bones[name] / source.bones[name], rel=1.01 * UPRIGHT_MARGIN), name
        got = ratio(result, poses, a, b) / size
        assert got == pytest.approx(np.full(len(poses), wanted), rel=0.03), name
        assert np.ptp(got) < 0.01, name


def test_standing_feet_are_on_the_targets_floor_and_slide_no_more_than_the_sources(person):
    poses = dancing_with_depth()
    result, rigid = normalised(poses, DALIA), normalised(poses, DALIA, method="edn")
    assert feet(result)[1] == pytest.approx(feet(rigid)[1], abs=0.02 * 250)
    torso = 0.34 * 650
    still = person([320] * 100, 400, 200)
    sway = still.xy.copy()
    sway[:, :9] += np.linspace(-20, 20, 100, dtype=np.float32)[:, None, None]  # above the hips only
    planted = normalised(replace(still, xy=sway), DALIA).xy[:, ANKLES]
    assert np.ptp(planted, axis=0).max() < 0.02 * torso


def test_a_subject_without_bones_gets_the_pose_scaled_as_one():
    poses = dancing_with_depth()
    assert np.array_equal(normalised(poses, TARGET).xy, normalised(poses, DALIA, method="edn").xy)


def test_missing_joints_stay_missing_when_bones_change():
    poses = dancing_with_depth()
    score = poses.score.copy()
    score[::3, OPENPOSE_137.index("left_elbow")] = score[::5, OPENPOSE_137.index("mid_hip")] = 0
    score[40:60] = 0
    poses = replace(poses, score=score)
    result = normalised(poses, DALIA)
    assert np.array_equal(np.isnan(result.xy), np.isnan(poses.xy))
    assert np.array_equal(result.score, poses.score)


@pytest.mark.parametrize("method", ["limbs", "edn", "none"])
def test_depth_is_carried_in_the_results_size(method):
    poses = dancing_with_depth()
    result = normalised(poses, replace(DALIA, bones={}), method=method)
    size = ratio(result, poses, "mid_hip", "nose")
    assert np.abs(result.depth - size[:, None] * poses.depth).max() < 0.1
    assert normalised(replace(poses, depth=None), DALIA, method=method).depth is None
