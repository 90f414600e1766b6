"""The footage check: what is said of footage that is good, and of footage with one fault."""

import json
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.errors import PoseError, SubjectError
from motion_transfer.footage.plate import Plates
from motion_transfer.footage_check.check import FootageCheck, check_footage, refuse_unusable
from motion_transfer.footage_check.findings import list_findings
from motion_transfer.footage_check.frames import FrameMeasurements
from motion_transfer.footage_check.picture import draw_check
from motion_transfer.footage_check.poses import DIRECTIONS, covered, measure_poses
from motion_transfer.pose import OPENPOSE_137, PoseSequence, empty
from motion_transfer.video import VideoWriter
from tests.drawn_world import draw_person, sequence, turning, without

SIZE, FPS, FRAMES = (400, 480), Fraction(4), 800
ANGLE = 5.0 * np.arange(FRAMES)
ARMS = 80 + 80 * np.sin(np.arange(FRAMES)[:, None] / (17, 11))
BEHIND = np.cos(np.radians(ANGLE))[:, None] < 0


def lively(**changed):
    """Three minutes and more of somebody who turns all the way round, lifts the arms, and steps about."""
    t = np.arange(FRAMES)
    how = {"angle": ANGLE, "arms": ARMS, "x": 60 * np.sin(t / 16), "height": 300} | changed
    xy = turning(FRAMES, SIZE, FPS, **how).xy.copy()
    for side in ("right", "left"):  # `turning` knows neither feet nor hands
        for end, from_, to in [("hand_middle_1", "elbow", "wrist"), ("big_toe", "knee", "ankle")]:
            start, joint = (xy[:, OPENPOSE_137.index(f"{side}_{each}")] for each in (from_, to))
            xy[:, OPENPOSE_137.index(f"{side}_{end}")] = joint + 0.2 * (joint - start)
    return sequence(xy * (0.92 + 0.04 * np.sin(np.arange(FRAMES) / 36))[:, None, None].astype(np.float32), SIZE, FPS)


GOOD = measure_poses(lively())
SHARP = FrameMeasurements(
    sampled=np.arange(0, FRAMES, 4),
    shift=np.zeros(200),
    cuts=[],
    sharpness=np.full(200, 1.1),
    light=np.full(200, 120.0),
    clipped=np.zeros(200),
    background=np.full(200, 140.0),
    noise=np.ones(200),
    still=np.full((90, 75), 120, np.uint8),
)
ALONE = np.zeros(48, bool)


SEEN = Plates([np.full((96, 80, 3), 200, np.uint8)], [np.ones((96, 80), bool)], np.zeros(FRAMES, np.int32))


def findings(poses=GOOD, frames=SHARP, unseen=0.0, several=ALONE, seconds=200.0):
    return {finding.about: finding for finding in list_findings(poses, frames, unseen, several, seconds, 4.0)}


def check(**changed):
    good = {"poses": GOOD, "frames": SHARP, "unseen": 0.0, "several": ALONE, "seconds": 200.0, "fps": 4.0}
    told = list_findings(**good | changed)
    frames, poses = changed.get("frames", SHARP), changed.get("poses", GOOD)
    return FootageCheck("me.mp4", 200.0, SIZE, 1, changed.get("several", ALONE), poses, frames, SEEN, told)


def test_of_good_footage_nothing_bad_is_said():
    assert {finding.grade for finding in findings().values()} == {"good"}, findings()
    assert check().grade == "good"
    assert check().warnings == ""
    refuse_unusable(check(), None)


@pytest.mark.parametrize(
    ("about", "grade", "changed"),
    [
        ("people", "stop", {"several": np.arange(48) % 2 == 0}),
        ("people", "warn", {"several": np.arange(48) % 8 == 0}),
        ("camera", "stop", {"frames": replace(SHARP, shift=np.linspace(0, 0.2, 200))}),
        ("camera", "stop", {"frames": replace(SHARP, shift=np.where(np.arange(200) < 100, 0, np.inf))}),
        ("camera", "warn", {"frames": replace(SHARP, shift=np.linspace(0, 0.01, 200))}),
        ("camera", "warn", {"frames": replace(SHARP, cuts=[300, 700])}),
        ("camera", "good", {"frames": replace(SHARP, shift=np.full(200, np.nan))}),
        ("background", "warn", {"unseen": 0.08}),
        ("background", "good", {"unseen": 0.02}),
        ("framing", "stop", {"poses": measure_poses(lively(floor=1.3))}),
        ("framing", "stop", {"poses": measure_poses(lively(floor=0.4))}),
        ("size", "warn", {"poses": measure_poses(lively(height=120))}),
        ("size", "stop", {"poses": measure_poses(lively(height=40))}),
        ("parts", "warn", {"poses": measure_poses(without(lively(), "left_hand_middle_1"))}),
        ("turning", "warn", {"poses": measure_poses(lively(angle=0))}),
        ("arms", "warn", {"poses": measure_poses(lively(arms=0))}),
        ("arms", "warn", {"poses": measure_poses(lively(arms=ARMS * ~BEHIND))}),
        ("length", "warn", {"seconds": 20.0}),
        ("sharpness", "warn", {"frames": replace(SHARP, sharpness=np.full(200, 0.6))}),
        ("sharpness", "warn", {"frames": replace(SHARP, sharpness=np.where(np.arange(200) % 3, 1.1, 0.6))}),
        ("light", "warn", {"frames": replace(SHARP, light=np.full(200, 20.0))}),
        ("light", "warn", {"frames": replace(SHARP, clipped=np.full(200, 0.5))}),
        ("light", "warn", {"frames": replace(SHARP, noise=np.full(200, 12.0))}),
        ("exposure", "warn", {"frames": replace(SHARP, background=np.linspace(120, 150, 200))}),
    ],
)
def test_each_fault_is_named_and_nothing_else_gets_worse_than_a_warning(about, grade, changed):
    told = findings(**changed)
    assert told[about].grade == grade, told
    assert bool(told[about].advice) == (grade != "good")
    assert all(finding.grade != "stop" for name, finding in told.items() if name != about)


def test_of_a_picture_nothing_is_said_that_only_a_video_can_show():
    told = findings(poses=measure_poses(lively(angle=90)[:1]), several=np.zeros(1, bool), unseen=0.2, seconds=0.25)
    assert {name for name, finding in told.items() if finding.grade != "good"} == {"length", "background"}
    assert "once, from the left" in told["length"].text
    assert not {"camera", "turning", "arms", "places"} & set(told)


def test_a_person_smaller_than_any_canvas_is_refused():
    small = replace(lively(), size=(67, 80))
    told = findings(poses=measure_poses(replace(small, xy=small.xy / 6)))
    assert told["size"].grade == "stop"
    assert "pixels tall; expected 64" in told["size"].text


def test_the_parts_and_the_views_that_are_missing_are_named():
    told = findings(poses=measure_poses(without(lively(), "left_hand_middle_1")))["parts"]
    assert told.text == "Hardly seen at all: left hand."
    told = findings(poses=measure_poses(lively(arms=ARMS * ~BEHIND)))["arms"]
    assert told.text.endswith("; raised ones are hardly seen from back.")


def test_interlaced_footage_is_named():
    told = list_findings(GOOD, SHARP, 0.0, ALONE, 200.0, 4.0, "top field first")
    assert [finding.text for finding in told if finding.about == "fields"] == [
        "The footage is interlaced (top field first); it is deinterlaced, which halves its sharpness."
    ]


def test_somebody_who_stays_in_one_place_is_told_to_step_about():
    told = findings(poses=measure_poses(turning(FRAMES, SIZE, FPS, height=300)))
    assert told["places"].grade == "warn"


def test_somebody_who_is_hardly_there_makes_footage_useless():
    poses = lively()
    xy = poses.xy.copy()
    xy[: round(0.6 * FRAMES)] = np.nan
    told = findings(poses=measure_poses(replace(poses, xy=xy)))
    assert told["person"].grade == "stop"
    assert "60%" in told["person"].text
    assert findings(poses=measure_poses(empty(50, SIZE, FPS)))["person"].text == "No person is found in any frame."


@pytest.mark.parametrize("way", range(8))
def test_the_direction_that_is_seen_is_the_one_that_is_counted(way):
    poses = turning(100, SIZE, FPS, height=300, angle=(45 * way + 180) % 360 - 180)
    seconds = measure_poses(poses).directions
    assert DIRECTIONS[int(seconds.argmax())] == DIRECTIONS[way]
    assert seconds.sum() == pytest.approx(25)


def test_right_and_left_arm_are_counted_apart():
    arms = measure_poses(turning(40, SIZE, FPS, height=300, arms=np.tile([170.0, 10.0], (40, 1)))).arms
    assert arms[2, 0] == 10  # the right one up, the left one down
    assert arms.sum() == 10


@given(seconds=st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_coverage_grows_with_time(seconds):
    array = np.array(seconds)
    assert 0 <= covered(array) <= covered(array + 0.5) <= 1


def test_the_result_is_plain_json_whatever_was_measured():
    for frames in (SHARP, replace(SHARP, shift=np.full(200, np.nan), light=np.full(200, np.nan))):
        for poses in (GOOD, measure_poses(empty(50, SIZE, FPS))):
            told = json.loads(json.dumps(check(frames=frames, poses=poses).to_dict(), allow_nan=False))
            assert told["footage"] == "me.mp4"
            assert told["findings"][0].keys() == {"about", "grade", "text", "advice"}


def test_the_summary_says_the_worst_first():
    lines = check(several=np.ones(48, bool), seconds=20.0).summary.splitlines()
    assert lines[0] == "me.mp4: not fit for training as it is"
    assert lines[1].startswith("  STOP  people")
    assert lines[2].startswith("  mind  length")


def test_hopeless_footage_is_refused_with_what_to_film_better(tmp_path):
    with pytest.raises(SubjectError, match=r"me\.mp4 is not fit for training: More than one.*alone.*`force`"):
        refuse_unusable(check(several=np.ones(48, bool)), "me.mp4")


@pytest.mark.parametrize("poses", [GOOD, measure_poses(empty(50, SIZE, FPS)), measure_poses(empty(1, SIZE, FPS))])
@pytest.mark.parametrize("several", [ALONE, np.zeros(0, bool)])
def test_every_check_can_be_drawn(poses, several):
    picture = draw_check(check(poses=poses, several=several, frames=replace(SHARP, cuts=[5])))
    assert picture.shape == (1040, 1280, 3)
    assert picture.dtype == np.uint8


def test_a_lost_person_is_red_in_the_picture_also_for_a_short_while():
    poses = lively()
    xy = poses.xy.copy()
    xy[400:402] = np.nan
    red = [
        ((picture.astype(int) - (209, 63, 63)) ** 2).sum(axis=2) < 300
        for picture in (draw_check(check()), draw_check(check(poses=measure_poses(replace(poses, xy=xy)))))
    ]
    assert not red[0].any()
    assert red[1].any()


def test_what_is_never_seen_of_the_background_is_red_in_the_picture():
    hidden = SEEN.seen[0].copy()
    hidden[20:60, 20:60] = False
    seen, unseen = (draw_check(replace(check(), plates=replace(SEEN, seen=[each]))) for each in (SEEN.seen[0], hidden))
    tint = np.abs(unseen.astype(int) - ((209 + 200) // 2, (63 + 200) // 2, (63 + 200) // 2)).max(axis=2) < 4
    assert tint.sum() > 1000
    assert (seen[tint] == 200).mean() > 0.95


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """Four seconds of a drawn person in a textured room, filmed from a place that moves after two seconds."""
    path = tmp_path_factory.mktemp("check") / "me.mp4"
    poses = turning(40, (240, 320), Fraction(10), height=220, arms=np.linspace(0, 170, 40))
    wall = cv2.resize(np.random.default_rng(1).integers(60, 200, (40, 30, 3)).astype(np.uint8), (240, 320))
    with VideoWriter(path, size=(240, 320), fps=Fraction(10)) as video:
        for t, xy in enumerate(poses.xy):
            video.write(draw_person(np.roll(wall, 20 if t > 20 else 0, axis=1), xy, (200, 40, 60)))
    return path, poses


def test_a_video_is_checked_with_the_poses_it_is_given(filmed):
    path, poses = filmed
    told = check_footage(path, poses=poses)
    assert told.to_dict()["frames_checked"] == 40
    assert 0 < told.to_dict()["background_unseen"] < 0.3
    assert told.to_dict()["background_shift"] == pytest.approx(20 / 240, abs=0.01)
    assert told.grade == "unusable"


def test_poses_of_another_video_are_refused(filmed):
    path, poses = filmed
    with pytest.raises(PoseError, match=r"39 frames.*has 40"):
        check_footage(path, poses=poses[:39])
    assert isinstance(poses, PoseSequence)
