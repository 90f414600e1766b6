"""Poses are found once for a clip, and never believed when they could be others."""

import errno
import hashlib
import json
import os
import shutil
import warnings
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from motion_transfer.cli import main
from motion_transfer.config import PoseSettings
from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose_cache import CLEANING, PoseCache, address_of, find_poses, fingerprint, open_cache
from motion_transfer.user_dirs import cache_dir
from motion_transfer.video import VideoReader
from motion_transfer.workflows.transfer import transfer

SETTINGS = PoseSettings(workers=1)


@pytest.fixture
def cache(tmp_path):
    return PoseCache(tmp_path / "cache")


@pytest.fixture
def drawn(monkeypatch, dance):
    """Finding poses gives those that were drawn, and a depth."""

    def estimate(frames, **options):
        depth = np.zeros((len(dance.poses), OPENPOSE_137.body.stop), np.float32)
        return replace(dance.poses, depth=depth)[: len(frames)]

    monkeypatch.setattr("motion_transfer.pose_cache.estimate_poses", estimate)


def found(cache, video, settings=SETTINGS, **part):
    with VideoReader(video, **part) as reader:
        return find_poses(reader, settings, cache=cache)


def entries(cache):
    return sorted(cache.folder.glob("poses/*/*"))


def same(a, b):
    return np.array_equal(a.xy, b.xy, equal_nan=True) and np.array_equal(a.score, b.score)


def test_poses_are_found_once_also_under_another_name(drawn, cache, dance, tmp_path):
    first = found(cache, dance.video)
    shutil.copy(dance.video, tmp_path / "copy.mp4")
    again = found(cache, tmp_path / "copy.mp4")
    assert (cache.missed, cache.found) == (1, 1)
    assert same(first, again)
    assert again.depth is not None


def test_every_setting_counts_but_those_of_the_cleaning(dance):
    others = {
        "detection_confidence": 0.4, "tracking_confidence": 0.4, "people": 2,
        "plausible": False, "workers": 2, "max_gap": 1.0, "outliers": False, "smoothing": "none", "window": 9,
        "span": 1.0,
    }  # fmt: skip
    assert others.keys() == vars(SETTINGS).keys()
    with VideoReader(dance.video) as reader:
        usual = address_of(reader, SETTINGS, "largest")
        assert address_of(reader, SETTINGS, "left") != usual
        for name, value in others.items():
            other = address_of(reader, replace(SETTINGS, **{name: value}), "largest")
            assert (other == usual) == (name in CLEANING), name


def test_a_part_of_a_clip_has_poses_of_its_own(drawn, cache, dance):
    assert len(found(cache, dance.video, end=0.5)) == 15
    assert len(found(cache, dance.video)) == 45
    assert len(found(cache, dance.video, end=0.5)) == 15
    assert (cache.missed, cache.found) == (2, 1)


def test_a_changed_file_is_another_one(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = fingerprint(path)
    assert fingerprint(path) == before
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert fingerprint(path) == hashlib.sha256(b"two").hexdigest() != before


@pytest.mark.parametrize("damage", [b"", b"no poses", "cut", "flipped", "another clip's"])
def test_a_damaged_entry_is_made_again(drawn, cache, dance, footage, damage):
    first = found(cache, dance.video)
    (entry,) = entries(cache)
    content = entry.read_bytes()
    if damage == "another clip's":
        shutil.copy(footage.pose_file, entry)
    else:
        half = len(content) // 2
        flipped = content[:half] + bytes([content[half] ^ 255]) + content[half + 1 :]
        entry.write_bytes({"cut": content[:half], "flipped": flipped}.get(damage, damage))
    assert same(found(cache, dance.video), first)
    assert (cache.missed, cache.found) == (2, 0)
    found(cache, dance.video)
    assert cache.found == 1


@pytest.mark.parametrize("call", ["motion_transfer.loading.os.open", "motion_transfer.pose_cache.os.utime"])
@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES])
def test_an_entry_survives_a_time_in_which_the_disk_or_the_permissions_fail(
    drawn, cache, dance, monkeypatch, call, code
):
    first = found(cache, dance.video)
    (entry,) = entries(cache)
    content = entry.read_bytes()

    def fail(*arguments, **options):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as failing:
        failing.setattr(call, fail)
        kept = cache.get(entry.stem)
        assert kept is None or same(kept[0], first)
        assert entry.read_bytes() == content
    assert same(cache.get(entry.stem)[0], first)


def test_warnings_are_given_again(monkeypatch, cache, dance):
    def several(frames, **options):
        warnings.warn("there are several people", stacklevel=2)
        return dance.poses

    monkeypatch.setattr("motion_transfer.pose_cache.estimate_poses", several)
    for _ in range(2):
        with pytest.warns(UserWarning, match="several people"):
            found(cache, dance.video)
    assert cache.found == 1


def test_a_failure_is_not_kept(monkeypatch, cache, dance):
    def nobody(frames, **options):
        raise PoseError("no person found")

    monkeypatch.setattr("motion_transfer.pose_cache.estimate_poses", nobody)
    for _ in range(2):
        with pytest.raises(PoseError):
            found(cache, dance.video)
    assert entries(cache) == []


def test_what_was_used_least_recently_goes_first(cache, dance):
    for number, address in enumerate(("aa1", "bb2", "cc3", "dd4")):
        cache.put(address, dance.poses, [])
        os.utime(cache._path(address), (1000 + number, 1000 + number))
    one = cache.size()[1] / 4
    assert cache.get("aa1") is not None
    cache.evict(4 * one)
    assert cache.size()[0] == 4
    cache.evict(2.9 * one)
    assert {path.stem for path in entries(cache)} == {"aa1", "dd4"}


def test_what_a_killed_process_left_goes_after_an_hour(cache, dance):
    cache.put("aa1", dance.poses, [])
    for name, age in ((".old.1.part.npz", 10000), (".new.2.part.npz", 0)):
        path = cache.folder / "poses" / "aa" / name
        path.touch()
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    cache.evict(1e9)
    assert {path.name for path in entries(cache)} == {"aa1.npz", ".new.2.part.npz"}


def _write_often(folder, poses):
    cache = PoseCache(folder, limit=30000)
    for _ in range(20):
        for address in ("aa1", "aa2", "bb3"):
            cache.put(address, poses, [])
            kept = cache.get(address)
            assert kept is None or same(kept[0], poses)
            cache.evict(30000)


def test_several_writers_do_not_disturb_each_other(cache, dance):
    context = get_context("fork")
    writers = [context.Process(target=_write_often, args=(cache.folder, dance.poses)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert not [path for path in entries(cache) if path.name.startswith(".")]


def test_a_place_that_cannot_be_written_costs_a_warning(drawn, dance, tmp_path):
    (tmp_path / "file").touch()
    with pytest.warns(UserWarning, match="poses are not kept"):
        assert len(found(PoseCache(tmp_path / "file" / "cache"), dance.video)) == 45


def test_the_path(monkeypatch, tmp_path):
    assert open_cache("off") is None
    assert open_cache() is None, "the tests' environment says off"
    monkeypatch.setenv("MOTION_TRANSFER_CACHE", str(tmp_path / "a"))
    assert open_cache().folder == tmp_path / "a"
    assert open_cache(str(tmp_path / "b")).folder == tmp_path / "b"
    monkeypatch.delenv("MOTION_TRANSFER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert open_cache().folder == cache_dir() == tmp_path / "motion-transfer"
    monkeypatch.setenv("MOTION_TRANSFER_CACHE_GB", "0.5")
    assert open_cache().limit == 5e8
    for nonsense in ("much", "-1", "nan", "inf"):
        monkeypatch.setenv("MOTION_TRANSFER_CACHE_GB", nonsense)
        with pytest.raises(ConfigError, match="expected gigabytes"):
            open_cache()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="expected a folder"):
        open_cache(str(tmp_path / "file"))


def test_a_user_without_a_home_has_a_cache_too(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert cache_dir().is_absolute()
    assert str(os.getuid()) in str(cache_dir())


def test_transfers_and_the_verb_use_it(drawn, cache, dance, learned, tmp_path, capsys):
    unsigned = TransferOptions(credentials=False)  # no signature is made twice
    one, two = (transfer(dance.video, learned[0], tmp_path / f"{n}.mp4", unsigned, cache=cache) for n in (1, 2))
    assert (cache.missed, cache.found) == (1, 1)
    assert one.output.read_bytes() == two.output.read_bytes()
    assert main(["cache", "--cache", str(cache.folder), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["folder"], printed["clips"]) == (str(cache.folder), 1)
    assert main(["cache", "clear", "--cache", str(cache.folder)]) == 0
    assert "1 clips deleted" in capsys.readouterr().out
    assert cache.size() == (0, 0)
    assert main(["cache", "--cache", "off"]) == 0
