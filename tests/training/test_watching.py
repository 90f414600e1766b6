"""What a run leaves to look at: log, sheet, plot, TensorBoard; and which checkpoints it keeps."""

import json
import os
import sys
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.config import TrainSettings
from motion_transfer.errors import ConfigError
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.training.loop import train_networks
from motion_transfer.training.run.checkpoints import Checkpoints
from motion_transfer.training.run.clock import Clock, Timer, Waiting, decay
from motion_transfer.training.run.log import open_log, read_log
from motion_transfer.training.run.plot import plot_losses
from motion_transfer.training.run.validation_sheet import ValidationSheet
from motion_transfer.training.stages import stages_of
from motion_transfer.training.state import TrainingState, result_of
from tests.trained import CPU, drawing, held_out_sheet, same, weights, with_train


def test_lines_after_the_checkpoint_are_dropped_when_a_run_goes_on(tmp_path):
    lines = [{"step": step, "stage": "global", "l1": 0.5} for step in (20, 40, 60)]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"step": 8')
    with open_log(tmp_path, 40, writes=True, tensorboard=False) as log:
        log.write(60, "global", {"l1": 0.25})
    assert [(line["step"], line["l1"]) for line in read_log(tmp_path)] == [(20, 0.5), (40, 0.5), (60, 0.25)]


def test_a_process_that_does_not_write_leaves_the_log_alone(tmp_path):
    with open_log(tmp_path, 0, writes=False, tensorboard=True) as log:
        log.write(1, "global", {"l1": 1.0})
    assert os.listdir(tmp_path) == []


def test_tensorboard_that_is_not_installed_is_asked_for_clearly(preprocessed, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"not installed.*pip install motion-transfer\[logging\]"):
        train_networks(preprocessed, tmp_path, with_train(tiny, tensorboard=True), CPU)


def test_tensorboard_gets_every_line_and_the_sheets_and_goes_on_after_an_interruption(preprocessed, tiny, tmp_path):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    watched = with_train(tiny, tensorboard=True, checkpoint_minutes=1e-9, sheet_minutes=1e-9)
    train_networks(preprocessed, tmp_path, with_train(watched, steps=3), CPU)
    train_networks(preprocessed, tmp_path, watched, CPU)
    events = accumulators.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("global/l1")] == [1, 2, 3, 4, 5, 6]
    lines = [line["l1"] for line in read_log(tmp_path)]
    assert [event.value for event in events.Scalars("global/l1")] == pytest.approx(lines, rel=1e-5)
    assert [event.step for event in events.Images("global/held out")][-1] == 6


def test_the_sheet_shows_pose_truth_and_result_of_held_out_frames(preprocessed, tiny):
    half = with_train(tiny, held_out=0.5)
    state = TrainingState(stages_of(half)[0], CPU)
    image, psnr = held_out_sheet(stages_of(half)[0], preprocessed, select_exemplars(preprocessed, half)).draw(
        state.average
    )
    pose, truth, _ = np.split(image, 3)
    assert image.shape == (3 * 96, 6 * 64, 3)
    assert (pose == 255).mean() > 0.5
    last = preprocessed.frame(23)
    assert np.array_equal(truth[:, -64:], last)
    assert 0 < psnr < 60


def test_a_sheet_that_matches_the_truth_scores_higher(preprocessed, tiny, monkeypatch):
    half = with_train(tiny, held_out=0.5)
    sheet = held_out_sheet(stages_of(half)[0], preprocessed, select_exemplars(preprocessed, half))
    generator = TrainingState(stages_of(half)[0], CPU).average

    def scored(make):
        monkeypatch.setattr(ValidationSheet, "_generate", lambda self, generator, clip: make(clip))
        return sheet.draw(generator)[1]

    def truth(clip):
        return clip.frames[-1].permute(1, 2, 0).numpy()

    assert scored(truth) > scored(lambda clip: truth(clip) // 2) + 10


def test_looking_at_a_u_net_takes_nothing_from_the_runs_random_numbers(preprocessed, tiny, tmp_path):
    unet = drawing(with_train(tiny, held_out=0.5), "unet", downsamplings=3, composite=False)
    state = TrainingState(stages_of(unet)[0], CPU)
    before = torch.get_rng_state()
    sheet = held_out_sheet(stages_of(unet)[0], preprocessed, None)
    first, second = sheet.draw(state.average), sheet.draw(state.average)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(first[0], second[0]), "no dropout"


def test_nobody_held_out_gives_no_sheet(preprocessed, tiny, tmp_path):
    nothing = with_train(tiny, held_out=0.0)
    train_networks(preprocessed, tmp_path, nothing, CPU)
    assert sorted(os.listdir(tmp_path)) == ["checkpoint.pt", "log.jsonl"]


def test_sheets_come_when_it_is_time(preprocessed, tiny, tmp_path):
    train_networks(preprocessed, tmp_path, with_train(tiny, sheet_minutes=1e-9), CPU)
    assert [line["step"] for line in read_log(tmp_path) if "held_out_psnr" in line] == [1, 2, 3, 4, 5, 6]
    assert cv2.imread(str(tmp_path / "sheet.jpg")).shape[0] == 3 * 96


def test_the_last_checkpoints_and_the_best_are_kept_and_no_more(tiny, tmp_path):
    state, checkpoints = TrainingState(stages_of(tiny)[0], CPU), Checkpoints(tmp_path, keep=3)
    for step, score in ((10, 20.0), (20, 24.0), (30, 22.0), (40, 23.0), (50, 21.0)):
        state.step, state.held_out = step, score
        checkpoints.save(state)
        checkpoints.keep_if_best(state)
    assert sorted(os.listdir(tmp_path)) == [
        "best.pt",
        "checkpoint-00000030.pt",
        "checkpoint-00000040.pt",
        "checkpoint.pt",
    ]
    steps = {name: torch.load(tmp_path / name, weights_only=True)["step"] for name in os.listdir(tmp_path)}
    assert steps == {"best.pt": 20, "checkpoint-00000030.pt": 30, "checkpoint-00000040.pt": 40, "checkpoint.pt": 50}
    again = Checkpoints(tmp_path, keep=3)
    state.held_out = 23.9
    again.save(state)
    again.keep_if_best(state)
    assert torch.load(tmp_path / "best.pt", weights_only=True)["step"] == 20, "the best is known after a resumption"


def test_where_the_newest_is_damaged_and_deleted_a_run_goes_on_from_the_one_before(preprocessed, tiny, tmp_path):
    often = with_train(tiny, keep=2, checkpoint_minutes=1e-9)

    def crash(stage, done, total):
        if done == 6:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        train_networks(preprocessed, tmp_path, often, CPU, progress=crash)
    (tmp_path / "checkpoint.pt").unlink()
    told = []
    again = train_networks(preprocessed, tmp_path, often, CPU, progress=lambda *what: told.append(what))
    assert [done for _, done, _ in told] == [5, 6]
    (tmp_path / "whole").mkdir()
    whole = train_networks(preprocessed, tmp_path / "whole", often, CPU)
    assert same(weights(again), weights(whole))


def test_a_finished_run_leaves_only_what_a_longer_one_goes_on_from(preprocessed, tiny, tmp_path):
    often = with_train(tiny, keep=3, checkpoint_minutes=1e-9, sheet_minutes=1e-9)
    train_networks(preprocessed, tmp_path, often, CPU)
    assert sorted(os.listdir(tmp_path)) == ["checkpoint.pt", "log.jsonl", "sheet.jpg"]
    assert train_networks(preprocessed, tmp_path, replace(often, train=replace(often.train, steps=8)), CPU).step == 8


def test_the_subject_may_keep_the_best_instead_of_the_last(preprocessed, tiny, tmp_path, monkeypatch):
    scores = iter([20.0, 30.0, 10.0, 10.0, 10.0, 10.0])
    sheet = np.zeros((4, 4, 3), np.uint8)
    monkeypatch.setattr(ValidationSheet, "draw", lambda self, generator: (sheet, next(scores)))
    state = train_networks(preprocessed, tmp_path, with_train(tiny, result="best", sheet_minutes=1e-9), CPU)
    best = torch.load(tmp_path / "best.pt", weights_only=True)
    assert best["step"] == 2
    assert all(torch.equal(tensor, best["average"][name]) for name, tensor in result_of(state).state_dict().items())


def test_the_plot_has_a_panel_for_each_loss_of_each_stage(tmp_path):
    with open_log(tmp_path, 0, writes=True, tensorboard=False) as log:
        for step in range(20, 200, 20):
            log.write(step, "global", {"seconds": 1.0, "l1": 1 / step, "adversarial": 0.5})
        log.write(200, "face", {"seconds": 1.0, "face_l1": 0.1})
    plot = cv2.imread(str(plot_losses(tmp_path)))
    blue = (plot.astype(int)[..., 0] - plot[..., 2]) > 100
    quarters = [half for row in np.array_split(blue, 2) for half in np.array_split(row, 2, axis=1)]
    assert [quarter.any() for quarter in quarters] == [True, True, True, False]
    assert plot_losses(tmp_path / "nowhere") is None


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_the_learning_rate_falls_to_zero_over_the_share_that_is_set(share):
    rates = [decay(progress, share) for progress in (0.0, 1 - share, 1 - share / 2, 1.0)]
    assert rates == pytest.approx([1, 1, 0.5, 0] if share else [1, 1, 1, 1])
    assert decay(0.75) == decay(0.75, 0.5), "half the run, as pix2pix"


def test_a_timer_of_no_minutes_never_rings():
    assert not Timer(0).due
    assert Timer(1e-12).due


def test_the_share_of_waiting_is_that_of_the_time_spent_in_the_block():
    waiting = Waiting()
    with waiting:
        pass
    assert 0 <= waiting.share() < 0.9


def clock(step, seconds, **bounds):
    state = SimpleNamespace(step=step, seconds=seconds, samples=0, began={"step": 0, "seconds": 0.0})
    return Clock(state, TrainSettings(**bounds))


@pytest.mark.parametrize(
    ("step", "minutes", "bounds", "progress"),
    [
        (5, 0.0, {"steps": 20, "minutes": 0}, 0.25),
        (5, 3.0, {"steps": 20, "minutes": 0}, 0.25),
        (5, 3.0, {"steps": 0, "minutes": 6.0}, 0.5),
        (5, 3.0, {"steps": 20, "minutes": 4.0}, 0.75),
        (30, 0.0, {"steps": 20, "minutes": 4.0}, 1.0),
    ],
)
def test_a_run_is_as_far_as_the_bound_that_is_nearer(step, minutes, bounds, progress):
    watch = clock(step, 60 * minutes, **bounds)
    assert watch.progress == progress
    assert watch.finished == (progress == 1)


def test_the_steps_in_all_are_estimated_from_the_time():
    assert clock(30, 60.0, steps=0, minutes=4.0).steps == (30, 120)
    assert clock(30, 60.0, steps=90, minutes=0).steps == (30, 90)
    assert clock(0, 0.0, steps=90, minutes=0).steps[0] == 0
