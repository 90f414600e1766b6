"""The device that the networks run on."""

import pytest
import torch

from motion_transfer.errors import ConfigError
from motion_transfer.models.device import Fetched, choose_device, enough_memory, on_device


def test_the_cpu_is_always_there():
    assert choose_device("cpu") == choose_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "", "meta"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(
        ConfigError, match=rf'`device` is "{name}", which this machine does not have.* Available: .*cpu'
    ):
        choose_device(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_that_is_not_there_is_refused_with_the_reason():
    with pytest.raises(
        ConfigError, match=r'"cuda", which this machine does not have \(.*(CUDA|NVIDIA).*\)\. Available'
    ):
        choose_device("cuda")


def test_tensors_go_to_the_device_and_come_back_unchanged():
    sent = torch.arange(6).reshape(2, 3)
    there = [on_device(sent, choose_device()), on_device(sent + 1, choose_device())]
    first, second = Fetched(there).wait()
    assert first.device.type == second.device.type == "cpu"
    assert torch.equal(first, sent)
    assert torch.equal(second, sent + 1)
    assert not Fetched([]).wait()


def test_too_little_memory_is_one_sentence():
    with (
        pytest.raises(ConfigError, match=r'`device` has too little memory for this subject.*give "cpu"'),
        enough_memory(),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")
