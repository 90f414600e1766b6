import json
import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from motion_transfer.errors import OutputError, PoseError
from motion_transfer.pose import OPENPOSE_137, PoseSequence, check_fit, empty, load_poses, save_poses
from motion_transfer.pose.formats.openpose_json import load_openpose, save_openpose
from motion_transfer.pose.formats.pose_files import check_pose_output
from tests.drawn_world import assert_same

FPS = Fraction(30000, 1001)
coordinates = st.floats(-1e6, 1e6, width=32) | st.just(np.float32("nan"))


@pytest.mark.parametrize("name", ["dance", "dance.npz", "dance.json"])
@settings(max_examples=30)
@given(
    xy=hnp.arrays(np.float32, (2, 137, 2), elements=coordinates, fill=coordinates),
    score=hnp.arrays(np.float32, (2, 137), elements=st.floats(0, 1, width=32)),
    size=st.tuples(st.integers(1, 8_000), st.integers(1, 8_000)),
    fps=st.fractions(Fraction(1, 10), 1000, max_denominator=1001),
    depth=st.none() | hnp.arrays(np.float32, (2, 25), elements=coordinates),
)
def test_poses_come_back_exactly_from_either_form(tmp_path_factory, name, xy, score, size, fps, depth):
    path = tmp_path_factory.getbasetemp() / name
    poses = PoseSequence(xy, score, size, fps, depth=depth)
    save_poses(path, poses)
    assert_same(load_poses(path), poses)


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_a_clip_without_people_comes_back_with_all_its_frames(tmp_path, frames):
    poses = empty(frames, (64, 48), FPS)
    save_poses(tmp_path / "dance", poses)
    assert_same(load_poses(tmp_path / "dance"), poses)


def test_the_files_are_what_other_tools_expect(tmp_path, person):
    save_poses(tmp_path / "dance", person([100, 200], 400, 200)[1:])
    assert sorted(os.listdir(tmp_path / "dance")) == ["clip.json", "dance_000000000000_keypoints.json"]
    frame = json.loads((tmp_path / "dance" / "dance_000000000000_keypoints.json").read_text())
    counts = {key: len(value) for key, value in frame["people"][0].items() if key.endswith("_2d")}
    parts = {"pose": 75, "face": 210, "hand_left": 63, "hand_right": 63}
    assert counts == {f"{part}_keypoints_2d": count for part, count in parts.items()}
    assert frame["people"][0]["pose_keypoints_2d"][24:27] == pytest.approx([200, 400 - 0.52 * 200, 1])


def write(folder, people, number=0, name="x"):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}_{number:012d}_keypoints.json"
    path.write_text(people if isinstance(people, str) else json.dumps({"version": 1.3, "people": people}))
    return path


def body(x=100.0, y=50.0, **fields):
    points = np.column_stack([x + np.arange(25.0), y + 4 * np.arange(25.0), np.ones(25)])
    return {"pose_keypoints_2d": points.ravel().tolist()} | fields


def read(folder, **given):
    return load_poses(folder, **{"size": (640, 480), "fps": FPS} | given)


def test_parts_may_be_absent_empty_null_or_zero(tmp_path):
    for number, hand in enumerate(({}, {"hand_left_keypoints_2d": []}, {"hand_left_keypoints_2d": None},
                                   {"hand_left_keypoints_2d": [0] * 63})):  # fmt: skip
        write(tmp_path, [body(**hand)], number)
    poses = read(tmp_path)
    assert (poses.score[:, OPENPOSE_137.body] == 1).all()
    assert np.isnan(poses.xy[:, OPENPOSE_137.left_hand]).all()
    assert poses.depth is None


def test_a_coco_body_gets_a_mid_hip_and_has_no_feet(tmp_path):
    points = np.column_stack([10 * np.arange(18.0), 5 * np.arange(18.0), np.ones(18)])
    points[11, 2] = 0.5
    write(tmp_path, [{"pose_keypoints_2d": points.ravel().tolist()}])
    poses = read(tmp_path)
    at = {name: poses.xy[0, OPENPOSE_137.index(name)].tolist() for name in OPENPOSE_137.joints[:25]}
    assert at["nose"] == [0, 0]
    assert at["left_wrist"] == [70, 35]
    assert at["right_hip"] == [80, 40]
    assert at["left_ankle"] == [130, 65]
    assert at["right_eye"] == [140, 70]
    assert at["left_ear"] == [170, 85]
    assert at["mid_hip"] == [95, 47.5]
    assert poses.score[0, OPENPOSE_137.index("mid_hip")] == 0.5
    assert (poses.score[0, 19:25] == 0).all()


def test_numbering_may_start_anywhere_and_scores_a_little_above_one_are_one(tmp_path):
    person = body()
    person["pose_keypoints_2d"][2] = 1.04
    for number in (9, 10, 11):
        write(tmp_path, [person], number)
    poses = read(tmp_path)
    assert len(poses) == 3
    assert poses.score.max() == 1


def test_people_with_identities_stay_apart_when_they_appear_vanish_and_change_order(tmp_path):
    left, right = {"person_id": [4]}, {"person_id": [2]}
    write(tmp_path, [body(100, **left), body(400, **right)], 0)
    write(tmp_path, [body(401, **right)], 1)
    write(tmp_path, [body(402, **right), body(102, **left)], 2)
    write(tmp_path, [], 3)
    large, small = load_openpose(tmp_path, size=(640, 480), fps=FPS)
    assert large.present.tolist() == [True, True, True, False]
    assert small.present.tolist() == [True, False, True, False]
    assert large.xy[:3, 0, 0].tolist() == [400, 401, 402]
    assert_same(read(tmp_path, person="left"), small)
    assert_same(read(tmp_path, person="largest"), large)
    with pytest.raises(PoseError, match="no person 3"):
        read(tmp_path, person="3")


def test_people_without_identities_are_followed(tmp_path):
    for number in range(8):
        people = [body(100 + 2 * number, person_id=[-1]), body(400 - 2 * number, person_id=[-1])]
        write(tmp_path, people[:: 1 if number % 2 else -1], number)
    assert read(tmp_path, person="left").xy[:, 0, 0].tolist() == [100 + 2 * i for i in range(8)]
    assert read(tmp_path, person="right").xy[:, 0, 0].tolist() == [400 - 2 * i for i in range(8)]


def test_several_people_come_back_each_as_they_were(tmp_path, person):
    tall, short = person([100, 110, 120], 400, 200), person([300, 300, 300], 300, 100)
    short = replace(short, score=short.score * np.array([[1], [0], [1]], np.float32), depth=np.ones((3, 25)))
    save_openpose(tmp_path / "two", [tall, short])
    again = load_openpose(tmp_path / "two")
    assert_same(again[0], tall)
    assert np.array_equal(again[1].score, short.score)


BAD = {
    "not JSON": ("{", "is not valid JSON"),
    "not text": ("\udcff", "is not UTF-8 text"),
    "a list": ("[]", "holds a list; expected an object"),
    "nobody's list": ("{}", 'has no list of "people"'),
    "people that are none": ('{"people": [3]}', 'has no list of "people"'),
    "no body": ('{"people": [{"face": []}]}', r"without pose_keypoints_2d \(found: face\)"),
    "a wrong count": (
        [{"pose_keypoints_2d": [1.0] * 74}],
        "pose_keypoints_2d has 74 numbers; expected 51, 54, 69, 75, 78, 399, 405, 408 or 411",
    ),
    "a hand's wrong count": ([body(hand_left_keypoints_2d=[0.0])], "hand_left_keypoints_2d has 1 numbers; expected 63"),
    "text for a list": ([{"pose_keypoints_2d": "none"}], "has 'none'; expected 51, 54"),
    "text for a number": ([{"pose_keypoints_2d": ["7"] * 75}], "holds '7'; expected 51, 54"),
    "truth for a number": ([{"pose_keypoints_2d": [True] * 75}], "holds True"),
    "infinity": ([{"pose_keypoints_2d": [float("inf")] * 75}], "it holds Infinity"),
    "too much": ([{"pose_keypoints_2d": [10**400] * 75}], "holds 1000"),
    "no score": ([{"pose_keypoints_2d": [50] * 75}], "a score of 50 in pose_keypoints_2d; expected 0 to 1"),
    "a name for an identity": ([body(person_id="me")], "a person_id of 'me'"),
    "null for depth": ([body(motion_transfer_depth=None)], "motion_transfer_depth has None; expected 25"),
    "too few depths": ([body(motion_transfer_depth=[0.0])], "motion_transfer_depth has 1 numbers; expected 25"),
    "text for depth": ([body(motion_transfer_depth="deep")], "motion_transfer_depth has 'deep'"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_frame_is_refused_by_name(tmp_path, kind):
    content, words = BAD[kind]
    write(tmp_path, [body()], 0)
    path = write(tmp_path, "", 1)
    text = content if isinstance(content, str) else json.dumps({"people": content})
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PoseError, match=words) as error:
        read(tmp_path)
    assert str(error.value).startswith(str(path))


def test_a_missing_frame_is_named(tmp_path):
    for number in (0, 1, 4, 5):
        write(tmp_path, [body()], number)
    with pytest.raises(
        PoseError, match=r"no file for 2 of its frames, the first between x_0+1_keypoints\.json and x_0+4_"
    ):
        read(tmp_path)


def test_two_clips_in_a_folder_and_files_without_a_number_are_refused(tmp_path):
    write(tmp_path, [body()], 0)
    write(tmp_path, [body()], 1, name="y")
    with pytest.raises(PoseError, match="more than one clip"):
        read(tmp_path)
    (tmp_path / "photo_keypoints.json").write_text("{}")
    with pytest.raises(PoseError, match=r"photo_keypoints\.json has no frame number"):
        read(tmp_path)


def test_shares_of_the_frame_are_not_taken_for_pixels(tmp_path):
    points = np.column_stack([np.linspace(0, 1, 25), np.linspace(-1, 1, 25), np.ones(25)])
    write(tmp_path, [{"pose_keypoints_2d": points.ravel().tolist()}])
    with pytest.raises(PoseError, match="between -1 and 1, with the frame's middle at 0"):
        read(tmp_path)


def test_a_folder_that_does_not_say_size_and_rate_asks_for_them(tmp_path):
    write(tmp_path, [body()])
    with pytest.raises(PoseError, match=r"into .*clip\.json"):
        load_poses(tmp_path)
    (tmp_path / "clip.json").write_text('{"size": [1280, 720], "fps": "25"}')
    poses = load_poses(tmp_path, size=(1, 1), fps=FPS)
    assert (poses.size, poses.fps) == ((1280, 720), 25)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"size": 7, "fps": 25}', "expected like"),
        ('{"size": [1280, 720], "fps": "fast"}', "a rate of 'fast'"),
        ('{"size": [1280, 720], "fps": "1/0"}', "a rate of '1/0'"),
        ('{"size": [0, 720], "fps": "25"}', "frame size"),
        ('{"size": [1280, 720], "fps": "-25"}', "a rate of '-25'; expected 1/10 to 1,000"),
        ('{"frames": 3}', "has 1 frames, but its clip.json says 3"),
        ("[", "is not valid JSON"),
    ],
)
def test_a_bad_clip_file_is_refused(tmp_path, content, words):
    write(tmp_path, [body()])
    (tmp_path / "clip.json").write_text(content)
    with pytest.raises(PoseError, match=words) as error:
        read(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_a_new_export_replaces_an_earlier_one_completely(tmp_path):
    save_poses(tmp_path / "dance", empty(5, (64, 48), FPS))
    save_poses(tmp_path / "dance", empty(2, (64, 48), FPS))
    assert len(load_poses(tmp_path / "dance")) == 2
    assert os.listdir(tmp_path) == ["dance"]


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "love.txt").write_text("dear")
    with pytest.raises(OutputError, match=r"also holds love\.txt"):
        save_poses(tmp_path / "letters", empty(2, (64, 48), FPS))
    assert os.listdir(tmp_path / "letters") == ["love.txt"]
    assert os.listdir(tmp_path) == ["letters"]


def test_where_poses_cannot_be_written_is_said_before_the_work(tmp_path):
    check_pose_output(tmp_path / "new")
    check_pose_output(tmp_path / "new.npz")
    (tmp_path / "file").write_text("")
    save_poses(tmp_path / "dance", empty(1, (64, 48), FPS))
    for path, words in (
        (tmp_path / "file", "is a file"),
        (tmp_path / "no" / "folder", "does not exist"),
        (tmp_path / "dance", "also the input"),
    ):
        with pytest.raises(OutputError, match=words):
            check_pose_output(path, inputs=(tmp_path / "dance",))
    with pytest.raises(PoseError, match=r"or one without an ending"):
        check_pose_output(tmp_path / "dance.csv")


def test_people_of_different_clips_are_not_written_together(tmp_path):
    with pytest.raises(PoseError, match="same frames"):
        save_openpose(tmp_path / "x", [empty(2, (64, 48), FPS), empty(3, (64, 48), FPS)])
    with pytest.raises(PoseError, match="at least one person"):
        save_openpose(tmp_path / "x", [])


@pytest.mark.parametrize(
    ("size", "fps", "frames"), [((64, 49), FPS, 2), ((64, 48), Fraction(30), 2), ((64, 48), FPS, 3)]
)
def test_poses_of_another_size_rate_or_length_than_the_clip_are_refused(size, fps, frames):
    poses = empty(2, (64, 48), FPS)
    check_fit(poses, 2, (64, 48), FPS, "dance.mp4")
    with pytest.raises(PoseError, match=r"2 frames of 64 x 48 pixels at 30000/1001 fps, but dance\.mp4 has"):
        check_fit(poses, frames, size, fps, "dance.mp4")
