"""Poses fitted to the exemplars that are shown in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.exemplars.axes import axes_of
from motion_transfer.exemplars.parts.labels import LAYERS
from motion_transfer.exemplars.posing import JOINED, NOISE, SLACK, fit_pose
from motion_transfer.pose.geometry.segments import SEGMENTS

SHINS = [part for part, each in enumerate(SEGMENTS) if each.start.endswith("knee")]
FOREARMS = [part for part, each in enumerate(SEGMENTS) if each.start.endswith("elbow")]


def fitted(segments, moves, layers=(0, 0, 0)):
    """An exemplar's pose with some joints moved, {(part, end): heights of the head to the right}, before and after."""
    known = segments.at(np.array([5]))
    pose = known._replace(axes=known.axes.copy())
    for (part, end), by in moves.items():
        pose.axes[0, part, end, 0] += by * float(known.head[0])
    return known, pose, fit_pose(pose, known, axes_of(known), list(layers))


@given(st.floats(0, 2), st.sampled_from(JOINED))
def test_a_limb_begins_near_its_joint_on_the_trunk_that_is_shown(segments, out, part):
    known, _, after = fitted(segments, {(part, 0): out})
    away = np.linalg.norm(after.axes[0, part, 0] - known.axes[0, part, 0]) / known.head[0]
    slack = float(SLACK[JOINED.index(part), 0])
    assert away <= slack + 2 * NOISE
    assert out < 2 * slack or away > slack - 2 * NOISE


@given(st.sampled_from(SHINS + FOREARMS), st.floats(-1, 1))
def test_a_joint_that_hardly_moved_rests_and_one_that_moved_goes_there(segments, part, by):
    known, pose, after = fitted(segments, {(part, 1): by})
    away, wanted = ((each.axes[0, part, 1, 0] - known.axes[0, part, 1, 0]) / known.head[0] for each in (after, pose))
    assert abs(away) <= abs(wanted) + 1e-9
    if abs(by) < 0.2 * NOISE:
        assert abs(away) < 0.15 * NOISE
    if abs(by) > 10 * NOISE:
        assert abs(away - wanted) < 0.15 * NOISE + 0.1 * abs(by)


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (7.0, -3.0)])
def test_a_body_that_moved_as_one_keeps_its_shape(segments, dx, dy):
    known = segments.at(np.array([5]))
    pose = known._replace(axes=known.axes + np.array([dx, dy]))
    np.testing.assert_allclose(fit_pose(pose, known, axes_of(known), [0, 0, 0]).axes, pose.axes, atol=1e-6)


def test_a_pose_without_exemplars_or_a_size_stays_as_it_is(segments):
    known, pose, after = fitted(segments, {(SHINS[0], 1): 0.01}, layers=[-1] * len(LAYERS))
    np.testing.assert_array_equal(after.axes, pose.axes)
    lost = pose._replace(head=np.array([np.nan]))
    assert fit_pose(lost, known, axes_of(known), [0, 0, 0]) is lost
