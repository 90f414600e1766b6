"""From frames to people, with detectors that give what the test wants."""

import sys
import weakref
from collections import Counter
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import Detection, estimate_people, estimate_poses
from motion_transfer.pose.estimation import observer
from motion_transfer.pose.estimation.estimate import STAGE
from tests.drawn_world import standing

SIZE, FPS = (640, 480), Fraction(25)
STRIPES = np.repeat(np.arange(640) // 8 % 2 * 200, 3).reshape(1, 640, 3).astype(np.uint8)
FRAMES = [np.repeat(np.roll(STRIPES, shift, axis=1), 480, axis=0) for shift in (0, 3, 5, 2, 7)]  # everything moves


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


find = partial(estimate_poses, size=SIZE, fps=FPS)


def at(x, frames=30, height=200):
    return standing(np.broadcast_to(x, frames), 400, height)


def photograph(frames):
    return [FRAMES[0]] * len(frames)


@pytest.fixture
def show(monkeypatch):
    """Let the detectors find these poses, that of one person the first of them only; gives the frames."""

    def replace_detectors(*people, counts=(1,) * 4):
        depth = np.zeros(25, np.float32)
        found = [[Detection(p.xy[t], p.score[t], depth) for p in people] for t in range(len(people[0]))]
        monkeypatch.setattr(observer, "HolisticEstimator", Detector([one[:1] for one in found]))
        monkeypatch.setattr(observer, "RoiTracker", Detector(found))
        monkeypatch.setattr(observer, "DetectionVerifier", Mirror(counts))
        return [FRAMES[t % 5] for t in range(len(found))]

    return replace_detectors


@pytest.mark.parametrize("frames", [1, 30])
def test_a_person_who_is_found_again_is_kept(show, frames):
    dancer = at(200, frames)
    assert np.array_equal(find(show(dancer)).xy, dancer.xy)


@pytest.mark.parametrize(("x", "given"), [(500, list), (200, photograph)], ids=["chair", "photograph"])
def test_a_thing_is_no_person_unless_that_is_wanted(show, x, given):
    frames = given(show(at(x)))
    with pytest.raises(PoseError, match=r"no person found in any of 30 frames of empty.*does not move at all"):
        find(frames, name="empty")
    assert find(frames, settings=PoseSettings(plausible=False)).present.all()


def test_a_frozen_beginning_of_a_dance_stays(show):
    moving = show(at(200, 90))
    assert find(photograph(moving[:60]) + moving[60:]).present.all()


def test_a_chair_found_when_the_dancer_left_is_left_out(show):
    poses = find(show(at(np.where(np.arange(60) < 40, 200, 500), 60)))
    assert poses.present.tolist() == [True] * 40 + [False] * 20


def test_the_person_who_was_chosen_stays_chosen(show):
    t = np.arange(50)
    left, right = at(20 + 1.0 * t, 50), at(250 - 1.0 * t, 50, 240)
    assert np.array_equal(find(show(left, right), person="2").xy, left.xy)
    with pytest.raises(PoseError, match="no person 3 in duo; people 1 to 2 are"):
        find(show(left, right), person="3", name="duo")


def test_things_get_no_number(show):
    dancer = at(200)
    (found,) = estimate_people(show(at(500, height=300), dancer), size=SIZE, fps=FPS)
    assert np.array_equal(found.xy, dancer.xy)


@pytest.mark.parametrize("given", [list, iter])
def test_where_several_are_counted_everyone_is_followed_with_a_warning(show, given):
    large = at(250, 80, 250)
    frames = given(show(at(100, 80, 100), large, counts=(2, 3, 2, 2)))
    with pytest.warns(UserWarning, match="several people in duo.*`person`"):
        assert np.array_equal(find(frames, name="duo").xy, large.xy)


@pytest.mark.parametrize("counts", [(2, 1), (1, 2), (2, 2, 2, 1), (2, 2, 1, 2)])
@pytest.mark.parametrize("given", [list, iter])
def test_one_dancer_counted_double_now_and_then_is_one_dancer(show, given, counts):
    dancer = at(200, 3 * len(counts), 100)
    frames = given(show(dancer, at(200, 3 * len(counts)), counts=counts))
    assert np.array_equal(find(frames, fps=Fraction(3)).xy, dancer.xy)


@pytest.mark.filterwarnings("ignore:there are several people")
@pytest.mark.parametrize("counts", [(1,) * 9, (2,) * 9, (2, 2, 1, 1, 1, 1, 1)])
def test_no_frame_of_an_iterator_is_kept(show, counts):
    refs = []

    def fresh(frames):
        for frame in frames:
            assert sum(ref() is not None for ref in refs) <= 3
            copy = frame.copy()
            refs.append(weakref.ref(copy))
            yield copy
            del copy

    assert len(find(fresh(show(at(200), at(100), counts=counts)), fps=Fraction(1))) == len(refs) == 30


@pytest.mark.parametrize(("given", "total"), [(list, 5), (iter, None)])
def test_progress_counts_frames(show, given, total):
    reports = []
    find(given(show(at(200, 5))), progress=lambda *report: reports.append(report))
    assert reports == [(STAGE, done, total) for done in range(6)]


@pytest.mark.filterwarnings("ignore:there are several people")
@pytest.mark.parametrize("given", [list, iter])
@pytest.mark.parametrize("count", [1, 2])
def test_the_work_grows_as_the_clip_does(show, given, count):
    """Counted in calls of functions and steps of generators: at most twice as many for twice the frames."""

    def calls(frames):
        clip = given(show(at(200, frames), at(100, frames), counts=(count,) * frames))
        made = Counter()
        sys.setprofile(lambda frame, event, argument: made.update([event]))
        try:
            find(clip, settings=PoseSettings(workers=1))
        finally:
            sys.setprofile(None)
        return made.total()

    calls(100)  # loads what is loaded at the first use
    assert calls(200) < 2.1 * calls(100)
