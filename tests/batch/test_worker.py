"""What one worker makes of its tasks, in this process; poses are given, so that no detector is needed."""

import tempfile
import uuid
from dataclasses import replace

import cv2
import fsspec
import numpy as np
import pytest
import torch

from motion_transfer.batch import BatchOptions, Job
from motion_transfer.batch.storage import Scratch
from motion_transfer.batch.task import Task, WorkerSettings
from motion_transfer.batch.worker import Worker, cuts_of
from motion_transfer.config import EncodeSettings
from motion_transfer.config.options import TransferOptions
from motion_transfer.marking.reading import verify
from motion_transfer.pose_cache import PoseCache, address_of
from motion_transfer.video import VideoReader, probe
from motion_transfer.workflows.transfer import transfer
from tests.video.clips import frames_of


@pytest.fixture(autouse=True)
def threads():
    """A worker sets the number of threads of its process, which is that of all tests."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


@pytest.fixture
def settings(tmp_path):
    return WorkerSettings(BatchOptions(device="cpu"), 1, 1, PoseCache(tmp_path / "cache"), tmp_path / "state")


@pytest.fixture
def job(dance, learned, tmp_path):
    """Encoded without loss, so that frames can be compared."""
    lossless = (("encode.quality", 0),)
    options = TransferOptions(credentials=False)  # no signature is made twice, and files are compared
    return Job(dance.video, learned[0], tmp_path / "out.mp4", options, dance.pose_file, lossless)


@pytest.fixture
def plain(dance, learned, tmp_path):
    """What `transfer` makes of the dance."""
    pipeline = replace(learned[1].pipeline, encode=EncodeSettings(quality=0))
    out = tmp_path / "plain.mp4"
    options = TransferOptions(device="cpu", credentials=False)
    return transfer(dance.video, learned[0], out, options, poses=dance.poses, pipeline=pipeline).output


def pixels_of(path):
    return np.stack(frames_of(path)).astype(int)


def test_transfers_that_go_together_are_those_that_go_alone(settings, job, plain, tmp_path):
    jobs = [
        replace(job, output=tmp_path / f"{n}.mp4", settings=(*job.settings, ("normalise.shift_x", n / 10)))
        for n in range(3)
    ]
    outcomes = Worker(settings, 0)(Task("transfer", tuple(jobs)))
    assert [(outcome.error, outcome.frames, outcome.missing) for outcome in outcomes] == [(None, 45, 20)] * 3
    assert np.abs(pixels_of(jobs[0].output) - pixels_of(plain)).max() <= 2
    assert np.abs(pixels_of(jobs[2].output) - pixels_of(plain)).max() > 2
    assert all(probe(one.output).audio is not None for one in jobs)


def test_one_that_is_broken_does_not_keep_the_others(settings, job, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(job.source.read_bytes()[:3000])
    jobs = (job, replace(job, source=broken, output=tmp_path / "never.mp4"))
    good, bad = Worker(settings, 0)(Task("transfer", jobs))
    assert good.error is None
    assert "VideoError" in bad.error
    assert job.output.exists()
    assert not jobs[1].output.exists()


def test_parts_joined_are_the_whole(settings, job, plain):
    settings = replace(settings, options=replace(settings.options, chunk=0.7))
    job = replace(job, options=TransferOptions(label="AI"))
    worker = Worker(settings, 0)
    (looked,) = worker(Task("poses", (job,)))
    assert looked.cuts == (0, 15, 30, 45)
    parts = [Task("part", (job,), cuts=looked.cuts, part=part) for part in range(3)]
    made = [worker(task)[0] for task in parts]
    assert [(one.error, one.frames, one.missing) for one in made] == [(None, 15, 0), (None, 15, 10), (None, 15, 10)]
    stamps = {path: path.stat().st_mtime_ns for path in settings.parts.glob("*/*")}
    again = [worker(task)[0] for task in parts]
    assert [(one.frames, one.missing) for one in again] == [(15, 0), (15, 10), (15, 10)], "they are there already"
    assert {path: path.stat().st_mtime_ns for path in settings.parts.glob("*/*")} == stamps
    assert worker(Task("join", (job,), cuts=looked.cuts))[0].error is None
    uncut, joined = probe(plain), probe(job.output)
    assert (joined.frames, joined.fps) == (45, uncut.fps)
    assert (joined.size, joined.duration) == (uncut.size, uncut.duration)
    assert joined.audio is not None
    differing = np.abs(pixels_of(job.output) - pixels_of(plain)).max(axis=(0, 3)) > 2
    assert differing.any()
    assert not differing[: -differing.shape[0] // 4].any(), "all but the label is the same"
    marks = verify(job.output)
    assert marks.unchanged
    assert [each.role for each in marks.credentials.ingredients] == ["subject", "dance"]
    assert not list(settings.parts.glob("*"))


@pytest.mark.parametrize(("frames", "chunk", "cuts"), [
    (100, None, ()), (100, 4, ()), (101, 4, (0, 50, 101)), (1, 0.001, ()), (3, 0.001, (0, 1, 2, 3)),
])  # fmt: skip
def test_parts_are_equal_and_no_longer_than_asked_for(frames, chunk, cuts):
    assert cuts_of(frames, 25, chunk) == cuts


def test_sources_and_outputs_at_addresses(settings, job, plain, tmp_path):
    bucket = f"memory://{uuid.uuid4()}"
    system = fsspec.filesystem("memory")
    system.pipe(f"{bucket}/dance.mp4", job.source.read_bytes())
    away = replace(job, source=f"{bucket}/dance.mp4", output=f"{bucket}/made/out.mp4")
    worker = Worker(settings, 0)
    assert worker(Task("transfer", (away,)))[0].error is None
    assert system.cat(f"{bucket}/made/out.mp4") == plain.read_bytes()
    assert len(list(settings.previews.glob("*.jpg"))) == 1
    lost = replace(away, source=f"{bucket}/lost.mp4", output=f"{bucket}/made/lost.mp4")
    assert "lost.mp4 cannot be fetched" in worker(Task("transfer", (lost,)))[0].error
    assert not system.exists(f"{bucket}/made/lost.mp4")


@pytest.mark.filterwarnings("default")  # as errors, warnings would make the worker do each job alone
def test_transfers_that_go_together_keep_their_warnings(settings, job, dance, learned, tmp_path):
    with VideoReader(dance.video) as reader:
        address = address_of(reader, learned[1].pipeline.pose, "largest")
    settings.cache.put(address, dance.poses, ["there are several people"])
    found = replace(job, poses=None, output=tmp_path / "found.mp4")
    given, warned = Worker(settings, 0)(Task("transfer", (job, found)))
    assert (given.error, warned.error) == (None, None)
    (cut_off,) = given.warnings  # the drawn figure waves its arms beyond its narrow frame
    assert cut_off.startswith("the frame cuts off up to")
    assert warned.warnings == ("there are several people", cut_off)


def test_a_workers_folder_is_private_and_not_to_be_foreseen(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one, other = (Scratch(settings.state, number).folder for number in (1, 11))
    assert one.parent == tmp_path
    assert one.stat().st_mode & 0o077 == 0
    (one / "left behind").touch()
    again = Scratch(settings.state, 1).folder
    assert again != one
    assert sorted(tmp_path.glob("motion-transfer-*")) == sorted([again, other]), "what a killed worker left is gone"
