"""Size, floor and travel become those of the target."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.errors import PoseError
from motion_transfer.pose import PoseSequence, empty, measure_body, normalise_poses
from tests.drawn_world import strolling, without
from tests.pose.normalisation.targets import DALIA, NOSE, TARGET, feet, height, normalised

FEET = (slice(11, 15), slice(19, 25))  # with knees


def test_a_person_who_stands_still_stands_on_the_targets_floor_at_its_size(person):
    result = normalised(person([100] * 60, 400, 200))
    x, y = feet(result)
    assert y == pytest.approx(np.full(60, 950), abs=0.1)
    assert x == pytest.approx(np.full(60, 400), abs=0.1)
    assert height(result) == pytest.approx(np.full(60, 650), rel=1e-3)
    assert result.size == TARGET.size


def test_the_ends_of_the_dancers_depth_are_the_ends_of_the_targets():
    poses = strolling()
    near = replace(TARGET, close=960, far=940)
    _, y = feet(normalised(poses, near))
    assert y.min() == pytest.approx(940, abs=4)
    assert y.max() == pytest.approx(960, abs=4)


def test_a_dancer_who_moves_less_in_depth_than_the_target_keeps_their_own_travel():
    poses = strolling()
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


def test_travel_to_the_side_is_scaled_like_the_pose(person):
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


def test_the_target_itself_stays_where_it_is():
    poses = strolling()
    result = normalised(poses, measure_body(poses, alpha=1.0))
    assert np.abs(result.xy - poses.xy).max() < 1.0


@settings(max_examples=12)
@given(scale=st.floats(0.2, 5), x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_moving_and_scaling_the_person_changes_nothing_where_the_usual_place_counts(scale, x, y):
    poses = strolling(frames=120)
    shifted = PoseSequence((poses.xy * scale + np.array([x, y])).astype(np.float32), poses.score, (333, 777), poses.fps)
    change = normalised(shifted, DALIA, place="usual").xy - normalised(poses, DALIA, place="usual").xy
    assert np.abs(change).max() < 1


@settings(max_examples=12)
@given(scale=st.floats(0.2, 5), x=st.floats(-20, 20), y=st.floats(-500, 500))
def test_the_result_follows_the_person_in_the_frame_and_the_clips_resolution_changes_nothing(scale, x, y):
    poses = strolling(frames=120)
    size = (round(640 * scale), round(480 * scale))
    shifted = PoseSequence(((poses.xy + np.array([x, y])) * scale).astype(np.float32), poses.score, size, poses.fps)
    result = normalised(poses, DALIA)
    change = normalised(shifted, DALIA).xy - result.xy
    assert np.abs(change[..., 1]).max() < 1
    expected = x * height(result) / height(poses)  # in pixels of the target
    assert np.abs(change[..., 0] - expected[:, None]).max() < 0.05 * np.abs(expected).max() + 2 / scale


def test_missing_joints_stay_missing_and_scores_stay():
    poses = strolling()
    score = without(without(poses, 3), frames=slice(100, 140)).score.copy()
    score[200, 50:] = 0.5
    poses = replace(poses, score=score)
    result = normalised(poses)
    assert np.array_equal(np.isnan(result.xy), np.isnan(poses.xy))
    assert np.array_equal(result.score, poses.score)
    assert result.fps == poses.fps


@pytest.mark.parametrize("hidden", [slice(0, 30), slice(100, 200), slice(570, 600)])
def test_frames_without_feet_stand_between_those_before_and_after(person, hidden):
    result = normalised(without(person(320, np.full(600, 400.0), 200), *FEET, frames=hidden))
    assert np.abs(np.diff(result.xy[:, NOSE], axis=0)).max() < 0.1


def test_a_dancer_without_feet_is_placed_by_the_trunk(person):
    poses = person([320] * 60, 700, 400)
    head, expected = normalised(without(poses, *FEET)).xy[:, NOSE], normalised(poses).xy[:, NOSE]
    assert np.abs(head - expected).max() < 0.1 * 650


def test_nobody_cannot_be_normalised():
    with pytest.raises(PoseError, match="neither feet nor trunk"):
        normalise_poses(empty(10, (64, 48), Fraction(25)), TARGET, TARGET)


def test_a_lone_walk_far_back_does_not_shrink_the_result_to_nothing(person):
    floor = np.concatenate([np.full(500, 400.0), np.linspace(400, 100, 50), np.full(50, 100.0)])
    poses = person(320, floor, 200)
    size = height(normalise_poses(poses, measure_body(poses, alpha=0.5), TARGET))
    assert size.min() > 0.5 * TARGET.height_far


def test_method_none_only_fits_the_frame():
    poses = strolling()
    result = normalised(poses, method="none")
    assert np.array_equal(result.xy, poses.scaled_to((800, 1200)).xy)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_very_short_clips_can_be_normalised(person, frames):
    _, y = feet(normalised(person([320] * frames, 400, 200)))
    assert y == pytest.approx(np.full(frames, 950), abs=0.1)
