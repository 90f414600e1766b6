"""Reading files that other people made: regular ones of expected size; every failure is one sentence.

Each function raises the caller's own error class. The message names the file, what was found and what was expected; a
remedy that the caller knows follows. Nothing in a file can execute code, and nothing is allocated or decoded before
its declared size has been compared with a limit.
"""

import errno
import io
import json
import math
import os
import re
import stat
import tomllib
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np
import numpy.typing as npt

from motion_transfer import limits
from motion_transfer.errors import MotionTransferError
from motion_transfer.types import Image, StrPath

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
"""Decoders that are used; a library's others are neither needed nor trusted."""

_RATE = re.compile(r"\d{1,10}(\.\d{1,20}|/[1-9]\d{0,9})?")
"""As short as a rate is: digits or an exponent without a bound could take hours to compute."""

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EPIPE)  # errors that no reading gives


@dataclass(frozen=True)
class Expected:
    """What a file should be, and how to say that it is not."""

    kind: str  # what was expected, as in "expected a pose file (.npz)"
    error: type[MotionTransferError]
    remedy: str = ""  # a sentence that says what to do

    def refuse(self, path: Path, found: str, cause: BaseException | None = None) -> NoReturn:
        """Raise the error: `path` `found`; expected `kind`. `remedy`."""
        remedy = f" {self.remedy}" if self.remedy else ""
        raise self.error(f"{path} {found}; expected {self.kind}.{remedy}") from cause


def shown(value: object) -> str:
    """A value as it stands in a message: shortened, and whatever it is without an error of its own."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list in a list in a list ...
        return f"{type(value).__name__} too large to be shown"
    return text if len(text) <= 80 else f"{text[:70]} ..."


def describe_kind(path: StrPath) -> str:
    """What there is under a name that is no regular file, such as "a folder"; empty where there is nothing."""
    try:
        return KINDS.get(stat.S_IFMT(os.stat(path).st_mode), "no regular file")
    except (OSError, ValueError):
        return ""


@contextmanager
def open_regular(path: StrPath, expected: Expected) -> Iterator[BinaryIO]:
    """Open a regular file for reading; pipes, devices, sockets and folders are refused without waiting for them.

    A failure to read it within the block is refused too.
    """
    place = Path(path)
    try:
        # Without O_NONBLOCK a named pipe would wait for its other end.
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        expected.refuse(place, "does not exist")
    except PermissionError:
        expected.refuse(place, "cannot be read, for lack of permission")
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte or outside the system's encoding
        expected.refuse(place, f"cannot be opened ({getattr(error, 'strerror', None) or error})", error)
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        expected.refuse(place, f"is {KINDS.get(kind, 'no regular file')}")
    with open(descriptor, "rb") as file:
        try:
            yield file
        except OSError as error:
            if error.filename is not None or error.errno in WRITING:  # of another file
                raise
            expected.refuse(place, f"cannot be read ({error.strerror or error})", error)


def read_bytes(path: StrPath, expected: Expected, limit: int) -> bytes:
    """All of a regular file of at most `limit` bytes."""
    with open_regular(path, expected) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            expected.refuse(Path(path), f"has {size:,} bytes, more than the {limit:,} that are read")
        return file.read(limit)


def read_text(path: StrPath, expected: Expected, limit: int = limits.TEXT_BYTES) -> str:
    """A text file in UTF-8, with or without a byte order mark."""
    try:
        return read_bytes(path, expected, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        expected.refuse(Path(path), f"is not UTF-8 text (byte {error.start})", error)


def read_json(path: StrPath, expected: Expected, limit: int = limits.TEXT_BYTES, *, nan: bool = False) -> Any:
    """The value of a JSON file; infinities, numbers of thousands of digits and, without `nan`, NaN are refused."""
    return parse_json(read_text(path, expected, limit), Path(path), expected, nan=nan)


def parse_json(text: str, path: Path, expected: Expected, *, nan: bool = False) -> Any:
    """The value of JSON text that stands in `path`."""

    def constant(name: str) -> float:
        if nan and name == "NaN":
            return math.nan
        raise ValueError(f"it holds {name}")

    # Bytes that an object, a list, a string and a number take, with the reference to each.
    memory = 240 * text.count("{") + 64 * text.count("[") + 32 * text.count('"') + 32 * text.count(",")
    if memory > limits.JSON_MEMORY:
        expected.refuse(path, f"holds so many values that they would take {memory / 1e9:.1f} GB")
    try:
        return json.loads(text, parse_constant=constant)
    except RecursionError:
        expected.refuse(path, "is nested too deeply to be read")
    except ValueError as error:
        expected.refuse(path, f"is not valid JSON ({error})", error)


def parse_rate(value: object) -> Fraction:
    """Frames a second, such as 25, 29.97 or "30000/1001", exactly.

    Raises:
        ValueError: it is something else, or out of range.
    """
    text = str(value) if type(value) in (int, float, str, Fraction) else ""
    if not _RATE.fullmatch(text) or not limits.LEAST_FPS <= Fraction(text) <= limits.MOST_FPS:
        found = repr(value)[:40] if text else f"a {type(value).__name__}"
        raise ValueError(
            f"a rate of {found}; expected {limits.LEAST_FPS} to {limits.MOST_FPS:,} frames a second, "
            "such as 25, 29.97 or 30000/1001"
        )
    return Fraction(text)


def refuse_constant(name: str) -> NoReturn:
    """What `json.loads` calls for NaN and infinities, which are no JSON."""
    raise ValueError(f"it holds {name}")


def read_lines(file: BinaryIO) -> Iterator[bytes | None]:
    """The lines of an open file, however long it is; None in place of one of more than `limits.LINE_BYTES`.

    What stands behind one of more than `limits.TABLE_BYTES` is not read: such a file is of another kind.
    """
    limit = limits.LINE_BYTES
    while line := file.readline(limit + 1):
        length, rest = len(line), line
        while rest and not rest.endswith(b"\n") and length < limits.TABLE_BYTES:
            rest = file.readline(limit)
            length += len(rest)
        yield line if length <= limit else None
        if length >= limits.TABLE_BYTES:
            return


def read_toml(path: StrPath, expected: Expected) -> dict[str, Any]:
    """The tables of a TOML file."""
    text = read_text(path, expected)
    if text.count(".") > limits.TOML_DOTS:
        expected.refuse(Path(path), f"has {text.count('.'):,} dots, more than the {limits.TOML_DOTS:,} that are read")
    try:
        return tomllib.loads(text)
    except RecursionError:
        expected.refuse(Path(path), "is nested too deeply to be read")
    except ValueError as error:
        expected.refuse(Path(path), f"is not valid TOML ({error})", error)


def read_arrays(path: StrPath, expected: Expected, limit: int = limits.ARRAY_BYTES) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a `.npz` file, whose declared sizes together stay within `limit` bytes. Pickles are refused."""
    with open_regular(path, expected) as file:
        try:
            with open_archive(file) as archive:
                members = archive.infolist()
                declared = sum(member.file_size for member in members)
                if declared > limit:
                    expected.refuse(Path(path), f"declares {declared:,} bytes, more than the {limit:,} that are read")
                return {member.filename.removesuffix(".npy"): _read_array(archive, member) for member in members}
        except MotionTransferError:
            raise
        except Exception as error:  # zipfile, zlib and NumPy raise what the bytes happen to cause
            expected.refuse(Path(path), f"is damaged or of another kind ({error or type(error).__name__})", error)


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """A ZIP archive in an open file.

    Raises:
        ValueError: its list of members is too long to be read.
        zipfile.BadZipFile: it is no archive.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(-min(size, 66_000), os.SEEK_END)  # a comment may follow, of 65,535 bytes at most
    end = file.read()
    record = end[end.rfind(b"PK\5\6") :]
    if int.from_bytes(record[12:16], "little") > limits.DIRECTORY_BYTES:
        raise ValueError(f"its list of members is longer than {limits.DIRECTORY_BYTES:,} bytes")
    return zipfile.ZipFile(file)


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """One array; its shape is compared with the member's size before anything is allocated for it."""
    if not member.filename.endswith(".npy"):
        raise ValueError(f"{member.filename} is no array")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)  # type: ignore[no-untyped-call]
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read_header:
            raise ValueError(f"{member.filename} has an unknown version")
        shape, fortran, dtype = read_header[version](file)  # type: ignore[no-untyped-call]
        if dtype.hasobject:
            raise ValueError(f"{member.filename} holds pickled Python objects, which are not opened")
        size = math.prod(shape) * dtype.itemsize
        if size > member.file_size:
            raise ValueError(f"{member.filename} declares {size:,} bytes and holds {member.file_size:,}")
        values = np.frombuffer(file.read(size), dtype=dtype, count=math.prod(shape))
    return values.reshape(shape, order="F" if fortran else "C")


def read_image(path: StrPath, expected: Expected, *, alpha: bool = False) -> Image:
    """A picture as it is seen: RGB (H, W, 3), or with `alpha` RGBA (H, W, 4), uint8, upright.

    EXIF rotation is applied; CMYK, grey, palettes and 16 bits become RGB of 8 bits. PNG, JPEG, WebP, BMP and TIFF.
    Nothing is decoded whose header says more than `limits.SIDE`, or `limits.PIXELS` in all.
    """
    return decode_image(read_bytes(path, expected, limits.IMAGE_BYTES), Path(path), expected, alpha=alpha)


def decode_image(
    data: bytes, path: Path, expected: Expected, *, alpha: bool = False, pixels: int = limits.PIXELS
) -> Image:
    """The picture that `data`, of a file, encodes, of so many pixels at most; see `read_image`."""
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            return _decode(data, path, expected, "RGBA" if alpha else "RGB", pixels)
    except MotionTransferError:
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        expected.refuse(path, f"has more than {pixels:,} pixels", error)
    except PIL.UnidentifiedImageError as error:  # its message has the place of an object in memory
        expected.refuse(path, "is damaged or of another kind (no PNG, JPEG, WebP, BMP or TIFF)", error)
    except Exception as error:  # PIL raises what the bytes happen to cause
        expected.refuse(path, f"is damaged or of another kind ({error or type(error).__name__})", error)


def _decode(data: bytes, path: Path, expected: Expected, mode: str, pixels: int) -> Image:
    import PIL.Image
    import PIL.ImageOps

    with PIL.Image.open(io.BytesIO(data), formats=IMAGE_FORMATS) as image:
        width, height = image.size
        if max(width, height) > limits.SIDE or width * height > pixels:
            most = f"{limits.SIDE:,} a side or {pixels:,} in all"
            expected.refuse(path, f"has {width:,} x {height:,} pixels, more than {most}")
        PIL.ImageOps.exif_transpose(image, in_place=True)
        upright: PIL.Image.Image = image
        if upright.mode.startswith("I"):  # 16 bits, which PIL would clip and not scale
            grey = np.asarray(upright).astype(np.int64).clip(0, 65_535) >> 8
            upright = PIL.Image.fromarray(grey.astype(np.uint8))
        return np.array(upright if upright.mode == mode else upright.convert(mode))
