"""Results appear complete or not at all."""

import errno
import os
import re
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import pytest

from motion_transfer.errors import DiskFullError, OutputError
from motion_transfer.files import (
    atomic_folder,
    atomic_path,
    check_different,
    check_folder,
    check_output,
    check_outside_subjects,
    check_results,
)
from motion_transfer.unfinished import sweep, temporary_folder
from tests.conftest import environment


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


def leave_behind(path, text):
    """Write an unfinished file of `path` in a process that is killed."""
    program = (
        "import os, pathlib, sys; from motion_transfer.files import atomic_path\n"
        f"with atomic_path(pathlib.Path({str(path)!r})) as temporary:\n"
        f"    temporary.write_text({text!r})\n"
        "    for other in ('.picture.mp4', '.signed.mp4'):\n"
        f"        temporary.with_suffix(other).write_text({text!r})\n"
        "    os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9


def test_what_a_killed_run_left_of_an_output_goes_with_the_next_run(tmp_path):
    path, other = tmp_path / "out (1).mp4", tmp_path / "out (2).mp4"
    leave_behind(path, "half")
    leave_behind(other, "half of another output")
    assert len(os.listdir(tmp_path)) == 6
    with atomic_path(path) as mine, atomic_path(path) as living:  # of this process, which lives
        mine.write_text("one")
        living.write_text("two")
        sweep(path)
        assert mine.exists()
        assert living.exists()
    sweep(other, every=True)
    assert os.listdir(tmp_path) == ["out (1).mp4"]


def test_a_temporary_folder_goes_with_its_block_and_a_killed_runs_with_the_next(tmp_path, monkeypatch):
    program = (
        "import os, motion_transfer.unfinished as unfinished\n"
        "with unfinished.temporary_folder() as folder:\n"
        "    (folder / 'x').write_text('x'); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, env=environment(TMPDIR=str(tmp_path)))
    assert done.returncode == -9
    assert len(os.listdir(tmp_path)) == 1
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary_folder() as folder, temporary_folder() as other:
        (folder / "x").write_text("x")
        assert sorted(os.listdir(tmp_path)) == sorted([folder.name, other.name])
        assert folder.stat().st_mode & 0o77 == 0
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("days", [0, 2])
def test_unfinished_files_of_another_machine_go_after_a_day(tmp_path, days):
    left = tmp_path / ".out.77-0123abcd-89ef.part.mp4"
    left.write_text("half")
    os.utime(left, (time.time() - days * 86_400,) * 2)
    sweep(tmp_path / "out.mp4")
    assert left.exists() == (days == 0)


def test_a_folder_that_was_replaced_when_its_run_was_killed_comes_back(tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    with atomic_path(tmp_path / "x") as temporary:
        machine = temporary.name.split("-")[1]
        temporary.touch()
    old = tmp_path / f".out.{dead.pid}-{machine}-0123.old"
    old.mkdir()
    (old / "one.txt").write_text("precious")
    unfinished = tmp_path / f".out.{dead.pid}-{machine}-0123.part"
    unfinished.mkdir()
    with pytest.raises(ValueError, match="stopped"):
        fill(tmp_path / "out", "half", ValueError("stopped"))
    assert sorted(os.listdir(tmp_path)) == ["out", "x"]
    assert (tmp_path / "out" / "one.txt").read_text() == "precious"


@pytest.mark.parametrize("name", ["n" * 251 + ".mp4", "é" * 125 + ".mp4", "bad\udcff.mp4", "." * 3 + "mp4"])
def test_every_name_that_a_file_can_have_can_be_written(tmp_path, name):
    check_output(tmp_path / name)
    with atomic_path(tmp_path / name) as temporary:
        assert len(os.fsencode(temporary.name)) < 245
        temporary.write_text("complete")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("check", [check_output, lambda path: check_folder(path, ours=lambda path: True)])
def test_names_and_places_that_take_no_file_are_refused(tmp_path, check):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for name in ("n" * 256, "a\0b", "file/out.npz", "no/out.npz", "pipe", "/proc/out.npz", "/dev/full", "/dev/null"):
        with pytest.raises(OutputError, match=r"expected|cannot be written|takes no files|does not exist"):
            check(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["file", "pipe"]


def test_an_output_that_becomes_unwritable_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"), atomic_path(tmp_path / "gone" / "out") as temporary:
        temporary.write_text("late")


@pytest.mark.parametrize("way", ["file of it", "folder", "hard link"])
def test_a_folder_that_is_an_input_keeps_its_files(tmp_path, way):
    poses = tmp_path / "poses"
    poses.mkdir()
    (poses / "one.json").write_text("{}")
    out = poses if way == "folder" else poses / "one.json"
    if way == "hard link":
        out = tmp_path / "link.json"
        out.hardlink_to(poses / "one.json")
    check = partial(check_folder, ours=lambda path: True) if way == "folder" else check_output
    with pytest.raises(OutputError, match="is also the input"):
        check(out, inputs=(None, poses))


def test_a_folder_with_an_input_in_it_is_not_replaced(tmp_path):
    (tmp_path / "poses").mkdir()
    (tmp_path / "poses" / "all.json").write_text("[]")
    with pytest.raises(OutputError, match="holds the input"):
        check_folder(tmp_path / "poses", lambda path: True, (tmp_path / "poses" / "all.json",))


@pytest.mark.parametrize("marker", ["subject.json", "training/run.json"])
@pytest.mark.parametrize("out", ["me/new.npz", "me/training/new.npz", "me/deep/er/new.npz", "link/new.npz"])
def test_nothing_is_written_into_a_subject(tmp_path, marker, out):
    for folder in ("training", "deep/er"):
        (tmp_path / "me" / folder).mkdir(parents=True)
    (tmp_path / "me" / marker).write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "me")
    with pytest.raises(OutputError, match=r"lies in the subject .*me, whose files are its own"):
        check_output(tmp_path / out)
    check_output(tmp_path / "beside.npz")


def test_nothing_is_written_where_a_subject_is_to_be_made(tmp_path):
    (tmp_path / "new").mkdir()
    for out in ("new", "new/out.mp4"):
        with pytest.raises(OutputError, match=r"lies in the subject .*new"):
            check_outside_subjects(tmp_path / out, planned=tmp_path / "new")
    for other in (tmp_path / "new", tmp_path / "a\0b", tmp_path / ("n" * 300)):
        check_outside_subjects(tmp_path / "out.mp4", planned=other)


def test_results_in_a_folder_are_checked_before_it_is_made(tmp_path, locked_folder, unprivileged):
    check_results(tmp_path / "new" / "er", ("report.html",))
    (tmp_path / "file").touch()
    for folder, problem in ((tmp_path / "file", "is a file"), (Path("/proc/new/er"), "takes no files")):
        with pytest.raises(OutputError, match=problem):
            check_results(folder, ("report.html",))
    with unprivileged(), pytest.raises(OutputError, match="no permission"):
        check_results(locked_folder / "new", ("report.html",))
    with pytest.raises(OutputError, match="is also the input"):
        check_results(tmp_path, ("report.html", "file"), (tmp_path / "file",))
    assert os.listdir(tmp_path) == ["file"]


def test_two_results_need_two_names(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    check_different(tmp_path / "a", None, tmp_path / "b", None)
    with pytest.raises(OutputError, match="is given for two results"):
        check_different(tmp_path / "a", tmp_path / "link" / "a")
