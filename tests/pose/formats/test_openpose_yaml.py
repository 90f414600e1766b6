"""Poses in YAML, as OpenPose's `--write_keypoint` and Everybody Dance Now's data have them."""

from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.errors import PoseError
from motion_transfer.pose import OPENPOSE_137, load_poses
from motion_transfer.pose.layouts import LAYOUTS, layout_points

VIDEO = {"size": (640, 480), "fps": Fraction(25)}


def matrix(name, people):
    """(people, points, 3) as OpenCV writes it."""
    numbers = [f"{number:.8e}" if number % 1 else f"{number:.0f}." for number in np.ravel(people).tolist()]
    lines = [", ".join(numbers[start : start + 3]) for start in range(0, len(numbers), 3)]
    sizes, data = ", ".join(map(str, np.shape(people))), ",\n       ".join(lines)
    return f"%YAML:1.0\n{name}_0: !!opencv-nd-matrix\n   sizes: [ {sizes} ]\n   dt: f\n   data: [ {data} ]\n"


@pytest.fixture
def place(tmp_path, person):
    """A folder of a dancer in 23 points with a left hand, and the dancer."""
    dancer = person([200, 210, 220], 400, 200)
    points = np.concatenate([np.nan_to_num(dancer.xy), dancer.score[..., None]], axis=2)
    for number, body in enumerate(layout_points(LAYOUTS["edn_23"], points)):
        stem = tmp_path / f"frame{number:06d}"
        stem.with_name(f"{stem.name}_pose.yml").write_text(matrix("pose", body[None]))
        hand = points[number, OPENPOSE_137.left_hand]
        stem.with_name(f"{stem.name}_hand_left.yml").write_text(matrix("hand_left", hand[None]))
    return tmp_path, dancer


def test_everybody_dance_nows_own_files_are_read(place):
    folder, dancer = place
    with pytest.warns(UserWarning, match="BODY_23 as in Everybody Dance Now"):
        poses = load_poses(folder, **VIDEO)
    joints = [*(row for row in LAYOUTS["edn_23"].rows), *range(95, 116)]
    np.testing.assert_allclose(poses.xy[:, joints], dancer.xy[:, joints], atol=0.01)
    assert not poses.score[:, 116:].any()


@pytest.mark.parametrize(
    "empty",
    [
        "!!opencv-matrix\n   rows: 0\n   cols: 0\n   dt: d\n   data: []\n",
        "!!opencv-nd-matrix\n   sizes: [ 0, 23, 3 ]\n   dt: f\n   data: [ ]\n",
    ],
)
def test_a_frame_may_have_nobody(place, empty):
    folder, _ = place
    (folder / "frame000001_pose.yml").write_text(f"%YAML:1.0\n---\npose_0: {empty}")
    (folder / "frame000001_hand_left.yml").unlink()
    assert load_poses(folder, **VIDEO, format="edn_23").present.tolist() == [True, False, True]


BAD = {
    "another kind": ("%YAML:1.0\nx: 3\n", "holds something else; expected a matrix"),
    "text": ("sizes: [ 1, 1, 3 ]\ndt: f\ndata: [ 1, x, 3 ]", "could not convert string to float: 'x'"),
    "too few numbers": ("sizes: [ 1, 999999999, 3 ]\ndt: f\ndata: [ 1, 2, 3 ]", "has 3 numbers for 1 people"),
    "no points": ("sizes: [ 999999999, 0, 3 ]\ndt: f\ndata: [ ]", "has 0 numbers for 999,999,999 people with 0 points"),
    "other people": (matrix("pose", np.ones((2, 23, 3))), r"hand_left\.yml has 1 people where .* has 2"),
    "another count": (matrix("pose", np.ones((1, 9, 3))), "pose_keypoints_2d has 27 numbers"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_by_name(place, kind):
    folder, _ = place
    content, words = BAD[kind]
    (folder / "frame000001_pose.yml").write_text(content)
    with pytest.raises(PoseError, match=rf"frame000001_.*{words}"):
        load_poses(folder, **VIDEO)
