"""Batches on a Ray cluster of two nodes, both of them on this machine."""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from motion_transfer.batch import BatchOptions, Job, transfer_many
from motion_transfer.batch.engines import ray_engine
from motion_transfer.batch.run import run_batch
from motion_transfer.batch.task import Outcome, WorkerSettings
from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError
from motion_transfer.pose_cache import PoseCache
from motion_transfer.workflows.transfer import transfer

ray = pytest.importorskip("ray", reason="Ray is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
    ),
]


@pytest.fixture(scope="module")
def cluster():
    """Two nodes with one core each, for all tests; the second one is called `other`."""
    from ray.cluster_utils import Cluster

    options = {"include_dashboard": False, "object_store_memory": 100_000_000}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, **options})
    made.other = made.add_node(num_cpus=1, object_store_memory=100_000_000)
    ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield made
    ray.shutdown()
    made.shutdown()


def test_ray_makes_what_one_transfer_makes_and_survives_a_killed_worker(cluster, dance, learned, tmp_path):
    shutil.copytree(learned[0], tmp_path / "me", ignore=shutil.ignore_patterns("training"))
    unsigned = TransferOptions(device="cpu", credentials=False)  # no signature is made twice
    transfer(dance.video, tmp_path / "me", tmp_path / "plain.mp4", unsigned, poses=dance.poses)
    plain = (tmp_path / "plain.mp4").read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(dance.video.read_bytes()[:3000])
    jobs = [
        Job(source, tmp_path / "me", tmp_path / f"{number}.mp4", unsigned, dance.pose_file)
        for number, source in enumerate([dance.video, dance.video, broken, dance.video])
    ]
    results = transfer_many(jobs, tmp_path, BatchOptions(engine="ray", workers=1, device="cpu"))
    collected = [next(results)]
    (victim,) = actors()
    os.kill(victim, signal.SIGKILL)
    collected += results
    status = {result.job.output.name: result.status for result in collected}
    assert status == {"0.mp4": "done", "1.mp4": "done", "2.mp4": "failed", "3.mp4": "done"}
    assert all((tmp_path / name).read_bytes() == plain for name in ("0.mp4", "1.mp4", "3.mp4"))


def actors():
    """The processes of Ray's actors that this one caused."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "ray::_Actor" in " ".join(process.cmdline()):
                found.append(process.pid)
    return found


class Signer:
    """A worker that writes where it ran into the outputs."""

    def __init__(self, settings, number):
        self.node = ray.get_runtime_context().get_node_id()

    def __call__(self, task):
        time.sleep(0.2 if task.job.options.start != 99 else 3600)
        Path(task.job.output).write_text(self.node)
        return (Outcome(frames=1),)


def signed(dance, learned, out, count, hanging=()):
    """A batch of transfers that are only signed."""
    options = BatchOptions(engine="ray", device="cpu", timeout=4)
    settings = WorkerSettings(options, 2, 1, PoseCache(out / "cache"), out / ".batch", Signer)
    starts = [TransferOptions(start=99 if n in hanging else None) for n in range(count)]
    jobs = [Job(dance.video, learned[0], out / f"{n}.mp4", start, dance.pose_file) for n, start in enumerate(starts)]
    return run_batch(jobs, settings)


def test_a_worker_that_hangs_is_ended(cluster, dance, learned, tmp_path):
    results = {result.job.output.stem: result for result in signed(dance, learned, tmp_path, 4, hanging={1})}
    assert [results[str(n)].status for n in range(4)] == ["done", "failed", "done", "done"]
    assert "took longer than 4 s" in results["1"].error


def test_jobs_run_on_both_nodes_and_all_are_finished_when_one_is_killed(cluster, dance, learned, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_engine, "PATIENCE", 3.0)
    nodes, done, killed = set(), [], False
    for result in signed(dance, learned, tmp_path, 60):
        done.append(result.status)
        nodes.add(result.job.output.read_text())
        if len(nodes) == 2 and not killed:
            cluster.remove_node(cluster.other, allow_graceful=False)
            killed = True
    assert killed, "jobs ran on both nodes"
    assert done == ["done"] * 60


def test_a_cluster_that_cannot_be_reached(monkeypatch, dance, learned, tmp_path):
    def refuse(**options):
        raise ConnectionError("no answer")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", refuse)
    job = Job(dance.video, learned[0], tmp_path / "x.mp4", poses=dance.pose_file)
    options = BatchOptions(engine="ray", address="10.0.0.1:6379", device="cpu")
    with pytest.raises(ConfigError, match=r"no Ray cluster answers at 10\.0\.0\.1:6379"):
        list(transfer_many([job], tmp_path, options))
