"""Base weights: found by name or as a file, compared with the network, refused in words."""

import os
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from motion_transfer import base
from motion_transfer.config import ModelSettings
from motion_transfer.errors import CheckpointError, ConfigError
from motion_transfer.models.compositor import Compositor
from motion_transfer.subject import build_generator

WIDTH = 8


@pytest.fixture
def saved(tmp_path):
    """A file of base weights, and the network that they are of."""
    torch.manual_seed(3)
    network = Compositor(3, width=WIDTH)
    torch.nn.init.normal_(network.out.weight)
    base.save_base(tmp_path / "mine.safetensors", network)
    return tmp_path / "mine.safetensors", network


def settings(path, **changes):
    return ModelSettings(**{"base": str(path), "width": WIDTH, "candidates": 3, **changes})


def test_a_generator_begins_from_the_base_weights_of_a_file(saved, tiny):
    path, network = saved
    generator = build_generator(replace(tiny, model=settings(path)))
    for name, weights in generator.network.state_dict().items():
        assert torch.equal(weights, network.state_dict()[name].half().float())


def test_without_a_base_and_for_other_networks_the_weights_are_fresh(saved, tiny):
    path, _ = saved
    fresh = build_generator(replace(tiny, model=settings("none"))).network
    assert not fresh.out.weight.any()
    drawing = settings(path, network="global", exemplars=0)
    assert base.base_record(drawing) is None
    build_generator(replace(tiny, model=drawing))


def test_the_record_names_the_weights_by_their_digest(saved):
    path, _ = saved
    record = base.base_record(settings(path))
    assert record["name"] == "mine"
    assert len(record["sha256"]) == 64
    assert base.base_record(settings("none")) is None


@pytest.mark.parametrize("changes", [{"width": 4}, {"candidates": 4}])
def test_weights_of_other_sizes_are_refused_with_what_to_do(saved, tiny, changes):
    with pytest.raises(ConfigError, match=r"do not fit this network: tensor .* `model.base` to \"none\""):
        build_generator(replace(tiny, model=settings(saved[0], **changes)))


def test_a_file_that_does_not_exist_is_refused_with_what_is_expected(tiny):
    with pytest.raises(ConfigError, match=r'model.base is "people-99"; expected "none" or a file'):
        build_generator(replace(tiny, model=settings("people-99")))


def test_a_name_that_is_too_long_is_no_file(tiny):
    with pytest.raises(ConfigError, match='expected "none" or a file'):
        build_generator(replace(tiny, model=settings("n" * 300)))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tiny, tmp_path):
    path = tmp_path / "hole.safetensors"
    path.touch()
    os.truncate(path, 20 * 10**9)
    with pytest.raises(CheckpointError, match=r"has 20,000,000,000 bytes, more than the 4,000,000,000"):
        build_generator(replace(tiny, model=settings(path)))


def test_a_damaged_file_is_refused(saved, tiny):
    path, network = saved
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match=r"mine.safetensors is damaged .* Make it again"):
        build_generator(replace(tiny, model=settings(path)))
    save_file({name: weights * torch.nan for name, weights in network.state_dict().items()}, path)
    with pytest.raises(CheckpointError, match="not finite"):
        build_generator(replace(tiny, model=settings(path)))
