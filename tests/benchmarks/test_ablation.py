"""The ablation, on the smallest subject there is."""

import numpy as np
import pytest

from benchmarks.ablation import ROWS, frames_of, measure, pipeline_of, table, to_and_fro
from motion_transfer.config import load_pipeline
from motion_transfer.progress import no_progress
from motion_transfer.subject import load_subject
from motion_transfer.training import stages_of


def test_each_row_is_a_pipeline_that_can_be_trained():
    whole = load_pipeline("edn-small")
    stages = {row: [stage.name for stage in stages_of(pipeline_of(row, whole))] for row in ROWS}
    assert stages == {row: ["global", "local", "face"][: 3 if row == "face" else 2] for row in ROWS}
    assert not pipeline_of("frame-by-frame", whole).model.temporal
    assert pipeline_of("unroll-4", whole).train.unroll == 4


def test_frames_are_played_to_and_fro(footage):
    assert to_and_fro(4, 9) == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert to_and_fro(1, 3) == [0, 0, 0]
    poses = frames_of(footage.poses, [3, 2, 3])
    assert np.array_equal(poses.xy, footage.poses.xy[[3, 2, 3]], equal_nan=True)


def test_a_subject_is_measured_over_its_held_out_end(learned, preprocessed):
    figures, (truth, made) = measure(load_subject(learned[0]), preprocessed, 1.0, "cpu", "temporal", no_progress)
    assert figures["person"]["frames"] == 2
    assert figures["seconds"] == 1
    assert figures["still_truth"] < 3
    assert truth.shape == made.shape == (96, 6 * 64, 3)
    assert table({"temporal": figures}).count("|") == 3 * 11
    assert figures["person"]["psnr"] == pytest.approx(learned[1].record["held_out"]["result"]["psnr"], abs=0.01)
