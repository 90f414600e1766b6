"""Consent is asked for at a terminal, once, and never in a script."""

import io
import sys

import pytest

from motion_transfer.cli.verbs.train import ask_consent

LINE = "Ada Doe, in writing, 2026-01-31"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    def answer(text):
        monkeypatch.setattr(sys, "stdin", Terminal(text))
        monkeypatch.setattr(sys, "stderr", shown := Terminal())
        return shown

    return answer


def test_a_new_training_asks_until_the_answer_can_be_kept(terminal, tmp_path):
    shown = terminal(f"Ada\n{LINE}\n")
    assert ask_consent(tmp_path / "me", quiet=False) == LINE
    assert shown.getvalue().count("Who agreed to be shown") == 2
    assert "expected who agreed, how and on which day" in shown.getvalue()


@pytest.mark.parametrize("answer", ["\n", ""])
def test_no_answer_is_no_record(terminal, tmp_path, answer):
    terminal(answer)
    assert ask_consent(tmp_path / "me", quiet=False) is None


def test_neither_a_script_nor_a_training_that_goes_on_is_asked(terminal, tmp_path, monkeypatch):
    shown = terminal(LINE)
    (tmp_path / "old" / "training").mkdir(parents=True)
    assert ask_consent(tmp_path / "old", quiet=False) is None
    assert ask_consent(tmp_path / "me", quiet=True) is None
    monkeypatch.setattr(sys, "stdin", io.StringIO(LINE))
    assert ask_consent(tmp_path / "me", quiet=False) is None
    assert shown.getvalue() == ""
