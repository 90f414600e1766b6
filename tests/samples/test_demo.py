"""The demo's own job, shortened: it fits together, and its result is nearer to the truth than what needs no network."""

import re

import pytest

from motion_transfer.marking.reading import verify
from motion_transfer.video import probe
from samples.demo import main


@pytest.mark.slow
def test_the_demo_transfers_the_sample_dance_and_beats_both_baselines(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--seconds", "5"]) == 0
    printed = capsys.readouterr().out
    distance, psnr = (
        {film: float(value) for film, value in re.findall(metric + r", ([\w' ]+?) *│ ([\d.]+)", printed)}
        for metric in (r"perceptual distance", r"person PSNR \(dB\)")
    )
    assert distance["result"] < 0.85 * min(distance["background alone"], distance["nearest pose's frame"])
    assert psnr["result"] > psnr["background alone"]  # the nearest frame is as near by PSNR, which sees no wrong limbs
    assert all(verify(tmp_path / name).unchanged for name in ("demo.mp4", "demo-compare.mp4"))
    result, comparison = probe(tmp_path / "demo.mp4"), probe(tmp_path / "demo-compare.mp4")
    assert result.frames == comparison.frames == 125
    assert result.audio is not None
    assert comparison.audio is not None
    assert comparison.size == (512 + 3 * 384, 384)
