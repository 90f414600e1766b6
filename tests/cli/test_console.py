"""What the terminal shows: help, progress, nothing where that was asked for."""

import io
import sys

import pytest

from motion_transfer.cli import main
from motion_transfer.cli.console import show_progress
from tests.cli.test_consent import Terminal


def test_quiet_says_nothing_at_all(place, capfd):
    assert main(["draw", "me.npz", "--out", "sticks.mp4", "--quiet"]) == 0
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_help_and_version(capfd):
    assert main(["--help"]) == 0
    usage = capfd.readouterr().out
    for verb in ("train", "transfer", "probe", "pose", "normalise", "draw", "synthesise", "encode"):
        assert f"\n  {verb} " in usage
    assert main([]) == 2
    capfd.readouterr()
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.startswith("motion-transfer ")


def test_a_verbs_help_shows_every_setting_with_its_value_in_that_pipeline(capfd, tiny_toml):
    with pytest.raises(SystemExit) as end:
        main(["train", "--pipeline", str(tiny_toml), "--help"])
    assert end.value.code == 0
    text = capfd.readouterr().out
    for words in (
        "--model.width",
        "--train.learning-rate",
        "--pose.smoothing",
        "--steps",
        "--device",
        "Optimiser steps",
    ):
        assert words in text


def test_progress_in_a_log_file_is_plain_lines(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    with show_progress(quiet=False) as progress:
        for done in range(101):
            progress("dancing", done, 100)
    lines = log.getvalue().splitlines()
    assert len(lines) <= 2, "not one for every frame"
    assert lines[-1].startswith("dancing: 100/100, ")
    assert "\x1b" not in log.getvalue()


def test_progress_on_a_terminal_shows_stage_count_and_rate(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress(quiet=False) as progress:
        for done in range(11):
            progress("dancing", done, 10)
        progress("counting", 3, None)
    assert "dancing" in terminal.getvalue()
    assert "10/10" in terminal.getvalue()
