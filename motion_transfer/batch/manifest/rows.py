"""The rows of a manifest, as a stream: CSV, JSON lines or Parquet."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from motion_transfer.errors import ConfigError

Row = Mapping[str, Any]


def read_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    """Line numbers and rows; text instead of a row says what is wrong with it.

    Raises:
        ConfigError: the file cannot be read, or is of another kind.
    """
    read = {".csv": _csv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows, ".parquet": _parquet_rows}
    kind = manifest.suffix.lower()
    if kind not in read:
        raise ConfigError(
            f"{manifest}: a manifest is .csv, .jsonl or .parquet. Rename it, or write it as one of these."
        )
    try:
        yield from read[kind](manifest)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{manifest} cannot be read as a manifest: {error}. Expected {kind[1:]} in UTF-8.") from error


def _csv_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    with manifest.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="", strict=True)
        for row in reader:
            yield reader.line_num, "more cells than columns" if row.get("") else row


def _json_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    with manifest.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except ValueError as error:
                yield line, f"no JSON: {error}"
                continue
            yield line, row if isinstance(row, dict) else "no JSON object; expected {...}"


def _parquet_rows(manifest: Path) -> Iterator[tuple[int, Row | str]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise ConfigError(f"{manifest}: Parquet needs pyarrow: pip install 'motion-transfer[batch]'.") from error
    try:
        with ParquetFile(manifest) as file:
            line = 0
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    line += 1
                    yield line, row
    except ArrowException as error:
        raise ConfigError(f"{manifest} cannot be read as a manifest: {error}. Expected Parquet.") from error
