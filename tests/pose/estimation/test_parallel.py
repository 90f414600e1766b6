import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import psutil
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError, VideoError
from motion_transfer.pose.estimation.estimate import STAGE, _observe
from motion_transfer.pose.estimation.parallel import SHORTEST_PART, WARM_UP, count_workers, cut, observe_in_parallel
from motion_transfer.progress import no_progress
from tests.programs import assert_nothing_is_left_behind


@dataclass(frozen=True)
class Numbered:
    """Frames that hold their numbers."""

    frames: int
    first: int = 0

    def __len__(self) -> int:
        return self.frames

    def __iter__(self) -> Iterator[np.ndarray]:
        for number in range(self.first, self.first + self.frames):
            yield np.full((2, 2, 3), number, np.int64)

    def part(self, first: int, stop: int) -> "Numbered":
        return Numbered(stop - first, self.first + first)


@dataclass(frozen=True)
class Recorder:
    """Gives each frame's number, and the process in which it was seen."""

    fail_at: int = -1
    error: str = ""
    settings: PoseSettings = PoseSettings(workers=2)

    def __call__(self, frames: Iterable[np.ndarray], first: int = 0) -> Iterator[tuple[int, int]]:
        for expected, frame in enumerate(frames, first):
            number = int(frame[0, 0, 0])
            assert number == expected
            if number == self.fail_at:
                self._fail(number)
            yield number, os.getpid()

    def _fail(self, number: int) -> None:
        if self.error == "video":
            raise VideoError(f"frame {number} is damaged")
        if self.error == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        1 / 0  # noqa: B018


@pytest.mark.parametrize("frames", [1, 119, 240, 241, 1000, 12345])
@pytest.mark.parametrize("workers", [1, 2, 7])
def test_parts_cover_the_clip_once_and_begin_early(frames, workers):
    parts = cut(frames, workers)
    assert [n for part in parts for n in range(part.first, part.stop)] == list(range(frames))
    assert all(part.begin == max(0, part.first - WARM_UP) for part in parts)


def test_short_clips_are_not_worth_a_process():
    assert count_workers(8, 2 * SHORTEST_PART - 1) == 1
    assert count_workers(2, 10_000) == 2
    assert count_workers(0, 10**9) == len(os.sched_getaffinity(0))


FRAMES = list(Numbered(300))


@pytest.mark.parametrize("frames", [Numbered(300), FRAMES, tuple(FRAMES), np.stack(FRAMES)], ids=type)
def test_frames_that_can_be_read_again_are_shared_by_processes_with_results_in_order(frames):
    reports = []
    results = _observe(frames, Recorder(), lambda *report: reports.append(report))
    assert [number for number, _ in results] == list(range(300))
    assert len({process for _, process in results}) == 2
    assert reports == sorted(reports)
    assert (reports[0], reports[-1]) == ((STAGE, 0, 300), (STAGE, 300, 300))


def test_an_iterator_is_observed_in_this_process():
    assert {process for _, process in _observe(iter(FRAMES), Recorder(), no_progress)} == {os.getpid()}


def test_an_error_in_a_process_is_the_callers():
    with pytest.raises(VideoError, match="frame 200 is damaged"):
        observe_in_parallel(FRAMES, Recorder(fail_at=200, error="video"), 2)
    with pytest.raises(RuntimeError, match="ZeroDivisionError") as caught:
        observe_in_parallel(Numbered(300), Recorder(fail_at=10, error="bug"), 2)
    assert "fail" in "".join(caught.value.__notes__)


def test_a_process_that_dies_is_reported():
    with pytest.raises(PoseError, match=r"ended \(exit status -9\).*`pose.workers`"):
        observe_in_parallel(Numbered(300), Recorder(fail_at=30, error="killed"), 2)


def test_an_interruption_of_the_caller_leaves_no_process_behind():
    def interrupt(done):
        if done:
            assert children()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe_in_parallel(Numbered(4000), Recorder(), 2, interrupt)
    assert not children()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_program_leaves_no_process_behind(how):
    program = (
        "from motion_transfer.pose.estimation.parallel import observe_in_parallel\n"
        "from tests.pose.estimation.test_parallel import Numbered, Recorder\n"
        "observe_in_parallel(Numbered(10**6), Recorder(), 2, lambda done: print(done, flush=True))"
    )
    assert_nothing_is_left_behind(program, how, lines=2)


def children():
    return [p for p in psutil.Process().children() if "motion_transfer.pose.estimation.worker" in p.cmdline()]
