"""The loop: it learns, it stops when told, and it goes on as if it had never stopped."""

import json
import os
import signal
import threading
from dataclasses import replace

import pytest
import torch

from motion_transfer.errors import TrainingError
from motion_transfer.pose import empty
from motion_transfer.training.loop import train_networks
from motion_transfer.training.run.interruption import interruption
from tests.trained import CPU, drawing, read_checkpoint, same, stop_at, weights, with_poses, with_train


@pytest.fixture(scope="module")
def uninterrupted(preprocessed, tiny, tmp_path_factory):
    """Weights after six steps in one go."""
    return weights(train_networks(preprocessed, tmp_path_factory.mktemp("run"), tiny, CPU))


def test_training_brings_the_frames_nearer_to_the_truth(preprocessed, tiny, tmp_path):
    plain = with_train(drawing(tiny), steps=60, learning_rate=2e-3)  # candidates would be near from the first step on
    train_networks(preprocessed, tmp_path, plain, CPU)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [20, 40, 60]
    losses = {"adversarial", "features", "l1", "gradient", "discriminator"}
    always = {"step", "stage", "seconds", "learning_rate", "waiting"} | losses
    assert [set(line) - always for line in log] == [set(), set(), {"held_out_psnr"}]
    assert all(0 <= line["waiting"] <= 1 for line in log)
    assert log[-1]["l1"] < 0.8 * log[0]["l1"]


def test_the_same_run_gives_the_same_weights(preprocessed, tiny, tmp_path, uninterrupted):
    assert same(weights(train_networks(preprocessed, tmp_path, tiny, CPU)), uninterrupted)


def test_another_seed_gives_other_weights(preprocessed, tiny, tmp_path, uninterrupted):
    assert not same(weights(train_networks(preprocessed, tmp_path, with_train(tiny, seed=1), CPU)), uninterrupted)


def test_every_parameter_moves(preprocessed, tiny, tmp_path, uninterrupted):
    first = weights(train_networks(preprocessed, tmp_path, with_train(tiny, steps=1), CPU))
    assert [name for name in first if torch.equal(first[name], uninterrupted[name])] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("steps", [1, 3, 5])
def test_stopped_by_a_signal_the_step_is_finished_and_saved_and_the_run_resumes_to_the_same_weights(
    preprocessed, tiny, tmp_path, uninterrupted, number, steps
):
    handler = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        train_networks(preprocessed, tmp_path, tiny, CPU, progress=stop_at(steps, number))
    assert signal.getsignal(number) is handler
    saved = read_checkpoint(tmp_path)
    assert saved["step"] in (steps, steps + 1)  # the report comes at a step's end
    told = []
    state = train_networks(preprocessed, tmp_path, tiny, CPU, progress=lambda *what: told.append(what))
    assert [done for _, done, _ in told] == list(range(saved["step"] + 1, 7))
    assert same(weights(state), uninterrupted)


def test_stopped_after_every_single_step_it_still_ends_with_the_same_weights(
    preprocessed, tiny, tmp_path, uninterrupted
):
    often = with_train(tiny, checkpoint_minutes=1e-9)
    for step in range(1, 7):

        def crash(stage, done, total, at=step):
            if done == at + 1:  # the step was made but not yet saved: it is lost and made again
                raise RuntimeError("power cut")

        if step < 6:
            with pytest.raises(RuntimeError):
                train_networks(preprocessed, tmp_path, often, CPU, progress=crash)
    assert read_checkpoint(tmp_path)["step"] == 5
    assert same(weights(train_networks(preprocessed, tmp_path, often, CPU)), uninterrupted)


def test_a_finished_run_is_left_as_it_is_and_one_with_a_higher_bound_goes_on(
    preprocessed, tiny, tmp_path, uninterrupted
):
    train_networks(preprocessed, tmp_path, tiny, CPU)
    told = []
    again = train_networks(preprocessed, tmp_path, tiny, CPU, progress=lambda *what: told.append(what))
    assert told == []
    assert same(weights(again), uninterrupted)
    assert train_networks(preprocessed, tmp_path, with_train(tiny, steps=8), CPU).step == 8


def test_minutes_bound_a_run(preprocessed, tiny, tmp_path):
    state = train_networks(preprocessed, tmp_path, with_train(tiny, steps=0, minutes=0.01), CPU)
    assert state.step >= 1
    assert 0.6 <= state.seconds < 10


def test_time_before_an_interruption_counts(preprocessed, tiny, tmp_path):
    train_networks(preprocessed, tmp_path, with_train(tiny, steps=2), CPU)
    saved = read_checkpoint(tmp_path)
    torch.save(saved | {"seconds": 60.0}, tmp_path / "checkpoint.pt")
    assert train_networks(preprocessed, tmp_path, with_train(tiny, steps=0, minutes=1.0), CPU).step == 2


def test_the_held_out_end_is_never_looked_at(preprocessed, tiny, tmp_path, uninterrupted):
    xy = preprocessed.poses.xy.copy()
    xy[22:] += 30  # the last tenth of 24 frames are two
    assert same(weights(train_networks(with_poses(preprocessed, xy=xy), tmp_path, tiny, CPU)), uninterrupted)


def test_footage_in_which_nobody_is_seen_twice_in_a_row_is_refused(preprocessed, tiny, tmp_path):
    nobody = replace(preprocessed, poses=empty(24, preprocessed.poses.size, preprocessed.poses.fps))
    with pytest.raises(TrainingError, match="no two consecutive frames of the footage show a person"):
        train_networks(nobody, tmp_path, drawing(tiny), CPU)


def test_a_gradient_that_is_not_finite_ends_the_run_and_never_replaces_a_good_checkpoint(
    preprocessed, tiny, tmp_path, monkeypatch
):
    train_networks(preprocessed, tmp_path, with_train(tiny, steps=2), CPU)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    monkeypatch.setattr("torch.nn.functional.l1_loss", lambda made, true: (0 * made.sum()).sqrt())
    wild = with_train(tiny, steps=9, checkpoint_minutes=1e-9)
    with pytest.raises(
        TrainingError, match=r"not finite at step 3\b.* checkpoint is kept .* lower `train.learning_rate`"
    ):
        train_networks(preprocessed, tmp_path, wild, CPU)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_what_a_killed_run_left_behind_is_swept_up(preprocessed, tiny, tmp_path):
    (tmp_path / ".checkpoint.123.part.pt").write_bytes(b"half")
    train_networks(preprocessed, tmp_path, with_train(tiny, steps=1), CPU)
    assert sorted(os.listdir(tmp_path)) == ["checkpoint.pt", "log.jsonl", "sheet.jpg"]


def test_the_second_signal_stops_at_once():
    with interruption() as noted:
        os.kill(os.getpid(), signal.SIGINT)
        assert noted.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)


def test_training_works_in_a_thread_where_signals_cannot_be_caught(preprocessed, tiny, tmp_path):
    done = []
    thread = threading.Thread(
        target=lambda: done.append(train_networks(preprocessed, tmp_path, with_train(tiny, steps=1), CPU))
    )
    thread.start()
    thread.join()
    assert done[0].step == 1


def test_the_runs_random_numbers_go_on_where_they_were(preprocessed, tiny, tmp_path):
    (tmp_path / "whole").mkdir()
    train_networks(preprocessed, tmp_path / "whole", tiny, CPU)
    (tmp_path / "parts").mkdir()
    for steps in (2, 4, 6):
        train_networks(preprocessed, tmp_path / "parts", with_train(tiny, steps=steps), CPU)
    whole, parts = (read_checkpoint(tmp_path / name) for name in ("whole", "parts"))
    assert torch.equal(whole["random"], parts["random"])


@pytest.mark.parametrize(
    "changes",
    [
        {"unroll": 4},
        {"gan": "cross-entropy"},
        {"precision": "fp16"},
        {"precision": "bf16"},
        {"batch": 5},
        {"augment_shift": 0.1},
        {"detail_weight": 0.0},
        {"perceptual_weight": 10.0, "vgg": "none"},
        {"workers": 1},
    ],
    ids=lambda changes: "-".join(map(str, next(iter(changes.items())))),
)
def test_each_way_of_training_gives_finite_weights_and_resumes(preprocessed, tiny, tmp_path, changes):
    chosen = with_train(drawing(tiny) if "augment_shift" in changes else tiny, **changes)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = train_networks(preprocessed, tmp_path / "whole", chosen, CPU)
    assert all(torch.isfinite(tensor).all() for tensor in weights(whole).values())
    assert whole.losses
    with pytest.raises(KeyboardInterrupt):
        train_networks(preprocessed, tmp_path / "parts", chosen, CPU, progress=stop_at(3))
    assert same(weights(train_networks(preprocessed, tmp_path / "parts", chosen, CPU)), weights(whole))


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")  # by torch itself
def test_networks_that_cannot_be_compiled_are_told_from_other_errors(preprocessed, tiny, tmp_path, monkeypatch):
    from torch._inductor.exc import InvalidCxxCompiler

    def no_compiler(*arguments):
        raise InvalidCxxCompiler

    monkeypatch.setattr("motion_transfer.training.step.Unrolled.forward", no_compiler)
    with pytest.raises(TrainingError, match=r"cannot be compiled here \(No working C\+\+ compiler found.* omit"):
        train_networks(preprocessed, tmp_path, with_train(tiny, compile=True), CPU)


def test_recomputing_activations_changes_nothing_but_the_memory(preprocessed, tiny, tmp_path, uninterrupted):
    again = weights(train_networks(preprocessed, tmp_path, with_train(tiny, recompute=True), CPU))
    assert all(torch.allclose(again[name], tensor, atol=1e-5) for name, tensor in uninterrupted.items())


def test_batches_added_up_are_one_large_batch(preprocessed, tiny, tmp_path):
    for name, changes in (("one", {"batch": 4}), ("parts", {"batch": 2, "accumulate": 2})):
        (tmp_path / name).mkdir()
        train_networks(preprocessed, tmp_path / name, with_train(tiny, steps=2, **changes), CPU)
    one, parts = (read_checkpoint(tmp_path / name) for name in ("one", "parts"))
    assert one["samples"] == parts["samples"] == 8
    for name, tensor in one["generator"].items():
        if name.endswith("weight"):  # the norm after it takes a bias out again, so that only rounding moves it
            assert (parts["generator"][name] - tensor).abs().mean() < 2e-5, name


def test_epochs_bound_a_run(preprocessed, tiny, tmp_path):
    state = train_networks(preprocessed, tmp_path, with_train(tiny, steps=0, epochs=0.5, batch=3), CPU)
    assert state.step == 4, "21 pairs: after 12 of them half an epoch is over"
