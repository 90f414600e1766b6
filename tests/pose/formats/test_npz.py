import io
import os
import pickle
import zipfile
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.errors import PoseError
from motion_transfer.pose import empty, load_poses, save_poses


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "dance.npz"
    save_poses(path, empty(2, (64, 48), Fraction(25)))
    return path


def changed(path, **fields):
    """The saved file with some fields replaced, or taken out where they are None."""
    with np.load(path) as archive:
        content = {key: archive[key] for key in archive.files} | fields
    np.savez(path, **{key: value for key, value in content.items() if value is not None})
    return path


def test_a_file_appears_alone_in_its_folder(saved):
    assert os.listdir(saved.parent) == ["dance.npz"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(PoseError, match=r"ends in \.npz"):
        save_poses(tmp_path / "dance.yaml", empty(2, (64, 48), Fraction(25)))


def test_a_missing_file_and_a_folder_are_distinguished(tmp_path):
    with pytest.raises(PoseError, match="does not exist"):
        load_poses(tmp_path / "nothing.npz")
    with pytest.raises(PoseError, match="is a folder"):
        load_poses(tmp_path)


def array():
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((2, 137, 2)))
    return buffer.getvalue()


SPOILERS = {
    "empty": lambda _: b"",
    "words": lambda _: b"not an archive",
    "a head alone": lambda _: b"PK\x03\x04 and then nothing of the kind",
    "an array's head": lambda _: b"\x93NUMPY",
    "an array alone": lambda _: array(),
    "zeros in it": lambda content: content[:200] + bytes(60) + content[260:],
    **{f"{part}% of it": lambda content, n=part: content[: len(content) * n // 100] for part in (20, 50, 90, 99)},
}


@pytest.mark.parametrize("kind", SPOILERS)
def test_a_file_that_is_no_archive_or_damaged_is_refused_by_name(saved, kind):
    saved.write_bytes(SPOILERS[kind](saved.read_bytes()))
    with pytest.raises(PoseError, match=r"is damaged or of another kind .*; expected a pose file \(\.npz\)") as error:
        load_poses(saved)
    assert str(error.value).startswith(str(saved))


def test_pickled_content_is_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    array = tmp_path / "array.npz"
    np.savez(array, xy=np.array([Bomb()], dtype=object))
    plain = tmp_path / "plain.npz"
    plain.write_bytes(pickle.dumps(Bomb()))
    for path, words in ((array, "pickled Python objects"), (plain, "not a zip file")):
        with pytest.raises(PoseError, match=words):
            load_poses(path)
    assert not (tmp_path / "exploded").exists()


def test_an_archive_of_something_else_is_refused_with_what_it_holds(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, kernel=np.zeros(3), bias=np.zeros(3))
    with pytest.raises(PoseError, match=r"xy missing \(found: bias, kernel\)"):
        load_poses(path)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": np.int64(2)}, "version 2; this release reads version 1"),
        ({"version": np.zeros(3)}, "cannot be read"),
        ({"fps": np.array([25, 0])}, "cannot be read"),
        ({"fps": None}, "fps missing"),
        ({"size": np.array([64, 48, 3])}, "cannot be read"),
        ({"skeleton": np.array("coco_17")}, "coco_17"),
        ({"xy": np.zeros((2, 25, 2))}, r"expected \(frames, 137, 2\)"),
        ({"score": np.full((2, 137), 7.0)}, "scores from 7 to 7"),
        ({"version": np.float64(np.inf)}, "cannot be read"),
        ({"size": np.array([np.inf, 48.0])}, "cannot be read"),
        ({"fps": np.array([np.inf, 1.0])}, "cannot be read"),
        ({"size": np.array([2**40, 48])}, "at most 16,384 each"),
        ({"size": np.array([16_000, 16_000])}, "67,108,864 multiplied"),
        ({"fps": np.array([10**6, 1])}, r"1e\+06 frames a second; expected 1/10 to 1,000"),
        ({"fps": np.array([2**63 - 1, 1])}, "frames a second; expected"),
        ({"fps": np.array([1, 2**62])}, "frames a second; expected"),
        ({"fps": np.array(["9" * 4000, "1"])}, "frames a second; expected"),
        ({"xy": np.full((2, 137, 2), 1e38)}, r"keypoints of up to 1e\+38 pixels; expected at most 1,000,000"),
        ({"xy": np.full((2, 137, 2), 1e300)}, "keypoints of up to inf pixels"),
        ({"xy": np.zeros((2, 137, 2), np.complex64)}, "not an array of numbers"),
        ({"xy": np.zeros((2, 137, 2), "M8[s]")}, "not an array of numbers"),
        ({"depth": np.zeros(100_000)}, r"depths of shape \(100000,\)"),
        ({"depth": np.full((2, 25), 1e9)}, r"depths of up to 1e\+09"),
    ],
)
def test_content_and_numbers_that_cannot_be_poses_are_refused(saved, fields, words):
    with pytest.raises(PoseError, match=words) as error:
        load_poses(changed(saved, **fields))
    assert str(error.value).startswith(str(saved))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(saved):
    saved.chmod(0)
    with pytest.raises(PoseError, match="lack of permission"):
        load_poses(saved)


def test_a_member_that_declares_more_than_it_holds_is_refused(saved):
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 137, 2)}
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, header)
    members["xy.npy"] = buffer.getvalue()
    with zipfile.ZipFile(saved, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(PoseError, match=r"xy\.npy declares 1,096,000,000,000 bytes"):
        load_poses(saved)
