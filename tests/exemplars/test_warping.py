"""Exemplars rendered in any pose."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.exemplars import warping
from motion_transfer.exemplars.axes import axes_of
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts.labels import LAYERS, THIGHS, distance_from
from motion_transfer.exemplars.parts.legs import PLACES, leg_area, other_leg
from motion_transfer.exemplars.warping import Warper
from motion_transfer.pose.geometry.segments import ARMS, LEGS, SEGMENTS, TRUNK, VIEW, Segments


def warper_of(bank, segments, t, grid=None, *, fine=False):
    grid = Grid(bank.canvas) if grid is None else grid
    return Warper(bank, axes_of(bank.segments), segments.at(np.array([t])), grid, fine=fine)


def own_grid(bank, k):
    """The pixels of a cutout."""
    cutout = bank.cutouts[k]
    return Grid(cutout.image.shape[1::-1], tuple(cutout.scale), tuple(cutout.origin))


def both(k):
    """The same exemplar for every segment, twice."""
    return np.full((2, len(SEGMENTS)), k, np.int16)


def layers(*exemplars):
    """The same exemplars for every layer."""
    return np.array(exemplars, np.int16)[:, None].repeat(len(LAYERS), axis=1)


def test_in_its_own_pose_an_exemplar_is_its_own_cutout(bank, segments):
    for k, instant in enumerate(bank.instants.tolist()):
        cutout = bank.cutouts[k].image.astype(int)
        warper = warper_of(bank, segments, instant, own_grid(bank, k), fine=True)
        body, parts = warper.body(layers(k)), warper.parts(both(k))
        assert (body[..., 3] > 0).sum() > 0.6 * (cutout[..., 3] > 0).sum()
        for rendered in (body, parts):
            whole = (rendered[..., 3] == 255) & (cutout[..., 3] == 255)
            assert whole.sum() > 0.3 * (cutout[..., 3] == 255).sum()
            assert np.abs(rendered - cutout)[whole].max() <= 5  # seams are filled from around


regions = st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(8, 60)] * 2)


@given(regions, st.integers(0, 23), st.sampled_from([1.0, 2.0]))
@settings(max_examples=25)
def test_a_part_is_painted_like_that_part_of_all(bank, segments, region, t, scale):
    left, top, width, height = region
    full = Grid((int(64 * scale), int(96 * scale)), (scale, scale))
    rows, columns = slice(top, min(top + height, full.size[1])), slice(left, min(left + width, full.size[0]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    whole, part = (warper_of(bank, segments, t, grid, fine=True) for grid in (full, full.part((rows, columns))))
    assert np.array_equal(part.parts(both(1)), whole.parts(both(1))[rows, columns])
    # At its edge the shares of fitting pixels, and the colours that fill holes, are averaged over fewer.
    margin = 2 + int(3 * warping.SPREAD * segments.head[t] * scale)
    inner = np.s_[margin:-margin, margin:-margin]
    faint = round(255 * warping.FAINT) + 1  # smaller shares may be left out
    difference = np.abs(part.body(layers(1)).astype(int) - whole.body(layers(1))[rows, columns])
    assert difference[inner].max(initial=0) <= faint


@given(st.integers(-9, 9), st.integers(-9, 9))
@settings(max_examples=15)
def test_a_body_moves_with_its_pose(bank, segments, right, down):
    moved = segments._replace(axes=segments.axes + np.array([right, down]))
    before, after = (warper_of(bank, each, 4) for each in (segments, moved))
    height, width = bank.canvas[::-1]
    shown = np.s_[abs(down) : height - abs(down), abs(right) : width - abs(right)]
    for rendered in (lambda warper: warper.body(layers(0)), lambda warper: warper.parts(both(0))):
        expected = np.roll(rendered(before), (down, right), axis=(0, 1))[shown].astype(int)
        inside = np.s_[2:-2, 2:-2]
        assert np.abs(expected - rendered(after)[shown])[inside].max() <= 12
        assert np.abs(expected - rendered(after)[shown]).mean() < 0.5


def test_what_is_painted_is_multiplied_by_its_opacity_and_nothing_is_painted_of_nothing(bank, segments):
    for t in range(0, 24, 5):
        warper = warper_of(bank, segments, t, Grid((192, 288), (3.0, 3.0)), fine=True)
        for rendered in (warper.body(layers(0, 1)), warper.parts(both(0))):
            assert rendered.shape == (288, 192, 4)
            assert (rendered[..., :3] <= rendered[..., 3:].astype(int) + 1).all()
        assert not warper.body(layers(-1, -1)).any()
        assert not warper.parts(both(-1)).any()
    gone = segments._replace(axes=np.full_like(segments.axes, np.nan))
    assert not warper_of(bank, gone, 0).body(layers(0)).any()
    assert not warper_of(bank, gone, 0).parts(both(0)).any()


def test_on_a_fine_grid_a_coarser_geometry_is_as_good(bank, segments, monkeypatch):
    grid = Grid((8 * 64, 8 * 96), (8.0, 8.0))
    coarse = warper_of(bank, segments, 7, grid, fine=True)
    assert coarse._step == 4
    monkeypatch.setattr(warping, "COARSE", 100.0)
    exact = warper_of(bank, segments, 7, grid, fine=True)
    for render in (lambda warper: warper.body(layers(0)), lambda warper: warper.parts(both(0))):
        assert np.abs(render(coarse).astype(int) - render(exact)).mean() < 1


def limbs(**axes):
    """Segments of one frame: the axes of those that end in these joints; a head is 16 pixels high."""
    places = np.full((1, len(SEGMENTS), 2, 2), np.nan)
    for end, axis in axes.items():
        places[0, next(i for i, each in enumerate(SEGMENTS) if each.end == end)] = axis
    views = np.where(np.isnan(places[..., 0]).any(axis=2)[..., None], np.nan, np.zeros(VIEW))
    return Segments(places, np.full(1, 16.0), views, np.zeros(views.shape[:2]))


RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)


def bank_of(image, segments):
    cutout = Cutout(image, np.ones(2), np.zeros(2))
    return ExemplarBank((cutout,), segments, np.zeros(1, np.int64), image.shape[1::-1])


@pytest.mark.parametrize("render", [lambda warper: warper.parts(both(0)), lambda warper: warper.body(layers(0))])
def test_what_lies_beside_a_limb_is_not_carried_along(render):
    """A red forearm, so near to a green thigh that its part would show it."""
    image = np.zeros((60, 50, 4), np.uint8)
    image[18:42, 18:22], image[18:42, 24:36] = RED, GREEN
    seen = limbs(right_wrist=[(20, 20), (20, 40)], right_knee=[(30, 20), (30, 40)])
    wanted = limbs(right_wrist=[(20, 20), (20, 40)])
    made = render(warper_of(bank_of(image, seen), wanted, 0))
    assert made[30, 20].tolist() == list(RED)
    assert made[30, 26:34, 3].max() < 10


@pytest.mark.parametrize("before", [True, False])
def test_an_arm_covers_the_trunk_or_is_covered_by_it(before):
    image = np.zeros((90, 90, 4), np.uint8)
    image[20:60, 10:34], image[20:60, 60:66] = GREEN, RED
    seen = limbs(mid_hip=[(22, 20), (22, 60)], right_wrist=[(63, 22), (63, 40)])
    wanted = limbs(mid_hip=[(22, 20), (22, 60)], right_wrist=[(22, 32), (22, 50)])
    depth = np.zeros_like(wanted.depth)
    depth[0, ARMS] = -1 if before else 1
    made = warper_of(bank_of(image, seen), wanted._replace(depth=depth), 0).parts(both(0))
    assert made[40, 22].tolist() == list(RED if before else GREEN)


@pytest.mark.parametrize(("turned", "seen"), [(0.0, RED), (1.0, GREEN)])
def test_an_arm_that_is_shown_from_another_side_passes_behind_the_head_but_before_the_trunk(turned, seen):
    """A red forearm before a green head and a blue trunk; `turned` is how far its view is from the pose's."""
    image = np.zeros((100, 90, 4), np.uint8)
    image[10:34, 14:30], image[34:90, 8:36], image[20:60, 60:66] = GREEN, BLUE, RED
    person = {"head": [(22, 34), (22, 24)], "mid_hip": [(22, 36), (22, 80)]}
    bank = bank_of(image, limbs(**person, right_wrist=[(63, 22), (63, 58)]))
    wanted = limbs(**person, right_wrist=[(22, 16), (22, 52)])
    wanted.views[0, ARMS] += np.sqrt(turned / VIEW)
    wanted.depth[0, ARMS] = -1
    made = warper_of(bank, wanted, 0).body(layers(0))
    assert np.abs(made[20, 22].astype(int) - seen).max() < 30
    assert made[46, 22].tolist() == list(RED)


def test_what_a_limb_hides_of_an_exemplar_the_next_one_shows_or_else_what_is_around_it():
    """In the first an arm lies before the green trunk; the second is all blue."""
    trunk = [(30, 20), (30, 70)]
    hidden, bare = np.zeros((90, 60, 4), np.uint8), np.zeros((90, 60, 4), np.uint8)
    hidden[15:80, 15:45], bare[15:80, 15:45] = GREEN, BLUE
    hidden[30:50, 27:33] = RED
    seen = limbs(mid_hip=trunk, right_wrist=[(30, 32), (30, 48)]), limbs(mid_hip=trunk)
    joined = Segments(*(np.concatenate(each) for each in zip(*seen, strict=True)))
    bank = replace(bank_of(hidden, joined), cutouts=tuple(bank_of(each, joined).cutouts[0] for each in (hidden, bare)))
    warper = warper_of(bank, limbs(mid_hip=trunk), 0)
    alone, helped = warper.body(layers(0)), warper.body(layers(0, 1))
    assert alone[40, 30, 1] > 190  # green, with a little of the arm at the edge
    assert alone[40, 30, 3] == 255
    assert helped[40, 30].tolist() == list(BLUE)
    chosen = both(-1)
    chosen[:, TRUNK] = 0, 1
    assert warper.parts(chosen)[40, 30].tolist() == list(BLUE)


@pytest.mark.parametrize(("skirt", "shown"), [(True, True), (False, False)])
def test_between_thighs_there_is_cloth_where_the_person_wears_a_skirt(skirt, shown):
    """Legs astride in the exemplar, and closer in the pose: a leg brings the other one along under a skirt only."""
    image = np.zeros((100, 90, 4), np.uint8)
    image[20:90, 22:30], image[20:90, 60:68] = GREEN, GREEN
    if skirt:
        image[20:80, 22:68] = GREEN
    legs = {"right_knee": [(40, 20), (26, 70)], "left_knee": [(50, 20), (64, 70)]}
    places = limbs(**legs)
    assert bool(bank_of(image, places).clothes.adjacent[np.ix_(THIGHS, THIGHS)].all()) == shown
    places.axes[0, THIGHS[0], 0] = np.nan  # a hip that is not measured tells nothing
    assert bank_of(image, places).clothes.adjacent[np.ix_(THIGHS, THIGHS)].all()


def test_legs_that_lie_over_each_other_are_seen_whichever_is_in_front():
    """From the side each leg is taken for half of what is seen; in the pose they change places."""
    image = np.zeros((100, 90, 4), np.uint8)
    image[10:90, 32:47] = GREEN
    legs = {
        name: {
            f"{name}_knee": [(38, 20), (38, 50)],
            f"{other}_knee": [(40, 20), (40, 50)],
            f"{name}_ankle": [(38, 50), (38, 80)],
            f"{other}_ankle": [(40, 50), (40, 80)],
        }
        for name, other in (("right", "left"), ("left", "right"))
    }
    made = warper_of(bank_of(image, limbs(**legs["right"])), limbs(**legs["left"]), 0).body(layers(0))
    for x in (34, 39, 44):
        assert (made[[30, 45, 60, 75], x] == GREEN).all()


def test_trousers_are_complete_where_legs_part_from_one_place():
    """A step in the exemplar, and with the other leg in front in the pose."""
    image = np.zeros((100, 90, 4), np.uint8)
    image[15:80, 32:49] = GREEN
    image[38:80, 38:43] = 0
    seen = limbs(right_knee=[(39, 20), (34, 70)], left_knee=[(41, 20), (46, 70)])
    other = limbs(right_knee=[(41, 20), (46, 70)], left_knee=[(39, 20), (34, 70)])
    bank = bank_of(image, seen)
    assert not bank.clothes.adjacent[tuple(THIGHS)]
    made = warper_of(bank, other, 0).body(layers(0))
    assert made[24:32, 35:46, 3].min() > 200


def test_nothing_that_lies_between_legs_is_seen_where_they_meet():
    """Legs apart with something red between them in the exemplar, side by side in the pose, at four times the size."""
    image = np.zeros((100, 90, 4), np.uint8)
    image[10:90, 16:24], image[10:90, 66:74], image[10:90, 30:60] = GREEN, GREEN, RED
    seen = limbs(right_ankle=[(20, 20), (20, 80)], left_ankle=[(70, 20), (70, 80)])
    together = limbs(right_ankle=[(41, 20), (41, 80)], left_ankle=[(49, 20), (49, 80)])
    bank = bank_of(image, seen)
    made = warper_of(bank, together, 0, Grid((360, 400), (4.0, 4.0)), fine=True).body(layers(0))
    assert made[200, 164].tolist() == list(GREEN)
    assert made[100:300, :, 0].max() == 0


def test_a_bent_knee_shows_no_leg_that_goes_on_straight():
    image = np.zeros((120, 60, 4), np.uint8)
    image[10:110, 22:38] = GREEN
    seen = limbs(right_knee=[(30, 20), (30, 60)], right_ankle=[(30, 60), (30, 100)])
    bent = limbs(right_knee=[(30, 20), (30, 60)], right_ankle=[(30, 60), (12, 30)])
    made = warper_of(bank_of(image, seen), bent, 0).body(layers(0))
    assert made[40, 30, 3] == 255
    assert made[74:, :, 3].max(initial=0) < 30


@pytest.mark.parametrize("turn", [100, 140, -120])
def test_a_bent_elbow_is_round_and_no_wider_than_the_arm(turn):
    image = np.zeros((130, 90, 4), np.uint8)
    image[10:110, 40:48] = GREEN
    elbow, radius, head = np.array([44.0, 60.0]), 4, np.full(1, 30.0)
    seen = limbs(right_elbow=[(44, 20), elbow], right_wrist=[elbow, (44, 100)])._replace(head=head)
    forearm = np.array([np.sin(np.radians(turn)), np.cos(np.radians(turn))])
    bent = limbs(right_elbow=[(44, 20), elbow], right_wrist=[elbow, elbow + 40 * forearm])._replace(head=head)
    made = warper_of(bank_of(image, seen), bent, 0).body(layers(0))
    away = np.minimum(*(distance_from(*axis, (90, 130)) for axis in bent.axes[0] if np.isfinite(axis).all()))
    near = distance_from(elbow, elbow + 0.1, (90, 130)) < 3 * radius
    assert made[..., 3][near & (away > radius + 2)].max() < 128
    outwards = np.array([0.0, 1.0]) - forearm
    x, y = (elbow + (radius - 2) * outwards / np.linalg.norm(outwards)).astype(int)
    assert made[y, x, 3] > 200


def test_under_a_hem_a_thigh_shows_nothing_of_the_other_one():
    """A green dress to seven tenths of the thighs; below it the legs are red."""
    image = np.zeros((120, 90, 4), np.uint8)
    image[20:70, 22:68], image[70:110, 22:34], image[70:110, 56:68] = GREEN, RED, RED
    bank = bank_of(image, limbs(right_knee=[(36, 20), (28, 90)], left_knee=[(54, 20), (62, 90)]))
    assert 0.6 < bank.clothes.hem < 0.8
    right, left = THIGHS if SEGMENTS[THIGHS[0]].start.startswith("right") else THIGHS[::-1]
    shown = bank.masks(0).shown(right)
    assert shown[40, 58] > 200, "the dress"
    assert shown[85, 61] < 30 < 200 < shown[85, 28], "its own leg alone"
    assert bank.masks(0).shown(left)[85, 61] > 200


def in_front(segments, leg):
    """The segments with one leg nearer than the other."""
    depth = np.zeros_like(segments.depth)
    depth[0, leg], depth[0, other_leg(leg[0])] = -10, 10
    return segments._replace(depth=depth)


@pytest.mark.parametrize("front", LEGS)
def test_of_legs_that_cross_the_nearer_one_is_seen(front):
    """A red right leg and a green left one, apart in the exemplar."""
    image = np.zeros((130, 90, 4), np.uint8)
    image[15:115, 16:24], image[15:115, 66:74] = RED, GREEN
    seen = limbs(
        right_knee=[(20, 20), (20, 60)], left_knee=[(70, 20), (70, 60)], right_ankle=[(20, 60), (20, 110)],
        left_ankle=[(70, 60), (70, 110)],
    )  # fmt: skip
    crossed = limbs(
        right_knee=[(30, 20), (34, 60)], left_knee=[(60, 20), (56, 60)], right_ankle=[(34, 60), (56, 110)],
        left_ankle=[(56, 60), (34, 110)],
    )  # fmt: skip
    made = warper_of(bank_of(image, seen), in_front(crossed, front), 0).body(layers(0))
    colour = list(RED if front == LEGS[0] else GREEN)
    assert made[85, 45].tolist() == colour, "where the shins cross"
    axes = crossed.axes[0]
    for leg, own in zip(LEGS, (RED, GREEN), strict=True):
        for share in (0.15, 0.85):
            x, y = (axes[leg[1], 0] + share * (axes[leg[1], 1] - axes[leg[1], 0])).astype(int)
            assert made[y, x].tolist() == list(own), "above and below, each is itself"
    for share in np.linspace(0.1, 0.9, 17):  # no cut through the one in front
        x, y = (axes[front[1], 0] + share * (axes[front[1], 1] - axes[front[1], 0])).astype(int)
        assert made[y, x].tolist() == colour


def test_legs_that_cross_in_an_exemplar_are_both_complete_when_they_part():
    """Trousers, in which nobody sees which leg is which; parted, neither lacks what the other covered.

    A second exemplar shows that it is no skirt.
    """
    crossed = in_front(
        limbs(right_knee=[(40, 20), (44, 60)], left_knee=[(50, 20), (46, 60)], right_ankle=[(44, 60), (56, 110)],
              left_ankle=[(46, 60), (34, 110)]), LEGS[0],
    )  # fmt: skip
    apart = limbs(
        right_knee=[(24, 20), (24, 60)], left_knee=[(66, 20), (66, 60)], right_ankle=[(24, 60), (24, 110)],
        left_ankle=[(66, 60), (66, 110)],
    )  # fmt: skip

    def drawn(segments, half):
        widths = np.full(len(PLACES), half, np.float32)
        return np.logical_or.reduce([leg_area(axis, widths, Grid((90, 130))) for axis in segments.axes[0, :TRUNK]])

    both_poses = Segments(*(np.concatenate(each) for each in zip(crossed, apart, strict=True)))
    images = [np.uint8(drawn(each, 5)[..., None] * GREEN) for each in (crossed, apart)]
    bank = replace(
        bank_of(images[0], both_poses), cutouts=tuple(bank_of(each, both_poses).cutouts[0] for each in images)
    )
    made = warper_of(bank, apart, 0).body(layers(0))[..., 3]
    assert made[drawn(apart, 3)].min() > 150
    assert made[~drawn(apart, 7)].max() < 150, "and nothing is beside them"


@pytest.mark.parametrize("toes", [(22, 104), (46, 104)])
def test_a_foot_that_points_the_other_way_is_mirrored_and_its_sole_stays_below(toes):
    """A green shoe with a blue sole, toes to the right of a red leg; in the pose to its left, or as they were."""
    image = np.zeros((130, 90, 4), np.uint8)
    image[15:98, 30:38], image[94:104, 30:56], image[104:110, 30:56] = RED, GREEN, BLUE
    head = np.full(1, 20.0)
    shin = {"right_ankle": [(34, 40), (34, 98)]}
    seen = limbs(**shin, right_big_toe=[(34, 98), (46, 104)])._replace(head=head)
    wanted = limbs(**shin, right_big_toe=[(34, 98), toes])._replace(head=head)
    made = warper_of(bank_of(image, seen), wanted, 0).body(layers(0))
    side = np.sign(toes[0] - 34)
    assert made[106, 34 + side * 10].tolist() == list(BLUE), "the sole"
    assert made[100, 34 + side * 10].tolist() == list(GREEN)
    assert made[100, 34 - side * 12, 3] < 30, "and no toes behind the heel"
    assert made[70, 34].tolist() == list(RED)
    assert made[85:93, :, 3].sum(axis=1).max() <= 255 * 12, "nothing is swept from one side to the other"


def test_between_the_trunk_of_one_exemplar_and_the_arm_of_another_there_is_a_shoulder():
    """All in one cloth; the arm hangs in the first and is lifted in the second, and in the pose."""
    hanging, raised = np.zeros((100, 100, 4), np.uint8), np.zeros((100, 100, 4), np.uint8)
    hanging[18:90, 30:58], hanging[18:60, 58:66] = GREEN, GREEN
    raised[18:90, 30:58], raised[18:28, 58:95] = GREEN, GREEN
    trunk, head = {"mid_hip": [(44, 16), (44, 80)]}, np.full(1, 24.0)
    seen, lifted = (limbs(**trunk, left_elbow=[(60, 23), elbow])._replace(head=head) for elbow in ((62, 56), (92, 23)))
    joined = Segments(*(np.concatenate(each) for each in zip(seen, lifted, strict=True)))
    cutouts = tuple(bank_of(each, joined).cutouts[0] for each in (hanging, raised))
    bank = replace(bank_of(hanging, joined), cutouts=cutouts)
    made = warper_of(bank, lifted, 0).body(np.array([[0, -1, 1]]))
    assert made[20:27, 44:90, 3].min() > 200


def test_a_narrow_gap_between_trunk_and_arm_is_closed_with_the_colours_around_it_and_a_wide_one_is_not():
    image = np.zeros((100, 100, 4), np.uint8)
    seen = limbs(mid_hip=[(40, 16), (40, 80)], left_elbow=[(58, 22), (70, 50)])._replace(head=np.full(1, 24.0))
    warper = warper_of(bank_of(image, seen), seen, 0)
    for width, closed in ((3, True), (12, False)):
        body = np.zeros((100, 100, 4), np.uint8)
        body[10:90, 20:57], body[10:90, 57 + width : 90] = GREEN, RED
        warper._close_shoulders(body)
        assert (body[22, 58, 3] > 200) == closed
        assert body[22, 58, :2].all() == closed, "both colours"
        assert not body[60:, 57 : 57 + width].any(), "nowhere but at the shoulder"
