import numpy as np

from motion_transfer.pose import OPENPOSE_137, Detection
from motion_transfer.pose.tracking.color_histogram import color_histogram, histogram_distance

RED, BLUE = (200, 30, 30), (30, 30, 200)


def split(x):
    """A frame that is red to the left of x and blue to the right."""
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[:, :x], frame[:, x:] = RED, BLUE
    return frame


def standing_at(x):
    """Trunk and legs of a person."""
    xy = np.full((137, 2), np.nan, np.float32)
    for name, (dx, dy) in {
        "right_shoulder": (-20, -170), "left_shoulder": (20, -170), "right_hip": (-12, -100), "left_hip": (12, -100),
        "right_knee": (-12, -50), "left_knee": (12, -50), "right_ankle": (-12, 0), "left_ankle": (12, 0),
    }.items():  # fmt: skip
        xy[OPENPOSE_137.index(name)] = x + dx, 400 + dy
    return Detection(xy, np.isfinite(xy).all(axis=1).astype(np.float32), np.zeros(25, np.float32))


def test_people_differ_by_the_colours_of_their_clothes():
    red, blue, also_red = (color_histogram(split(320), standing_at(x)) for x in (150, 500, 200))
    distances = histogram_distance(red[None], np.stack([also_red, blue, np.zeros((2, 64), np.float32)]))[0]
    assert distances[0] < 0.01
    assert distances[1] > 0.5
    assert distances[2] == 0  # nothing is known of it


def test_a_covered_person_has_no_colours_there():
    behind, before, aside = (standing_at(x) for x in (295, 303, 500))
    assert not color_histogram(split(300), behind, [before])[1].any()
    assert np.array_equal(color_histogram(split(300), behind, [aside]), color_histogram(split(300), behind))
