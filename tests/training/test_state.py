"""What a run remembers."""

import errno
import os
import pickle

import pytest
import torch

from motion_transfer.errors import OutputError, TrainingError
from motion_transfer.training.stages import stages_of
from motion_transfer.training.state import COUNTERS, TrainingState, result_of
from tests.test_checkpoints import Trap
from tests.trained import same, weights


def fresh(tiny):
    return TrainingState(stages_of(tiny)[0], torch.device("cpu"))


def test_the_seed_decides_the_first_weights(tiny):
    assert same(weights(fresh(tiny)), weights(fresh(tiny)))


def test_a_state_comes_back_as_it_was_saved(tiny, tmp_path):
    state = fresh(tiny)
    with torch.no_grad():
        for part in (state.generator, state.discriminator, state.average):
            for parameter in part.parameters():
                parameter.add_(0.5)
    state.step, state.seconds, state.losses = 7, 3.5, {"l1": 0.25}
    state.save(tmp_path / "checkpoint.pt")
    again = fresh(tiny)
    assert not same(weights(state), weights(again))
    again.load(tmp_path / "checkpoint.pt")
    assert same(weights(state), weights(again))
    assert (again.step, again.seconds, again.losses) == (7, 3.5, {"l1": 0.25})


def test_the_random_state_goes_on_where_it_was(tiny, tmp_path):
    state = fresh(tiny)
    state.save(tmp_path / "checkpoint.pt")
    expected = torch.rand(3)
    torch.manual_seed(99)
    fresh(tiny).load(tmp_path / "checkpoint.pt")
    assert torch.equal(torch.rand(3), expected)


def test_the_average_follows_the_generator_faster_at_first(tiny):
    state = fresh(tiny)
    parameter = next(state.generator.parameters())
    mean = next(state.average.parameters())
    with torch.no_grad():
        parameter.fill_(1)
        mean.fill_(0)
    state.step = 8
    state.update_average()
    assert mean.flatten()[0].item() == pytest.approx(1 - 9 / 18)
    with torch.no_grad():
        mean.fill_(0)
    state.step = 10**6
    state.update_average()
    assert mean.flatten()[0].item() == pytest.approx(1 - tiny.train.ema, rel=1e-4)


def test_the_result_is_the_average_ready_for_use(tiny):
    state = fresh(tiny)
    result = result_of(state)
    assert not result.training
    assert result is state.average
    assert not any(parameter.requires_grad for parameter in result.parameters())


def test_a_full_disk_leaves_the_earlier_checkpoint(tiny, tmp_path, monkeypatch):
    state = fresh(tiny)
    state.save(tmp_path / "checkpoint.pt")
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"checkpoint\.pt: the disk is full"):
        state.save(tmp_path / "checkpoint.pt")
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert os.listdir(tmp_path) == ["checkpoint.pt"]


@pytest.mark.parametrize(
    "harm", ["cut", "empty", "foreign", "pickle", "torch pickle", "pipe", "step", "batch", "losses", "began", "average"]
)
def test_a_checkpoint_that_cannot_be_used_says_what_to_do_and_runs_no_code(tiny, tmp_path, harm):
    path, sprung = tmp_path / "checkpoint.pt", tmp_path / "sprung"
    state = fresh(tiny)
    state.save(path)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "foreign":
        torch.save({"generator": {}}, path)
    elif harm == "pipe":
        path.unlink()
        os.mkfifo(path)
    elif harm in COUNTERS or harm == "average":
        saved = torch.load(path, weights_only=True)
        wrong = {"step": 1e400, "batch": 10**9, "losses": [1], "began": {}}
        saved[harm] = wrong.get(harm, {name: tensor * torch.nan for name, tensor in saved["average"].items()})
        torch.save(saved, path)
    elif harm == "pickle":
        path.write_bytes(pickle.dumps(Trap(sprung)))
    else:
        torch.save(Trap(sprung), path)
    with pytest.raises(TrainingError, match=r"can(not)? be resumed from") as refusal:
        fresh(tiny).load(path)
    assert "Delete the folder" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 500
    assert not sprung.exists()
