"""From frames to people, with detectors that say what the test wants."""

from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import Detection, estimate_people, estimate_poses
from motion_transfer.pose.estimation.estimate import STAGE
from motion_transfer.pose.tracking import observation

SIZE, FPS = (640, 480), Fraction(25)
STRIPES = np.repeat(np.arange(640) // 8 % 2 * 200, 3).reshape(1, 640, 3).astype(np.uint8)
FRAMES = [np.repeat(np.roll(STRIPES, shift, axis=1), 480, axis=0) for shift in (0, 3, 5, 2, 7)]
"""Everything moves."""


class Shown:
    """Finds, frame by frame, what it was given; a context manager like the real ones."""

    def __init__(self, frames):
        self.frames = iter(frames)

    def __call__(self, *_):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Detector(Shown):
    def __call__(self, *arguments):
        return next(self.frames) if isinstance(arguments[0], np.ndarray) else self


class Mirror(Shown):
    """A second look that agrees where the body stands left of the middle of the picture."""

    def __call__(self, *arguments):
        return bool(arguments[1].xy[1, 0] < 320) if isinstance(arguments[0], np.ndarray) else self

    def count(self, frame):
        return self.crowd

    crowd = 1


@pytest.fixture
def seen(monkeypatch):
    """Let the detectors find these poses."""

    def show(*people):
        depth = np.zeros(25, np.float32)
        frames = [
            [Detection(p.xy[t], p.score[t], depth) for p in people if p.present[t]] for t in range(len(people[0]))
        ]
        for name in ("HolisticEstimator", "RoiTracker"):
            monkeypatch.setattr(observation, name, Detector(frames))
        monkeypatch.setattr(observation, "DetectionVerifier", Mirror([]))
        return [FRAMES[t % 5] for t in range(len(frames))]

    return show


def test_somebody_who_is_found_again_is_kept(seen, person):
    dancer = person(np.full(30, 200), 400, 200)
    poses = estimate_poses(seen(dancer), size=SIZE, fps=FPS)
    assert np.array_equal(poses.xy, dancer.xy)


def test_a_chair_is_nobody(seen, person):
    with pytest.raises(PoseError, match="no person found in any of 30 frames of room"):
        estimate_poses(seen(person(np.full(30, 500), 400, 200)), size=SIZE, fps=FPS, name="room")


def test_without_the_second_look_a_chair_is_somebody(seen, person):
    settings = PoseSettings(plausible=False)
    poses = estimate_poses(seen(person(np.full(30, 500), 400, 200)), size=SIZE, fps=FPS, settings=settings)
    assert poses.present.all()


def test_a_photograph_is_nobody_however_much_it_is_found_again(seen, person):
    frames = [FRAMES[0]] * len(seen(person(np.full(30, 200), 400, 200)))
    with pytest.raises(PoseError, match="does not move at all"):
        estimate_poses(frames, size=SIZE, fps=FPS)


def test_a_photograph_is_somebody_if_that_is_wanted(seen, person):
    frames = [FRAMES[0]] * len(seen(person(np.full(30, 200), 400, 200)))
    assert estimate_poses(frames, size=SIZE, fps=FPS, settings=PoseSettings(plausible=False)).present.all()


def test_a_frozen_beginning_of_a_dance_stays(seen, person):
    moving = seen(person(np.full(90, 200), 400, 200))
    assert estimate_poses([FRAMES[0]] * 60 + moving[60:], size=SIZE, fps=FPS).present.all()


def test_a_chair_found_when_the_dancer_left_is_left_out(seen, person):
    x = np.where(np.arange(60) < 40, 200, 500)
    poses = estimate_poses(seen(person(x, 400, 200)), size=SIZE, fps=FPS)
    assert poses.present.tolist() == [True] * 40 + [False] * 20


def test_a_clip_of_one_frame(seen, person):
    assert estimate_poses(seen(person(200, 400, 200)), size=SIZE, fps=FPS).present.all()


def test_the_person_who_was_chosen_stays_chosen(seen, person):
    t = np.arange(50)
    left, right = person(20 + 1.0 * t, 400, 200), person(250 - 1.0 * t, 420, 240)
    frames = seen(left, right)
    assert np.array_equal(estimate_poses(frames, size=SIZE, fps=FPS, person="2").xy, left.xy)


def test_a_number_that_nobody_has(seen, person):
    with pytest.raises(PoseError, match="no person 2 in duo; only person 1 is"):
        estimate_poses(seen(person(np.full(9, 200), 400, 200)), size=SIZE, fps=FPS, person="2", name="duo")


def test_things_have_no_number(seen, person):
    chair, dancer = person(np.full(30, 500), 400, 300), person(np.full(30, 200), 400, 200)
    (found,) = estimate_people(seen(chair, dancer), size=SIZE, fps=FPS)
    assert np.array_equal(found.xy, dancer.xy)


def test_where_several_are_counted_everybody_is_followed_and_it_is_said(seen, person, monkeypatch):
    class Again(list):
        def part(self, first, stop):
            return self[first:stop]

    monkeypatch.setattr(Mirror, "crowd", 2)
    small, large = person(np.full(80, 100), 300, 100), person(np.full(80, 250), 400, 250)
    frames = Again(seen(small, large))
    one = Detector([found[:1] for found in observation.HolisticEstimator.frames])
    monkeypatch.setattr(observation, "HolisticEstimator", one)
    monkeypatch.setattr(observation, "RoiTracker", Detector(_both(small, large)))
    with pytest.warns(UserWarning, match="several people in duo.*--person"):
        poses = estimate_poses(frames, size=SIZE, fps=FPS, name="duo")
    assert np.array_equal(poses.xy, large.xy)


def _both(*people):
    depth = np.zeros(25, np.float32)
    return [[Detection(p.xy[t], p.score[t], depth) for p in people] for t in range(len(people[0]))]


def test_progress_counts_frames(seen, person):
    told = []
    estimate_poses(
        seen(person(np.full(5, 200), 400, 200)), size=SIZE, fps=FPS, progress=lambda *what: told.append(what)
    )
    assert [done for _, done, _ in told] == list(range(6))
    assert {stage for stage, *_ in told} == {STAGE}
