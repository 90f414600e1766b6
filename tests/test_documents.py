"""The documents say of settings what the code says; for figures that were measured see `benchmarks/test_harness.py`."""

import re
from pathlib import Path

import pytest

from motion_transfer.config import load_pipeline
from motion_transfer.footage_check import findings as check
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


def test_the_footage_check_has_the_thresholds_that_are_told():
    def share(value):
        return f"{value * 100:g} %"

    told = {
        "person": f"from {share(check.LOST)} | from {share(check.HOPELESS)}",
        "people": f"over {share(check.OTHERS)} | over {share(check.MANY_OTHERS)}",
        "camera": f"over {share(check.SHAKY)} | over {share(check.MOVING)}, or another view in",
        "background": f"over {share(check.HIDDEN)} |",
        "framing": f"over {share(check.CUT_OFF)} of the frames | over {share(check.CROPPED)} (head, feet)",
        "size": f"below {share(check.SMALL)} | below {share(check.TINY)}, or below {check.LEAST_PIXELS} pixels",
        "length": f"below {check.SHORT:g} |",
        "sharpness": f"below {check.SOFT:g}; or below {check.SMEARED:g} of the clip's best",
        "light": f"below {check.DIM:g}; over {share(check.CLIPPED)}; over {check.NOISY:g} levels |",
        "exposure": f"over {check.FLICKER:g} levels |",
    }
    rows = dict(re.findall(r"^\| (\w+) \| (.*)$", (DOCS / "filming.md").read_text("utf-8"), re.MULTILINE))
    assert {name for name, text in told.items() if text not in rows[name]} == set()
