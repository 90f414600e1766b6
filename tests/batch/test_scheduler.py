"""What is done, in which order, and what becomes of it; without any work."""

import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.batch.job import Job, TrainingJob
from motion_transfer.batch.scheduler import ATTEMPTS, Schedule
from motion_transfer.batch.task import Outcome
from motion_transfer.config.options import TransferOptions


@pytest.fixture(autouse=True)
def no_subjects(monkeypatch):
    """Poses depend on the source alone."""
    monkeypatch.setattr(Job, "poses_key", lambda job: None if job.poses else str(job.source))


def job(dance, subject="me", *options, **more):
    return Job(Path(dance), Path(subject), Path(f"{dance}-{subject}.mp4"), *options, **more)


def test_poses_of_a_source_are_found_once_for_all_its_subjects():
    schedule = Schedule(iter([job("a", "me"), job("a", "you"), job("b", "me")]), ahead=3)
    first, second = schedule.take(), schedule.take()
    assert [(task.kind, str(task.job.source)) for task in (first, second)] == [("poses", "a"), ("poses", "b")]
    assert schedule.take() is None
    assert schedule.finish(first, [Outcome(seconds={"poses": 2.0}, extracted=True)]) == []
    one, two = schedule.take(), schedule.take()
    assert [task.job for task in (one, two)] == [job("a", "me"), job("a", "you")]
    (result,) = schedule.finish(one, [Outcome(seconds={"poses": 0.1, "synthesis": 3.0}, frames=7)])
    assert (result.status, result.extracted, result.frames) == ("done", True, 7)
    assert result.seconds == {"poses": 2.1, "synthesis": 3.0}
    (result,) = schedule.finish(two, [Outcome(seconds={"poses": 0.1, "synthesis": 3.0})])
    assert not result.extracted


def test_given_poses_are_not_found():
    schedule = Schedule(iter([job("a", poses=Path("a.npz"))]), ahead=3)
    assert schedule.take().kind == "transfer"


def test_a_source_without_poses_fails_for_all_its_subjects():
    schedule = Schedule(iter([job("a", "me"), job("a", "you"), job("b")]), ahead=2)
    results = schedule.finish(schedule.take(), [Outcome(error="PoseError: no person")])
    assert [(result.status, result.error) for result in results] == [("failed", "PoseError: no person")] * 2
    assert schedule.take().job == job("b")


def test_a_lost_worker_costs_its_task_until_it_happens_too_often():
    schedule = Schedule(iter([job("a", poses=Path("x"))]), ahead=2)
    for _ in range(ATTEMPTS - 1):
        assert schedule.give_up(schedule.take(), "the worker died", lost=True) == []
    (result,) = schedule.give_up(schedule.take(), "the worker died", lost=True)
    assert (result.status, result.error) == ("failed", f"the worker died ({ATTEMPTS} times)")
    assert schedule.take() is None


def test_nothing_more_is_begun_after_a_stop():
    schedule = Schedule(iter([job("a"), job("b"), job("c")]), ahead=2)
    first = schedule.take()
    schedule.stop()
    schedule.finish(first, [Outcome()])
    assert schedule.take() is None


def found(schedule, cuts=()):
    """Take a task that finds poses, and find them."""
    task = schedule.take("poses")
    assert schedule.finish(task, [Outcome(cuts=cuts)]) == []


def test_transfers_of_a_subject_go_together_when_their_poses_are_there():
    jobs = [job("a"), job("b", "you"), job("c"), job("d"), job("e")]
    schedule = Schedule(iter(jobs), ahead=10, together=3)
    for _ in range(3):
        found(schedule)
    assert schedule.take().kind == "poses", "two of me are not enough yet"
    found(schedule)
    task = schedule.take()
    assert (task.kind, task.jobs) == ("transfer", (job("a"), job("c"), job("e")))
    assert schedule.take().jobs == (job("b", "you"),), "no poses are left to find, so it goes alone"
    results = schedule.finish(task, [Outcome(), Outcome(error="broken"), Outcome()])
    assert [(result.job, result.status) for result in results] == [
        (job("a"), "done"), (job("c"), "failed"), (job("e"), "done")
    ]  # fmt: skip


@pytest.mark.parametrize("lost", [False, True])
def test_transfers_that_were_lost_or_late_together_go_alone(lost):
    schedule = Schedule(iter([job(name, poses=Path("x")) for name in "abc"]), ahead=10, together=3)
    assert schedule.give_up(schedule.take(), "gone", lost=lost) == []
    alone = [schedule.take() for _ in range(3)]
    assert [task.jobs for task in alone] == [(job(name, poses=Path("x")),) for name in "abc"]
    (result,) = schedule.give_up(alone[0], "too slow", lost=False)
    assert result.error == "too slow"


def test_a_long_clip_is_made_in_parts_that_are_joined():
    schedule = Schedule(iter([job("a"), job("b")]), ahead=2)
    found(schedule, cuts=(0, 10, 20, 25))
    parts = [schedule.take() for _ in range(3)]
    assert [(task.kind, task.part, task.cuts) for task in parts] == [("part", n, (0, 10, 20, 25)) for n in range(3)]
    for task in (parts[2], parts[0]):
        assert schedule.finish(task, [Outcome(seconds={"synthesis": 1.0}, frames=10, missing=1)]) == []
    assert schedule.give_up(parts[1], "died", lost=True) == []
    again = schedule.take()
    assert (again.kind, again.part) == ("part", 1)
    assert schedule.finish(again, [Outcome(seconds={"synthesis": 2.0}, frames=5)]) == []
    task = schedule.take()
    assert (task.kind, task.cuts) == ("join", (0, 10, 20, 25))
    (result,) = schedule.finish(task, [Outcome(seconds={"join": 0.5})])
    assert (result.status, result.frames, result.missing) == ("done", 25, 2)
    assert result.seconds == {"synthesis": 4.0, "join": 0.5}


def test_a_part_that_fails_is_the_end_of_its_clip_alone():
    schedule = Schedule(iter([job("a"), job("b")]), ahead=2)
    found(schedule, cuts=(0, 10, 20, 30))
    first, second = schedule.take(), schedule.take()
    assert schedule.finish(second, [Outcome(error="broken")]) == [], "another part is being made"
    (result,) = schedule.finish(first, [Outcome()])
    assert (result.status, result.error) == ("failed", "broken")
    assert schedule.take().job == job("b")


def test_what_cannot_be_cut_is_not_and_given_poses_are_looked_at_for_their_length():
    jobs = [job("a", "me", TransferOptions(side_by_side=True)), job("b", poses=Path("b.npz"))]
    schedule = Schedule(iter(jobs), ahead=2, cut=True)
    found(schedule, cuts=(0, 10, 20))
    assert schedule.take().kind == "transfer"
    found(schedule, cuts=(0, 10, 20))
    assert schedule.take().kind == "part"


def test_a_training_is_one_task():
    training_job = TrainingJob(Path("me.mp4"), Path("me"))
    schedule = Schedule(iter([training_job]), ahead=2)
    task = schedule.take()
    assert (task.kind, task.jobs) == ("train", (training_job,))
    (result,) = schedule.finish(task, [Outcome(frames=7)])
    assert (result.job, result.status, result.frames) == (training_job, "done", 7)


@given(
    st.integers(1, 30), st.integers(1, 4), st.integers(1, 5), st.integers(1, 6), st.integers(1, 4), st.booleans(),
    st.randoms(),
)  # fmt: skip
def test_every_job_gets_one_result_whatever_happens(
    dances, subjects, workers, ahead, together, cut, chance: random.Random
):
    jobs = [job(f"d{d}", f"s{s}") for d, s in itertools.product(range(dances), range(subjects))]
    jobs = [replace(one, poses=Path("given")) if chance.random() < 0.3 else one for one in jobs]
    taken = 0

    def stream():
        nonlocal taken
        for one in jobs:
            taken += 1
            yield one

    schedule = Schedule(stream(), ahead, together=together, cut=cut)
    running, results, most = [], [], 0
    while True:
        while len(running) < workers and (task := schedule.take()):
            running.append(task)
        results += schedule.failures()
        if not running:
            break
        assert len(schedule.running) == len(running)
        task = running.pop(chance.randrange(len(running)))
        assert len({one.subject for one in task.jobs}) == 1
        assert len(task.jobs) <= together
        if chance.random() < 0.25:
            results += schedule.give_up(task, "gone", lost=chance.random() < 0.5)
        else:
            cuts = (0, 5, 9) if cut and chance.random() < 0.5 else ()
            results += schedule.finish(
                task, [Outcome(error=chance.choice([None, None, "broken"]), cuts=cuts) for _ in task.jobs]
            )
        most = max(most, taken - len(results))
    assert sorted(str(result.job.output) for result in results) == sorted(str(one.output) for one in jobs)
    assert most <= ahead
