"""What a budget comes to."""

from dataclasses import replace

import pytest

from motion_transfer.cli import main
from motion_transfer.training import budget
from motion_transfer.training.budget import MINUTES, SIZES, plan_training, seconds_a_step
from motion_transfer.training.stages import stages_of
from tests.trained import CPU


def on_a_machine_with(monkeypatch, pixels_a_second):
    """A machine on which a step takes as long as its canvas has pixels."""
    timed = []

    def seconds(stage, device):
        timed.append(stage.pipeline.model.size)
        return stage.pipeline.model.size**2 / pixels_a_second

    monkeypatch.setattr(budget, "seconds_a_step", seconds)
    return timed


@pytest.mark.parametrize("name", ["quick", "good", "best"])
def test_a_faster_machine_gets_a_larger_canvas_and_the_same_time(tiny, monkeypatch, name):
    plans = []
    for speed in (1e3, 1e5, 1e9):
        on_a_machine_with(monkeypatch, speed)
        plans.append(plan_training(tiny, name, CPU))
    sizes = [plan.pipeline.model.size for plan in plans]
    assert sizes[0] == SIZES[0] < sizes[1] < sizes[2] == SIZES[-1]
    assert {plan.minutes for plan in plans} == {MINUTES[name][0]} == {plans[0].pipeline.train.minutes}
    assert plans[1].steps >= budget.STEPS[name]


def test_it_is_not_timed_beyond_the_first_canvas_that_is_too_large(tiny, monkeypatch):
    timed = on_a_machine_with(monkeypatch, 1e5)
    chosen = plan_training(tiny, "quick", CPU).pipeline.model.size
    assert timed[-1] == SIZES[SIZES.index(chosen) + 1]


def test_a_settled_canvas_is_kept(tiny, monkeypatch):
    on_a_machine_with(monkeypatch, 1e9)
    assert plan_training(tiny, "quick", CPU, size=128).pipeline.model.size == 128


def test_the_plan_says_how_long_it_will_take(tiny, monkeypatch):
    on_a_machine_with(monkeypatch, 1e5)
    assert str(plan_training(tiny, "good", CPU)).startswith("4 hours of training at about ")


@pytest.mark.slow
@pytest.mark.parametrize("crop", ["frame", "person"])
def test_steps_of_all_stages_can_be_timed(tiny_stages, crop):
    pipeline = replace(tiny_stages, model=replace(tiny_stages.model, size=128, crop=crop))
    assert all(seconds_a_step(stage, CPU) > 0 for stage in stages_of(pipeline))


def test_a_budget_and_a_bound_contradict_each_other(footage, tmp_path, capsys):
    assert main(["train", str(footage.video), "--out", str(tmp_path / "me"), "--budget", "good", "--steps", "3"]) == 2
    assert "--budget is given with --steps" in capsys.readouterr().err
    assert not (tmp_path / "me").exists()


@pytest.mark.slow
def test_a_run_by_budget_goes_on_with_its_canvas(footage, tiny_toml, tmp_path, monkeypatch, drawn_detector, capsys):
    from motion_transfer.training.loop import Clock

    monkeypatch.setattr(Clock, "finished", property(lambda clock: clock.state.step >= 2))
    words = ["train", str(footage.video), "--out", str(tmp_path / "me"), "--pipeline", str(tiny_toml), "--force"]
    words += ["--budget", "quick", "--device", "cpu"]
    on_a_machine_with(monkeypatch, 1e4)
    assert main(words) == 0
    assert "20 minutes of training" in capsys.readouterr().err
    on_a_machine_with(monkeypatch, 1e9)
    assert main([*words, "--quiet"]) == 0
