"""The demo's own job, shortened: it fits together, and its result is nearer to the truth than either baseline."""

import re

import pytest

from motion_transfer.video import probe
from samples.demo import main


@pytest.mark.slow
def test_the_demo_transfers_the_sample_dance_and_beats_both_baselines(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--seconds", "2"]) == 0
    printed = capsys.readouterr().out
    ours, empty, nearest = map(float, re.findall(r"([\d.]+) dB", printed))
    assert ours > empty + 0.5
    assert ours > nearest + 0.5
    result, comparison = probe(tmp_path / "demo.mp4"), probe(tmp_path / "demo-compare.mp4")
    assert result.frames == comparison.frames == 50
    assert result.audio is not None
    assert comparison.audio is not None
    assert comparison.size == (512 + 3 * 384, 384)
