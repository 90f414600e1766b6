"""Poses as other tools write them: one JSON file, other layouts, shares of the frame."""

import json
import os
import warnings
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer import limits
from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.pose import OPENPOSE_137, load_poses, save_poses
from motion_transfer.pose.layouts import LAYOUTS, layout_points

SIZE, FPS = (640, 480), Fraction(25)
VIDEO = {"size": SIZE, "fps": FPS}


@pytest.fixture
def dancer(person):
    return person([200, 210, 220], 400, 200)


def points_of(poses, layout="openpose_137"):
    points = np.concatenate([np.nan_to_num(poses.xy), poses.score[..., None]], axis=2)
    return layout_points(LAYOUTS[layout], points)


def people_of(poses, layout="body_25", scale=(1, 1), hands=(1, 1)):
    """Frames of the JSON that many tools write, with the body and hands in their own units."""
    everything = points_of(poses)
    frames = []
    for body, whole in zip(points_of(poses, layout), everything, strict=True):
        person = {"pose_keypoints_2d": (body / [*scale, 1]).ravel().tolist()}
        for key, part in (("hand_left_keypoints_2d", "left_hand"), ("face_keypoints_2d", "face")):
            person[key] = (
                (whole[getattr(OPENPOSE_137, part)] / [*(hands if "hand" in key else scale), 1]).ravel().tolist()
            )
        frames.append([person])
    return frames


def listed(path, frames, canvas=SIZE, **first):
    content = [{"people": people, "canvas_width": canvas[0], "canvas_height": canvas[1]} for people in frames]
    content[0] |= first
    path.write_text(json.dumps(content))
    return path


def folder(path, frames, clip=None):
    path.mkdir()
    for number, people in enumerate(frames):
        (path / f"x_{number:012d}_keypoints.json").write_text(json.dumps({"people": people}))
    if clip:
        (path / "clip.json").write_text(json.dumps(clip))
    return path


def same_body(one, other, joints=range(25)):
    np.testing.assert_allclose(one.xy[:, list(joints)], other.xy[:, list(joints)], atol=0.01)


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in ("body_25", "coco_18")])
def test_every_layout_is_recognised_and_named_in_a_warning(tmp_path, dancer, layout):
    place = folder(tmp_path / "dance", people_of(dancer, layout))
    with pytest.warns(UserWarning, match=rf"{LAYOUTS[layout].title} \({layout}\); `poses_format`"):
        poses = load_poses(place, **VIDEO)
    known = [joint for joint in LAYOUTS[layout].rows if 0 <= joint < 25]
    same_body(poses, dancer, known)
    same_body(load_poses(place, **VIDEO, format=layout.upper().replace("_", "-")), dancer, known)


def test_a_declared_layout_of_another_count_is_refused(tmp_path, dancer):
    place = folder(tmp_path / "dance", people_of(dancer))
    with pytest.raises(PoseError, match=r"dance has bodies of 25 points; expected 17, for coco_17 is declared"):
        load_poses(place, **VIDEO, format="coco_17")
    with pytest.raises(ConfigError, match="`poses_format` is 'body_26'; expected auto"):
        load_poses(place, **VIDEO, format="body_26")


@pytest.mark.parametrize("clip", [None, {"size": SIZE, "fps": "25"}])
def test_shares_of_the_frame_become_pixels_also_beside_a_clip_file(tmp_path, dancer, clip):
    frames = people_of(dancer, scale=SIZE)
    frames[0][0]["pose_keypoints_2d"][0] = 1.11  # outside the frame
    with pytest.warns(UserWarning, match="body and face in shares of the frame"):
        poses = load_poses(folder(tmp_path / "dance", frames, clip), **VIDEO)
    same_body(poses, dancer, range(1, 25))
    assert poses.xy[0, 0, 0] == pytest.approx(1.11 * SIZE[0])


def test_a_body_in_shares_and_hands_in_pixels_are_each_read_as_they_are(tmp_path, dancer):
    path = listed(tmp_path / "dance.json", people_of(dancer, scale=SIZE, hands=(1, 1)), fps="25")
    with pytest.warns(UserWarning, match="in shares of the frame"):
        poses = load_poses(path)
    same_body(poses, dancer, [*range(25), *range(95, 116)])


def test_some_frames_in_shares_and_some_in_pixels_are_refused(tmp_path, dancer):
    frames = [*people_of(dancer), *people_of(dancer, scale=SIZE)]
    with pytest.raises(PoseError, match="the body in shares of the frame in 3 places and in pixels in 3"):
        load_poses(folder(tmp_path / "dance", frames), **VIDEO)


def test_a_list_of_frames_is_read_and_missing_hands_and_faces_may_be_null(tmp_path, dancer):
    frames = people_of(dancer, "coco_18")
    frames[1][0] |= {"face_keypoints_2d": None, "hand_left_keypoints_2d": None}
    path = listed(tmp_path / "dance.json", frames, fps="30000/1001")
    poses = load_poses(path)
    assert (poses.size, poses.fps) == (SIZE, Fraction(30000, 1001))
    same_body(poses, dancer, range(19))
    assert not poses.score[1, 25:].any()


def test_a_canvas_of_the_videos_proportions_is_brought_to_its_size(tmp_path, dancer):
    small = listed(tmp_path / "small.json", people_of(dancer, scale=(2, 2), hands=(2, 2)), canvas=(320, 240))
    same_body(load_poses(small, **VIDEO), dancer)
    other = listed(tmp_path / "other.json", people_of(dancer), canvas=(320, 320))
    assert load_poses(other, **VIDEO).size == (320, 320)


def test_a_list_that_does_not_say_its_rate_asks_for_it(tmp_path, dancer):
    with pytest.raises(PoseError, match=r"dance\.json does not say the frames' rate\. Write \"fps\""):
        load_poses(listed(tmp_path / "dance.json", people_of(dancer)))


@pytest.mark.parametrize("name", ["dance.json", "dance"])
@pytest.mark.parametrize("layout", ["auto", "coco_18", "coco_wholebody"])
def test_what_is_written_in_a_layout_is_read_without_guessing(tmp_path, dancer, name, layout):
    save_poses(tmp_path / name, dancer, layout)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        poses = load_poses(tmp_path / name)
    same_body(poses, dancer, range(19))
    assert (poses.size, poses.fps, len(poses)) == (dancer.size, dancer.fps, 3)


def test_coco_wholebody_is_written_with_its_fields_and_read_again(tmp_path, dancer):
    save_poses(tmp_path / "dance.coco.json", dancer)
    content = json.loads((tmp_path / "dance.coco.json").read_text())
    counts = {key: len(value) for key, value in content["annotations"][0].items() if "k" in key and "pts" in key}
    assert counts == {"foot_kpts": 18, "face_kpts": 204, "lefthand_kpts": 63, "righthand_kpts": 63}
    assert len(content["images"]) == len(content["annotations"]) == 3
    poses = load_poses(tmp_path / "dance.coco.json")
    same_body(poses, dancer, [*range(8), *range(9, 25), *range(25, 93), *range(95, 137)])
    assert poses.fps == dancer.fps


def results(path, dancer, frames):
    """Results as AlphaPose writes them: without the images in which it found nobody."""
    found = zip(frames, points_of(dancer, "coco_17"), strict=False)
    path.write_text(json.dumps([{"image_id": f"{n}.jpg", "keypoints": body.ravel().tolist()} for n, body in found]))
    return path


def test_results_are_read_although_no_image_is_listed(tmp_path, dancer):
    path = results(tmp_path / "results.json", dancer, [7, 8, 9])
    poses = load_poses(path, **VIDEO, format="coco_17")
    assert poses.present.tolist() == [True] * 3
    same_body(poses, dancer, [0, *range(2, 8)])


def test_images_without_results_may_be_frames_without_people(tmp_path, dancer):
    path = results(tmp_path / "results.json", dancer, [1, 3])
    with pytest.raises(
        PoseError, match=r"annotations have none of 1 of the images 1 to 3\. Add gaps to `poses_format`"
    ):
        load_poses(path, **VIDEO, format="coco_17")
    seen = load_poses(path, **VIDEO, frames=5, format="coco_17,gaps").present
    assert seen.tolist() == [False, True, False, True, False]


def test_a_byte_order_mark_and_nan_are_read(tmp_path, dancer):
    place = folder(tmp_path / "dance", people_of(dancer))
    file = place / "x_000000000001_keypoints.json"
    content = json.loads(file.read_text())
    content["people"][0]["pose_keypoints_2d"][12:14] = [float("nan")] * 2
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(content).encode())
    poses = load_poses(place, **VIDEO)
    assert (poses.score[:, 4] > 0).tolist() == [True, False, True]


def test_files_that_are_missing_may_be_frames_without_people(tmp_path, dancer):
    place = folder(tmp_path / "dance", people_of(dancer))
    (place / "x_000000000001_keypoints.json").unlink()
    (place / "._x_000000000001_keypoints.json").write_bytes(b"\x00\x05\x16\x07")  # as macOS leaves it
    with pytest.raises(PoseError, match=r"no file for 1 of its frames, .* add gaps to `poses_format`"):
        load_poses(place, **VIDEO)
    assert load_poses(place, **VIDEO, format="gaps").present.tolist() == [True, False, True]


def test_numbers_far_apart_are_no_clip_of_billions_of_frames(tmp_path, dancer):
    place = folder(tmp_path / "dance", people_of(dancer)[:1])
    os.rename(place / "x_000000000000_keypoints.json", place / "x_000000000001_keypoints.json")
    (place / "x_999999999999_keypoints.json").write_text('{"people": []}')
    with pytest.raises(PoseError, match=r"in 999,999,999,999 frames or more; expected at most 600,000"):
        load_poses(place, **VIDEO, format="gaps")


CANVAS = {"people": [], "canvas_width": 8, "canvas_height": 8}
IMAGE = {"id": 1, "width": 8, "height": 8}
BAD = {
    "an empty list": ([], "holds an empty list; expected a list of frames"),
    "a number": (7, "holds a int"),
    "a list of lists": ([[]], 'frame 0 has no list of "people"'),
    "a crowd": ([{"people": [{}] * 101}], "frame 0 has 101 people; expected at most 100"),
    "two canvases": ([CANVAS, CANVAS | {"canvas_width": 9}], "frame 1: another canvas"),
    "no canvas": ([{"people": []}], "does not say the frames' size"),
    "a huge canvas": ([CANVAS | {"canvas_width": 10**9, "fps": 25}], "a frame size of"),
    "a canvas of text": ([CANVAS | {"canvas_width": "8", "fps": 25}], "has a size of"),
    "an endless rate": ([CANVAS | {"fps": "1e99999999"}], "a rate of '1e999"),
    "a quick rate": ([CANVAS | {"fps": 10**6}], "a rate of 1000000"),
    "no annotations": ({"annotations": []}, 'neither "images" nor annotations'),
    "annotations of text": ({"annotations": [""]}, "no lists of objects"),
    "results of a crowd": ([{"image_id": 7, "keypoints": []}] * 101, "image 7 has 101 people; expected at most 100"),
    "results of one image in a billion": (
        [{"image_id": 0, "keypoints": []}, {"image_id": 10**9, "keypoints": []}],
        "in 1,000,000,001 frames or more",
    ),
    "an image that is not there": ({"images": [{"id": 1}], "annotations": [{"image_id": 2}]}, "of the image 2, which"),
    "images of two sizes": (
        {"images": [IMAGE, {"id": 2, "width": 9, "height": 8}], "annotations": []},
        "images of more than one size",
    ),
    "an image of an odd height": (
        {"images": [{"width": 8, "height": []}], "annotations": []},
        r"a size of \[8, \[\]\]",
    ),
    "feet that are a number": (
        {
            "info": {"fps": 25},
            "images": [IMAGE],
            "annotations": [{"image_id": 1, "keypoints": [1] * 51, "foot_kpts": 5}],
        },
        "bodies of 17 points; expected 23",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_by_name(tmp_path, kind):
    content, words = BAD[kind]
    path = tmp_path / "dance.json"
    path.write_text(json.dumps(content))
    with pytest.raises(PoseError, match=words) as error:
        load_poses(path)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize("garbage", ["{},", "[],", '"",'])
def test_a_file_whose_values_would_fill_the_memory_is_refused_before_parsing(tmp_path, monkeypatch, garbage):
    monkeypatch.setattr(limits, "JSON_MEMORY", 1_000_000)
    path = tmp_path / "dance.json"
    path.write_text("[" + garbage * 50_000 + "0]")
    with pytest.raises(PoseError, match="holds so many values"):
        load_poses(path)


def test_many_identities_in_many_frames_are_refused_before_each_gets_a_clip(tmp_path, monkeypatch, dancer):
    frames = people_of(dancer)
    for number, people in enumerate(frames):
        people[0]["person_id"] = [number]
    monkeypatch.setattr("motion_transfer.pose.formats.openpose_people.POSE_FRAMES", 5)
    with pytest.raises(PoseError, match=r"dance: 3 people are identified in 3 frames"):
        load_poses(folder(tmp_path / "dance", frames), **VIDEO)


def test_pipes_are_refused_wherever_poses_are_read(tmp_path, dancer):
    os.mkfifo(tmp_path / "pipe.json")
    os.mkfifo(tmp_path / "pipe.npz")
    place = folder(tmp_path / "dance", people_of(dancer))
    os.mkfifo(place / "clip.json")
    for path, name in (
        (tmp_path / "pipe.json", "pipe.json"),
        (tmp_path / "pipe.npz", "pipe.npz"),
        (place, "clip.json"),
    ):
        with pytest.raises(PoseError, match=rf"{name} is a named pipe"):
            load_poses(path, **VIDEO)


def test_a_long_name_and_one_that_is_no_text_take_a_folder_of_poses(tmp_path, dancer):
    for name in ("d" * 230, os.fsdecode(b"dance-\xff")):
        save_poses(tmp_path / name, dancer)
        same_body(load_poses(tmp_path / name), dancer)


def test_a_name_that_is_too_long_and_a_missing_folder_are_refused(tmp_path):
    for name in ("d" * 300 + ".json", "d" * 300):
        with pytest.raises(PoseError, match=r"cannot be opened \(File name too long\)"):
            load_poses(tmp_path / name)
