"""The documents say of settings what the code says; for figures that were measured see `benchmarks/test_harness.py`."""

import re
from pathlib import Path

import pytest

from motion_transfer.config import load_pipeline
from motion_transfer.training.budget import MINUTES, STEPS

DOCS = Path(__file__).parents[1] / "docs"


def test_the_weights_of_the_losses_are_those_of_the_presets():
    rows = re.findall(r"\| `(\w+_weight)` \| ([\d.]+)[^|]*\| ([\d.]+)?", (DOCS / "training.md").read_text("utf-8"))
    assert len(rows) == 8
    default, published = load_pipeline("default").train, load_pipeline("edn").train
    for name, ours, theirs in rows:
        assert getattr(default, name) == float(ours), name
        assert not theirs or getattr(published, name) == float(theirs), name


@pytest.mark.parametrize("budget", STEPS)
def test_the_budgets_are_those_that_train_takes(budget):
    (row,) = re.findall(rf"\| `{budget}` \| (\d+) (\w+) \| (\d+) (\w+) \| ([\d,]+) \|", (DOCS / "guide.md").read_text())
    minutes = [int(number) * (60 if unit.startswith("hour") else 1) for number, unit in (row[:2], row[2:4])]
    assert (*minutes, int(row[4].replace(",", ""))) == (*MINUTES[budget], STEPS[budget])
