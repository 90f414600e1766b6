"""Processes that each hold a copy of a state."""

import os
import signal
import tempfile
import threading
from unittest import mock

import numpy as np
import psutil
import pytest

from motion_transfer.ahead import ahead
from motion_transfer.errors import OutputError, VideoError
from motion_transfer.processes import Processes
from tests.programs import assert_nothing_is_left_behind

COUNT = 2


def add(state, number):
    return state["base"] + number, os.getpid()


def remember(state, number):
    state["base"] = number


def fail(state, how):
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    raise VideoError("frame 7 is damaged") if how == "video" else ZeroDivisionError(how)


def children():
    return [p for p in psutil.Process().children() if "motion_transfer.processes" in p.cmdline()]


@pytest.fixture
def two():
    with Processes(COUNT) as processes:
        processes.hold({"base": 100})
        yield processes
    assert not children()


def test_functions_are_applied_to_the_state_in_other_processes_and_results_come_in_order(two):
    results = list(ahead(lambda number: two.call(add, number), range(40), COUNT))
    assert [number for number, _ in results] == [100 + number for number in range(40)]
    assert {process for _, process in results} <= {child.pid for child in children()}


def test_what_is_told_all_processes_know(two):
    two.tell(remember, 5)
    assert {two.call(add, 1)[0] for _ in range(2 * COUNT)} == {6}


def test_without_processes_it_is_the_state_itself():
    state = {"base": 1}
    with Processes(0) as none:
        none.hold(state)
        assert none.call(add, 2) == (3, os.getpid())
        none.call(remember, 9)
    assert (len(none), state["base"]) == (0, 9)


def test_an_error_in_a_process_is_the_callers_and_the_process_goes_on(two):
    for _ in range(COUNT):
        with pytest.raises(VideoError, match="frame 7 is damaged"):
            two.call(fail, "video")
        with pytest.raises(RuntimeError, match="ZeroDivisionError: bug") as caught:
            two.call(fail, "bug")
        assert "in fail" in "".join(caught.value.__notes__)
    assert two.call(add, 1)[0] == 101


def test_a_process_that_dies_is_reported(two):
    with pytest.raises(OutputError, match=r"ended \(exit status -9\).*OMP_NUM_THREADS=1"):
        two.call(fail, "killed")


def test_an_interruption_of_the_caller_leaves_no_process_behind():
    def interrupted():
        with Processes(COUNT):
            assert len(children()) == COUNT
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not children()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_ends_leaves_no_process_behind(how):
    program = (
        "import time\n"
        "from motion_transfer.processes import Processes\n"
        "with Processes(2) as processes:\n"
        "    processes.hold(1)\n"
        "    print(flush=True)\n"
        "    time.sleep(600)"
    )
    assert_nothing_is_left_behind(program, how, lines=1, count=COUNT)


def test_it_imports_from_where_the_caller_does_whatever_lies_in_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "motion_transfer").mkdir()
    (tmp_path / "motion_transfer" / "__init__.py").write_text("raise SystemExit('another one')")
    monkeypatch.chdir(tmp_path)
    with Processes(1) as processes:
        processes.hold({"base": 1})
        assert processes.call(add, 1)[0] == 2


def total(state):
    state["array"][0] += 1
    return int(state["array"].sum())


def test_what_a_process_changes_of_an_array_is_its_own():
    state = {"array": np.ones(1_000_000, np.int64), "none": np.empty((0, 3))}
    with Processes(COUNT) as processes:
        processes.hold(state)
        processes.tell(total)
        assert processes.call(total) == 1_000_002
    assert state["array"][0] == 1


def test_a_full_folder_of_temporary_files_is_told(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with Processes(1) as processes:
        monkeypatch.setattr(
            tempfile, "TemporaryFile", lambda: mock.MagicMock(__enter__=lambda _: mock.Mock(write=full))
        )
        with pytest.raises(OutputError, match=r"No space left on device.*TMPDIR"):
            processes.hold({"array": np.ones(10)})


def test_several_threads_may_call_at_once(two):
    found = []
    threads = [threading.Thread(target=lambda: found.append(two.call(add, 0)[0])) for _ in range(5 * COUNT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [100] * 5 * COUNT
