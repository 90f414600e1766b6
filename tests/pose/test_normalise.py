from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.config import NormaliseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137, BodyStats, PoseSequence, empty, measure_body, normalise_poses
from motion_transfer.pose.limbs import UPRIGHT_MARGIN, bone_ratios
from motion_transfer.pose.normalise import normalise_people

TARGET = BodyStats(
    close=1000, far=900, height_close=700, height_far=600, centre_x=400, left=0.0, right=0.0, size=(800, 1200)
)
BONES = {
    "legs": 0.5, "trunk": 0.5, "hips": 0.07, "shoulders": 0.09, "upper_arm": 0.2, "forearm": 0.19, "hand": 0.06,
    "head": 0.07,
}  # fmt: skip
DALIA = replace(TARGET, bones=BONES)
"""Somebody else, with bones; the drawn person's legs are 0.52 of their height."""
ANKLES = [OPENPOSE_137.index("right_ankle"), OPENPOSE_137.index("left_ankle")]
NOSE = OPENPOSE_137.index("nose")


def feet(poses):
    """(T,) x of the ankles' middle and y of the lower one."""
    return poses.xy[:, ANKLES, 0].mean(axis=1), poses.xy[:, ANKLES, 1].max(axis=1)


def height(poses):
    return np.hypot(*(poses.xy[:, NOSE] - poses.xy[:, ANKLES].mean(axis=1)).T)


def normalised(poses, target=TARGET, **options):
    return normalise_poses(poses, measure_body(poses, alpha=1.0), target, NormaliseSettings(**options))


def stroll(person, frames=600, **options):
    """A dancer who goes to and fro in depth and a little to the sides."""
    turn = np.linspace(0, 6 * np.pi, frames)
    floor = 380 + 20 * np.sin(turn)
    return person(320 + 30 * np.cos(0.7 * turn), floor, 200 + 1.2 * (floor - 380), **options)


def test_somebody_who_stands_still_stands_on_the_targets_floor_at_its_size(person):
    result = normalised(person([100] * 60, 400, 200))
    x, y = feet(result)
    assert y == pytest.approx(np.full(60, 950), abs=0.1)
    assert x == pytest.approx(np.full(60, 400), abs=0.1)
    assert height(result) == pytest.approx(np.full(60, 650), rel=1e-3)
    assert result.size == TARGET.size


def test_the_ends_of_the_dancers_depth_are_the_ends_of_the_targets(person):
    poses = stroll(person)
    near = replace(TARGET, close=960, far=940)
    _, y = feet(normalised(poses, near))
    assert y.min() == pytest.approx(940, abs=4)
    assert y.max() == pytest.approx(960, abs=4)


def test_a_dancer_who_moves_less_in_depth_than_the_target_keeps_their_own_travel(person):
    poses = stroll(person)
    source = measure_body(poses, alpha=1.0)
    _, y = feet(normalised(poses, replace(TARGET, far=600, close=1100)))
    scale = 650 / ((source.height_close + source.height_far) / 2)
    assert y.max() - y.min() == pytest.approx(scale * 40, rel=0.1)
    assert (y.max() + y.min()) / 2 == pytest.approx(850, abs=5)


def test_in_steady_light_steps_the_size_changes_smoothly(person):
    rng = np.random.default_rng(0)
    floor = 380 + 15 * np.sin(np.linspace(0, 6, 400)) + rng.normal(0, 2, 400)
    poses = person(320, floor, 200)
    size = height(normalised(poses))
    assert np.abs(np.diff(size)).max() < 0.005 * size.mean()


def test_a_jump_keeps_its_height_in_the_targets_size_and_the_dancers_size_stays(person):
    jump = np.zeros(100)
    jump[45:55] = 50 * np.sin(np.linspace(0, np.pi, 10))
    result = normalised(person(320, 400, 200, jump=jump))
    _, y = feet(result)
    assert y[20] - y.min() == pytest.approx(jump.max() * 650 / 200, rel=0.02)
    assert np.ptp(height(result)) < 0.01 * 650


def test_travel_to_the_side_is_scaled_like_the_figure(person):
    poses = person(320 + 20 * np.sin(np.linspace(0, 12, 300)), 400, 200)
    x, _ = feet(normalised(poses))
    assert np.ptp(x) == pytest.approx(40 * 650 / 200, rel=0.02)
    assert np.median(x) == pytest.approx(400, abs=5)


def test_a_dancer_who_travels_far_stays_in_the_targets_frame_unless_full_travel_is_asked_for(person):
    poses = person(320 + 250 * np.sin(np.linspace(0, 12, 600)), 400, 200)
    x, _ = feet(normalised(poses))
    assert x.min() > 0.1 * 650
    assert x.max() < 800 - 0.1 * 650
    assert np.ptp(x) > 400
    wide, _ = feet(normalised(poses, travel="full"))
    assert np.ptp(wide) == pytest.approx(500 * 650 / 200, rel=0.02)


def test_the_target_itself_stays_where_it_is(person):
    poses = stroll(person)
    result = normalised(poses, measure_body(poses, alpha=1.0))
    assert np.abs(result.xy - poses.xy).max() < 1.0


@settings(max_examples=12)
@given(scale=st.floats(0.2, 5), x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_moving_and_scaling_the_person_changes_nothing_where_the_usual_place_counts(person, scale, x, y):
    poses = stroll(person, frames=120)
    moved = PoseSequence((poses.xy * scale + np.array([x, y])).astype(np.float32), poses.score, (333, 777), poses.fps)
    change = normalised(moved, DALIA, place="usual").xy - normalised(poses, DALIA, place="usual").xy
    assert np.abs(change).max() < 1


@settings(max_examples=12)
@given(scale=st.floats(0.2, 5), x=st.floats(-20, 20), y=st.floats(-500, 500))
def test_the_figure_follows_the_person_in_the_frame_and_the_clips_resolution_changes_nothing(person, scale, x, y):
    poses = stroll(person, frames=120)
    size = (round(640 * scale), round(480 * scale))
    moved = PoseSequence(((poses.xy + np.array([x, y])) * scale).astype(np.float32), poses.score, size, poses.fps)
    result = normalised(poses, DALIA)
    change = normalised(moved, DALIA).xy - result.xy
    assert np.abs(change[..., 1]).max() < 1
    expected = x * height(result) / height(poses)  # in pixels of the target
    assert np.abs(change[..., 0] - expected[:, None]).max() < 0.05 * np.abs(expected).max() + 2 / scale


def test_missing_joints_stay_missing_and_scores_stay(person):
    poses = stroll(person)
    score = poses.score.copy()
    score[100:140] = 0
    score[:, 3] = 0
    score[200, 50:] = 0.5
    poses = PoseSequence(poses.xy, score, poses.size, poses.fps)
    result = normalised(poses)
    assert np.array_equal(np.isnan(result.xy), np.isnan(poses.xy))
    assert np.array_equal(result.score, poses.score)
    assert result.fps == poses.fps


@pytest.mark.parametrize("hidden", [slice(0, 30), slice(100, 200), slice(570, 600)])
def test_frames_without_feet_stand_between_those_before_and_after(person, hidden):
    poses = person(320, np.full(600, 400.0), 200)
    score = poses.score.copy()
    score[hidden, 11:15] = 0
    score[hidden, 19:25] = 0
    partial = PoseSequence(poses.xy, score, poses.size, poses.fps)
    result = normalised(partial)
    assert np.abs(np.diff(result.xy[:, NOSE], axis=0)).max() < 0.1


def test_a_dancer_without_feet_is_placed_by_the_trunk(person):
    poses = person([320] * 60, 700, 400)
    score = poses.score.copy()
    score[:, 11:15] = score[:, 19:25] = 0
    whole = normalised(poses)
    partial = normalised(PoseSequence(poses.xy, score, poses.size, poses.fps))
    head, expected = partial.xy[:, NOSE], whole.xy[:, NOSE]
    assert np.abs(head - expected).max() < 0.1 * 650


def test_nobody_cannot_be_normalised():
    with pytest.raises(PoseError, match="neither feet nor trunk"):
        normalise_poses(empty(10, (64, 48), Fraction(25)), TARGET, TARGET)


def test_a_lone_walk_far_back_does_not_shrink_the_figure_to_nothing(person):
    floor = np.concatenate([np.full(500, 400.0), np.linspace(400, 100, 50), np.full(50, 100.0)])
    poses = person(320, floor, 200)
    size = height(normalise_poses(poses, measure_body(poses, alpha=0.5), TARGET))
    assert size.min() > 0.5 * TARGET.height_far


def test_method_none_only_fits_the_frame(person):
    poses = stroll(person)
    result = normalised(poses, method="none")
    assert np.array_equal(result.xy, poses.scaled_to((800, 1200)).xy)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_very_short_clips_can_be_normalised(person, frames):
    _, y = feet(normalised(person([320] * frames, 400, 200)))
    assert y == pytest.approx(np.full(frames, 950), abs=0.1)


def dancing(person, frames=300):
    """Somebody whose arms, knees and trunk move, with depth, as they go to and fro."""
    poses = stroll(person, frames=frames)
    xy, turn = poses.xy.copy(), np.linspace(0, 12 * np.pi, frames)
    for part, reach in (("wrist", 25), ("elbow", 12), ("knee", 6), ("shoulder", 3)):
        for sign, side in ((-1, "right"), (1, "left")):
            joints = [OPENPOSE_137.index(f"{side}_{part}")]
            if part == "wrist":
                joints += range(*getattr(OPENPOSE_137, f"{side}_hand").indices(137))
            sway = reach * np.stack([np.sin(turn), sign * np.cos(1.7 * turn)], axis=1)
            xy[:, joints] += sway[:, None].astype(np.float32)
    depth = np.random.default_rng(1).normal(0, 10, (frames, 25)).astype(np.float32)
    return replace(poses, xy=xy, depth=depth)


def ratio(result, poses, a, b):
    """(T,) how much longer the bone from joint to joint became."""
    one, other = (
        np.hypot(*(each.xy[:, OPENPOSE_137.index(a)] - each.xy[:, OPENPOSE_137.index(b)]).T) for each in (result, poses)
    )
    return one / other


def test_a_target_with_bones_stays_as_it_is(person):
    poses = dancing(person)
    result = normalised(poses, measure_body(poses, alpha=1.0))
    assert np.abs(result.xy - poses.xy).max() < 1.0
    assert np.abs(result.depth - poses.depth).max() < 0.5


def test_bones_take_the_targets_lengths_at_the_targets_depth(person):
    poses = dancing(person)
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
    poses = dancing(person)
    result, rigid = normalised(poses, DALIA), normalised(poses, DALIA, method="edn")
    assert feet(result)[1] == pytest.approx(feet(rigid)[1], abs=0.02 * 250)
    torso = 0.34 * 650
    still = person([320] * 100, 400, 200)
    sway = still.xy.copy()
    sway[:, :9] += np.linspace(-20, 20, 100, dtype=np.float32)[:, None, None]  # above the hips only
    planted = normalised(replace(still, xy=sway), DALIA).xy[:, ANKLES]
    assert np.ptp(planted, axis=0).max() < 0.02 * torso


def test_a_subject_without_bones_gets_the_figure_scaled_as_one(person):
    poses = dancing(person)
    assert np.array_equal(normalised(poses, TARGET).xy, normalised(poses, DALIA, method="edn").xy)


def test_missing_joints_stay_missing_when_bones_change(person):
    poses = dancing(person)
    score = poses.score.copy()
    score[::3, OPENPOSE_137.index("left_elbow")] = score[::5, OPENPOSE_137.index("mid_hip")] = 0
    score[40:60] = 0
    poses = replace(poses, score=score)
    result = normalised(poses, DALIA)
    assert np.array_equal(np.isnan(result.xy), np.isnan(poses.xy))
    assert np.array_equal(result.score, poses.score)


@pytest.mark.parametrize("method", ["limbs", "edn", "none"])
def test_depth_is_carried_in_the_figures_size(person, method):
    poses = dancing(person)
    result = normalised(poses, replace(DALIA, bones={}), method=method)
    size = ratio(result, poses, "mid_hip", "nose")
    assert np.abs(result.depth - size[:, None] * poses.depth).max() < 0.1
    assert normalised(replace(poses, depth=None), DALIA, method=method).depth is None


def test_scale_and_shift_by_hand(person):
    poses = stroll(person)
    plain = normalised(poses)
    x, y = feet(plain)
    bigger = normalised(poses, scale=1.2)
    assert height(bigger) == pytest.approx(1.2 * height(plain), rel=1e-4)
    assert feet(bigger)[1] == pytest.approx(y, abs=0.25 * 20)
    moved = normalised(poses, shift_x=0.1, shift_y=-0.05)
    assert feet(moved)[0] == pytest.approx(x + 0.1 * 800, abs=0.01)
    assert feet(moved)[1] == pytest.approx(y - 0.05 * 1200, abs=0.01)
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


def test_from_landscape_to_portrait_and_back_is_where_it_began(person):
    landscape = stroll(person, frames=300)
    portrait = normalised(landscape, replace(DALIA, size=(720, 1280), centre_x=360))
    assert (np.abs(portrait.xy[..., 0] - 360) < 360).all()
    back = normalised(portrait, measure_body(landscape, alpha=1.0))
    assert np.abs(back.xy[:, :25] - landscape.xy[:, :25]).max() < 0.03 * 200


def test_a_dancer_who_leaves_the_frame_comes_back_where_they_left(person):
    poses = person(np.full(300, 320.0), 400, 200)
    score = poses.score.copy()
    score[100:200] = 0
    result = normalised(replace(poses, score=score), DALIA)
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


def test_one_of_several_is_placed_as_if_alone(person):
    poses = stroll(person)
    alone = normalise_poses(poses, measure_body(poses), DALIA)
    assert np.abs(normalise_people([poses], DALIA)[0].xy - alone.xy).max() < 3
    with pytest.raises(PoseError, match="at least one"):
        normalise_people([], DALIA)
