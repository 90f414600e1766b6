"""Results appear whole or not at all."""

import errno
import os
import re

import pytest

from motion_transfer.errors import OutputError
from motion_transfer.files import atomic_folder, atomic_path, check_output


def test_what_was_written_appears_under_its_name_when_the_block_ends(tmp_path):
    path = tmp_path / "poses.npz"
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.suffix == path.suffix
        assert temporary.parent == path.parent
    assert path.read_text() == "whole"
    assert os.listdir(tmp_path) == ["poses.npz"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_a_block_that_raises_leaves_nothing(tmp_path, error):
    def write():
        with atomic_path(tmp_path / "out.mp4") as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert os.listdir(tmp_path) == []


def test_a_block_that_raises_leaves_the_earlier_file_as_it_was(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_text("earlier")

    def write():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert path.read_text() == "earlier"
    assert os.listdir(tmp_path) == ["out.mp4"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_with_the_room_that_is_left(tmp_path, code):
    path = tmp_path / "out.mp4"
    with pytest.raises(OutputError, match=rf"{re.escape(str(path))}: the disk is full \(\d+ MB free\)"):  # noqa: SIM117
        with atomic_path(path):
            raise OSError(code, "full")
    assert os.listdir(tmp_path) == []


def test_a_file_in_an_existing_folder_is_fine_and_may_be_replaced(tmp_path):
    check_output(tmp_path / "new.mp4", inputs=(tmp_path / "in.mp4",))
    (tmp_path / "old.mp4").write_text("old")
    (tmp_path / "in.mp4").write_text("in")
    check_output(tmp_path / "old.mp4", inputs=(tmp_path / "in.mp4",))
    assert (tmp_path / "old.mp4").read_text() == "old"


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"nowhere does not exist. Create it first"):
        check_output(tmp_path / "nowhere" / "out.mp4")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path):
    with pytest.raises(OutputError, match="is a folder; expected the name of a file"):
        check_output(tmp_path)


@pytest.mark.parametrize("way", ["itself", "by another path", "a hard link", "a symbolic link"])
def test_the_input_is_never_overwritten(tmp_path, way):
    source = tmp_path / "in.mp4"
    source.write_text("precious")
    out = tmp_path / "link.mp4"
    if way == "itself":
        out = source
    elif way == "by another path":
        out = tmp_path / ".." / tmp_path.name / "in.mp4"
    elif way == "a hard link":
        out.hardlink_to(source)
    else:
        out.symlink_to(source)
    with pytest.raises(OutputError, match="is also the input"):
        check_output(out, inputs=(tmp_path / "other.mp4", source))
    assert source.read_text() == "precious"


def test_a_folder_without_permission_is_refused(locked_folder, unprivileged):
    with unprivileged(), pytest.raises(OutputError, match="no permission to write there"):
        check_output(locked_folder / "out.mp4")


def test_a_folder_appears_whole_or_the_earlier_one_stays(tmp_path):
    def fill(text):
        with atomic_folder(tmp_path / "out", ours=lambda path: path.suffix == ".txt") as folder:
            (folder / "one.txt").write_text(text)
            if not text:
                raise KeyboardInterrupt

    fill("first")
    fill("second")
    with pytest.raises(KeyboardInterrupt):
        fill("")
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out" / "one.txt").read_text() == "second"


def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputError, match=r"also holds thesis\.doc"), atomic_folder(tmp_path, ours=lambda _: False):
        pass
    assert os.listdir(tmp_path) == ["thesis.doc"]
