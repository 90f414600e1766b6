"""Measurements as Markdown, and the documents that show their tables.

A document includes a table between two comments; the columns may be chosen by their names:

    <!-- measurement NAME: TITLE -->
    <!-- measurement NAME: TITLE: column column ... -->
    | ... |
    <!-- end of measurement -->
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT, Row
from motion_transfer.errors import ConfigError

MEASUREMENTS = ROOT / "docs" / "measurements"
INCLUDED = re.compile(
    r"(<!-- measurement ([\w-]+): ([^:\n]+?)(?:: ([\w ]+?))? -->\n).*?(<!-- end of measurement -->)", re.S
)
ARROWS = {"": "", "higher": " ↑", "lower": " ↓"}


def page(report: Row) -> str:
    """A report of `benchmarks.harness.report` as Markdown."""
    machine = report["machine"]
    gpu = f", {machine['gpu']}" if machine["gpu"] else ""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    parts = [f"# {report['name']}", report["summary"]]
    for table in report["tables"]:
        parts += [f"## {table['title']}", markdown(table), *filter(None, [table["note"]])]
    parts += [f"**Failed:** {failure}" for failure in report["failures"]]
    parts.append(
        f"`{report['command']}`, commit {report['commit']}, {report['date']}; {machine['cpu']}, "
        f"{machine['cores']} cores, {machine['ram_gb']} GB{gpu}; {machine['os']}; {versions}."
    )
    return "\n\n".join(parts) + "\n"


def markdown(table: Row, only: Sequence[str] = ()) -> str:
    """A table as Markdown: numbers to the right, an arrow where better lies.

    Args:
        table: its columns and rows as JSON values.
        only: names of the columns to show, in this order; all if empty.

    Raises:
        ConfigError: a name that no column has.
    """
    columns = {column["name"]: column for column in table["columns"]}
    if unknown := [name for name in only if name not in columns]:
        raise ConfigError(f"the table {table['title']!r} has no column {unknown[0]!r}; expected {', '.join(columns)}.")
    shown = [columns[name] for name in only or columns]
    rows = [[cell(row.get(column["name"]), column["format"]) for column in shown] for row in table["rows"]]
    head = [column["label"] + ARROWS[column["better"]] for column in shown]
    rule = ["---:" if column["format"] else "---" for column in shown]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def cell(value: Any, form: str) -> str:
    """A value as text; an interval as its mean, and low and high in brackets."""
    if isinstance(value, list):
        mean, low, high = (cell(each, form) for each in value)
        return mean if low == "–" else f"{mean} ({low} to {high})"
    if value is None or value == "":
        return "–" if value is None else ""
    return format(value, form) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def stale(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """Generated Markdown that differs from its measurement: each file, and the text that it should have."""
    folder = root / MEASUREMENTS.relative_to(ROOT)
    reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    for name, report in reports.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != page(report):
            yield path, page(report)
    for path in sorted([*root.glob("*.md"), *(root / "docs").glob("*.md")]):
        before = path.read_text(encoding="utf-8")
        after = INCLUDED.sub(partial(_included, reports, path), before)
        if after != before:
            yield path, after


def _included(reports: dict[str, Row], document: Path, match: re.Match[str]) -> str:
    start, name, title, only, end = match.groups()
    for table in reports.get(name, {"tables": []})["tables"]:
        if table["title"] == title:
            return f"{start}{markdown(table, (only or '').split())}\n{end}"
    raise ConfigError(
        f"{document}: no measurement {name!r} has a table {title!r}. Correct the comment above the table."
    )
