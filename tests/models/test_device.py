"""The device that the networks run on."""

import pytest
import torch

from motion_transfer.errors import ConfigError
from motion_transfer.models.device import choose_device


def test_the_cpu_is_always_there():
    assert choose_device("cpu") == choose_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "", "meta"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(ConfigError, match=rf'`device` is "{name}", which this machine does not have. Available: .*cpu'):
        choose_device(name)
