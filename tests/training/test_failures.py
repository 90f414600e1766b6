"""Out of memory: said with what was asked for and what lowers it; the batch that fits."""

import pytest
import torch

from motion_transfer.errors import TrainingError
from motion_transfer.training import loop as train
from motion_transfer.training.failures import allocation_failure, fit_batch
from motion_transfer.training.step import Networks
from tests.trained import CPU, read_checkpoint, with_train

CUDA = (
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 11.00 GiB of which 1.00 GiB is free."
)
CPU_FULL = "err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8589934592 bytes."


def test_how_much_was_asked_for_is_read_off_the_error():
    assert allocation_failure(torch.OutOfMemoryError(CUDA)) == "2.50 GiB"
    assert allocation_failure(RuntimeError(CPU_FULL)) == "8.00 GiB"
    assert allocation_failure(RuntimeError("mat1 and mat2 shapes cannot be multiplied")) is None


@pytest.mark.parametrize("limit", [1, 3, 8, 100])
def test_the_batch_is_halved_until_it_fits(limit):
    tried = []

    def step(batch):
        tried.append(batch)
        if batch > limit:
            raise torch.OutOfMemoryError(CUDA)

    assert fit_batch(step, most=64) == max(batch for batch in (1, 2, 4, 8, 16, 32, 64) if batch <= limit)
    assert tried == sorted(tried, reverse=True)


def test_where_not_even_one_sample_fits_it_says_what_to_lower():
    def step(batch):
        raise torch.OutOfMemoryError(CUDA)

    with pytest.raises(TrainingError, match=r"not even one sample .* 2\.50 GiB more .* Lower `model\.size`"):
        fit_batch(step)


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    def step(batch):
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        fit_batch(step)


@pytest.mark.parametrize("message", [CUDA, CPU_FULL])
def test_a_run_that_runs_out_of_memory_names_what_lowers_it_and_keeps_the_checkpoint(
    preprocessed, tiny, tmp_path, monkeypatch, message
):
    much = with_train(tiny, batch=3, unroll=4)
    train.train_networks(preprocessed, tmp_path, with_train(much, steps=2), CPU)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    kind = torch.OutOfMemoryError if message is CUDA else RuntimeError

    def full(*arguments):
        raise kind(message)

    monkeypatch.setattr("motion_transfer.training.step.Unrolled.forward", full)
    with pytest.raises(TrainingError) as refusal:
        train.train_networks(preprocessed, tmp_path, much, CPU)
    text = str(refusal.value)
    assert text.startswith(f"out of memory at step 2: {allocation_failure(kind(message))} more")
    for remedy in ("`train.batch` below 3", "`train.recompute`", "`train.unroll` below 4", "`model.size` below 64"):
        assert remedy in text
    assert f"The last checkpoint is kept in {tmp_path}." in text
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_the_batch_that_fits_is_sought_with_real_steps_and_leaves_no_trace(preprocessed, tiny, tmp_path, monkeypatch):
    """On a CPU whose memory is said to hold five clips at once."""
    taken = Networks.losses

    def limited(self, batch):
        if len(batch.frames) > 5:
            raise torch.OutOfMemoryError(CUDA)
        return taken(self, batch)

    for name, batch in (("given", 4), ("sought", 0)):
        (tmp_path / name).mkdir()
        if name == "sought":
            monkeypatch.setattr(train, "SHARED_MEMORY", ())
            monkeypatch.setattr(Networks, "losses", limited)
        chosen = with_train(tiny, batch=batch, steps=2)
        assert train.train_networks(preprocessed, tmp_path / name, chosen, CPU).batch == 4
    given, sought = (read_checkpoint(tmp_path / name) for name in ("given", "sought"))
    assert torch.equal(given["random"], sought["random"])
    assert all(torch.equal(tensor, sought["generator"][name]) for name, tensor in given["generator"].items())


def test_on_the_cpu_a_batch_that_fits_itself_is_one(preprocessed, tiny, tmp_path):
    assert train.train_networks(preprocessed, tmp_path, with_train(tiny, batch=0, steps=1), CPU).batch == 1
