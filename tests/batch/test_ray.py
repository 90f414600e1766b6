"""The same batch on a Ray cluster of this machine."""

import os
import shutil
import signal
from contextlib import suppress

import psutil
import pytest

from motion_transfer.batch import Job, transfer_many
from motion_transfer.errors import ConfigError
from motion_transfer.transfer import transfer_dance

ray = pytest.importorskip("ray", reason="Ray is not installed")


@pytest.fixture(scope="module")
def cluster():
    """A local cluster with two cores, for all tests."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
def test_ray_makes_what_one_transfer_makes_and_survives_a_killed_worker(cluster, dance, learned, tmp_path):
    shutil.copytree(learned[0], tmp_path / "me", ignore=shutil.ignore_patterns("training"))
    transfer_dance(dance.video, tmp_path / "me", tmp_path / "plain.mp4", poses=dance.poses, device="cpu")
    plain = (tmp_path / "plain.mp4").read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(dance.video.read_bytes()[:3000])
    jobs = [
        Job(source, tmp_path / "me", tmp_path / f"{number}.mp4", poses=dance.pose_file)
        for number, source in enumerate([dance.video, dance.video, broken, dance.video])
    ]
    results = transfer_many(jobs, tmp_path, engine="ray", workers=1, device="cpu")
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


def test_a_cluster_that_cannot_be_reached(monkeypatch, dance, learned, tmp_path):
    def refuse(**options):
        raise ConnectionError("nobody there")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", refuse)
    job = Job(dance.video, learned[0], tmp_path / "x.mp4", poses=dance.pose_file)
    with pytest.raises(ConfigError, match=r"no Ray cluster answers at 10\.0\.0\.1:6379"):
        list(transfer_many([job], tmp_path, engine="ray", address="10.0.0.1:6379", device="cpu"))
