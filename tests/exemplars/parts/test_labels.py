"""Which pixel shows which segment, on a body of a few straight lines."""

import numpy as np
import pytest

from motion_transfer.exemplars.parts.labels import MIXED, distance_from, lab, label_parts, unattached
from motion_transfer.pose.geometry.segments import SEGMENTS, TRUNK, VIEW, Segments

CANVAS = (100, 120)
PARTS = {(each.start, each.end): i for i, each in enumerate(SEGMENTS)}
FOREARM, THIGH = PARTS["right_elbow", "right_wrist"], PARTS["right_hip", "right_knee"]


def body(*, wrist=(20, 60), depth=0.0):
    """A person upright, whose right forearm ends at `wrist`; all other segments are not seen."""
    axes = np.full((1, len(SEGMENTS), 2, 2), np.nan)
    axes[0, TRUNK] = [(50, 30), (50, 70)]
    axes[0, THIGH] = [(45, 70), (45, 100)]
    axes[0, FOREARM] = [(20, 40), wrist]
    behind = np.zeros((1, len(SEGMENTS)))
    behind[0, FOREARM] = depth
    return Segments(axes, np.array([16.0]), np.zeros((1, len(SEGMENTS), VIEW)), behind)


def test_a_pixel_on_an_axis_is_that_segments_and_one_that_is_not_measured_has_none():
    part_labels = label_parts(body(), 0, CANVAS)
    assert (part_labels[50, 20], part_labels[50, 50], part_labels[90, 45]) == (FOREARM, TRUNK, THIGH)
    assert set(np.unique(part_labels).tolist()) == {FOREARM, TRUNK, THIGH}
    assert not label_parts(body()._replace(head=np.array([np.nan])), 0, CANVAS).any(), "no person, no labels"


def test_what_lies_between_two_is_of_the_one_that_is_nearer_in_its_own_widths():
    """Trunk and forearm are 30 pixels apart; the trunk is two and a half times as wide."""
    row = label_parts(body(), 0, CANVAS)[50]
    border = int(np.flatnonzero(row == TRUNK)[0])
    assert (row[:border] == FOREARM).all()
    assert border == pytest.approx(20 + 30 * 0.38 / (0.38 + 0.95), abs=1)


@pytest.mark.parametrize(("depth", "owner"), [(-10.0, FOREARM), (0.0, FOREARM), (10.0, TRUNK)])
def test_an_arm_covers_the_trunk_unless_it_is_behind(depth, owner):
    assert label_parts(body(wrist=(60, 45), depth=depth), 0, CANVAS)[44, 52] == owner


def test_an_arm_that_is_a_guess_covers_nothing():
    guessed = body(wrist=(60, 45), depth=-10.0)
    guessed.views[0, FOREARM] = np.nan
    assert label_parts(guessed, 0, CANVAS)[44, 52] == TRUNK


def test_what_has_the_colour_of_the_cloth_behind_a_hand_is_cloth():
    """A red hand, narrower than its segment, before a blue trunk."""
    image = np.zeros((120, 100, 4), np.uint8)
    image[20:80, 30:70] = (0, 0, 255, 255)
    image[38:62, 49:52] = (255, 0, 0, 255)
    seen = body(wrist=(50, 60))
    seen.axes[0, FOREARM, 0] = (50, 40)
    wide, narrow = label_parts(seen, 0, CANVAS), label_parts(seen, 0, CANVAS, image)
    assert wide[50, 47] == FOREARM
    assert narrow[50, 47] == TRUNK
    assert narrow[50, 50] == FOREARM
    image[20:80, 30:70] = (255, 0, 0, 255)  # a sleeve of the same cloth tells nothing
    assert (label_parts(seen, 0, CANVAS, image) == wide).all()


def test_an_arm_that_is_wider_than_its_core_is_all_of_its_colour():
    image = np.zeros((120, 100, 4), np.uint8)
    image[35:65, 10:31] = (255, 0, 0, 255)
    plain, seen = (label_parts(body(), 0, CANVAS, each) for each in (None, image))
    reach = round(0.65 * 0.38 * 16) + 2
    assert seen[50, 20 + reach] == FOREARM
    assert (seen == FOREARM).sum() >= (plain == FOREARM).sum()


def test_the_outline_of_an_arm_in_another_colour_is_no_segments():
    """A red arm before a blue trunk, between them two pixels of violet."""
    image = np.zeros((120, 100, 4), np.uint8)
    image[20:80, 30:70] = (0, 0, 255, 255)
    image[38:62, 43:57] = (110, 0, 130, 255)
    image[38:62, 45:55] = (255, 0, 0, 255)
    seen = body(wrist=(50, 60))
    seen.axes[0, FOREARM, 0] = (50, 40)
    row = label_parts(seen, 0, CANVAS, image)[50]
    assert (row[45:55] == FOREARM).all()
    assert MIXED in row[[44, 55]]
    assert (row[[40, 60]] == TRUNK).all()


@pytest.mark.parametrize("apart", [True, False])
def test_what_hangs_together_with_no_axis_is_not_attached(apart):
    """Two feet, of which the axis lies in one, and a bridge of pixels between them."""
    opacity = np.zeros((40, 60), np.uint8)
    opacity[10:30, 5:20], opacity[10:30, 30:45] = 255, 255
    if not apart:
        opacity[18:22, 20:30] = 255
    there = np.full((40, 60), True)
    axes = np.array([[(12, 12), (12, 28)], [(np.nan, 0), (0, 0)]])
    left_out = unattached(there, opacity, axes)
    assert left_out[10:30, 30:45].all() == apart
    assert not left_out[10:30, 5:20].any()
    assert not unattached(there, opacity, axes + 100).any(), "no axis is on the person: nothing is known"


def test_distance_is_measured_from_the_middle_of_pixels_to_the_nearest_point_of_the_line():
    apart = distance_from(np.array([2.5, 1.5]), np.array([6.5, 1.5]), (10, 5))
    assert apart[1, 2:7] == pytest.approx(np.zeros(5))
    assert apart[4, 4] == pytest.approx(3)
    assert apart[1, 9] == pytest.approx(3)
    assert apart[4, 0] == pytest.approx(np.hypot(2, 3))


@pytest.mark.parametrize(("colours", "owner"), [(("blue", "red"), FOREARM), (("red",), TRUNK)])
def test_a_sleeve_of_the_trunks_colour_is_the_arms_if_that_colour_is_known_of_it(colours, owner):
    """An arm before a blue trunk, red where the sleeve ends."""
    pixels = {"blue": (0, 0, 255, 255), "red": (255, 0, 0, 255)}
    image = np.zeros((120, 100, 4), np.uint8)
    image[20:80, 30:70] = pixels["blue"]
    image[50:62, 46:55] = pixels["red"]
    seen = body(wrist=(50, 60))
    seen.axes[0, FOREARM, 0] = (50, 40)
    known = np.full((len(SEGMENTS), 2, 3), np.nan)
    for at, colour in enumerate(colours):
        known[FOREARM, at] = lab(np.uint8(pixels[colour]).reshape(1, 1, 4))[0, 0]
    labels = label_parts(seen, 0, CANVAS, image, known)
    assert (labels[42, 48], labels[55, 50]) == (owner, FOREARM)


@pytest.mark.parametrize("known", [False, True])
def test_what_lies_below_a_hand_in_its_colour_is_the_segments_behind_if_that_has_this_colour_too(known):
    """A red hand before blue shorts; below their hem the leg is red, too."""
    image, pixels = np.zeros((120, 100, 4), np.uint8), {"red": (255, 0, 0, 255), "blue": (0, 0, 255, 255)}
    image[20:64, 30:70], image[64:90, 30:70], image[50:62, 47:54] = pixels["blue"], pixels["red"], pixels["red"]
    image[62:64, 47:54] = pixels["red"]
    seen = body(wrist=(50, 60))
    seen.axes[0, FOREARM, 0] = (50, 50)
    colours = np.full((len(SEGMENTS), 2, 3), np.nan)
    red, blue = (lab(np.uint8(pixels[name]).reshape(1, 1, 4))[0, 0] for name in ("red", "blue"))
    colours[FOREARM, 0] = red
    if known:
        colours[TRUNK] = blue, red
    plain, labels = (label_parts(seen, 0, CANVAS, each, colours) for each in (None, image))
    below = (labels == FOREARM) & (plain != FOREARM)
    assert below[64:].any() != known


@pytest.mark.parametrize(("elbow", "owner"), [((6, 40), FOREARM), ((38, 40), TRUNK)])
def test_a_fold_of_a_sleeve_in_the_trunks_colour_is_the_sleeves_where_no_trunk_can_be(elbow, owner):
    """A red arm before a blue trunk, or far beside it, with a blue spot on it."""
    image = np.zeros((120, 100, 4), np.uint8)
    image[20:80, 44:70] = (0, 0, 255, 255)
    wrist = elbow[0], 64
    image[38:66, elbow[0] - 4 : elbow[0] + 5] = (255, 0, 0, 255)
    image[50:54, elbow[0] + 2 : elbow[0] + 4] = (0, 0, 255, 255)
    seen = body(wrist=wrist)
    seen.axes[0, FOREARM, 0] = elbow
    labels = label_parts(seen, 0, CANVAS, image)
    assert labels[44, elbow[0] + 2] == FOREARM
    assert labels[51, elbow[0] + 2] == owner


def test_a_thread_of_an_arms_colour_joins_nothing_to_the_arm():
    """From an arm before a blue trunk to a patch of the arm's red beside it, once two pixels wide and once five."""
    seen = body(wrist=(50, 60))
    seen.axes[0, FOREARM, 0] = (50, 40)
    seen = seen._replace(head=np.array([40.0]))
    for width, owner in ((2, TRUNK), (5, FOREARM)):
        image = np.zeros((120, 100, 4), np.uint8)
        image[20:80, 30:70] = (0, 0, 255, 255)
        image[38:62, 46:55] = image[46:54, 60:63] = image[50 : 50 + width, 55:60] = (255, 0, 0, 255)
        assert label_parts(seen, 0, CANVAS, image)[51, 61] == owner
