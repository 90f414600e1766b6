"""What is done, in which order, and what becomes of it; without any work."""

import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.batch.job import Job
from motion_transfer.batch.plan import ATTEMPTS, Outcome, Schedule


@pytest.fixture(autouse=True)
def no_subjects(monkeypatch):
    """Poses depend on the source alone."""
    monkeypatch.setattr(Job, "poses_key", lambda job: None if job.poses else str(job.source))


def job(dance, subject="me", **more):
    return Job(Path(dance), Path(subject), Path(f"{dance}-{subject}.mp4"), **more)


def test_poses_of_a_source_are_found_once_for_all_its_subjects():
    schedule = Schedule(iter([job("a", "me"), job("a", "you"), job("b", "me")]), ahead=3)
    first, second = schedule.take(), schedule.take()
    assert [(task.kind, str(task.job.source)) for task in (first, second)] == [("poses", "a"), ("poses", "b")]
    assert schedule.take() is None
    assert schedule.finish(first, Outcome(seconds={"poses": 2.0}, extracted=True)) == []
    one, two = schedule.take(), schedule.take()
    assert [task.job for task in (one, two)] == [job("a", "me"), job("a", "you")]
    (result,) = schedule.finish(one, Outcome(seconds={"poses": 0.1, "synthesis": 3.0}, frames=7))
    assert (result.status, result.extracted, result.frames) == ("done", True, 7)
    assert result.seconds == {"poses": 2.0, "synthesis": 3.0}
    (result,) = schedule.finish(two, Outcome(seconds={"poses": 0.1, "synthesis": 3.0}))
    assert not result.extracted


def test_given_poses_are_not_found():
    schedule = Schedule(iter([job("a", poses=Path("a.npz"))]), ahead=3)
    assert schedule.take().kind == "transfer"


def test_a_source_without_poses_fails_for_all_its_subjects():
    schedule = Schedule(iter([job("a", "me"), job("a", "you"), job("b")]), ahead=2)
    results = schedule.finish(schedule.take(), Outcome("PoseError: nobody"))
    assert [(result.status, result.error) for result in results] == [("failed", "PoseError: nobody")] * 2
    assert schedule.take().job == job("b")


def test_a_lost_worker_costs_its_task_until_it_happens_too_often():
    schedule = Schedule(iter([job("a", poses=Path("x"))]), ahead=2)
    for _ in range(ATTEMPTS - 1):
        assert schedule.finish(schedule.take(), Outcome("the worker died", lost=True)) == []
    (result,) = schedule.finish(schedule.take(), Outcome("the worker died", lost=True))
    assert (result.status, result.error) == ("failed", f"the worker died ({ATTEMPTS} times)")
    assert schedule.take() is None


def test_nothing_more_is_begun_after_a_stop():
    schedule = Schedule(iter([job("a"), job("b"), job("c")]), ahead=2)
    first = schedule.take()
    schedule.stop()
    schedule.finish(first, Outcome())
    assert schedule.take() is None


@given(st.integers(1, 30), st.integers(1, 4), st.integers(1, 5), st.integers(1, 6), st.randoms())
def test_every_job_gets_one_result_whatever_happens(dances, subjects, workers, ahead, chance: random.Random):
    jobs = [job(f"d{d}", f"s{s}") for d, s in itertools.product(range(dances), range(subjects))]
    jobs = [replace(one, poses=Path("given")) if chance.random() < 0.3 else one for one in jobs]
    taken = 0

    def stream():
        nonlocal taken
        for one in jobs:
            taken += 1
            yield one

    schedule = Schedule(stream(), ahead)
    running, results, most = [], [], 0
    while True:
        while len(running) < workers and (task := schedule.take()):
            running.append(task)
        results += schedule.failures()
        if not running:
            break
        assert len(schedule.running) == len(running)
        task = running.pop(chance.randrange(len(running)))
        outcome = chance.choice([Outcome(), Outcome(), Outcome("broken"), Outcome("died", lost=True)])
        results += schedule.finish(task, outcome)
        most = max(most, taken - len(results))
    assert sorted(str(result.job.output) for result in results) == sorted(str(one.output) for one in jobs)
    assert most <= ahead
