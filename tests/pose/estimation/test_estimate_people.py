"""From frames to people, with detectors that give what the test wants."""

import warnings
import weakref
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import Detection, estimate_people, estimate_poses
from motion_transfer.pose.estimation import observer
from motion_transfer.pose.estimation.estimate import STAGE

SIZE, FPS = (640, 480), Fraction(25)
STRIPES = np.repeat(np.arange(640) // 8 % 2 * 200, 3).reshape(1, 640, 3).astype(np.uint8)
FRAMES = [np.repeat(np.roll(STRIPES, shift, axis=1), 480, axis=0) for shift in (0, 3, 5, 2, 7)]
"""Everything moves."""


class Detector:
    """Finds, frame by frame, what it was given; made and entered like the real ones."""

    def __init__(self, frames):
        self.frames, self.rest = frames, iter(frames)

    def __call__(self, *arguments):
        return next(self.rest) if isinstance(arguments[0], np.ndarray) else type(self)(self.frames)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Mirror(Detector):
    """Verifies a body that stands left of the middle of the picture; counts what it was given."""

    def __call__(self, *arguments):
        return arguments[1].xy[1, 0] < 320 if isinstance(arguments[0], np.ndarray) else super().__call__(*arguments)

    def count(self, frame):
        return next(self.rest)


class Clip:
    """Frames that can be read again and in parts, like a video's."""

    def __init__(self, frames):
        self.frames = frames

    def __len__(self):
        return len(self.frames)

    def __iter__(self):
        return iter(self.frames)

    def part(self, first, stop):
        return self.frames[first:stop]


@pytest.fixture
def seen(monkeypatch):
    """Let the detectors find these poses: that of one person the first of them only."""

    def show(*people, counts=(1, 1)):
        depth = np.zeros(25, np.float32)
        found = [[Detection(p.xy[t], p.score[t], depth) for p in people if p.present[t]] for t in range(len(people[0]))]
        monkeypatch.setattr(observer, "HolisticEstimator", Detector([one[:1] for one in found]))
        monkeypatch.setattr(observer, "RoiTracker", Detector(found))
        monkeypatch.setattr(observer, "DetectionVerifier", Mirror(counts))
        return [FRAMES[t % 5] for t in range(len(found))]

    return show


def test_a_person_who_is_found_again_is_kept(seen, person):
    dancer = person(np.full(30, 200), 400, 200)
    poses = estimate_poses(seen(dancer), size=SIZE, fps=FPS)
    assert np.array_equal(poses.xy, dancer.xy)


def test_a_chair_is_no_person(seen, person):
    with pytest.raises(PoseError, match="no person found in any of 30 frames of empty"):
        estimate_poses(seen(person(np.full(30, 500), 400, 200)), size=SIZE, fps=FPS, name="empty")


def test_without_verification_a_chair_is_a_person(seen, person):
    settings = PoseSettings(plausible=False)
    poses = estimate_poses(seen(person(np.full(30, 500), 400, 200)), size=SIZE, fps=FPS, settings=settings)
    assert poses.present.all()


def test_a_photograph_is_no_person_however_often_it_is_verified(seen, person):
    frames = [FRAMES[0]] * len(seen(person(np.full(30, 200), 400, 200)))
    with pytest.raises(PoseError, match="does not move at all"):
        estimate_poses(frames, size=SIZE, fps=FPS)


def test_a_photograph_is_a_person_if_that_is_wanted(seen, person):
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


def test_a_number_that_no_person_has(seen, person):
    with pytest.raises(PoseError, match="no person 2 in duo; only person 1 is"):
        estimate_poses(seen(person(np.full(9, 200), 400, 200)), size=SIZE, fps=FPS, person="2", name="duo")


def test_things_get_no_number(seen, person):
    chair, dancer = person(np.full(30, 500), 400, 300), person(np.full(30, 200), 400, 200)
    (found,) = estimate_people(seen(chair, dancer), size=SIZE, fps=FPS)
    assert np.array_equal(found.xy, dancer.xy)


@pytest.mark.parametrize("given", [list, iter, Clip])
def test_where_several_are_counted_everyone_is_followed_with_a_warning(seen, person, given):
    small, large = person(np.full(80, 100), 300, 100), person(np.full(80, 250), 400, 250)
    frames = given(seen(small, large, counts=(2, 3)))
    with pytest.warns(UserWarning, match="several people in duo.*`person`"):
        poses = estimate_poses(frames, size=SIZE, fps=FPS, name="duo")
    assert np.array_equal(poses.xy, large.xy)


@pytest.mark.parametrize("counts", [(2, 1), (1, 2), (2, 2, 2, 1), (2, 2, 1, 2)])
@pytest.mark.parametrize("given", [list, iter])
def test_one_dancer_counted_double_now_and_then_is_one_dancer(seen, person, given, counts):
    dancer, shadow = (person(np.full(len(counts) * 3, 200), 400, height) for height in (100, 200))
    frames = given(seen(dancer, shadow, counts=counts))
    assert np.array_equal(estimate_poses(frames, size=SIZE, fps=Fraction(1)).xy, dancer.xy)


@pytest.mark.parametrize("counts", [(1,) * 9, (2,) * 9, (2, 2, 1, 1, 1, 1)])
def test_no_frame_of_an_iterator_is_kept(seen, person, counts):
    refs = []

    def fresh(frames):
        for frame in frames:
            assert sum(ref() is not None for ref in refs) <= 3
            copy = frame.copy()
            refs.append(weakref.ref(copy))
            yield copy
            del copy

    frames = seen(person(np.full(30, 200), 400, 200), person(np.full(30, 100), 400, 100), counts=counts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(estimate_poses(fresh(frames), size=SIZE, fps=Fraction(1))) == len(refs) == 30


def test_progress_counts_frames(seen, person):
    reports = []
    for given in (list, iter):
        frames = given(seen(person(np.full(5, 200), 400, 200)))
        estimate_poses(frames, size=SIZE, fps=FPS, progress=lambda *report: reports.append(report))
    assert reports == [(STAGE, done, total) for total in (5, None) for done in range(6)]
