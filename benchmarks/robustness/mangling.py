"""Files spoilt by chance: bits, ranges, numbers, types and nesting. The same seed spoils in the same way."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

NUMBERS = (
    *("-3", "0", "-0.0", "nan", "inf", "-inf", "1e309", "1e99999999", "1e-300", "1e9", "1e308"),
    *("9223372036854775808", "-9223372036854775809", "4294967296", "0.5", "9" * 5000),
)
"""Extremes as they stand in text."""

VALUES: tuple[Any, ...] = (
    *(None, True, "", "x", "1", "nan", "\0", "../../x", [], {}, [[]], [None], {"": None}, "x" * 300),
    *(0, -1, 1, 2**31, 2**63, 10**400, 0.1, -0.5, 1e-300, 1e308, 1e9, float("nan"), float("inf")),
)
"""Values of other types than those expected."""

PIECES = (
    b"\0",
    b"\xff",
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0" * 8,
    b"\x80\0\0\0",
    b"\0\0\0\x80",
)
"""Numbers as they stand in binary files, of both orders."""


def spoil(data: bytes, chance: Random) -> bytes:
    """Bytes with some places changed, or cut short."""
    spoilt = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        if not spoilt:
            break
        near = chance.random() < 0.5  # most formats keep their sizes at the beginning
        place = chance.randrange(min(len(spoilt), 512) if near else len(spoilt))
        length = chance.choice((1, 4, 16, len(spoilt) // 10 + 1))
        match chance.randrange(7):
            case 0 | 1:
                spoilt[place] ^= 1 << chance.randrange(8)
            case 2:
                piece = chance.choice(PIECES)
                spoilt[place : place + len(piece)] = piece
            case 3:
                spoilt[place : place + length] = bytes(len(spoilt[place : place + length]))
            case 4:
                spoilt[place:place] = spoilt[place : place + length]
            case 5:
                del spoilt[place : place + length]
            case 6:
                if chance.random() < 0.2:
                    del spoilt[place:]
    return bytes(spoilt)


def spoil_text(data: bytes, chance: Random) -> bytes:
    """Text with a number, a word, a line or its encoding changed."""
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(chance.choice((1, 1, 2, 4))):
        match chance.randrange(7):
            case 0 | 1 | 2:
                found = list(re.finditer(r"-?\b\d+(\.\d+)?(e-?\d+)?\b", text))
                text = _replaced(text, found, chance.choice(NUMBERS), chance)
            case 3:
                found = list(re.finditer(r"[A-Za-z_]{3,}|\"[^\"]*\"", text))
                words = [match[0] for match in found] or [""]
                text = _replaced(text, found, chance.choice([*words, '""', "[]", "{}", "null", "é\0"]), chance)
            case 4:
                lines = text.splitlines(keepends=True) or [""]
                number = chance.randrange(len(lines))
                lines[number : number + 1] = lines[number : number + 1] * chance.choice((0, 2, 3))
                text = "".join(lines)
            case 5:
                depth = chance.choice((5, 100_000))
                text += chance.choice(("x = " + "[" * depth, "[" * depth, '{"a":' * depth, "\n" + "x" * 300_000))
            case 6:
                return spoil(text.encode("utf-8", "surrogateescape"), chance)
    encodings = ("utf-8",) * 8 + ("utf-8-sig", "utf-16", "latin-1")
    return text.encode(chance.choice(encodings), "replace")


def spoil_json(data: bytes, chance: Random) -> bytes:
    """JSON with members of another type, left out, renamed, swapped or nested."""
    if chance.random() < 0.3:
        return spoil_text(data, chance)
    value = json.loads(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        value = _changed(value, chance, lambda old: _other(old, chance))
    return json.dumps(value).encode()


def spoil_arrays(data: bytes, chance: Random) -> bytes:
    """A `.npz` file with an array of another type, shape or value, left out, renamed or no array at all."""
    if chance.random() < 0.3:
        return spoil(data, chance)
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = dict(file)
    name = chance.choice(sorted(arrays))
    array, bare = arrays.pop(name), b""
    match chance.randrange(9):
        case 0:
            arrays[chance.choice(("", "x", "../x", *arrays))] = array
        case 1:
            kinds = ("U8", "S3", "?", "c16", "f2", "i1") if array.dtype.kind in "fiub" else ("S3", "O")
            arrays[name] = array.astype(chance.choice(kinds))
        case 2:
            arrays[name] = array[None] if chance.random() < 0.5 else array.reshape(-1)
        case 3:
            arrays[name] = array[..., :0] if array.ndim else np.zeros(0)
        case 4 | 5:
            spoilt = np.array(array, dtype=float if array.dtype.kind in "fiu" else array.dtype)
            places = np.array([chance.random() < 0.1 for _ in range(spoilt.size)], bool).reshape(spoilt.shape)
            if spoilt.dtype.kind == "f":
                values = (np.nan, np.inf, -np.inf, 1e300, -1.0, 1e-300)
                spoilt[places | (spoilt.size < 9)] = chance.choice(values)
            arrays[name] = spoilt
        case 6:
            arrays[name] = np.array([{"a": 1}], dtype=object)
        case 7:
            header = {"descr": "<f4", "fortran_order": False, "shape": chance.choice(((2**40,), (2**33, 0), (-1, 3)))}
            made = io.BytesIO()
            np.lib.format.write_array_header_1_0(made, header)  # type: ignore[no-untyped-call]
            bare = made.getvalue()
        case 8:
            bare = chance.choice((b"", b"no array", bytes(300_000_000)))
    made = io.BytesIO()
    np.savez_compressed(made, **arrays)
    if bare or array.ndim == 0:
        with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}{chance.choice(('.npy', ''))}", bare)
    return made.getvalue()


def _replaced(text: str, found: list[re.Match[str]], by: str, chance: Random) -> str:
    if not found:
        return text + by
    place = chance.choice(found)
    return text[: place.start()] + by + text[place.end() :]


def _other(old: Any, chance: Random) -> Any:
    match chance.randrange(5):
        case 0:
            return [old]
        case 1 if isinstance(old, dict) and old:
            names = sorted(old)
            one, other = chance.choice(names), chance.choice([*names, "x"])
            return old | {one: old.get(other), other: old[one]}
        case 2 if isinstance(old, dict | list) and old:
            gone = chance.randrange(len(old))
            kept = [each for number, each in enumerate(old) if number != gone]
            return {name: old[name] for name in kept} if isinstance(old, dict) else kept
        case 3 if isinstance(old, list) and old:
            return old * chance.choice((2, 3, 50))
    return chance.choice(VALUES)


def _changed(value: Any, chance: Random, change: Callable[[Any], Any]) -> Any:
    """The value with one place in it changed, at any depth."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
        return change(value)
    keys = list(value) if isinstance(value, dict) else range(len(value))
    at = chance.choice(keys)
    copy: Any = value.copy()
    copy[at] = _changed(value[at], chance, change)
    return copy
