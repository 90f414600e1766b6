"""Weights from elsewhere: read whole, and never run."""

import os
import pickle
import random
import warnings
import zipfile
from collections import OrderedDict
from contextlib import suppress

import pytest
import torch

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.errors import CheckpointError

WEIGHTS = OrderedDict({"model.1.weight": torch.arange(6.0).reshape(2, 3), "model.1.bias": torch.ones(2).half()})


def quantised():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is going to be removed, but files have it
        return torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)


def nested():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about an interface that may change
        return torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])


class Trap:
    """Somebody else's code, which runs when its pickle is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def refused(path, match):
    with pytest.raises(CheckpointError, match=match) as refusal:
        read_state_dict(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("zipped", [True, False], ids=["new format", "old format"])
def test_a_state_dictionary_comes_back_as_it_was_saved(tmp_path, zipped):
    torch.save(WEIGHTS, tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    found = read_state_dict(tmp_path / "net.pth")
    assert list(found) == list(WEIGHTS)
    for name, tensor in WEIGHTS.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_the_counters_of_batch_norms_are_left_out(tmp_path):
    torch.save({**WEIGHTS, "model.2.num_batches_tracked": torch.tensor(7)}, tmp_path / "net.pth")
    assert list(read_state_dict(tmp_path / "net.pth")) == list(WEIGHTS)


@pytest.mark.parametrize("zipped", [True, False], ids=["new format", "old format"])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.95])
def test_a_truncated_file_is_said_to_be_damaged(tmp_path, share, zipped):
    path = tmp_path / "net.pth"
    torch.save(WEIGHTS, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    refused(path, "is damaged, or no file of weights")


def test_wherever_a_pickle_of_the_old_format_is_cut_it_is_said_to_be_damaged(tmp_path):
    """Also within a name: "torch.FloatSt" is no code that somebody hid there."""
    path = tmp_path / "net.pth"
    torch.save(WEIGHTS, path, _use_new_zipfile_serialization=False)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(path, "is damaged, or no file of weights")


@pytest.mark.parametrize("disguise", ["torch.save", "old torch.save", "pickle", "old pickle"])
def test_a_pickle_with_code_in_it_is_refused_and_never_run(tmp_path, disguise):
    path, sprung = tmp_path / "net.pth", tmp_path / "sprung"
    content = {"model.1.weight": Trap(sprung)}
    if disguise.endswith("pickle"):
        path.write_bytes(pickle.dumps(content, protocol=2 if disguise == "old pickle" else 5))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=disguise == "torch.save")
    refused(path, r"is refused: it (asks for \S*open|holds more than tensors), .* could run any code")
    assert not sprung.exists()


def test_a_whole_network_is_refused_by_the_name_of_its_class(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "net.pth")
    refused(tmp_path / "net.pth", r"asks for torch\.nn\.modules\.linear\.Linear")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([torch.ones(2)], "holds a list; expected a state dictionary"),
        ({}, "holds an empty dict"),
        ({"optimizer": dict(WEIGHTS)}, "holds a dict under 'optimizer'"),
        ({"a": torch.ones(2, 2).to_sparse()}, "holds a sparse_coo tensor of float32 under 'a'"),
        ({"a": nested()}, "holds a tensor of float32 under 'a'"),
        ({"a": torch.ones(2).to(torch.float8_e4m3fn)}, "holds a tensor of float8_e4m3fn under 'a'"),
        ({"a": torch.ones(2, device="meta")}, "holds a tensor of float32 on meta under 'a'"),
        ({"a": quantised()}, "holds a tensor of qint8 under 'a'"),
        ({"a": torch.ones(2, dtype=torch.complex64)}, "holds a tensor of complex64 under 'a'"),
        ({"a": torch.tensor([1.0, float("inf")])}, "tensor a holds numbers that are not finite"),
        ({"a": torch.ones(1).expand(10**6)}, "its tensors have 4,000,000 bytes, more than the file"),
        ({"epoch": 3}, "holds a int under 'epoch'"),
        ({1: torch.ones(2)}, "under 1"),
        ({"model.1.weight": torch.ones(2, dtype=torch.int64)}, "holds a tensor of int64 under 'model.1.weight'"),
    ],
)
def test_what_is_no_state_dictionary_is_called_what_it_is(tmp_path, content, says):
    torch.save(content, tmp_path / "net.pth")
    refused(tmp_path / "net.pth", says)


@pytest.mark.parametrize(
    "content", [b"hello world\n" * 20, b"\x89PNG\r\n\x1a\n" + bytes(99), b"PK\x03\x04" + bytes(99)]
)
def test_another_kind_of_file_is_no_file_of_weights(tmp_path, content):
    (tmp_path / "net.pth").write_bytes(content)
    refused(tmp_path / "net.pth", "is damaged, or no file of weights")


def test_a_file_that_cannot_be_opened_says_why(tmp_path, unprivileged):
    refused(tmp_path / "none.pth", "does not exist; expected a file of weights")
    refused(tmp_path, "is a folder; expected a file of weights")
    os.mkfifo(tmp_path / "pipe.pth")
    refused(tmp_path / "pipe.pth", "is a named pipe; expected a file of weights")
    (tmp_path / "zero.pth").symlink_to("/dev/zero")
    refused(tmp_path / "zero.pth", "is a device; expected a file of weights")
    secret = tmp_path / "secret.pth"
    torch.save(dict(WEIGHTS), secret)
    secret.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    with unprivileged():
        refused(secret, "cannot be read, for lack of permission")


@pytest.mark.parametrize("zipped", [True, False], ids=["new format", "old format"])
@pytest.mark.parametrize(
    "around",
    [
        lambda weights: {"state_dict": weights, "epoch": 3, "best": 0.5},
        lambda weights: {"model": weights, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}},
        lambda weights: {"state_dict": {"netG": weights, "netD": {"a": torch.ones(2)}}},
        lambda weights: {f"module.{name}": tensor for name, tensor in weights.items()},
        lambda weights: {"params": {f"_orig_mod.module.{name}": tensor for name, tensor in weights.items()}},
    ],
)
def test_a_checkpoint_as_trainers_save_it_is_opened(tmp_path, around, zipped):
    path = tmp_path / os.fsdecode(b"net\xff.pth")
    torch.save(around(dict(WEIGHTS)), path, _use_new_zipfile_serialization=zipped)
    assert list(read_state_dict(path)) == list(WEIGHTS)


def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_inflated(tmp_path):
    torch.save(dict(WEIGHTS), tmp_path / "net.pth")
    with (
        zipfile.ZipFile(tmp_path / "net.pth") as source,
        zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for member in source.infolist():
            is_data = member.filename.endswith("data/0")
            bomb.writestr(member.filename, bytes(10**8) if is_data else source.read(member))
    refused(tmp_path / "bomb.pth", r"has [0-9,]+ bytes and declares 100,0[0-9,]+, which torch.save never does")


def test_a_file_larger_than_any_network_is_refused_by_its_size(tmp_path):
    with (tmp_path / "net.pth").open("wb") as file:
        file.truncate(5 * 10**9)
    refused(tmp_path / "net.pth", "has 5,000,000,000 bytes, more than the 4,000,000,000")


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("zipped", [True, False], ids=["new format", "old format"])
def test_a_damaged_file_is_read_or_refused(tmp_path, seed, zipped):
    chance, path = random.Random(seed), tmp_path / "net.pth"
    torch.save(dict(WEIGHTS), path, _use_new_zipfile_serialization=zipped)
    data = bytearray(path.read_bytes())
    for _ in range(8):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data[: chance.randrange(1, len(data) + 1)])
    with suppress(CheckpointError):  # and nothing else
        read_state_dict(path)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"a": (2, 3), "b": (4,)}, None),
        ({"a": (2, 4), "b": (5,)}, r"tensor a is (2, 4); expected (2, 3)"),
        ({"b": (4,)}, r"tensor a is missing; expected (2, 3)"),
        ({"a": (2, 3), "b": (4,), "c": ()}, r"tensor c is (); expected none"),
    ],
)
def test_the_first_tensor_that_does_not_fit_is_named_with_both_shapes(found, says):
    expected = {"a": torch.zeros(2, 3), "b": torch.zeros(4)}
    assert first_misfit({name: torch.zeros(shape) for name, shape in found.items()}, expected) == says
