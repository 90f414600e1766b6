"""Results appear complete or not at all."""

import errno
import os
import re

import pytest

from motion_transfer.errors import DiskFullError, OutputError
from motion_transfer.files import atomic_folder, atomic_path, check_output


def test_a_file_appears_under_its_name_when_the_block_ends(tmp_path):
    path = tmp_path / "poses.npz"
    with atomic_path(path) as temporary, atomic_path(path) as other:
        temporary.write_text("complete")
        assert not path.exists()
        assert temporary.suffix == path.suffix
        assert temporary.parent == path.parent
        assert temporary.name.rsplit(".", 3)[0] == other.name.rsplit(".", 3)[0]
        assert temporary != other, "another machine may write the same file"
        other.write_text("of another machine")
    assert path.read_text() == "complete"
    assert os.listdir(tmp_path) == ["poses.npz"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
@pytest.mark.parametrize("earlier", [[], ["out.mp4"]])
def test_a_block_that_raises_leaves_what_was_there(tmp_path, error, earlier):
    for name in earlier:
        (tmp_path / name).write_text("earlier")

    def write():
        with atomic_path(tmp_path / "out.mp4") as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "earlier") for name in earlier]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_an_error_of_its_own_that_names_the_free_space(tmp_path, code):
    path = tmp_path / "out.mp4"
    with pytest.raises(DiskFullError, match=rf"{re.escape(str(path))}: the disk is full \(\d+ MB free\)"):  # noqa: SIM117
        with atomic_path(path):
            raise OSError(code, "full")
    assert os.listdir(tmp_path) == []


def test_a_file_in_an_existing_folder_is_fine_and_may_be_replaced(tmp_path):
    check_output(tmp_path / "new.mp4", inputs=(tmp_path / "in.mp4",))
    (tmp_path / "old.mp4").write_text("old")
    (tmp_path / "in.mp4").write_text("in")
    check_output(tmp_path / "old.mp4", inputs=(tmp_path / "in.mp4",))
    assert (tmp_path / "old.mp4").read_text() == "old"


def test_an_output_that_cannot_be_written_is_refused(tmp_path, locked_folder, unprivileged):
    with pytest.raises(OutputError, match=r"nowhere does not exist\. Create it first"):
        check_output(tmp_path / "nowhere" / "out.mp4")
    with pytest.raises(OutputError, match="is a folder; expected the name of a file"):
        check_output(tmp_path)
    with unprivileged(), pytest.raises(OutputError, match="no permission to write there"):
        check_output(locked_folder / "out.mp4")


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


def fill(path, text, error=None):
    with atomic_folder(path, ours=lambda path: path.suffix == ".txt") as folder:
        (folder / "one.txt").write_text(text)
        if error is not None:
            raise error


def test_a_folder_appears_complete_or_the_earlier_one_stays(tmp_path):
    fill(tmp_path / "out", "first")
    fill(tmp_path / "out", "second")
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "out", "third", KeyboardInterrupt)
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out" / "one.txt").read_text() == "second"


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), KeyboardInterrupt()])
def test_an_earlier_folder_survives_a_failure_between_the_two_renames(tmp_path, monkeypatch, error):
    fill(tmp_path / "out", "first")
    replace, calls = os.replace, []

    def fail_once(*paths):
        calls.append(paths)
        if len(calls) == 2:
            raise error
        replace(*paths)

    monkeypatch.setattr("motion_transfer.files.os.replace", fail_once)
    with pytest.raises(type(error)):
        fill(tmp_path / "out", "second")
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out" / "one.txt").read_text() == "first"


def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputError, match=r"also holds thesis\.doc"):
        fill(tmp_path, "poses")
    assert os.listdir(tmp_path) == ["thesis.doc"]
