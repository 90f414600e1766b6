"""Bending: where what a pose shows lies in another one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.exemplars.axes import axes_of
from motion_transfer.exemplars.bending import Bending
from motion_transfer.exemplars.candidates import CandidateWarper
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts.labels import THIGHS
from motion_transfer.pose.geometry.viewport import Viewport

STILL = np.eye(2, 3, dtype=np.float32)


def motion(segments, before, now, canvas, still=STILL):
    known = segments.at(np.array([before]))
    return Bending(known, axes_of(known), now, Grid(canvas)).motion(still)


def shifted(segments, by):
    return segments._replace(axes=segments.axes + np.array(by))


def on_the_body(segments, t, canvas, radius=2.0):
    """Where the axes of the segments run."""
    x, y = np.meshgrid(np.arange(canvas[0]) + 0.5, np.arange(canvas[1]) + 0.5)
    near = np.zeros(x.shape, bool)
    for start, end in segments.axes[t]:
        for share in np.linspace(0, 1, 9):
            near |= np.hypot(x - (start + share * (end - start))[0], y - (start + share * (end - start))[1]) < radius
    return near


def test_what_stays_in_its_pose_stays_in_its_place(segments, bank):
    for t in (0, 7, 20):
        assert np.abs(motion(segments, t, segments.at(np.array([t])), bank.canvas)).max() < 1e-3


@given(st.floats(-6, 6), st.floats(-6, 6))
def test_what_moves_as_a_whole_came_from_where_it_was(segments, bank, dx, dy):
    now = segments.at(np.array([5]))
    moved = motion(segments, 5, shifted(now, (dx, dy)), bank.canvas)
    there = on_the_body(shifted(segments, (dx, dy)), 5, bank.canvas)
    assert there.any()
    assert np.abs(moved[:, there] - np.array([[-dx], [-dy]])).max() < 0.05
    corners = moved[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.abs(corners).max() < 1e-3  # the room stands still


def test_the_room_is_where_the_boxes_say_that_it_was(segments, bank):
    moved = motion(segments, 5, segments.at(np.array([5])), bank.canvas, np.float32([[1, 0, 3], [0, 1, -2]]))
    assert moved[:, 0, 0] == pytest.approx([3, -2], abs=1e-3)


def test_candidates_know_how_the_person_and_the_box_moved(bank, preprocessed):
    """The same frames through boxes that are shifted: on the canvas the room moves, and the person with it."""
    boxes = preprocessed.viewport.boxes.copy()
    boxes[6] += (4, 2, 4, 2)
    viewport = Viewport(boxes, preprocessed.viewport.canvas)
    xy = preprocessed.poses.xy.copy()
    xy[6] = xy[5]
    poses = replace(preprocessed.poses, xy=xy)
    width, height = bank.canvas
    found = CandidateWarper(bank, poses, viewport, 3).motion(5, 6)
    assert found.shape == (2, height // 2, width // 2)
    left, top, right, bottom = boxes[5]
    by = np.array([4 * width / (right - left), 2 * height / (bottom - top)])
    assert np.abs(found - by[:, None, None]).max() < 0.1


def test_thighs_move_as_one_above_the_hem_and_each_by_itself_below(segments, bank):
    known = segments.at(np.array([5]))
    right, left = THIGHS
    shares = {}
    for hem in (0.5, 1.5):
        bending = Bending(known, axes_of(known), known, Grid(bank.canvas), hem=hem)
        (body,) = (layer for layer in bending.layers if layer.number == 0)
        region, share = body.shares[right]
        x, y = (each[axis] for axis, each in zip(region[::-1], (bending.x[0], bending.y[:, 0]), strict=True))
        (start, end), of_left = known.axes[0, left], body.order[region] == left
        along = ((x - start[0]) * (end - start)[0] + (y[:, None] - start[1]) * (end - start)[1]) / (
            (end - start) ** 2
        ).sum()
        shares[hem] = share[of_left & (along < 0.3)], share[of_left & (along > 0.5)]
    np.testing.assert_allclose(shares[0.5][0], shares[1.5][0])
    assert shares[1.5][1].max() > 0
    assert not shares[0.5][1].any()
