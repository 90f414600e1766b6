"""The file of results: what counts after whatever happened to it."""

import json
import os
from pathlib import Path

import pytest

from motion_transfer import files
from motion_transfer.batch.job import Job
from motion_transfer.batch.journal import Journal, open_journal, read_records
from motion_transfer.batch.report import write_index
from motion_transfer.batch.task import Result
from motion_transfer.errors import OutputError


@pytest.fixture
def job(tmp_path):
    (tmp_path / "dance.mp4").write_bytes(b"dance")
    return Job(tmp_path / "dance.mp4", tmp_path / "me", tmp_path / "out.mp4")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "results.jsonl"


def finish(file, job, status, *, present=True):
    with open_journal(file) as journal:
        journal.begin(job)
        if present:
            job.output.write_bytes(b"result")
        journal.end(Result(job, status, error=None if status == "done" else "broken"))


def decision(file, job, **how):
    with open_journal(file) as journal:
        return journal.decide(job, **how)


def test_what_is_finished_and_unchanged_is_left_alone(file, job):
    assert decision(file, job) == "do"
    finish(file, job, "done")
    assert decision(file, job) == "done"
    assert decision(file, job, retry=True, overwrite=True) == "done"


@pytest.mark.parametrize("change", [lambda job: job.source.write_bytes(b"another"), lambda job: job.output.unlink()])
def test_what_changed_or_is_gone_is_done_again(file, job, change):
    finish(file, job, "done")
    change(job)
    assert decision(file, job) == "do"


def test_what_failed_is_tried_again_when_asked_or_changed(file, job):
    finish(file, job, "failed", present=False)
    assert decision(file, job) == "failed"
    assert decision(file, job, retry=True) == "do"
    job.source.write_bytes(b"mended dance")
    assert decision(file, job) == "do"


def test_an_output_that_is_not_of_the_batch_is_left_alone(file, job):
    job.output.write_bytes(b"mine")
    assert decision(file, job) == "exists"
    assert decision(file, job, overwrite=True) == "do"


def test_a_batch_knows_its_own_output_when_it_was_killed_before_it_said_so(file, job):
    with open_journal(file) as journal:
        journal.begin(job)
        job.output.write_bytes(b"result")
    assert decision(file, job) == "do"


def test_a_line_cut_anywhere_is_not_believed(file, job):
    finish(file, job, "done")
    complete = file.read_bytes()
    first = complete.index(b"\n") + 1
    for cut in range(first, len(complete) - 1, 7):
        file.write_bytes(complete[:cut])
        assert decision(file, job) == "do"
        finish(file, job, "done")
        assert decision(file, job) == "done"
        assert all(line == b"" or json.loads(line) for line in file.read_bytes().split(b"\n")[-3:])


def test_a_record_says_what_was_done(file, job):
    finish(file, job, "failed")
    started, record = read_records(file)
    assert (started["status"], record["status"]) == ("started", "failed")
    assert (record["source"], record["error"]) == (str(job.source), "broken")
    assert record["versions"].keys() >= {"torch", "mediapipe"}
    assert record["made_by"].startswith("motion_transfer ")


def test_one_batch_at_a_time(monkeypatch, file, job):
    monkeypatch.setattr(files, "PATIENCE", 0.2)
    with open_journal(file), pytest.raises(OutputError, match="a batch that is running"), open_journal(file):
        pass
    with open_journal(file):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_a_full_disk_is_an_error(job):
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OutputError, match="disk is full"):
            Journal(Path("/dev/full"), descriptor).begin(job)
    finally:
        os.close(descriptor)


FOREIGN = [
    b"[1, 2]",
    b'"output"',
    b"[" * 100_000,
    b'{"output": 5, "status": "done", "fingerprint": "x"}',
    b'{"output": "x.mp4", "status": "done", "fingerprint": "x"}',
    b'{"output": "x.mp4", "status": "finished", "fingerprint": "x"}',
    b'{"output": ["x.mp4"], "status": "started", "fingerprint": {}}',
    b'{"output": "\xff"}',
    b"a" * 2_000_000,
    b"1" * 5_000,
]


@pytest.mark.parametrize("line", FOREIGN, ids=lambda line: line[:12].decode(errors="replace"))
def test_foreign_lines_are_passed_over_with_a_warning(file, job, line):
    finish(file, job, "done")
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.warns(UserWarning, match="1 lines are no records of a batch"):
        assert decision(file, job) == "done"
    write_index(file.parent, file.parent / "previews")
    assert job.name in (file.parent / "index.html").read_text()


def test_a_pipe_is_no_file_of_results(file):
    os.mkfifo(file)
    with pytest.raises(OutputError, match="is no regular file"), open_journal(file):
        pass


def test_names_that_are_not_utf_8_are_recorded_and_shown(tmp_path, file):
    (tmp_path / "bad\udcff.mp4").write_bytes(b"dance")
    job = Job(tmp_path / "bad\udcff.mp4", tmp_path / "me", tmp_path / "out\udcff.mp4")
    finish(file, job, "done")
    assert decision(file, job) == "done"
    write_index(tmp_path, tmp_path / "previews")
    assert "out%FF.mp4" in (tmp_path / "index.html").read_text()
