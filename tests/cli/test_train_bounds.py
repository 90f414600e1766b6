"""`train --minutes` and `--steps`: the whole run's, divided among its stages."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion_transfer.cli.verbs.train import share_bounds
from motion_transfer.config import FaceStageSettings, LocalStageSettings, Pipeline, TrainSettings, load_pipeline


def bounds(pipeline, kind):
    return [getattr(getattr(pipeline, stage), kind) for stage in ("train", "train_local", "train_face")]


def test_one_stage_gets_all_of_it():
    assert bounds(share_bounds(Pipeline(), None, 60.0), "minutes") == [60, 0, 0]
    assert bounds(share_bounds(Pipeline(), 500, None), "steps") == [500, 0, 0]
    assert share_bounds(Pipeline(), 500, None).train.minutes == 0
    assert share_bounds(Pipeline(), None, None) == Pipeline()


def test_stages_share_it_in_the_proportion_of_their_own_bounds():
    assert bounds(share_bounds(load_pipeline("edn-small"), None, 120.0), "minutes") == pytest.approx([40, 60, 20])
    by_epochs = share_bounds(load_pipeline("edn"), None, 80.0)
    assert bounds(by_epochs, "minutes") == pytest.approx([10, 60, 10])
    assert bounds(by_epochs, "epochs") == [0, 0, 0]


def test_stages_with_bounds_of_different_kinds_share_it_equally():
    mixed = Pipeline(train=TrainSettings(minutes=5.0), train_local=LocalStageSettings(epochs=30.0))
    assert bounds(share_bounds(mixed, None, 20.0), "minutes") == [10, 10, 0]


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_no_stage_is_left_without_a_step(steps, first, last):
    pipeline = replace(
        Pipeline(train=TrainSettings(steps=first, minutes=0.0)), train_face=FaceStageSettings(steps=last)
    )
    shared = share_bounds(pipeline, steps, None)
    assert shared.train.steps >= 1
    assert shared.train_face.steps >= 1
    assert abs(shared.train.steps + shared.train_face.steps - steps) <= 1
