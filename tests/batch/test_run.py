"""Complete batches with real workers; poses are given or lie in the cache, so that no detector is needed."""

import json
import os
import shutil
import signal
import time

import pytest

from motion_transfer.batch import BatchOptions, Job, transfer_many
from motion_transfer.batch.journal import read_records
from motion_transfer.cli import main
from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import OutputError
from motion_transfer.pose_cache import PoseCache, address_of
from motion_transfer.subject import read_pipeline
from motion_transfer.video import VideoReader
from motion_transfer.workflows.transfer import transfer
from tests.video.clips import children, full_disk

UNSIGNED = TransferOptions(device="cpu", credentials=False)
"""No signature is made twice, and files are compared."""


@pytest.fixture(scope="module")
def world(tmp_path_factory, dance, footage, learned):
    """A dance, one that is broken, two subjects, and a cache that knows the dance's poses."""
    place = tmp_path_factory.mktemp("world")
    shutil.copy(dance.video, place / "dance.mp4")
    shutil.copy(dance.pose_file, place / "dance.npz")
    (place / "broken.mp4").write_bytes(dance.video.read_bytes()[:3000])
    for name in ("me", "you"):
        shutil.copytree(learned[0], place / name, ignore=shutil.ignore_patterns("training"))
    cache = PoseCache(place / "cache")
    with VideoReader(place / "dance.mp4") as reader:
        settings = read_pipeline(place / "me").pose
        cache.put(address_of(reader, settings, "largest"), dance.poses, [])
    return place


@pytest.fixture(scope="module")
def plain(world):
    """What `transfer` makes of the dance."""
    out = world / "plain.mp4"
    transfer(world / "dance.mp4", world / "me", out, UNSIGNED, cache=PoseCache(world / "cache"))
    return out.read_bytes()


def batch(out, *words):
    options = ["--workers", "2", "--device", "cpu", "--no-credentials", "--quiet"]
    return main(["batch", *map(str, words), "--out", str(out), *options])


def records(out):
    return {os.path.basename(r["output"]): r for r in read_records(out / "results.jsonl") if r["status"] != "started"}


def test_every_dance_with_every_subject_one_broken(world, plain, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MOTION_TRANSFER_CACHE", str(world / "cache"))
    words = [world / "dance.mp4", world / "broken.mp4", "--subject", world / "me", "--subject", world / "you"]
    out = tmp_path / "out"
    assert batch(out, *words) == 1
    assert (out / "dance-me.mp4").read_bytes() == (out / "dance-you.mp4").read_bytes() == plain
    ended = records(out)
    for who in ("me", "you"):
        assert (ended[f"dance-{who}.mp4"]["status"], ended[f"broken-{who}.mp4"]["status"]) == ("done", "failed")
    assert len(ended) == 4
    assert "VideoError" in ended["broken-me.mp4"]["error"]
    assert (ended["dance-me.mp4"]["frames"], ended["dance-me.mp4"]["frames_without_person"]) == (45, 20)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "2 done, 2 failed" in page
    assert page.count("<video") == 2
    assert page.count("poster=") == 2
    assert len(list((out / ".batch" / "previews").glob("*.jpg"))) == 2
    assert sorted(path.name for path in out.iterdir()) == [
        ".batch", "dance-me.mp4", "dance-you.mp4", "index.html", "results.jsonl"
    ]  # fmt: skip

    before = (out / "results.jsonl").read_bytes()
    stamps = {path: path.stat().st_mtime_ns for path in out.glob("*.mp4")}
    assert batch(out, *words) == 1, "what failed has still failed"
    assert (out / "results.jsonl").read_bytes() == before, "nothing is done again"
    assert {path: path.stat().st_mtime_ns for path in out.glob("*.mp4")} == stamps

    shutil.copy(world / "dance.mp4", tmp_path / "broken.mp4")
    capsys.readouterr()
    assert batch(out, world / "dance.mp4", "--subject", world / "me", "--json") == 0
    assert json.loads(capsys.readouterr().out)["skipped"] == 1


def test_a_manifest_with_settings_of_its_own(world, plain, tmp_path):
    text = "source,subject,poses,output,end,normalise.scale\ndance.mp4,me,dance.npz,a.mp4,,\n"
    text += "dance.mp4,me,dance.npz,b/b.mp4,,0.8\ndance.mp4,me,dance.npz,c.mp4,0.5,\n"
    path = world / "jobs.csv"
    path.write_text(text)
    out = tmp_path / "out"
    assert batch(out, path) == 1
    assert (out / "a.mp4").read_bytes() == plain
    assert (out / "b" / "b.mp4").read_bytes() != plain
    assert "has 45 frames of" in records(out)["c.mp4"]["error"]


def test_nothing_is_started_when_something_is_wrong(world, tmp_path, capsys):
    path = world / "wrong.csv"
    path.write_text("source,subject\nno.mp4,me\ndance.mp4,stranger\n")
    assert batch(tmp_path / "out", path) == 2
    message = capsys.readouterr().err
    assert "line 2:" in message
    assert "line 3:" in message
    assert not (tmp_path / "out").exists()
    for words in ([world / "dance.mp4"], [path, "--subject", world / "me"], []):
        assert batch(tmp_path / "out", *words) == 2


def many(jobs, out, **options):
    """A batch of one worker, unless the options are others."""
    return transfer_many(jobs, out, BatchOptions(**{"workers": 1, "device": "cpu"} | options))


def jobs(world, out, count):
    return [
        Job(world / "dance.mp4", world / "me", out / f"{number}.mp4", UNSIGNED, world / "dance.npz")
        for number in range(count)
    ]


def workers():
    """The processes of the workers, by their command lines."""
    return children("motion_transfer.batch.engines.local")


@pytest.mark.slow
def test_a_killed_worker_costs_nothing_but_time(world, plain, tmp_path):
    results = many(jobs(world, tmp_path, 4), tmp_path, workers=2)
    first = next(results)
    (victim, *_) = workers()
    os.kill(victim, signal.SIGKILL)
    assert [result.status for result in (first, *results)] == ["done"] * 4
    assert all((tmp_path / f"{number}.mp4").read_bytes() == plain for number in range(4))
    assert not list(tmp_path.glob(".*.mp4"))
    assert workers() == []


def test_a_clip_that_takes_too_long_is_given_up(world, tmp_path):
    results = list(many(jobs(world, tmp_path, 2), tmp_path, timeout=0.01))
    assert [result.status for result in results] == ["failed"] * 2
    assert "took longer than 0.01 s" in results[0].error


def test_fail_fast_begins_nothing_more(world, tmp_path):
    broken = [Job(world / "broken.mp4", world / "me", tmp_path / "x.mp4", poses=world / "dance.npz")]
    results = list(many([*broken, *jobs(world, tmp_path, 3)], tmp_path, fail_fast=True))
    assert [result.status for result in results] == ["failed"]


@pytest.mark.slow
def test_leaving_early_ends_the_workers_and_the_rest_is_done_later(world, tmp_path):
    results = many(jobs(world, tmp_path, 3), tmp_path)
    next(results)
    results.close()
    assert workers() == []
    assert not list(tmp_path.glob(".*.mp4"))
    again = list(many(jobs(world, tmp_path, 3), tmp_path))
    assert sorted(result.status for result in again) == ["done", "done", "skipped"]


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_batch_that_was_ended_goes_on_where_it_stopped(world, plain, tmp_path, start_command, ending):
    path = world / "many.csv"
    path.write_text("source,subject,poses,output\n" + "".join(f"dance.mp4,me,dance.npz,{n}.mp4\n" for n in range(4)))
    out = tmp_path / "out"
    words = ("batch", path, "--out", out, "--workers", 1, "--device", "cpu", "--no-credentials")
    process = start_command(*words)
    while not list(out.glob("[0-9].mp4")) and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(ending)
    _, message = process.communicate(timeout=60)
    if ending == signal.SIGTERM:
        assert process.returncode == 130
        assert "not done; the same command resumes" in message
        assert not list(out.glob(".*.mp4"))
    finished = {path: path.stat().st_mtime_ns for path in out.glob("*.mp4")}
    assert 1 <= len(finished) < 4
    done = {name for name, record in records(out).items() if record["status"] == "done"}
    assert batch(out, path) == 0
    assert all((out / f"{number}.mp4").read_bytes() == plain for number in range(4))
    assert not list(out.glob(".*.mp4"))
    assert {path: path.stat().st_mtime_ns for path in finished if path.name in done} == {
        path: stamp for path, stamp in finished.items() if path.name in done
    }


def test_a_full_disk_ends_the_batch_and_the_same_call_goes_on_from_there(world, plain, tmp_path):
    with full_disk(4000), pytest.raises(OutputError, match=r"the disk is full.*it goes on from here"):
        list(many(jobs(world, tmp_path, 3), tmp_path))
    assert records(tmp_path) == {}, "none is marked as failed"
    assert [result.status for result in many(jobs(world, tmp_path, 3), tmp_path)] == ["done"] * 3
    assert all((tmp_path / f"{number}.mp4").read_bytes() == plain for number in range(3))
