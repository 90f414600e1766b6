"""How wide legs are, which one lies in front, and where."""

import numpy as np
import pytest

from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts.labels import CORE
from motion_transfer.exemplars.parts.legs import FARTHEST, PLACES, find_crossing, leg_area, leg_widths, other_leg
from motion_transfer.pose.geometry.segments import LEGS, SEGMENTS, TRUNK

HEAD, SIZE = 20.0, (120, 160)
RIGHT, LEFT = LEGS
FOOT, SHIN, THIGH = range(3)


def legs(right, left=None):
    """(S, 2, 2) axes of legs that run from hip over knee and ankle to the toe."""
    axes = np.full((len(SEGMENTS), 2, 2), np.nan)
    for leg, joints in ((RIGHT, right), (LEFT, left)):
        for kind, start in ((THIGH, 0), (SHIN, 1), (FOOT, 2)) if joints else ():
            axes[leg[kind]] = joints[start : start + 2]
    return axes


STRAIGHT = [(40, 30), (40, 70), (40, 110), (40, 118)]
ASIDE = [(70, 30), (70, 70), (70, 110), (70, 118)]


def drawn(axes, half):
    """Labels of legs that are `half` pixels wide to either side, and where they are."""
    labels, person = np.zeros(SIZE[::-1], np.uint8), np.zeros(SIZE[::-1], bool)
    for leg in LEGS:
        for part in leg:
            if np.isfinite(axes[part]).all():
                there = leg_area(axes[part], np.full(len(PLACES), half, np.float32), Grid(SIZE))
                labels[there], person[there] = part, True
    return labels, person


@pytest.mark.parametrize("half", [4, 8])
def test_legs_are_as_wide_as_they_are_seen_before_the_background(half):
    axes = legs(STRAIGHT, ASIDE)
    widths = leg_widths([(axes, HEAD, *drawn(axes, half))])
    step = FARTHEST * max(SEGMENTS[part].radius for part in RIGHT) / 23
    assert np.abs(widths[[SHIN, THIGH]] - half / HEAD).max() < step + 0.5 / HEAD


def test_where_the_other_leg_is_beside_a_leg_it_tells_nothing_of_its_width():
    near = [(x - 24, y) for x, y in ASIDE]  # six pixels beside
    axes = legs(STRAIGHT, near)
    widths = leg_widths([(axes, HEAD, *drawn(axes, 5))])
    assert np.abs(widths[[SHIN, THIGH]] - 5 / HEAD).max() < 1.5 / HEAD, "as on the outer sides"


def test_of_legs_that_are_not_seen_the_usual_width_is_known():
    nothing = np.zeros(SIZE[::-1], np.uint8), np.zeros(SIZE[::-1], bool)
    usual = np.array([[CORE * SEGMENTS[part].radius] for part in RIGHT])
    for axes in (legs(None), legs(STRAIGHT)):
        assert np.allclose(leg_widths([(axes, HEAD, *nothing)]), usual)
    assert np.allclose(leg_widths([]), usual)


def test_a_leg_is_as_wide_at_each_place_as_was_measured():
    widths = np.interp(PLACES, [0, 1], [10, 2]).astype(np.float32)
    area = leg_area(np.array(STRAIGHT[:2], float), widths, Grid(SIZE))
    for y, half in ((35, 9), (50, 6), (65, 3)):
        columns = np.flatnonzero(area[y])
        assert abs(columns[0] - (40 - half)) <= 1
        assert abs(columns[-1] - (39 + half)) <= 1
    assert not leg_area(np.full((2, 2), np.nan), widths, Grid(SIZE)).any()


def test_an_area_is_the_same_at_any_resolution():
    widths = np.full(len(PLACES), 7, np.float32)
    coarse, fine = (leg_area(np.array(STRAIGHT[:2], float), widths, Grid((120 * n, 160 * n), (n, n))) for n in (1, 4))
    assert np.abs(fine.reshape(160, 4, 120, 4).mean(axis=(1, 3)) - coarse).mean() < 0.01


CROSSED = [(60, 30), (50, 70), (30, 110), (25, 118)]
WIDTHS = np.full((3, len(PLACES)), 0.25, np.float32)


def crossing_of(axes, depths, *, skirt=False):
    depth = np.zeros(len(SEGMENTS))
    for leg, value in zip(LEGS, depths, strict=True):
        depth[leg] = value
    return find_crossing(axes, depth, HEAD, WIDTHS, Grid(SIZE), skirt=skirt)


@pytest.mark.parametrize(("depths", "front"), [((-9, 9), RIGHT), ((9, -9), LEFT)])
def test_the_nearer_leg_lies_in_front_where_they_cross(depths, front):
    axes = legs([(x - 5, y) for x, y in STRAIGHT], CROSSED)
    crossing = crossing_of(axes, depths)
    assert crossing is not None
    assert crossing.front == front
    behind = [leg_area(axes[part], HEAD * WIDTHS[0], Grid(SIZE)) for part in other_leg(front[0])]
    assert not (crossing.area & ~np.logical_or.reduce(behind)).any()
    assert crossing.area[90, 36], "the shins cross"
    assert not crossing.area[40, 35], "the thighs do not"


@pytest.mark.parametrize("depths", [(0, 0), (-0.1, 0.1), (np.nan, 3)])
def test_legs_whose_depth_is_alike_or_unknown_are_not_known_to_cross(depths):
    assert crossing_of(legs(STRAIGHT, CROSSED), depths) is None


def test_legs_apart_do_not_cross():
    assert crossing_of(legs(STRAIGHT, ASIDE), (-9, 9)) is None
    assert crossing_of(legs(STRAIGHT), (-9, 9)) is None


def test_under_a_skirt_no_thigh_lies_before_the_other():
    beside = [(x + 4, y) for x, y in STRAIGHT]
    for skirt, thigh in ((False, True), (True, False)):
        crossing = crossing_of(legs(STRAIGHT, beside), (-9, 9), skirt=skirt)
        assert crossing is not None
        assert (RIGHT[THIGH] in crossing.front) == thigh
        assert crossing.area[40, 41] == thigh


def test_the_other_leg_of_a_segment():
    assert other_leg(RIGHT[SHIN]) == LEFT
    assert other_leg(LEFT[FOOT]) == RIGHT
    assert other_leg(TRUNK) == []
