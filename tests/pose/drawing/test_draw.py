import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from motion_transfer.config import DrawSettings
from motion_transfer.limits import COORDINATE
from motion_transfer.pose import OPENPOSE_137, PoseSequence, draw_pose, draw_poses, empty

FRAME = (640, 480)


@pytest.fixture
def standing(person):
    return person(320, 440, 380, size=FRAME)


def drawn(image):
    """Which pixels are not white."""
    return (image < 255).any(axis=2)


def only(*joints):
    """A pose of nothing but these joints: {name: (x, y)}."""
    xy = np.full((137, 2), np.nan, np.float32)
    score = np.zeros(137, np.float32)
    for name, place in joints:
        xy[OPENPOSE_137.index(name)], score[OPENPOSE_137.index(name)] = place, 1
    return xy, score


def test_nobody_is_white(person):
    image = next(draw_poses(empty(1, FRAME, person(0, 0, 1).fps), (256, 192)))
    assert image.shape == (192, 256, 3)
    assert image.dtype == np.uint8
    assert not drawn(image).any()


def test_the_figure_fills_the_persons_box_and_nothing_else(standing):
    mask = drawn(draw_pose(standing.xy[0], standing.score[0], FRAME, frame_size=FRAME))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top, right, bottom = standing.boxes()[0]
    assert (columns[0], rows[0], columns[-1], rows[-1]) == pytest.approx((left, top, right, bottom), abs=6)


def test_every_limb_is_visible_on_a_small_canvas(standing):
    image = draw_pose(standing.xy[0], standing.score[0], (256, 192), frame_size=FRAME)
    scale = 256 / 640
    for start, end in OPENPOSE_137.body_bones:
        x, y = (standing.xy[0, start] + standing.xy[0, end]) / 2 * scale
        assert image[round(y - 0.5), round(x - 0.5)].min() < 190


def test_a_disc_is_centred_on_its_joint_to_a_part_of_a_pixel():
    for x, y in ((100.0, 100.0), (100.25, 100.75), (33.5, 70.5)):
        pose = only(("nose", (x, y)))
        weight = 255.0 - draw_pose(*pose, (200, 200), DrawSettings(joint_radius=30), frame_size=(200, 200)).min(axis=2)
        rows, columns = np.mgrid[:200, :200] + 0.5
        assert np.average(columns, weights=weight) == pytest.approx(x, abs=0.05)
        assert np.average(rows, weights=weight) == pytest.approx(y, abs=0.05)


def test_left_and_right_limbs_have_different_colours(standing):
    def color(side):
        pose = only((f"{side}_elbow", (50, 50)), (f"{side}_wrist", (150, 50)))
        return tuple(draw_pose(*pose, (200, 100), frame_size=(200, 100))[50, 100])

    assert color("left") != color("right")


def test_each_limb_has_its_own_colour():
    colors = set()
    for start, end in OPENPOSE_137.body_bones:
        pose = only((OPENPOSE_137.joints[start], (50, 50)), (OPENPOSE_137.joints[end], (150, 50)))
        colors.add(tuple(draw_pose(*pose, (200, 100), frame_size=(200, 100))[50, 100]))
    assert len(colors) == len(OPENPOSE_137.body_bones)


CROSSING = (
    ("left_elbow", (20, 100)), ("left_wrist", (180, 100)), ("right_elbow", (100, 20)), ("right_wrist", (100, 180)),
)  # fmt: skip


def test_crossing_limbs_show_through_each_other():
    both = draw_pose(*only(*CROSSING), (200, 200), frame_size=(200, 200))[100, 100]
    for arm in (CROSSING[:2], CROSSING[2:]):
        alone = draw_pose(*only(*arm), (200, 200), frame_size=(200, 200))[100, 100]
        assert not np.array_equal(both, alone)


def test_what_is_nearer_is_drawn_over_what_is_farther():
    xy, score = only(*CROSSING)
    crossing = {}
    for near in ("left", "right"):
        depth = np.zeros(25, np.float32)
        depth[[OPENPOSE_137.index(f"{near}_{joint}") for joint in ("elbow", "wrist")]] = -50
        image = draw_pose(xy, score, (200, 200), frame_size=(200, 200), depth=depth).astype(int)
        crossing[near] = image[100, 100]
        alone = {side: draw_pose(*only(*CROSSING[i : i + 2]), (200, 200), frame_size=(200, 200))[100, 100].astype(int)
                 for side, i in (("left", 0), ("right", 2))}  # fmt: skip
        far = {"left": "right", "right": "left"}[near]
        assert np.abs(image[100, 100] - alone[near]).sum() < np.abs(image[100, 100] - alone[far]).sum()
    assert not np.array_equal(crossing["left"], crossing["right"])


@given(depth=hnp.arrays(np.float32, 25, elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))))
def test_depth_changes_the_order_and_never_the_outline(depth, person):
    pose = person(320, 440, 380, size=FRAME)
    flat = draw_pose(pose.xy[0], pose.score[0], (320, 240), frame_size=FRAME)
    ordered = draw_pose(pose.xy[0], pose.score[0], (320, 240), frame_size=FRAME, depth=depth)
    assert np.array_equal(drawn(flat), drawn(ordered))


def test_a_person_seen_from_behind_has_no_face_in_the_picture(standing):
    mirrored = standing.xy.copy()
    mirrored[..., 0] = 640 - mirrored[..., 0]  # right joints on the right: what a detector gives of a back
    poses = PoseSequence(mirrored, standing.score, FRAME, standing.fps)
    nose = tuple((mirrored[0, OPENPOSE_137.index("nose")] - 0.5).round().astype(int)[::-1])
    assert not drawn(next(draw_poses(poses, FRAME)))[nose]
    assert drawn(next(draw_poses(poses, FRAME, DrawSettings(hide_occluded_face=False))))[nose]
    assert drawn(next(draw_poses(standing, FRAME)))[nose]


def test_parts_below_their_confidence_are_left_out(standing):
    score = standing.score[0].copy()
    score[OPENPOSE_137.body] = 0.09
    score[OPENPOSE_137.face] = 0.19
    score[OPENPOSE_137.left_hand] = score[OPENPOSE_137.right_hand] = 0.05
    assert not drawn(draw_pose(standing.xy[0], score, FRAME, frame_size=FRAME)).any()
    score[OPENPOSE_137.face] = 0.2
    assert drawn(draw_pose(standing.xy[0], score, FRAME, frame_size=FRAME)).any()


@given(xy=hnp.arrays(np.float32, (137, 2), elements=st.floats(-1e9, 1e9, width=32) | st.just(float("nan"))))
def test_joints_anywhere_can_be_drawn(xy):
    assert draw_pose(xy, np.ones(137, np.float32), (64, 96), frame_size=FRAME).shape == (96, 64, 3)


def test_limbs_leaving_the_frame_are_cut_at_its_border(standing):
    for shift in ([-310, 0], [310, 0], [0, -400], [0, 430]):
        xy = standing.xy[0] + np.array(shift, np.float32)
        cut = draw_pose(xy, standing.score[0], FRAME, frame_size=FRAME)
        wide = draw_pose(xy + 640, standing.score[0], (1920, 1760), frame_size=(1920, 1760))
        assert drawn(cut).any()
        assert drawn(cut).sum() < drawn(wide).sum()


def test_the_same_pose_in_a_frame_twice_as_large_gives_the_same_picture(standing):
    once = draw_pose(standing.xy[0], standing.score[0], (320, 240), frame_size=FRAME)
    twice = draw_pose(2 * standing.xy[0], standing.score[0], (320, 240), frame_size=(1280, 960))
    assert np.array_equal(once, twice)


def test_draw_poses_gives_one_image_a_frame(person):
    poses = person([100, 300, 500], 440, 380, size=FRAME)
    centres = [np.flatnonzero(drawn(image).any(axis=0)).mean() for image in draw_poses(poses, (320, 240))]
    assert centres == pytest.approx([50, 150, 250], abs=2)
    assert isinstance(poses, PoseSequence)


def test_joints_as_far_away_as_is_allowed_are_drawn(standing):
    places = np.where(np.arange(137)[:, None] % 2, np.float32(COORDINATE), standing.xy)
    far = PoseSequence(places, standing.score, standing.size, standing.fps)
    (image,) = draw_poses(far, FRAME, DrawSettings())
    assert drawn(image).any()
