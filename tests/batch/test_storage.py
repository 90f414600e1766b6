"""Files at addresses, with two file systems of fsspec: that in RAM and the local one."""

import time
import uuid

import fsspec
import pytest

from motion_transfer.batch.storage import address_problem, exists, fetch, file_name, parse_location, stamp, store
from motion_transfer.errors import OutputError, VideoError


@pytest.fixture(params=["memory", "file"])
def bucket(request, tmp_path):
    """An address of a folder that is of this test alone."""
    return f"memory://{uuid.uuid4()}" if request.param == "memory" else f"file://{tmp_path}/bucket"


def test_what_has_a_protocol_is_an_address_and_all_else_a_path(tmp_path):
    assert parse_location("s3://bucket/a.mp4", tmp_path) == "s3://bucket/a.mp4"
    assert parse_location("sub/../a.mp4", tmp_path) == tmp_path / "a.mp4"
    assert file_name("s3://bucket/x/a.mp4") == file_name(tmp_path / "a.mp4") == "a.mp4"


def test_a_file_goes_to_an_address_and_comes_back(bucket, tmp_path):
    address = f"{bucket}/deep/a.mp4"
    assert not exists(address)
    assert stamp(address) == ""
    (tmp_path / "a.mp4").write_bytes(b"video")
    store(tmp_path / "a.mp4", address)
    assert exists(address)
    copy = fetch(address, tmp_path / "scratch")
    assert copy.read_bytes() == b"video"
    assert copy.suffix == ".mp4"


def test_a_copy_is_used_until_the_file_changes(bucket, tmp_path):
    address = f"{bucket}/a.mp4"
    (tmp_path / "a.mp4").write_bytes(b"video")
    store(tmp_path / "a.mp4", address)
    before = stamp(address)
    first = fetch(address, tmp_path / "scratch")
    first.write_bytes(b"the same copy")
    assert fetch(address, tmp_path / "scratch").read_bytes() == b"the same copy"
    time.sleep(0.01)
    (tmp_path / "a.mp4").write_bytes(b"another video")
    store(tmp_path / "a.mp4", address)
    assert stamp(address) != before
    assert fetch(address, tmp_path / "scratch").read_bytes() == b"another video"


def test_what_is_not_there_or_of_an_unknown_kind(bucket, tmp_path):
    with pytest.raises(VideoError, match=r"nothing\.mp4 cannot be fetched"):
        fetch(f"{bucket}/nothing.mp4", tmp_path / "scratch")
    assert address_problem("memory") == ""
    assert "zz:// cannot be used" in address_problem("zz")


def test_a_file_that_is_stored_half_does_not_appear(bucket, tmp_path, monkeypatch):
    def broken(source, target, size):
        target.write(source.read(2))
        raise OSError("the line is cut")

    monkeypatch.setattr("motion_transfer.batch.storage.shutil.copyfileobj", broken)
    (tmp_path / "a.mp4").write_bytes(b"video")
    with pytest.raises(OutputError, match="the line is cut"):
        store(tmp_path / "a.mp4", f"{bucket}/a.mp4")
    assert not exists(f"{bucket}/a.mp4")
    assert not fsspec.core.url_to_fs(bucket)[0].glob(f"{bucket}/*")
