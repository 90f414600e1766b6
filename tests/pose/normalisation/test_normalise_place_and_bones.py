"""Where in the target's frame a person is placed, alone, by hand and beside others; limbs take the target's lengths."""

from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137, measure_body, normalise_people, normalise_poses
from motion_transfer.pose.normalisation.bones import UPRIGHT_MARGIN, bone_ratios
from tests.drawn_world import dancing_with_depth, strolling, without
from tests.pose.normalisation.targets import ANKLES, DALIA, TARGET, feet, height, normalised, ratio


def test_scale_and_shift_by_hand():
    poses = strolling()
    plain = normalised(poses)
    x, y = feet(plain)
    bigger = normalised(poses, scale=1.2)
    assert height(bigger) == pytest.approx(1.2 * height(plain), rel=1e-4)
    assert feet(bigger)[1] == pytest.approx(y, abs=0.25 * 20)
    shifted = normalised(poses, shift_x=0.1, shift_y=-0.05)
    assert feet(shifted)[0] == pytest.approx(x + 0.1 * 800, abs=0.01)
    assert feet(shifted)[1] == pytest.approx(y - 0.05 * 1200, abs=0.01)
    fitted = normalised(poses, method="none")
    half = normalised(poses, method="none", scale=0.5, shift_x=0.1)
    assert np.abs(half.xy - (0.5 * fitted.xy + np.array([0.5 * 400 + 80, 0.5 * 1200]))).max() < 0.01


def test_the_middle_of_the_frame_falls_on_the_middle_of_the_targets(person):
    off_centre = 320 + 60 + 70 * np.sin(np.linspace(0, 12, 600))
    target = replace(TARGET, size=(1000, 1200), centre_x=440, left=0.2, right=0.2)
    poses = person(off_centre, 400, 200)
    x, _ = feet(normalised(poses, target, travel="full"))
    assert x == pytest.approx(500 + 3.25 * (off_centre - 320), abs=6)
    usual, _ = feet(normalised(poses, target, place="usual"))
    assert np.median(usual) == pytest.approx(440, abs=6)


def test_a_target_that_never_came_to_the_middle_is_met_at_the_nearest_place(person):
    aside = replace(TARGET, size=(2400, 1200), centre_x=400, left=0.2, right=0.2)
    x, _ = feet(normalised(person([320] * 60, 400, 200), aside))
    assert x == pytest.approx(np.full(60, 400 + 0.2 * 650), abs=0.5)


def test_from_landscape_to_portrait_and_back_is_where_it_began():
    landscape = strolling(frames=300)
    portrait = normalised(landscape, replace(DALIA, size=(720, 1280), centre_x=360))
    assert (np.abs(portrait.xy[..., 0] - 360) < 360).all()
    back = normalised(portrait, measure_body(landscape, alpha=1.0))
    assert np.abs(back.xy[:, :25] - landscape.xy[:, :25]).max() < 0.03 * 200


def test_a_dancer_who_leaves_the_frame_comes_back_where_they_left(person):
    result = normalised(without(person(np.full(300, 320.0), 400, 200), frames=slice(100, 200)), DALIA)
    assert np.isnan(result.xy[100:200]).all()
    assert np.abs(result.xy[99] - result.xy[200]).max() < 0.1


def test_several_people_keep_their_places_to_each_other_and_take_the_targets_size(person):
    left, right = person([220] * 50, 380, 160), person([420] * 50, 400, 200)
    one, other = normalise_people([left, right], replace(TARGET, left=1.0, right=1.0))
    (x_one, y_one), (x_other, y_other) = feet(one), feet(other)
    assert height(one) == pytest.approx(TARGET.height_at(y_one), rel=0.01)
    assert height(other) == pytest.approx(TARGET.height_at(y_other), rel=0.01)
    assert 400 - x_one == pytest.approx(100 * height(one) / 160, rel=0.15)  # sizes along one ray differ by depth
    assert x_other - 400 == pytest.approx(100 * height(other) / 200, rel=0.15)
    assert (y_other > y_one).all()


def test_one_of_several_is_placed_as_if_alone():
    poses = strolling()
    alone = normalise_poses(poses, measure_body(poses), DALIA)
    assert np.abs(normalise_people([poses], DALIA)[0].xy - alone.xy).max() < 3
    with pytest.raises(PoseError, match="at least one"):
        normalise_people([], DALIA)


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
