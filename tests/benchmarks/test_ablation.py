"""The ablation, on the smallest subjects there are."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import ablation
from benchmarks.ablation import ROWS, measure_subject, pipeline_of, poses_at, to_and_fro
from benchmarks.clips import frames_at
from motion_transfer.config import load_pipeline
from motion_transfer.footage.preprocess import preprocess_footage
from motion_transfer.subject import load_subject
from motion_transfer.training.stages import stages_of


def test_each_row_is_a_pipeline_that_can_be_trained():
    complete = load_pipeline("edn-small")
    stages = {row: [stage.name for stage in stages_of(pipeline_of(row, complete))] for row in ROWS}
    assert stages == {row: ["global", "local", "face"][: 3 if row == "face" else 2] for row in ROWS}
    assert not pipeline_of("frame-by-frame", complete).model.temporal
    assert pipeline_of("unroll-4", complete).train.unroll == 4


def test_frames_are_played_to_and_fro(footage):
    assert to_and_fro(4, 9) == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert to_and_fro(1, 3) == [0, 0, 0]
    poses = poses_at(footage.poses, [3, 2, 3])
    assert np.array_equal(poses.xy, footage.poses.xy[[3, 2, 3]], equal_nan=True)


def test_a_subject_is_measured_over_its_held_out_end(learned, preprocessed, footage):
    row = measure_subject(load_subject(learned[0]), preprocessed, footage.video, 1.0, "cpu")
    # The training measured it on the canvas, which holds fewer details.
    assert row["person_psnr"] == pytest.approx(learned[1].record["held_out"]["result"]["person_psnr"], abs=0.5)
    assert row["flicker_truth"] < 3
    assert np.isfinite(row["drift"])


def test_the_truth_itself_scores_best_where_the_canvas_follows_the_person(
    learned, tiny, footage, tmp_path, monkeypatch
):
    """What the canvas shows of a frame is then not what the same place of the complete frame shows."""
    pipeline = replace(tiny, model=replace(tiny.model, crop="person"))
    preprocessed = preprocess_footage(footage.video, tmp_path / "footage", pipeline, poses=footage.poses)
    subject = replace(learned[1], pipeline=pipeline)
    last = len(footage.poses) - 1
    monkeypatch.setattr(ablation, "synthesise", lambda *_: frames_at(footage.video, [last - 1, last] * 6))
    row = measure_subject(subject, preprocessed, footage.video, 1.0, "cpu")
    assert row["person_psnr"] == row["frame_psnr"] == 100
    assert (row["color"], row["drift"]) == (0, 0)
    assert row["flicker"] == row["flicker_truth"]
