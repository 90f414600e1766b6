"""The rows of a manifest, as a stream: CSV, JSON lines or Parquet."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from motion_transfer.errors import ConfigError
from motion_transfer.limits import LINE_BYTES, TABLE_BYTES
from motion_transfer.loading import Expected, open_regular, read_lines, refuse_constant

Row = Mapping[str, Any]

SEPARATORS = ",;\t"  # spreadsheets write semicolons where a comma stands before decimals

PARQUET_ROWS = 64  # rows that are unpacked at a time: a cell of a few bytes in the file may be long


def read_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    """Line numbers and rows; text instead of a row says what is wrong with it.

    Raises:
        ConfigError: the file cannot be read, or is of another kind.
    """
    read: dict[str, Callable[[BinaryIO], Iterator[tuple[int, Row | str]]]]
    read = {".csv": _csv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows, ".parquet": _parquet_rows}
    kind = manifest.suffix.lower()
    if kind not in read:
        raise ConfigError(
            f"{manifest}: a manifest is .csv, .jsonl or .parquet. Rename it, or write it as one of these."
        )
    expected = Expected(f"a manifest ({kind[1:]})", ConfigError, "Give a table of the columns source and subject.")
    with open_regular(manifest, expected) as file:
        try:
            yield from read[kind](file)
        except ConfigError:
            raise
        except Exception as error:  # csv and pyarrow raise what the bytes happen to cause
            expected.refuse(manifest, f"is damaged or of another kind ({error or type(error).__name__})", error)


def _csv_rows(file: BinaryIO) -> Iterator[tuple[int, Row | str]]:
    left = LINE_BYTES

    def lines() -> Iterator[str]:
        nonlocal left
        encoding = "utf-8-sig"
        while line := file.readline(left + 1):
            left -= len(line)
            if left < 0:  # also where quotes are not closed
                raise ValueError(f"a row has more than {LINE_BYTES:,} bytes")
            yield line.decode(encoding)
            encoding = "utf-8"

    text = lines()
    head = next(text, "")
    separator = max(SEPARATORS, key=head.count)
    reader = csv.DictReader(chain([head], text), restkey="", strict=True, delimiter=separator)
    names = reader.fieldnames or []
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"the column {twice} stands there twice")
    for row in reader:
        left = LINE_BYTES
        yield reader.line_num, "more cells than columns" if row.get("") else row


def _json_rows(file: BinaryIO) -> Iterator[tuple[int, Row | str]]:
    for line, text in enumerate(read_lines(file), 1):
        if text is None:
            yield line, f"more than {LINE_BYTES:,} bytes"
            continue
        if not text.strip():
            continue
        try:
            row = json.loads(text.decode("utf-8-sig" if line == 1 else "utf-8"), parse_constant=refuse_constant)
        except RecursionError:
            yield line, "no JSON: it is nested too deeply"
        except UnicodeDecodeError as error:
            raise ValueError(f"line {line} is not UTF-8 text") from error
        except ValueError as error:
            yield line, f"no JSON: {error}"
        else:
            yield line, row if isinstance(row, dict) else "no JSON object; expected {...}"


def _parquet_rows(file: BinaryIO) -> Iterator[tuple[int, Row | str]]:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise ConfigError("`dances`: Parquet needs pyarrow: pip install 'motion-transfer[batch]'.") from error
    with ParquetFile(file, thrift_string_size_limit=TABLE_BYTES, thrift_container_size_limit=LINE_BYTES) as table:
        for group in range(table.num_row_groups):
            size = table.metadata.row_group(group).total_byte_size
            if size > TABLE_BYTES:
                raise ValueError(f"a row group declares {size:,} bytes, more than the {TABLE_BYTES:,} that are read")
        line = 0
        for batch in table.iter_batches(batch_size=PARQUET_ROWS):
            if batch.nbytes > TABLE_BYTES:
                raise ValueError(f"{PARQUET_ROWS} rows take {batch.nbytes:,} bytes")
            for row in batch.to_pylist():
                line += 1
                yield line, row
