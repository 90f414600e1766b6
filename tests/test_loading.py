"""Files that other people made: read within limits, or refused in one sentence."""

import io
import os
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from motion_transfer import limits
from motion_transfer.errors import ConfigError
from motion_transfer.loading import (
    Expected,
    open_regular,
    read_arrays,
    read_bytes,
    read_image,
    read_json,
    read_lines,
    read_text,
    read_toml,
)

EXPECTED = Expected("a thing", ConfigError, "Give a thing.")


def refused(path, found, read):
    with pytest.raises(ConfigError) as error:
        read(path)
    text = str(error.value)
    assert text.startswith(f"{path} ")
    assert re.search(found, text), text
    assert text.endswith("; expected a thing. Give a thing.")


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


READERS = {
    "bytes": lambda path: read_bytes(path, EXPECTED, 100),
    "text": lambda path: read_text(path, EXPECTED),
    "json": lambda path: read_json(path, EXPECTED),
    "toml": lambda path: read_toml(path, EXPECTED),
    "arrays": lambda path: read_arrays(path, EXPECTED),
    "image": lambda path: read_image(path, EXPECTED),
}


def test_a_file_whose_reading_fails_is_refused(tmp_path):
    (tmp_path / "link").symlink_to("/proc/self/mem")  # of which nothing is mapped at its beginning

    def read(path):
        with open_regular(path, EXPECTED) as file:
            file.read(1)

    refused(tmp_path / "link", r"cannot be read \(Input/output error\)", read)
    with pytest.raises(FileNotFoundError), open_regular(Path(__file__), EXPECTED):
        (tmp_path / "other").open()


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_only_regular_files_are_read(tmp_path, pipe, read):
    refused(pipe, "is a named pipe", read)
    refused(tmp_path, "is a folder", read)
    refused(Path("/dev/zero"), "is a device", read)
    refused(tmp_path / "none", "does not exist", read)
    refused(tmp_path / ("n" * 300), "cannot be opened", read)
    refused(tmp_path / "a\0b", "cannot be opened", read)


def test_a_link_to_a_file_is_read(tmp_path):
    (tmp_path / "there").write_bytes(b"x")
    (tmp_path / "link").symlink_to("there")
    with open_regular(tmp_path / "link", EXPECTED) as file:
        assert file.read() == b"x"


def test_a_file_is_no_larger_than_the_limit(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(10**12)
    refused(path, r"has 1,000,000,000,000 bytes, more than the 100", READERS["bytes"])


JSON = {
    "deep": ("[" * 100_000, "nested too deeply"),
    "digits": ("9" * 5_000, "not valid JSON"),
    "nan": ('{"a": NaN}', "it holds NaN"),
    "cut": ('{"a": 1', "not valid JSON"),
    "empty": ("", "not valid JSON"),
}


@pytest.mark.parametrize("case", JSON)
def test_json_that_cannot_be_read_is_refused(tmp_path, case):
    text, found = JSON[case]
    (tmp_path / "x.json").write_text(text)
    refused(tmp_path / "x.json", found, READERS["json"])


def test_json_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "x.json").write_bytes(b'\xef\xbb\xbf{"a": [1, null]}')
    assert read_json(tmp_path / "x.json", EXPECTED) == {"a": [1, None]}


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = ", "a = 1\na = 2", "\x00"])
def test_toml_that_cannot_be_read_is_refused(tmp_path, text):
    (tmp_path / "x.toml").write_text(text)
    refused(tmp_path / "x.toml", "not valid TOML|nested too deeply", READERS["toml"])


def test_text_of_another_encoding_is_refused(tmp_path):
    (tmp_path / "x.toml").write_bytes("ä = 1".encode("latin-1"))
    refused(tmp_path / "x.toml", "is not UTF-8 text", READERS["toml"])


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    ),
    st.booleans(),
)
def test_arrays_come_back_as_they_were_written(tmp_path_factory, array, fortran):
    path = tmp_path_factory.mktemp("arrays") / "x.npz"
    np.savez_compressed(path, a=np.asfortranarray(array) if fortran else array, b=np.array("name"))
    found = read_arrays(path, EXPECTED)
    assert found["a"].dtype == array.dtype
    np.testing.assert_array_equal(found["a"], array)
    assert str(found["b"]) == "name"


def archive_of(path, name, content, **how):
    with zipfile.ZipFile(path, "w", **how) as archive:
        archive.writestr(name, content)


def header(shape, descr="<f4"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def test_archives_that_ask_for_too_much_or_hold_other_things_are_refused(tmp_path):
    path, read = tmp_path / "x.npz", READERS["arrays"]
    archive_of(path, "a.npy", header((2**60,)) + b"1234")
    refused(path, "declares", read)
    archive_of(path, "a.npy", b"\0" * (limits.ARRAY_BYTES + 1), compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    refused(path, r"declares 200,000,001 bytes, more than", read)
    archive_of(path, "a.txt", b"text")
    refused(path, r"a\.txt is no array", read)
    archive_of(path, "a.npy", b"text, no array")
    refused(path, "damaged or of another kind", read)
    archive_of(path, "a.npy", header((1,), "|O") + b"pickle")
    refused(path, "pickled Python objects", read)
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"x" * 65_535
        for number in range(400):
            archive.writestr(f"{number:010000}.npy", b"")
    refused(path, "its list of members is longer than 4,000,000 bytes", read)
    np.save(tmp_path / "y.npy", np.zeros(3))
    refused(tmp_path / "y.npy", "damaged or of another kind", read)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_archive_is_read_or_refused(tmp_path, seed):
    rng = np.random.default_rng(seed)
    path = tmp_path / "x.npz"
    np.savez_compressed(path, a=np.arange(100.0), b=np.zeros((3, 4), np.float32))
    data = bytearray(path.read_bytes())
    for place in rng.integers(0, len(data), 8):
        data[place] = rng.integers(0, 256)
    path.write_bytes(data[: rng.integers(1, len(data) + 1)])
    with suppress(ConfigError):  # and nothing else
        read_arrays(path, EXPECTED)


def decoded(folder, data, **options):
    (folder / "picture").write_bytes(data)
    return read_image(folder / "picture", EXPECTED, **options)


def encoded(image, kind, **how):
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def test_pictures_are_seen_as_people_see_them(tmp_path):
    turned = PIL.Image.new("RGB", (8, 4), (200, 0, 0))
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    assert decoded(tmp_path, encoded(turned, "JPEG", exif=exif)).shape == (8, 4, 3)
    cmyk = decoded(tmp_path, encoded(PIL.Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG"))
    assert cmyk[0, 0, 0] > 200
    assert cmyk[0, 0, 1] < 60
    deep = PIL.Image.fromarray(np.full((4, 4), 0x8000, np.uint16))
    assert (decoded(tmp_path, encoded(deep, "PNG")) == 128).all()
    clear = PIL.Image.new("RGBA", (4, 4), (1, 2, 3, 4))
    assert decoded(tmp_path, encoded(clear, "PNG"), alpha=True)[0, 0].tolist() == [1, 2, 3, 4]


def test_a_picture_larger_than_the_limit_is_refused_by_its_header(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(encoded(PIL.Image.new("1", (limits.SIDE + 1, 16)), "PNG"))
    refused(path, "has 16,385 x 16 pixels, more than", READERS["image"])


def test_other_kinds_of_picture_are_refused(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(encoded(PIL.Image.new("RGB", (4, 4)), "PPM"))
    refused(path, "damaged or of another kind", READERS["image"])
    path.write_bytes(encoded(PIL.Image.new("RGB", (40, 40)), "PNG")[:60])
    refused(path, "damaged or of another kind", READERS["image"])


def test_a_key_of_too_many_parts_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text(".".join(["a"] * 100_000) + " = 1")
    refused(path, "has 99,999 dots, more than the 5,000 that are read", READERS["toml"])


def test_a_file_without_line_breaks_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LINE_BYTES", 10)
    monkeypatch.setattr(limits, "TABLE_BYTES", 1_000)
    (tmp_path / "lines").write_bytes(b"one\n" + b"x" * 500 + b"\ntwo\n" + bytes(10_000) + b"\nthree\n")
    with (tmp_path / "lines").open("rb") as file:
        assert list(read_lines(file)) == [b"one\n", None, b"two\n", None]
        assert file.tell() < 2_000


@given(st.lists(st.binary(max_size=6).filter(lambda line: b"\n" not in line), max_size=5), st.booleans())
def test_lines_are_read_whether_the_last_one_ends_or_not_and_a_long_one_is_none(lines, ended):
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    with patch("motion_transfer.limits.LINE_BYTES", 4):
        found = list(read_lines(io.BytesIO(data)))
    assert found == [line if len(line) <= 4 else None for line in io.BytesIO(data)]
