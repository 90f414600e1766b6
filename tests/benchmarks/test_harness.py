"""The harness of the benchmarks: records, tables, resumption; and whether the documents show what was measured."""

import argparse
import json
import sys
from types import ModuleType

import pytest

from benchmarks.__main__ import MODULES, load, main, summary_of
from benchmarks.harness import Column, Table, Workspace
from benchmarks.render import cell, markdown, page, stale
from motion_transfer.errors import ConfigError, OutputError

TABLE = {
    "title": "Runs",
    "columns": [
        {"name": "run", "label": "run", "format": "", "better": ""},
        {"name": "psnr", "label": "PSNR", "format": ".1f", "better": "higher"},
    ],
    "rows": [{"run": "one", "psnr": [30.0, 29.0, 31.0]}, {"run": "two", "psnr": None}],
    "note": "",
}


@pytest.fixture
def doubling(monkeypatch):
    """A benchmark that doubles its argument, and counts how often it measures."""
    module = ModuleType("doubling", "Twice a number.\n\nMore about it.")
    module.measured = []

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--number", type=int, default=1)

    def run(options: argparse.Namespace, work: Workspace) -> list[Table]:
        if options.number < 0:
            raise ConfigError("`number` is negative; expected 0 or more.")
        work.bind(number=options.number)
        twice = work.once("twice", lambda: module.measured.append(1) or 2 * options.number)
        if twice > 100:
            work.failures.append("too much")
        return [Table("Doubled", [Column("twice", "twice", ".2f", "higher")], [{"twice": twice}])]

    module.add_arguments, module.run = add_arguments, run
    monkeypatch.setitem(sys.modules, "doubling", module)
    monkeypatch.setitem(MODULES, "doubling", "doubling")
    return module


def words(tmp_path, *more):
    return ["doubling", "--out", str(tmp_path), "--quiet", *more]


def test_a_run_is_recorded_with_command_machine_and_rows(doubling, tmp_path, capsys):
    assert main(words(tmp_path, "--number", "3")) == 0
    report = json.loads((tmp_path / "doubling.json").read_text())
    assert report["command"] == "python -m benchmarks doubling --number 3"
    assert report["summary"] == "Twice a number."
    assert report["tables"][0]["rows"] == [{"twice": 6}]
    assert report["machine"]["cores"] >= 1
    assert {"python", "torch"} <= set(report["machine"]["versions"])
    assert (tmp_path / "doubling.md").read_text() == page(report)
    assert "| 6.00 |" in capsys.readouterr().out


def test_what_was_measured_is_not_measured_again(doubling, tmp_path):
    for _ in range(2):
        assert main(words(tmp_path)) == 0
    assert doubling.measured == [1]


def test_other_settings_need_another_folder(doubling, tmp_path, capsys):
    assert main(words(tmp_path)) == 0
    assert main(words(tmp_path, "--number", "2")) == 2
    assert "number was 1, is 2" in capsys.readouterr().err


def test_a_violated_requirement_and_a_wrong_setting_have_their_exit_codes(doubling, tmp_path, capsys):
    assert main(words(tmp_path / "one", "--number=60")) == 1
    assert "**Failed:** too much" in capsys.readouterr().out
    assert main(words(tmp_path / "two", "--number=-1")) == 2
    assert "ConfigError: `number` is negative" in capsys.readouterr().err


def test_a_value_that_json_does_not_know_is_null_in_the_record(tmp_path):
    work = Workspace(tmp_path)
    assert work.once("value", lambda: {"a": float("nan"), "b": (1, float("inf"))}) == {"a": None, "b": [1, None]}
    work.bind(a=1)
    with pytest.raises(OutputError, match="b was None, is 2"):
        work.bind(a=1, b=2)


def test_numbers_are_to_the_right_and_an_arrow_shows_where_better_lies():
    lines = ["| run | PSNR ↑ |", "| --- | ---: |", "| one | 30.0 (29.0 to 31.0) |", "| two | – |"]
    assert markdown(TABLE).splitlines() == lines
    assert markdown(TABLE, ["psnr"]).splitlines()[0] == "| PSNR ↑ |"
    with pytest.raises(ConfigError, match="no column 'ssim'; expected run, psnr"):
        markdown(TABLE, ["ssim"])


def test_an_interval_without_ends_is_its_mean():
    assert cell([1.0, None, None], ".1f") == "1.0"
    assert cell([None, None, None], ".1f") == "–"


def test_a_document_that_shows_another_table_than_was_measured_is_stale(doubling, tmp_path):
    measurements = tmp_path / "docs" / "measurements"
    measurements.mkdir(parents=True)
    document = tmp_path / "docs" / "speed.md"
    start, end = "Text.\n\n<!-- measurement doubling: Doubled -->\n", "<!-- end of measurement -->\n"
    document.write_text(f"{start}| old |\n{end}")
    assert main(words(measurements)) == 0
    ((path, text),) = stale(tmp_path)
    assert (path, text) == (document, f"{start}| twice ↑ |\n| ---: |\n| 2.00 |\n{end}")
    document.write_text(text)
    assert not list(stale(tmp_path))
    (measurements / "doubling.md").write_text("by hand")
    assert [path.name for path, _ in stale(tmp_path)] == ["doubling.md"]
    document.write_text("<!-- measurement doubling: Halved -->\n<!-- end of measurement -->")
    with pytest.raises(ConfigError, match="no measurement 'doubling' has a table 'Halved'"):
        list(stale(tmp_path))


def test_the_documents_show_what_was_measured():
    differing = [str(path) for path, _ in stale()]
    assert not differing, f"{differing}: run `python -m benchmarks --render`"


@pytest.mark.parametrize("name", list(MODULES))
def test_every_benchmark_has_a_summary_and_its_own_arguments(name, capsys):
    assert summary_of(load(name))
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    assert "--out" in capsys.readouterr().out
